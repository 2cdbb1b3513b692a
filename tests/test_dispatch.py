"""A new alert is kept, ruled on and put into the outboxes in one transaction, and every sink's sums add up."""

from __future__ import annotations

import tomllib
from datetime import timedelta

import pytest

from sinks.match import Match
from sinks.route import RoutingSettings, silence
from tests.values import NOON, alert
from tocsin.dispatch import Dispatch
from tocsin.model import AlertKind, Level
from tocsin.settings import ConfigError, load_settings
from tocsin.store import Store


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path / "tocsin.db")
    yield opened
    opened.close()


class Desk:
    """A dispatch whose clock the test turns."""

    def __init__(self, store, text=""):
        self.store, self.now = store, NOON
        self.dispatch = Dispatch(store, RoutingSettings.model_validate(tomllib.loads(text)), ["desk", "pager"], lambda: self.now)

    def take(self, *alerts):
        with self.store.transaction():
            return [self.dispatch(one) for one in alerts]

    def tick(self, **later):
        self.now += timedelta(**later)
        with self.store.transaction():
            return self.dispatch.tick()

    def reasons(self, sink):
        rows = self.store._db.execute("SELECT alert_id, state, reason FROM outbox WHERE sink = ? ORDER BY seq", (sink,))
        return {name: (state, reason) for name, state, reason in rows}


def test_without_routing_every_alert_is_pending_for_every_sink_and_once(store):
    desk = Desk(store)
    assert desk.take(alert("a"), alert("a"), alert("b")) == [True, False, True]
    assert store.deliveries() == {"desk": {"pending": 2}, "pager": {"pending": 2}}


WAIT = "[[routes]]\nname = 'r'\ngroup_wait = 'PT30S'\nsinks = ['desk']"


def test_what_waits_for_its_group_is_held_and_then_pending_by_its_latest_word(store):
    desk = Desk(store, WAIT)
    desk.take(alert("a.1"), alert("a.2", revision=2))
    assert desk.reasons("desk") == {"a.1": ("suppressed", "outdated by a.2"), "a.2": ("held", "waits for its group")}
    outbox = store.outbox()
    assert outbox.next("desk", desk.now) is None
    assert desk.tick(seconds=29) is False
    assert desk.tick(seconds=1) is True
    assert outbox.next("desk", desk.now).alert_id == "a.2"
    outbox.close()
    assert store.deliveries() == {"desk": {"pending": 1, "suppressed": 1}}


def test_what_is_held_survives_a_restart(store, tmp_path):
    Desk(store, WAIT).take(alert("a.1"))
    store.close()
    again = Store(tmp_path / "tocsin.db")
    desk = Desk(again, WAIT)
    assert desk.tick(seconds=30) is True
    assert again.deliveries() == {"desk": {"pending": 1}}
    again.close()


def test_a_transaction_that_fails_takes_the_ruling_back(store):
    desk = Desk(store, WAIT)
    with pytest.raises(ZeroDivisionError), store.transaction():
        desk.dispatch(alert("a.1"))
        raise ZeroDivisionError
    assert desk.tick(seconds=60) is False
    assert desk.take(alert("a.1")) == [True]
    assert store.deliveries() == {"desk": {"held": 1}}


def test_a_digest_is_an_alert_of_its_own_in_the_outbox(store):
    desk = Desk(store, "[[routes]]\nname = 'r'\nsinks = ['desk']\ncap = { alerts = 1, per = 'PT1H' }")
    desk.take(*(alert(f"{n}.1", incident=f"i{n}") for n in range(4)))
    desk.tick(hours=1)
    assert store.deliveries() == {"desk": {"pending": 2, "suppressed": 3}}
    assert [one.kind for one in store.alerts()][-1] is AlertKind.DIGEST


@pytest.mark.parametrize("waits", [("PT1H", "PT0S"), ("PT0S", "PT1H")])
def test_two_routes_to_one_sink_send_where_one_of_them_sends(store, waits):
    routes = (f"[[routes]]\nname = 'r{n}'\ncontinue = true\nsinks = ['desk']\ngroup_wait = '{wait}'" for n, wait in enumerate(waits))
    Desk(store, "\n".join(routes)).take(alert("a"))
    assert store.deliveries() == {"desk": {"pending": 1}}


def test_a_silence_that_another_process_kept_holds_at_once(store, tmp_path):
    desk = Desk(store)
    one = silence(Match(min_level=Level.FORCE), "ana", "exercise", NOON, NOON + timedelta(hours=1))
    beside = Store(tmp_path / "tocsin.db", lock=False)
    with beside.transaction():
        beside.table("silences", type(one))[one.id] = one
    beside.close()
    desk.take(alert("a"))
    assert desk.reasons("desk") == {"a": ("suppressed", f"silenced by ana: exercise ({one.id})")}


def test_a_route_to_a_sink_that_is_not_there_is_a_mistake_of_the_configuration(tmp_path):
    (tmp_path / "tocsin.toml").write_text("[routing]\nsinks = ['sirene']")
    with pytest.raises(ConfigError, match="no sink is called 'sirene'; there are: console"):
        load_settings(tmp_path / "tocsin.toml", {})


def test_what_a_failed_transaction_would_have_sent_is_sent_by_the_next(store):
    desk = Desk(store, WAIT)
    desk.take(alert("a.1"))
    desk.now += timedelta(seconds=31)
    with pytest.raises(ZeroDivisionError), store.transaction():
        assert desk.dispatch.tick()
        raise ZeroDivisionError
    assert desk.reasons("desk") == {"a.1": ("held", "waits for its group")}
    assert desk.dispatch.is_due()
    assert desk.tick()
    assert desk.reasons("desk")["a.1"][0] == "pending"
