"""The real command line against a small world: good feeds, hostile feeds, a receiver; nothing is mocked."""

from __future__ import annotations

import gzip
import html
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from urllib.request import urlopen

import pytest

from producers.feed import FeedState, Validators
from producers.schedule import Answered
from producers.visit import Polled
from tests.values import NOON
from tests.world import FeedServer, Receiver, rss
from tocsin.app import Service
from tocsin.book import FeedBook
from tocsin.dashboard.from_store import StoreSource
from tocsin.dashboard.serve import beside
from tocsin.dashboard.settings import DashboardSettings
from tocsin.settings import load_settings
from tocsin.store import Store

WAR = ("Israeli air strike on Aleppo kills 12", "An Israeli air strike on the Syrian city of Aleppo killed 12 people, officials said.")
SPORT = ("Striker fires hat-trick as Arsenal attack destroys Spurs", "The striker was on target three times.")


class HostileServer(FeedServer):
    """Beside good feeds, one of each kind that a service must survive."""

    def get(self, request):
        bad = request.path.strip("/")
        if bad == "html":
            return request.answer(200, b"<!doctype html><html><body>Please log in</body></html>", Content_Type="text/html")
        if bad == "empty":
            return request.answer(200, b"")
        if bad == "truncated":
            return request.answer(200, rss([("t1", *WAR, datetime.now(UTC))])[:120])
        if bad == "huge":
            return request.answer(200, b"<rss>" + b" " * 50_000_000)
        if bad == "bomb":
            return request.answer(200, gzip.compress(b"<rss>" + bytes(200_000_000)), Content_Encoding="gzip")
        if bad == "inward":
            return request.answer(302, Location="http://127.0.0.2:22/")
        if bad == "endless":
            request.send_response(200)
            request.end_headers()
            try:
                while True:
                    request.wfile.write(b"<item>" * 10_000)
            except OSError:
                return None
        return super().get(request)


REFUSALS = {
    "html": "HTML",
    "empty": "empty",
    "huge": "10485760",
    "bomb": "10485760",
    "inward": "port",
    "endless": "10485760",
}


def tocsin(folder, *arguments, **also):
    return subprocess.run(
        [sys.executable, "-m", "tocsin.cli.main", *arguments], cwd=folder, capture_output=True, text=True, timeout=60, **also
    )


def configure(folder, urls, hook, ports):
    network = f'allow_networks = ["127.0.0.1/32"]\nports = {ports}\n'
    (folder / "tocsin.toml").write_text(
        f'[monitor]\nlisten = "127.0.0.1:0"\n[dashboard]\nlisten = "127.0.0.1:0"\n'
        f"[feeds]\nurls = {json.dumps(urls)}\n[poll]\nhost_pause_seconds = 0\n[parse]\nworkers = 1\n[fetch.network]\n{network}"
        f'[sinks.hook]\ntype = "webhook"\nurl = "{hook}"\n[sinks.hook.network]\n{network}'
    )


def until(holds, seconds=40):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.1)
    return False


@pytest.fixture
def started(tmp_path):
    """Starts `tocsin run` in the folder; stopped at the end, with the time it may take to finish what it does."""
    processes = []

    def start():
        with (tmp_path / "log").open("wb") as log:
            processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", "tocsin.cli.main", "run"], cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=log, env=os.environ
                )
            )
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.wait()


def ask(url):
    with urlopen(url, timeout=10) as answer:
        return json.load(answer)


def port(server):
    return int(server.url.rsplit(":", 1)[1])


def test_a_war_story_reaches_the_webhook_once_while_hostile_feeds_are_refused_with_their_reason(tmp_path, started):
    with HostileServer() as feeds, Receiver() as receiver:
        feeds.entries = {"good": [("g1", *SPORT, datetime.now(UTC)), ("g2", *WAR, datetime.now(UTC))]}
        names = [*REFUSALS, "truncated", "good"]
        configure(tmp_path, [f"{feeds.url}/{name}" for name in names], receiver.url, [port(feeds), port(receiver)])
        service = started()
        assert until(receiver.ids), (tmp_path / "log").read_text()
        health = {}

        def all_visited():
            told = json.loads(tocsin(tmp_path, "feeds", "list", "--json").stdout)["feeds"]
            health.update({feed["url"].rsplit("/", 1)[1]: feed for feed in told})
            return all(feed["last_checked"] for feed in told)

        assert until(all_visited, 60), health
        (monitor,) = re.findall(r"served at (\S+)", (tmp_path / "log").read_text())
        assert ask(f"{monitor}/-/ready")["reasons"] == []
        (page,) = re.findall(r"the page is at (\S+)/", (tmp_path / "log").read_text())
        assert ask(f"{page}/-/ready")["reasons"] == []
        assert WAR[0] in html.unescape(re.sub(r"<[^>]+>", "", urlopen(page, timeout=10).read().decode()))
        scraped = urlopen(f"{monitor}/metrics", timeout=10).read().decode()
        service.send_signal(signal.SIGTERM)
        assert service.wait(timeout=20) == 0
    for name, reason in REFUSALS.items():
        assert health[name]["status"] != "ok", name
        assert reason in health[name]["reason"], (name, health[name]["reason"])
    assert health["good"]["status"] == "ok"
    (alert,) = [json.loads(body)["data"] for _, body in receiver.got]
    assert (alert["headline"], alert["tolls"][0]["min"]) == (WAR[0], 12)
    status = json.loads(tocsin(tmp_path, "status", "--json").stdout)
    assert status["sums"]["adds_up"]
    for line in (
        f'tocsin_items_total{{result="story"}} {status["sums"]["stories"]:.1f}',
        'tocsin_time_to_alert_from_fetched_seconds_count{sink="hook"} 1.0',
    ):
        assert line in scraped
    assert status["deliveries"] == {"hook": {"delivered": 1}}


def test_a_port_that_is_taken_silences_no_bell_unless_it_was_asked_for(tmp_path, started):
    with FeedServer() as feeds, Receiver() as receiver, socket.create_server(("127.0.0.1", 0)) as taken:
        feeds.entries = {"good": [("g", *WAR, datetime.now(UTC))]}
        configure(tmp_path, [f"{feeds.url}/good"], receiver.url, [port(feeds), port(receiver)])
        asked = (tmp_path / "tocsin.toml").read_text()
        (tmp_path / "tocsin.toml").write_text(
            asked.replace('[dashboard]\nlisten = "127.0.0.1:0"', f'[dashboard]\nlisten = "127.0.0.1:{taken.getsockname()[1]}"')
        )
        refused = tocsin(tmp_path, "run")
    assert refused.returncode == 78
    assert "dashboard.listen: 127.0.0.1:" in refused.stderr
    assert "in use" in refused.stderr
    source = StoreSource(tmp_path / "none.db", ())
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = DashboardSettings.model_construct(listen=f"127.0.0.1:{taken.getsockname()[1]}", _fields_set=set())
        with beside(source, lambda: NOON, settings) as nothing:
            assert nothing is None


def test_a_second_service_on_the_same_data_is_refused(tmp_path, started):
    with FeedServer() as feeds, Receiver() as receiver:
        feeds.entries = {"good": [("g", *WAR, datetime.now(UTC))]}
        configure(tmp_path, [f"{feeds.url}/good"], receiver.url, [port(feeds), port(receiver)])
        started()
        assert until(receiver.ids)
        second = tocsin(tmp_path, "run")
    assert second.returncode == 75
    assert "in use by another tocsin process" in second.stderr


def test_a_receiver_that_is_down_gets_the_alert_when_it_is_back(tmp_path, started):
    with FeedServer() as feeds, Receiver(statuses=[503, 503]) as receiver:
        feeds.entries = {"good": [("g", *WAR, datetime.now(UTC))]}
        configure(tmp_path, [f"{feeds.url}/good"], receiver.url, [port(feeds), port(receiver)])
        started()
        assert until(receiver.ids, 60)


def test_feeds_are_added_and_listed_and_a_forbidden_one_is_refused(tmp_path):
    assert tocsin(tmp_path, "feeds", "add", "https://wire.example/world.xml").returncode == 0
    listed = json.loads(tocsin(tmp_path, "feeds", "list", "--json").stdout)["feeds"]
    assert "https://wire.example/world.xml" in [feed["url"] for feed in listed]
    refused = tocsin(tmp_path, "feeds", "add", "file:///etc/passwd")
    assert refused.returncode == 2
    assert "cannot be polled" in refused.stderr


def test_feeds_check_tells_what_a_feed_is_without_keeping_it(tmp_path):
    with FeedServer() as feeds:
        feeds.entries = {"good": [("g", *WAR, datetime.now(UTC))]}
        configure(tmp_path, [], "https://hook.example/", [port(feeds), 443])
        told = tocsin(tmp_path, "feeds", "check", f"{feeds.url}/good", "--json")
        lost = tocsin(tmp_path, "feeds", "check", f"{feeds.url}/nowhere")
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["items"] == 1
    assert json.loads(told.stdout)["would be coded"]
    assert lost.returncode == 69
    assert not (tmp_path / "tocsin-data").exists()


def test_a_wrong_configuration_is_refused_with_78(tmp_path):
    (tmp_path / "tocsin.toml").write_text("[feedz]\n")
    checked = tocsin(tmp_path, "check")
    assert (checked.returncode, "did you mean 'feeds'?" in checked.stderr) == (78, True)
    (tmp_path / "tocsin.toml").write_text("")
    assert tocsin(tmp_path, "check").returncode == 0


def test_status_of_an_empty_store_adds_up(tmp_path):
    told = tocsin(tmp_path, "status")
    assert told.returncode == 0
    assert "0 items = 0 stories + 0 duplicates" in told.stdout


def test_items_on_a_pipe_come_back_in_order_and_a_bad_line_is_named(tmp_path):
    lines = [json.dumps({"id": str(n), "title": WAR[0]}) for n in range(3)]
    told = tocsin(tmp_path, "dedupe", input="\n".join(lines))
    assert [json.loads(line)["id"] for line in told.stdout.splitlines()] == ["0", "1", "2"]
    wrong = tocsin(tmp_path, "tag", input=lines[0] + "\n{nonsense\n")
    assert wrong.returncode == 2
    assert "line 2" in wrong.stderr


def test_a_body_that_cannot_be_kept_is_asked_for_again_and_the_service_goes_on(tmp_path, monkeypatch, caplog):
    settings = load_settings(None, {"TOCSIN__DATA_DIR": str(tmp_path / "data"), "TOCSIN__SINKS": "{}"})
    service = Service(settings, lambda: NOON)
    state = FeedState(url="https://wire.example/rss", next_check=NOON)
    with closing(Store(tmp_path / "data" / "tocsin.db")) as store, closing(FeedBook(store, [state.url])) as feeds:
        monkeypatch.setattr(service, "_feeds", feeds, raising=False)
        monkeypatch.setattr(service, "_intake", BrokenIntake(), raising=False)
        kept = service._take(Polled(state=state, outcome=Answered(validators=Validators())))
    assert kept.next_check == NOON + timedelta(minutes=5)
    assert kept.validators == Validators()
    assert "could not be kept" in caplog.text


class BrokenIntake:
    def take(self, *_, **__):
        raise KeyError("a mistake of ours")
