"""The silences of a cluster: put on one machine, in force on every other, and no alert waits for a Redis that is away."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from sinks.match import Match
from sinks.route import RoutingSettings, silence
from tests.sinks.conftest import redis_process, redis_server
from tests.values import NOON, alert
from tocsin.cli.main import main
from tocsin.dispatch import Dispatch
from tocsin.silences import SharedSilences
from tocsin.store import Store

__all__ = ["redis_process", "redis_server"]
pytestmark = pytest.mark.service


class Role:
    """One role that delivers, on a clock of the test's."""

    def __init__(self, url, home):
        self.now = NOON
        self.store = Store(home / "deliver.db")
        self.silences = SharedSilences(url, "tocsin", lambda: self.now)
        self.dispatch = Dispatch(self.store, RoutingSettings(), ["desk"], lambda: self.now, silences=self.silences)

    def take(self, name):
        with self.store.transaction():
            self.dispatch(alert(name, incident=name))
        return self.store._db.execute("SELECT state, reason FROM outbox WHERE alert_id = ?", (name,)).fetchone()

    def close(self):
        self.silences.close()
        self.store.close()


@pytest.fixture
def role(redis_server, tmp_path):
    one = Role(redis_server.url, tmp_path)
    yield one
    one.close()


@pytest.fixture
def operator(redis_server):
    """Another process, which silences."""
    one = SharedSilences(redis_server.url, "tocsin", lambda: NOON)
    yield one
    one.close()


DRILL = silence(Match(pairs=["IRN-PAK"]), "ana", "drill", NOON, NOON + timedelta(hours=1))


def test_a_silence_that_another_process_put_holds_within_seconds_and_ends_when_it_is_ended(role, operator):
    assert role.take("a") == ("pending", "")
    operator.put(DRILL)
    role.now += timedelta(seconds=6)
    state, reason = role.take("b")
    assert (state, reason.startswith("silenced by ana: drill")) == ("suppressed", True)
    assert operator.end(DRILL.id)
    assert not operator.end(DRILL.id)
    role.now += timedelta(seconds=6)
    assert role.take("c") == ("pending", "")


def test_while_redis_is_away_what_was_known_holds_and_no_alert_is_lost(role, operator, redis_server):
    operator.put(DRILL)
    role.now += timedelta(seconds=6)
    assert role.take("a")[0] == "suppressed"
    redis_server.kill()
    try:
        role.now += timedelta(seconds=6)
        assert role.take("b")[0] == "suppressed"
        role.now += timedelta(hours=2)
        assert role.take("c") == ("pending", "")
    finally:
        redis_server.start()


def test_what_is_no_silence_is_passed_over(role, operator, redis_server):
    operator.put(DRILL)
    redis_server.admin.hset("{tocsin}:silences", "x", '{"id": 5}')
    assert set(operator.read()) == {DRILL.id}


def test_the_command_line_keeps_lists_and_ends_them(redis_server, tmp_path, capsys):
    config = tmp_path / "tocsin.toml"
    config.write_text(f'data_dir = "{tmp_path}/data"\n[kafka]\nstate = "{redis_server.url}"\n')

    def tocsin(*words):
        code = main(["silence", *words, "--cluster", "--config", str(config)])
        told = capsys.readouterr()
        return code, told.out + told.err

    asked = ("add", "pairs=IRN-PAK", "--hours", "1", "--author", "ana", "--reason", "drill")
    assert "not kept" in tocsin(*asked, "--dry-run")[1]
    assert tocsin("list")[0] == 4
    code, told = tocsin(*asked)
    name = told.split()[0]
    assert (code, "in force until" in told) == (0, True)
    assert [one["id"] for one in json.loads(tocsin("list", "--json")[1])["silences"]] == [name]
    assert tocsin("expire", name)[0] == 0
    assert tocsin("expire", name)[0] == 4
    redis_server.kill()
    try:
        assert tocsin("list")[0] == 69
    finally:
        redis_server.start()
