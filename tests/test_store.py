"""The store keeps all of a transaction or nothing of it, and hands deliveries out in order."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.values import alert
from tocsin.database import StoreError, StoreLockedError, connect, take_lock
from tocsin.model import Alert, Origin
from tocsin.schema import MIGRATIONS, SCHEMA_VERSION, version_of
from tocsin.store import Store
from tocsin.wire import dump, load

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path / "tocsin.db")
    yield opened
    opened.close()


def test_what_a_failed_transaction_set_is_taken_back(store):
    table = store.table("seen", str)
    with store.transaction():
        table["kept"] = "before"
    with pytest.raises(ZeroDivisionError), store.transaction():
        table["kept"] = "after"
        table["new"] = "x"
        store.add({"items": 1})
        store.add_alert(alert("a"), ["desk"])
        raise ZeroDivisionError
    assert dict(table) == {"kept": "before"}
    assert store.sums() == {}
    assert list(store.alerts()) == []


def test_a_transaction_is_there_after_reopening(tmp_path):
    store = Store(tmp_path / "tocsin.db")
    with store.transaction():
        store.table("seen", int)["a"] = 1
        store.add_alert(alert("a"), ["desk"])
    store.close()
    again = Store(tmp_path / "tocsin.db")
    assert dict(again.table("seen", int)) == {"a": 1}
    assert [raised.id for raised in again.alerts()] == ["a"]
    again.close()


operations = st.lists(
    st.one_of(
        st.tuples(st.just("set"), st.sampled_from("abcd"), st.integers()),
        st.tuples(st.just("delete"), st.sampled_from("abcd"), st.none()),
        st.tuples(st.just("commit"), st.none(), st.none()),
    )
)


@given(operations)
def test_a_table_is_a_dict_in_values_length_and_order(steps):
    store = Store.temporary()
    table, model = store.table("seen", int), {}
    for what, key, value in steps:
        if what == "set":
            table[key] = model[key] = value
        elif what == "delete" and key in model:
            del table[key], model[key]
        elif what == "delete":
            with pytest.raises(KeyError):
                del table[key]
        else:
            with store.transaction():
                pass
        assert dict(table) == model
        assert list(table.items()) == list(model.items())
        assert len(table) == len(model)
        assert all((key in table) == (key in model) for key in "abcd")
    store.close()


def test_an_alert_is_put_in_the_outbox_once(store):
    with store.transaction():
        assert store.add_alert(alert("a"), ["desk", "wall"])
        assert not store.add_alert(alert("a"), ["desk", "wall"])
    assert store.deliveries() == {"desk": {"pending": 1}, "wall": {"pending": 1}}


def test_deliveries_come_in_the_order_of_the_alerts_and_leave_when_they_are_settled(store):
    with store.transaction():
        for name in "abc":
            store.add_alert(alert(name, incident=name), ["desk"])
    outbox = store.outbox()
    assert outbox.next("desk", NOON).alert_id == "a"
    outbox.delivered("desk", "a", NOON)
    outbox.bury("desk", "b", "refused", NOON)
    assert outbox.next("desk", NOON).alert_id == "c"
    assert outbox.next("wall", NOON) is None
    assert store.deliveries() == {"desk": {"dead": 1, "delivered": 1, "pending": 1}}
    outbox.close()


def test_a_postponed_delivery_holds_back_its_incident_and_no_other(store):
    with store.transaction():
        store.add_alert(alert("a1", incident="a"), ["desk"])
        store.add_alert(alert("a2", incident="a"), ["desk"])
        store.add_alert(alert("b1", incident="b"), ["desk"])
    outbox = store.outbox()
    outbox.postpone("desk", "a1", NOON + timedelta(minutes=5), "HTTP 500")
    assert outbox.next("desk", NOON).alert_id == "b1"
    outbox.delivered("desk", "b1", NOON)
    assert outbox.next("desk", NOON) is None
    later = NOON + timedelta(minutes=5)
    assert outbox.next("desk", later).alert_id == "a1"
    assert outbox.next("desk", later).attempts == 1
    outbox.close()


def test_the_next_due_time_is_that_of_the_earliest_pending_delivery(store):
    outbox = store.outbox()
    assert outbox.next_due("desk") is None
    with store.transaction():
        store.add_alert(alert("a"), ["desk"])
    outbox.postpone("desk", "a", NOON, "down")
    assert outbox.next_due("desk") == NOON
    outbox.close()


def test_a_value_set_aside_twice_is_one_dead_letter_with_two_attempts(store):
    with store.transaction():
        store.set_aside("tag", alert("a"), ValueError("bad"), NOON, "0.1")
        store.set_aside("tag", alert("a"), ValueError("worse"), NOON, "0.2")
    (letter,) = store.dead_letters()
    assert (letter.segment, letter.kind, letter.attempts, letter.error, letter.version) == ("tag", "Alert", 2, "ValueError: worse", "0.2")


def test_a_second_process_is_refused_with_the_remedy(tmp_path, store):
    with pytest.raises(StoreLockedError, match="stop it, or set another data_dir"):
        Store(tmp_path / "tocsin.db")


def test_a_store_of_a_newer_version_is_refused(tmp_path):
    db = connect(tmp_path / "tocsin.db")
    db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    db.close()
    with pytest.raises(StoreError, match=r"newer Tocsin.*upgrade Tocsin, or restore the backup"):
        Store(tmp_path / "tocsin.db")


def of_the_first_version(path):
    """A store as the first version wrote it, with an alert that still waits."""
    raised = alert("old")
    with closing(connect(path)) as db:
        db.executescript(MIGRATIONS[0])
        db.execute("PRAGMA user_version = 1")
        db.execute("INSERT INTO alerts (id, incident, at, body) VALUES ('old', 'i', ?, ?)", (NOON.timestamp(), dump(raised)))
        db.execute("INSERT INTO outbox (sink, seq, alert_id, incident) VALUES ('desk', 1, 'old', 'i')")
    return raised


def test_a_store_of_an_older_version_is_brought_forward_with_all_it_holds(tmp_path):
    raised = of_the_first_version(tmp_path / "tocsin.db")
    with closing(Store(tmp_path / "tocsin.db")) as store, closing(store.outbox()) as outbox:
        assert list(store.alerts()) == [raised]
        pending = outbox.next("desk", NOON)
        assert (load(pending.body, Alert), pending.origin) == (raised, Origin())
    with closing(connect(tmp_path / "tocsin.db")) as db:
        assert version_of(db) == SCHEMA_VERSION


def test_a_migration_that_fails_leaves_the_older_store_as_it_was(tmp_path, monkeypatch):
    of_the_first_version(tmp_path / "tocsin.db")
    monkeypatch.setattr("tocsin.schema.MIGRATIONS", (*MIGRATIONS, "CREATE TABLE half (a);\nCREATE TABLE alerts (a);\n"))
    with pytest.raises(StoreError, match="already exists"):
        Store(tmp_path / "tocsin.db")
    with closing(connect(tmp_path / "tocsin.db")) as db:
        assert version_of(db) == 1
        assert not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'half'").fetchall()


def test_a_store_that_an_older_service_still_writes_is_not_migrated_under_it(tmp_path):
    of_the_first_version(tmp_path / "tocsin.db")
    held = take_lock(tmp_path / "tocsin.db")
    with closing(held), pytest.raises(StoreLockedError, match="stop it"):
        Store(tmp_path / "tocsin.db", lock=False)


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path):
    file = tmp_path / "tocsin.db"
    file.write_bytes(b"not a database, but somebody's only copy of it")
    with pytest.raises(StoreError, match="restore it from a backup"):
        Store(file)
    assert file.read_bytes().startswith(b"not a database")


def test_the_data_directory_is_its_owners_alone(tmp_path):
    Store(tmp_path / "data" / "tocsin.db").close()
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
