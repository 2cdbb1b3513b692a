"""The real command line against local receivers: what is committed at a moment is where it should be at another.

One `tocsin run` serves all scenarios side by side, in real time; those that take hours run in a process whose clock is fast.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from tests.acceptance.desk import NEWS, Desk, Scenario, at, between
from tests.sinks.receiver import answer, cut, drip_body, drip_headers, gigabyte, hang, huge_headers, no_http
from tests.world import FeedServer

ROOT = Path(__file__).parents[2]
WATCHED = 42.0
"""Seconds for which the receivers are watched: three attempts of the schedule, and some."""
SOON = 2.0
"""Seconds after the first news when the later news is put out; it takes a while to be polled."""

OK = answer(200)


def retry_after(seconds):
    return answer(429, {"Retry-After": str(seconds)})


def same_id_and_bytes(requests):
    assert len({(request.headers["webhook-id"], request.body) for request in requests}) == 1


def a_second_apart(requests):
    times = [one.when for one in requests]
    assert all(later - earlier >= 1 for earlier, later in itertools.pairwise(times))


async def in_fifteen_seconds(out):
    when = datetime.now(UTC) + timedelta(seconds=15)
    await answer(429, {"Retry-After": format_datetime(when, usegmt=True)})(out)


def slack(word):
    return answer(200, body=word.encode())


SLACK = {"type": "slack"}
SCENARIOS = [
    Scenario("taken", expect=(at(0),)),
    Scenario("created", answers=(answer(201),), expect=(at(0),)),
    Scenario("error-500", answers=(answer(500), OK), expect=(at(0), at(5)), check=same_id_and_bytes),
    Scenario("error-502", answers=(answer(502), OK), expect=(at(0), at(5))),
    Scenario("error-503-asks-for-8", answers=(answer(503, {"Retry-After": "8"}), OK), expect=(at(0), at(8))),
    Scenario("error-twice", answers=(answer(500), answer(500), OK), expect=(at(0), at(5), between(31, 39)), check=same_id_and_bytes),
    Scenario("error-for-ever", answers=(answer(500),), expect=(at(0), at(5), between(31, 39)), state="pending", reason="http_500"),
    Scenario("too-many-asks-for-2", answers=(retry_after(2), OK), expect=(at(0), at(5))),
    Scenario("too-many-asks-for-12", answers=(retry_after(12), OK), expect=(at(0), between(12, 13))),
    Scenario("too-many-until-a-date", answers=(in_fifteen_seconds, OK), expect=(at(0), between(13.9, 16))),
    Scenario("too-many-says-nothing", answers=(answer(429), OK), expect=(at(0), at(5))),
    Scenario("too-many-says-nonsense", answers=(retry_after("soon"), OK), expect=(at(0), at(5))),
    Scenario("time-out-408", answers=(answer(408), OK), expect=(at(0), at(5))),
    Scenario("too-early-425", answers=(answer(425), OK), expect=(at(0), at(5))),
    Scenario("refused-400", answers=(answer(400),), expect=(at(0),), state="dead", reason="http_400"),
    Scenario("refused-401", answers=(answer(401),), expect=(at(0),), state="dead", reason="http_401"),
    Scenario("not-found-404", answers=(answer(404),), expect=(at(0),), state="dead", reason="http_404"),
    Scenario("too-large-413", answers=(answer(413),), expect=(at(0),), state="dead", reason="http_413"),
    Scenario("gone-410", answers=(answer(410),), expect=(at(0),), state="pending", reason="http_410", news=2),
    Scenario("moved-301", answers=(answer(301, {"Location": "/taken"}), OK), expect=(at(0), at(5))),
    Scenario("moved-307", answers=(answer(307, {"Location": "/taken"}), OK), expect=(at(0), at(5))),
    Scenario("hangs", answers=(hang, OK), sink={"timeout": 2}, expect=(at(0), at(7)), check=same_id_and_bytes),
    Scenario("drips-its-headers", answers=(drip_headers, OK), sink={"timeout": 2}, expect=(at(0), at(7))),
    Scenario("drips-its-body", answers=(drip_body,), expect=(at(0),)),
    Scenario("takes-and-cuts", answers=(cut, OK), expect=(at(0), at(5)), check=same_id_and_bytes),
    Scenario("answers-a-gigabyte", answers=(gigabyte,), expect=(at(0),)),
    Scenario("is-no-http", answers=(no_http, OK), expect=(at(0), at(5))),
    Scenario("answers-huge-headers", answers=(huge_headers, OK), expect=(at(0), at(5))),
    Scenario("waits-for-its-group", route={"group_wait": "PT4S"}, expect=(between(4, 6, "ruled"),)),
    Scenario(
        "told-in-one", route={"group_wait": "PT4S", "group_by": ["route"]}, news=3, expect=(between(4, 6, "ruled"),), state="suppressed"
    ),
    Scenario(
        "over-its-cap", route={"cap": {"alerts": 1, "per": "PT6S"}}, news=4, expect=(at(0), between(6, 8, "ruled")), state="suppressed"
    ),
    Scenario("muted-all-day", route={"mute": ["always"]}, expect=(), state="held", reason="muted"),
    Scenario("silenced", silenced=True, expect=(), state="suppressed", reason="silenced by ana"),
    Scenario("asks-for-more-sources", route={"match": {"min_sources": 2}}, expect=(), state=""),
    Scenario("asks-for-a-region", route={"match": {"regions": ["asia", "africa", "europe"], "min_confidence": 0.5}}, expect=(at(0),)),
    Scenario("hears-the-later-toll", later=True, expect=(at(0), at(0, "later"))),
    Scenario("is-told-once-an-hour", later=True, route={"repeat_interval": "PT1H"}, expect=(at(0),), state="held"),
    Scenario("slack-takes", sink=SLACK, answers=(slack("ok"),), expect=(at(0),)),
    Scenario(
        "slack-a-message-a-second",
        sink=SLACK,
        answers=(slack("ok"),),
        news=3,
        expect=(at(0), between(1, 2), between(2, 3)),
        check=a_second_apart,
    ),
    Scenario("slack-asks-for-6", sink=SLACK, answers=(answer(429, {"Retry-After": "6"}), slack("ok")), expect=(at(0), between(6, 7))),
    Scenario(
        "slack-has-no-channel",
        sink=SLACK,
        answers=(answer(404, body=b"channel_not_found"),),
        expect=(at(0),),
        state="pending",
        reason="slack_channel_not_found",
    ),
    Scenario(
        "slack-will-not-have-it",
        sink=SLACK,
        answers=(answer(400, body=b"invalid_payload"),),
        expect=(at(0),),
        state="dead",
        reason="slack_invalid_payload",
    ),
    Scenario("apprise-takes", sink={"type": "apprise"}, expect=(at(0),)),
    Scenario("apprise-is-refused", sink={"type": "apprise"}, answers=(answer(500), OK), expect=(at(0), at(5))),
]


def toml(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(one)}" for key, one in value.items()) + " }"
    return json.dumps(value)


def written(home, feed_port, desk, cast):
    """The configuration: a sink and a route for each scenario, and the reference that tells when news was committed."""
    network = {"allow_networks": ["127.0.0.0/8"], "ports": [desk.port]}
    lines = [
        f'data_dir = "{home}/data"',
        f'[feeds]\nurls = ["http://127.0.0.1:{feed_port}/first"]',
        f'[fetch.network]\nallow_networks = ["127.0.0.0/8"]\nports = [{feed_port}]',
        '[parse]\nworkers = 1\n[poll]\nhost_pause_seconds = 0\nmost_alerts = 500\n[dashboard]\nlisten = "off"',
        "[routing]\nsinks = []\n[routing.times.always]\nzone = 'UTC'",
        '[[routing.routes]]\nname = "all"\nsinks = ["log"]\ncontinue = true',
        f'[sinks.log]\ntype = "jsonl"\npath = "{home}/alerts.jsonl"',
    ]
    for scenario, acts in cast:
        sink = {"type": "webhook", "url": f"http://127.0.0.1:{desk.port}/{scenario.name}"} | scenario.sink
        if sink["type"] == "apprise":
            sink["url"] = f"json://127.0.0.1:{desk.port}/{scenario.name}"
        else:
            sink["network"] = network
        lines += [f"[sinks.{scenario.name}]", *(f"{key} = {toml(value)}" for key, value in sink.items())]
        route = {"name": scenario.name, "sinks": [scenario.name]} | scenario.route
        route["match"] = {"pairs": [act.pair for act in acts]} | route.get("match", {})
        lines += ["[[routing.routes]]", *(f"{key} = {toml(value)}" for key, value in route.items())]
    (home / "tocsin.toml").write_text("\n".join(lines) + "\n")


class Run:
    """One `tocsin run` over the whole cast, and what its receivers saw."""

    def __init__(self, home):
        acts = iter(NEWS)
        self.home, self.cast = home, [(scenario, [next(acts) for _ in range(scenario.news)]) for scenario in SCENARIOS]

    def tocsin(self, *words):
        told = [sys.executable, "-m", "tocsin.cli.main", *words, "--config", str(self.home / "tocsin.toml")]
        return subprocess.run(told, check=True, capture_output=True, text=True, cwd=ROOT, timeout=60).stdout

    def play(self):
        with FeedServer() as feeds, Desk() as desk:
            self.desk = desk
            desk.scripts = {scenario.name: list(scenario.answers) for scenario in SCENARIOS}
            port = int(feeds.url.rpartition(":")[2])
            written(self.home, port, desk, self.cast)
            now = datetime.now(UTC)
            feeds.entries["first"] = [(act.first()[0], *act.first(), now) for _, acts in self.cast for act in acts]
            for scenario, acts in self.cast:
                if scenario.silenced:
                    self.tocsin("silence", "add", f"pairs={acts[0].pair}", "--hours", "1", "--author", "ana", "--reason", "drill")
            with (self.home / "log").open("wb") as log:
                told = [sys.executable, "-m", "tocsin.cli.main", "run", "--config", str(self.home / "tocsin.toml")]
                service = subprocess.Popen(told, stdout=log, stderr=log, cwd=ROOT, env={**os.environ, "PYTHONUNBUFFERED": "1"})
            try:
                self.began = self._arrival("taken", 60)
                time.sleep(SOON)
                feeds.entries["later"] = [
                    (act.later()[0], *act.later(), datetime.now(UTC)) for scenario, acts in self.cast if scenario.later for act in acts[:1]
                ]
                self.tocsin("feeds", "add", f"{feeds.url}/later")
                self.began_later = self._arrival("hears-the-later-toll", 30, count=2)
                time.sleep(max(0.0, self.began + WATCHED - time.monotonic()))
                service.send_signal(signal.SIGTERM)
                self.code = service.wait(timeout=30)
            finally:
                service.kill()
                service.wait()
        return self

    def _arrival(self, name, seconds, count=1):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if len(arrived := self.desk.arrivals.get(name, [])) >= count:
                return arrived[count - 1].when
            time.sleep(0.01)
        raise AssertionError((self.home / "log").read_text()[-3000:])

    def bases(self):
        with sqlite3.connect(self.home / "data" / "tocsin.db") as db:
            (ruled,) = db.execute("SELECT min(processed) FROM alerts").fetchone()
        return {"committed": self.began, "later": self.began_later, "ruled": ruled - time.time() + time.monotonic()}

    def deliveries(self, sink):
        with sqlite3.connect(self.home / "data" / "tocsin.db") as db:
            return db.execute("SELECT state, reason FROM outbox WHERE sink = ? ORDER BY seq", (sink,)).fetchall()


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return Run(tmp_path_factory.mktemp("acceptance")).play()


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_the_receiver_sees_what_it_should_when_it_should(run, scenario):
    arrived = run.desk.arrivals.get(scenario.name, [])
    seen = [round(one.when - run.began, 2) for one in arrived]
    shift = {base: begun - run.began for base, begun in run.bases().items()}
    wanted = [(window.since + shift[window.base], window.until + shift[window.base]) for window in scenario.expect]
    assert len(seen) == len(wanted), seen
    assert all(since <= when <= until for when, (since, until) in zip(seen, wanted, strict=True)), (seen, wanted)
    scenario.check(arrived)
    became = run.deliveries(scenario.name)
    assert bool(became) is bool(scenario.state)
    if became:
        assert [reason for state, reason in became if state == scenario.state and scenario.reason in reason], became


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_nothing_is_lost_the_service_ends_well_and_no_address_is_in_its_log(run):
    assert run.code == 0
    acts = sum(scenario.news + scenario.later for scenario in SCENARIOS)
    heard = acts - sum(scenario.silenced for scenario in SCENARIOS)  # a silence holds for every sink
    kept = [json.loads(line)["id"] for line in (run.home / "alerts.jsonl").read_text().splitlines()]
    assert len(kept) == len(set(kept)) == heard
    with sqlite3.connect(run.home / "data" / "tocsin.db") as db:
        states = dict(db.execute("SELECT state, count(*) FROM outbox GROUP BY state"))
    asked = sum(len(run.deliveries(scenario.name)) for scenario in SCENARIOS)
    assert sum(states.values()) == asked + acts
    told = (run.home / "log").read_text()
    assert "Traceback" not in told
    assert not [scenario.name for scenario in SCENARIOS if f"127.0.0.1:{run.desk.port}/{scenario.name}" in told]


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_in_one_incident_no_alert_overtakes_another(run):
    for scenario in SCENARIOS:
        revisions = {}
        for one in run.desk.arrivals.get(scenario.name, []):
            told = json.loads(one.body).get("data")
            if told and told["kind"] != "digest":
                assert revisions.get(told["incident"], 0) <= told["revision"]
                revisions[told["incident"]] = told["revision"]
