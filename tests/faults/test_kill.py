"""kill -9, again and again: nothing offered is lost, and no alert has two ids or two bodies.

Real processes, a real feed server and a real receiver. `TOCSIN_KILLS` says how often (default 100).
"""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.faults.service import POINTS
from tests.world import FeedServer, Receiver

KILLS = int(os.environ.get("TOCSIN_KILLS", "100"))
RATE = 1200.0
"""The fast clock: the shortest poll interval, five minutes, takes a quarter of a second."""
ACTORS = "Russian Turkish Israeli Iranian Saudi Pakistani Indian Ethiopian Sudanese Moroccan Egyptian French American Armenian".split()
TOWNS = "Kharkiv Aleppo Nabatieh Erbil Sanaa Kandahar Muzaffarabad Asmara Goma Tindouf Benghazi Timbuktu Mogadishu Stepanakert".split()
FEEDS = ("wire", "courier", "herald")


def news():
    """Stories that each open an incident of their own: other sides, another town."""
    for number, (actor, town) in enumerate(itertools.product(ACTORS, TOWNS)):
        killed = 10 + number
        yield (
            f"{actor} air strike on {town} kills {killed}",
            f"An air strike by {actor} jets on {town} killed {killed} people, officials said.",
        )


class World:
    """The feeds, the receiver, and the service between them, which is started, killed and started again."""

    def __init__(self, folder: Path, feeds: FeedServer, receiver: Receiver) -> None:
        self.feeds, self.receiver, self.folder = feeds, receiver, folder
        self.base = time.time()
        self.offered: list[str] = []
        self._news = news()
        feeds.entries = {name: [] for name in FEEDS}
        urls = [f"{feeds.url}/{name}" for name in FEEDS]
        (folder / "tocsin.toml").write_text(
            f'data_dir = "{folder}/data"\n[feeds]\nurls = {json.dumps(urls)}\n'
            f'[fetch.network]\nallow_networks = ["127.0.0.0/8"]\nports = [{port_of(feeds.url)}]\n'
            "[parse]\nworkers = 1\n[poll]\nhost_pause_seconds = 0\n[poll.schedule]\ninterval_minutes = 5\n"
            f'[sinks.hook]\ntype = "webhook"\nurl = "{receiver.url}"\n'
            f'[sinks.hook.network]\nallow_networks = ["127.0.0.0/8"]\nports = [{port_of(receiver.url)}]\n'
        )

    def offer(self, chance: random.Random) -> None:
        """One more story; one in three is told by two outlets."""
        title, summary = next(self._news)
        guid = f"n{len(self.offered)}"
        now = datetime.fromtimestamp(self.base + (time.time() - self.base) * RATE, UTC)
        for name in chance.sample(FEEDS, chance.choice((1, 1, 2))):
            self.feeds.entries[name].append((f"{name}-{guid}", title, summary, now))
        self.offered.append(title)

    def start(self, point: str = "never", count: int = 0) -> subprocess.Popen:
        arguments = [str(self.folder / "tocsin.toml"), str(self.base), str(RATE), point, str(count)]
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.faults.service", *arguments], stderr=log, stdout=log, cwd=Path(__file__).parents[2]
            )

    def pending(self) -> int:
        with sqlite3.connect(self.folder / "data" / "tocsin.db") as db:
            return db.execute("SELECT count(*) FROM outbox WHERE state = 'pending'").fetchone()[0]

    def told(self) -> Counter:
        """How many alerts with an id of their own opened each headline."""
        first = {name: json.loads(body)["data"] for name, body in self.receiver.got}
        return Counter(alert["headline"] for alert in first.values() if alert["kind"] == "opened")


def port_of(url: str) -> str:
    return url.rsplit(":", 1)[1]


def wait_until(holds, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return False


def kill_at(world: World, point: str, count: int) -> bool:
    """Run until the trap springs; False where it did not within its time, and the process was killed from outside."""
    process = world.start(point, count)
    try:
        return process.wait(timeout=8) == -signal.SIGKILL
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False


def kill_at_random(world: World, chance: random.Random) -> None:
    process = world.start()
    time.sleep(chance.uniform(0.3, 2.5))
    process.kill()
    process.wait()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_nothing_is_lost_and_nothing_doubled_however_often_the_service_is_killed(tmp_path):
    chance = random.Random(20260301)
    sprung: Counter[str] = Counter()
    with FeedServer() as feeds, Receiver() as receiver:
        world = World(tmp_path, feeds, receiver)
        for number in range(KILLS):
            world.offer(chance)
            if number % 4 == 3:
                kill_at_random(world, chance)
                sprung["at random"] += 1
            else:
                point = chance.choice(list(POINTS))
                sprung[point if kill_at(world, point, chance.randint(1, 3)) else "after eight seconds"] += 1
        last = world.start()
        try:
            assert wait_until(lambda: set(world.offered) <= set(world.told()) and not world.pending(), 90), (
                f"lost: {set(world.offered) - set(world.told())}; pending: {world.pending()}"
            )
            last.send_signal(signal.SIGTERM)
            assert last.wait(timeout=20) == 0, (tmp_path / "log").read_text()[-3000:]
        finally:
            last.kill()
    bodies: dict[str, set[bytes]] = {}
    for name, body in receiver.got:
        bodies.setdefault(name, set()).add(body)
    raw_repeats = len(receiver.got) - len(bodies)
    print(f"\n{KILLS} kills ({dict(sprung)}): {len(world.offered)} stories, {len(bodies)} alerts, {raw_repeats} repeats on the wire")
    assert all(len(told) == 1 for told in bodies.values()), "one id, one body"
    assert world.told() == Counter(world.offered), "one story, one opening alert"
    assert raw_repeats <= KILLS
    with sqlite3.connect(tmp_path / "data" / "tocsin.db") as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert {name for (name,) in db.execute("SELECT id FROM alerts")} == set(bodies)
        sums = dict(db.execute("SELECT name, n FROM sums"))
    assert sums["items"] == sums["stories"] + sums["duplicates"] + sums.get("dead.deduplicate", 0)
