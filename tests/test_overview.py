"""The ledger: everything that came in is accounted for, per sink too; what does not add up is told."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta

import pytest

from producers.feed import FeedState, FeedStatus
from tests.values import NOON, alert
from tocsin.cli.status import age, lines
from tocsin.model import AlertKind, Origin
from tocsin.overview import Alerts, overview
from tocsin.store import Store


@pytest.fixture
def store(tmp_path):
    with closing(Store(tmp_path / "tocsin.db")) as opened:
        yield opened


def test_a_sink_accounts_for_every_alert_that_is_kept(store):
    store.add({"items": 5, "stories": 3, "duplicates": 1, "dead.deduplicate": 1, "alerts": 3})
    for name in ("a", "b", "c"):
        store.add_alert(alert(name), ["desk"])
    store.add_alert(alert("d", kind=AlertKind.DIGEST), ["pager"])
    store.note_origin("b", Origin(processed=NOON))
    store.rule("c", ["pager"], "suppressed", "silenced by me: too loud (x)", NOON)
    with closing(store.outbox()) as outbox:
        outbox.delivered("desk", "a", NOON)
        outbox.bury("desk", "c", "http_404", NOON)
    told = overview(store)
    assert told.adds_up
    assert told.alerts == Alerts(raised=3, digests=1, kept=4, removed=0)
    assert list(lines(told, NOON + timedelta(hours=3))) == [
        "alerts      3 raised + 1 digests = 4 kept",
        "feeds       none polled yet",
        "sink        desk: 4 = 1 dead + 1 delivered + 1 pending + 1 routed elsewhere; the oldest waits for 3 h",
        "sink        pager: 4 = 1 pending + 1 suppressed (1 silenced) + 2 routed elsewhere; the oldest waits for 3 h",
    ]


def test_a_feed_that_is_not_polled_any_more_is_not_counted(store):
    for name, status in (("mine", FeedStatus.OK), ("added", FeedStatus.OK), ("before", FeedStatus.FAILING)):
        store.save_feed(name, FeedState(url=name, status=status))
    store.watch("added")
    assert overview(store, ["mine"]).feeds == {"ok": 2}


@pytest.mark.parametrize("wrong", [{"items": 1}, {"alerts": 1}])
def test_what_does_not_add_up_is_told(store, wrong):
    assert overview(store).adds_up
    store.add(wrong)
    assert not overview(store).adds_up


def test_the_ledger_is_of_one_moment_whatever_is_committed_meanwhile(store, monkeypatch):
    with closing(store.reader()) as reader:
        counts = reader.alert_counts

        def meanwhile():
            store.add({"alerts": 1})
            store.add_alert(alert("late"), ["desk"])
            return counts()

        monkeypatch.setattr(reader, "alert_counts", meanwhile)
        assert overview(reader).alerts == Alerts(raised=0, digests=0, kept=0, removed=0)


@pytest.mark.parametrize(("seconds", "told"), [(-3, "0 s"), (119, "119 s"), (121, "2 min"), (7_300, "2 h"), (200_000, "2 d")])
def test_an_age_is_told_in_its_unit(seconds, told):
    assert age(seconds) == told
