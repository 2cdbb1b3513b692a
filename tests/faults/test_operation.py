"""What an operator does to a running service: tell it to end, to read its configuration anew, or let its disk run full."""

from __future__ import annotations

import random
import re
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.faults.test_kill import World, port_of, wait_until
from tests.world import FeedServer, Receiver, Server

ROOT = Path(__file__).parents[2]
WAR = ("Israeli air strike on Aleppo kills 12", "An Israeli air strike on the Syrian city of Aleppo killed 12 people, officials said.")


class Deaf(Server):
    """Takes a webhook and never answers it."""

    def __init__(self):
        super().__init__()
        self.asked, self.end = threading.Event(), threading.Event()

    def post(self, request, body):
        self.asked.set()
        self.end.wait(60)


def write(folder, feeds, sinks, more=""):
    network = f'allow_networks = ["127.0.0.1/32"]\nports = [{port_of(feeds.url)}, {", ".join(port_of(url) for url in sinks.values())}]\n'
    told = "".join(
        f'[sinks.{name}]\ntype = "webhook"\ntimeout = 60\nurl = "{url}"\n[sinks.{name}.network]\n{network}' for name, url in sinks.items()
    )
    (folder / "tocsin.toml").write_text(
        f'data_dir = "{folder}/data"\n[dashboard]\nlisten = "off"\n[monitor]\nlisten = "127.0.0.1:0"\n[feeds]\nurls = ["{feeds.url}/wire"]\n'
        f"[parse]\nworkers = 1\n[fetch.network]\n{network}{told}{more}"
    )


class Running:
    """`tocsin run` in that folder, with what it logs."""

    def __init__(self, folder):
        self._log = folder / "log"
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tocsin.cli.main", "run", "-c", folder / "tocsin.toml"], stdout=log, stderr=log, cwd=ROOT
            )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def log(self):
        return self._log.read_text()

    def says(self, text, seconds=60):
        assert wait_until(lambda: text in self.log(), seconds), self.log()

    def ask(self, path):
        """What the monitor says; nothing while the service is being replaced."""
        try:
            with urlopen(re.findall(r"served at ([^\s\"]+)", self.log())[-1] + path, timeout=10) as answer:
                return answer.read().decode()
        except URLError:
            return ""

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_told_to_end_it_ends_within_twenty_seconds_though_a_receiver_never_answers_and_delivers_at_the_next_start(tmp_path):
    with FeedServer() as feeds, Deaf() as deaf, Receiver() as receiver:
        feeds.entries = {"wire": [("g", *WAR, datetime.now(UTC))]}
        write(tmp_path, feeds, {"hook": deaf.url})
        with Running(tmp_path) as service:
            assert deaf.asked.wait(60), service.log()
            assert service.end() == 0
            assert "Traceback" not in service.log()
        deaf.end.set()
        write(tmp_path, feeds, {"hook": receiver.url})
        with Running(tmp_path) as service:
            assert wait_until(receiver.ids, 110), service.log()
            assert service.end() == 0


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_wrong_new_configuration_is_told_and_changes_nothing_and_a_right_one_is_in_force_at_once(tmp_path):
    with FeedServer() as feeds, Receiver() as old, Receiver() as new:
        feeds.entries = {"wire": [("g", *WAR, datetime.now(UTC))]}
        write(tmp_path, feeds, {"old": old.url})
        with Running(tmp_path) as service:
            assert wait_until(old.ids, 60), service.log()

            write(tmp_path, feeds, {"new": new.url}, more="[feedz]\n")
            service.process.send_signal(signal.SIGHUP)
            service.says("the one before stays in force: ")
            assert re.search(r"tocsin\.toml:\d+: feedz: unknown key; did you mean 'feeds'\?", service.log())
            assert "tocsin_config_last_reload_successful 0.0" in service.ask("/metrics")

            (tmp_path / "not a file").mkdir()
            write(tmp_path, feeds, {"new": new.url}, more='[sinks.bad]\ntype = "webhook"\nurl_file = "/nonexistent"\n')
            service.process.send_signal(signal.SIGHUP)
            service.says("sinks.bad: ")

            refused = f'[sinks.file]\ntype = "jsonl"\npath = "{tmp_path}/not a file"\n'
            write(tmp_path, feeds, {"new": new.url}, more=refused)
            service.process.send_signal(signal.SIGHUP)  # reads well, and cannot start
            service.says("sinks.file: ")
            assert wait_until(lambda: '"old"' in service.ask("/metrics"), 20), "the one before runs again"

            feeds.entries["wire"].append(("h", WAR[0].replace("Aleppo", "Homs"), WAR[1].replace("Aleppo", "Homs"), datetime.now(UTC)))
            write(tmp_path, feeds, {"new": new.url}, more='[log]\nformat = "json"\n')
            service.process.send_signal(signal.SIGHUP)
            service.says('"event": "the new configuration is in force"')
            assert wait_until(lambda: "tocsin_config_last_reload_successful 1.0" in service.ask("/metrics"), 20)
            assert service.end() == 0
        assert len(old.ids()) == 1


@pytest.fixture
def small_disk(tmp_path):
    """A real file system of 16 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "none", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("needs the right to mount a tmpfs")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_full_disk_pauses_the_intake_and_it_resumes_by_itself_with_nothing_lost(tmp_path, small_disk):
    with FeedServer() as feeds, Receiver() as receiver:
        world = World(tmp_path, feeds, receiver)
        config = (tmp_path / "tocsin.toml").read_text().replace(f"{tmp_path}/data", str(small_disk))
        (tmp_path / "tocsin.toml").write_text(config + '[storage]\npause_below_megabytes = 0\n[monitor]\nlisten = "127.0.0.1:0"\n')
        chance = random.Random(7)
        world.offer(chance)
        process = world.start()

        def log():
            return (tmp_path / "log").read_text()

        try:
            assert wait_until(receiver.ids, 110), log()
            with (small_disk / "filler").open("wb", buffering=0) as filler:
                try:
                    while filler.write(bytes(4096)):
                        pass
                except OSError:
                    pass
            for _ in range(3):
                world.offer(chance)
            assert wait_until(lambda: "no feed is asked until there is room" in log(), 110), log()
            (small_disk / "filler").unlink()
            assert wait_until(lambda: "has room again" in log(), 110), log()
            assert wait_until(lambda: set(world.offered) <= set(world.told()), 110), log()
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=20) == 0
        finally:
            process.kill()
            process.wait()
    assert world.told().total() == len(world.offered), "one story, one opening alert"
