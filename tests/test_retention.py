"""What is too old or too much is removed, oldest first; what still has to go out stays; the sums still add up."""

from __future__ import annotations

import os
from contextlib import closing
from datetime import timedelta

import pytest

from tests.values import NOON, alert, item
from tocsin.model import AlertKind, Origin
from tocsin.overview import overview
from tocsin.retention import EVERY, ArchiveFile, Retention, RetentionSettings, outdated
from tocsin.store import Store

FOREVER = RetentionSettings(archive_days=0, archive_gigabytes=0, alerts_days=0, alerts=0, dead_letters_days=0, dead_letters=0)


def days(n):
    return timedelta(days=n)


def files(*aged):
    return [ArchiveFile(path=f"{age:03}", written=NOON - days(age), size=10**9) for age in aged]


@pytest.mark.parametrize(
    ("told", "gone"),
    [
        (FOREVER, []),
        (FOREVER.model_copy(update={"archive_days": 10}), [100, 30]),
        (FOREVER.model_copy(update={"archive_gigabytes": 2.5}), [100, 30]),  # the newest is beside the sum: it is still written to
        (FOREVER.model_copy(update={"archive_gigabytes": 0.5}), [100, 30, 10, 5]),
        (FOREVER.model_copy(update={"archive_days": 200, "archive_gigabytes": 3}), [100]),
    ],
)
def test_archive_files_go_by_age_and_by_size_oldest_first_and_never_the_newest(told, gone):
    assert [file.path for file in outdated(files(5, 100, 0, 30, 10), told, NOON)] == [f"{age:03}" for age in gone]


@pytest.fixture
def store(tmp_path):
    with closing(Store(tmp_path / "tocsin.db")) as opened:
        yield opened


def keep(store, *names, state="delivered", at=NOON, **told):
    with closing(store.outbox()) as outbox:
        for name in names:
            store.add_alert(alert(name, **told), ["desk"])
            store.note_origin(name, Origin(processed=at))
            if state == "delivered":
                outbox.delivered("desk", name, at)
    store.add({"alerts": 0 if told else len(names)})


def enforce(store, tmp_path, now=NOON, **told):
    return Retention(FOREVER.model_copy(update=told), store, tmp_path / "archive", lambda: now).enforce()


def test_alerts_go_by_age_with_their_deliveries_unless_one_still_waits_and_the_sums_add_up(store, tmp_path):
    keep(store, "old", at=NOON - days(40))
    keep(store, "digest", at=NOON - days(39), kind=AlertKind.DIGEST)
    keep(store, "waits", state="pending", at=NOON - days(38))
    keep(store, "new", at=NOON - days(1))
    enforce(store, tmp_path, alerts_days=30)
    assert [kept.id for kept in store.alerts()] == ["waits", "new"]
    assert store.deliveries() == {"desk": {"pending": 1, "delivered": 1}}
    told = overview(store)
    assert told.adds_up
    assert (told.alerts.raised, told.alerts.digests, told.alerts.removed) == (3, 1, 2)


def test_alerts_go_by_number_oldest_first(store, tmp_path):
    keep(store, *"abcde")
    enforce(store, tmp_path, alerts=2)
    assert [kept.id for kept in store.alerts()] == ["d", "e"]
    enforce(store, tmp_path, alerts=2)
    assert [kept.id for kept in store.alerts()] == ["d", "e"]


def test_dead_letters_go_by_age_and_by_number(store, tmp_path):
    for n in range(4):
        store.set_aside("tag", item(str(n)), ValueError("no"), NOON - days(40 - n), "1")
    enforce(store, tmp_path, dead_letters_days=38.5)
    assert store.dead_letters_by_segment() == {"tag": 2}
    enforce(store, tmp_path, dead_letters=1)
    assert store.dead_letters_by_segment() == {"tag": 1}


def test_a_few_at_a_time_and_at_once_again_while_there_is_more(store, tmp_path, monkeypatch):
    monkeypatch.setattr("tocsin.retention.AT_ONCE", 2)
    keep(store, *"abcde")
    now = NOON + days(400)
    retention = Retention(RetentionSettings(alerts_days=1), store, tmp_path / "archive", lambda: now)
    left = []
    for _ in range(4):
        retention.enforce_when_due()
        left.append(store.alert_counts()[0])
    assert left == [3, 1, 0, 0]
    keep(store, "late")
    retention.enforce_when_due()
    assert store.alert_counts()[0] == 1, "not due again yet"
    now += EVERY
    retention.enforce_when_due()
    assert store.alert_counts()[0] == 0


def test_only_files_of_the_archive_are_removed_from_the_disk(store, tmp_path):
    archive = tmp_path / "archive"
    archive.mkdir()
    for name, age in (("feeds-a-0.warc.gz", 50), ("feeds-b-0.warc.gz", 1), ("notes.txt", 50)):
        (archive / name).write_bytes(b"x")
        os.utime(archive / name, ((NOON - days(age)).timestamp(),) * 2)
    enforce(store, tmp_path, archive_days=30)
    assert sorted(path.name for path in archive.iterdir()) == ["feeds-b-0.warc.gz", "notes.txt"]
