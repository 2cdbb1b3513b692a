"""What takes hours, in a service whose clock is fast: the whole schedule, long pauses that are asked for, mute times."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from sinks.deliver import SCHEDULE
from tests.acceptance.desk import NEWS, Desk
from tests.sinks.receiver import answer
from tests.world import FeedServer

RATE = 1800.0
SLACK = 0.8 * RATE
"""Seconds of the fast clock that the machine may lose."""
HOUR = 3600
OK = answer(200)


class FreshFeed(FeedServer):
    """News that is as old as its first fetch, however long the service took to start."""

    news, clock = (), None

    def get(self, request):
        if not self.entries:
            self.entries["first"] = [(title, title, words, self.clock()) for title, words in self.news]
        super().get(request)


class Hours:
    """A service in a process of its own, and what its receivers saw after how many seconds of its clock."""

    def __init__(self, home):
        self.home, self.base = home, time.time()

    def now(self):
        return datetime.fromtimestamp(self.base + (time.time() - self.base) * RATE, UTC)

    def play(self):
        async def in_three_hours(out):
            await answer(503, {"Retry-After": format_datetime(self.now() + timedelta(hours=3), usegmt=True)})(out)

        scripts = {
            "never-taken": [answer(500)],
            "asks-for-three-hours": [in_three_hours, OK],
            "asks-for-two-days": [answer(429, {"Retry-After": str(48 * HOUR)}), OK],
            "muted-for-hours": [OK],
            "taken": [OK],
        }
        with FreshFeed() as feeds, Desk() as desk:
            feeds.clock = self.now
            desk.scripts = scripts
            self.desk = desk
            self._write(feeds, desk, dict(zip(scripts, NEWS, strict=False)))
            told = [sys.executable, "-m", "tests.faults.service", str(self.home / "tocsin.toml"), str(self.base), str(RATE), "never", "0"]
            with (self.home / "log").open("wb") as log:
                service = subprocess.Popen(told, stdout=log, stderr=log, cwd=Path(__file__).parents[2])
            wanted = dict.fromkeys(scripts, "delivered") | {"never-taken": "dead"}
            try:
                end = time.monotonic() + 150
                while time.monotonic() < end and self.states() != wanted:
                    time.sleep(0.2)
                service.send_signal(signal.SIGTERM)
                assert service.wait(timeout=30) == 0, (self.home / "log").read_text()[-3000:]
            finally:
                service.kill()
                service.wait()
        return self

    def _write(self, feeds, desk, acts):
        port = int(feeds.url.rpartition(":")[2])
        now = self.now()
        self.muted_until = (now + timedelta(hours=20)).replace(microsecond=0)  # the start alone takes hours
        since, until = ((self.muted_until - timedelta(hours=hours)).strftime("%H:%M:%S") for hours in (21, 0))
        feeds.news = [act.first() for act in acts.values()]
        lines = [
            f'data_dir = "{self.home}/data"\n[feeds]\nurls = ["{feeds.url}/first"]',
            f'[fetch.network]\nallow_networks = ["127.0.0.0/8"]\nports = [{port}]\n[parse]\nworkers = 1\n[dashboard]\nlisten = "off"',
            f"[routing]\nsinks = []\n[routing.times.siesta]\nsince = {since}\nuntil = {until}",
        ]
        for name, act in acts.items():
            lines += [
                f'[sinks.{name}]\ntype = "webhook"\nurl = "http://127.0.0.1:{desk.port}/{name}"',
                f'network = {{ allow_networks = ["127.0.0.0/8"], ports = [{desk.port}] }}',
                f'[[routing.routes]]\nname = "{name}"\nsinks = ["{name}"]\nmatch = {{ pairs = ["{act.pair}"] }}',
                'mute = ["siesta"]' if name.startswith("muted") else "",
            ]
        (self.home / "tocsin.toml").write_text("\n".join(lines) + "\n")

    def states(self):
        try:
            with sqlite3.connect(self.home / "data" / "tocsin.db") as db:
                return dict(db.execute("SELECT sink, state FROM outbox"))
        except sqlite3.Error:
            return {}

    def seen(self, name):
        """Seconds of the fast clock after the first alert was taken."""
        begun = self.desk.arrivals["taken"][0].when
        return [(one.when - begun) * RATE for one in self.desk.arrivals[name]]

    def late(self, name, when):
        """Seconds of the fast clock between a moment of it and the one arrival there is."""
        (one,) = self.desk.arrivals[name]
        arrived = self.base + (one.when + time.time() - time.monotonic() - self.base) * RATE
        return arrived - when.timestamp()


@pytest.fixture(scope="module")
def hours(tmp_path_factory):
    return Hours(tmp_path_factory.mktemp("hours")).play()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_an_alert_that_is_never_taken_is_tried_ten_times_in_22_hours_and_then_dead(hours):
    seen = hours.seen("never-taken")
    due, steps = 0.0, []
    for step in SCHEDULE:
        due += step.total_seconds()
        steps.append(due)
    assert len(seen) == len(SCHEDULE) == 10
    assert all(0.9 * step - SLACK <= at <= 1.1 * step + 3 * SLACK for at, step in zip(seen, steps, strict=True)), (seen, steps)
    assert hours.states()["never-taken"] == "dead"


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("name", "waited"),
    [
        ("asks-for-three-hours", (0, 3 * HOUR)),
        ("asks-for-two-days", (0, 12 * HOUR)),  # longer than the longest step is not believed
        ("taken", (0,)),
    ],
)
def test_what_is_asked_for_in_hours_is_waited_for(hours, name, waited):
    seen = hours.seen(name)
    assert len(seen) == len(waited), seen
    assert all(due - SLACK <= at <= due + 3 * SLACK for at, due in zip(seen, waited, strict=True)), (seen, waited)
    assert hours.states()[name] == "delivered"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_what_is_muted_is_told_when_the_hours_are_over(hours):
    assert -10 <= hours.late("muted-for-hours", hours.muted_until) <= 3 * SLACK
    assert hours.states()["muted-for-hours"] == "delivered"
