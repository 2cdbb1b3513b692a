"""The SQLite store: state mappings, alerts, outbox, feeds, dead letters and sums, changed in one transaction.

WAL and synchronous=FULL: what `transaction` has committed survives kill -9 and the loss of power; what it has not is as if it
had never come. One process writes (`lock`); others may read. Every thread that delivers opens an `Outbox` of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from tocsin.database import StoreError, connect, make_directory, take_lock, unusable
from tocsin.model import EPOCH, Alert, Origin, content_id
from tocsin.outbox import Outbox, moment
from tocsin.schema import SCHEMA_VERSION, migrate, version_of
from tocsin.table import Table
from tocsin.wire import dump, load

T = TypeVar("T")

_OLDEST = {
    "alerts": (
        "SELECT a.seq, coalesce(a.processed, a.at), EXISTS"
        " (SELECT 1 FROM outbox o WHERE o.alert_id = a.id AND o.state IN ('pending', 'held')),"
        " json_extract(CAST(body AS TEXT), '$.kind') = 'digest' FROM alerts a ORDER BY a.seq"
    ),
    "dead_letters": "SELECT rowid, at, 0, 0 FROM dead_letters ORDER BY rowid",
}
"""Per table: row, time, whether something waits for it, whether it is a digest; oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A value a segment could not take: its bytes, where it failed, why, how often, under which version."""

    id: str
    segment: str
    kind: str
    value: bytes
    error: str
    attempts: int
    at: datetime
    version: str


class Store:
    """One data directory's store, for the thread that takes in the news.

    Raises:
        StoreLockedError: another process writes to it.
        StoreError: it is damaged, of a newer version, or its directory cannot be written.
    """

    def __init__(self, path: Path | None, *, lock: bool = True) -> None:
        self.path = path
        self._tables: dict[str, Table[Any]] = {}
        self.set_back = 0
        """How often a transaction failed: what was derived from mappings before that may be ahead of them."""
        if path:
            make_directory(path.parent)
        self._lock = take_lock(path) if path and lock else None
        try:
            self._db = connect(path)
        except StoreError:
            self._unlock()
            raise
        try:
            self._bring_up_to_date()
        except StoreError:
            self.close()
            raise
        except sqlite3.Error as wrong:
            self.close()
            raise unusable(path, wrong) from None

    def _bring_up_to_date(self) -> None:
        """Migrate an empty or older store, under the lock; refuse a newer one."""
        version = version_of(self._db)
        if version > SCHEMA_VERSION:
            raise StoreError(
                f"{self.path} was written by a newer Tocsin (schema {version}, this one knows {SCHEMA_VERSION});"
                " upgrade Tocsin, or restore the backup that was made before the upgrade"
            )
        if version == SCHEMA_VERSION:
            return
        lock = take_lock(self.path) if self.path and not self._lock and version else None
        try:
            migrate(self._db)
        finally:
            if lock:
                lock.close()

    @classmethod
    def temporary(cls) -> Store:
        """A store that is gone when it is closed, for replays and tests: in memory, and on disk only where it grows large.

        It has no outbox that another thread could open.
        """
        return cls(None, lock=False)

    def close(self) -> None:
        self._db.close()
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that happens inside is kept, or none of it."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            for table in self._tables.values():
                table.flush()
            self._db.execute("COMMIT")
        except BaseException:
            self.set_back += 1
            for table in self._tables.values():
                table.forget_changes()
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def table(self, name: str, kind: type[T]) -> Table[T]:
        """The mapping of that name, made on first use."""
        if name not in self._tables:
            table = Table(self._db, name, kind)
            self._db.execute(f"CREATE TABLE IF NOT EXISTS state_{name} (key TEXT PRIMARY KEY, value BLOB NOT NULL)")
            self._tables[name] = table
        return self._tables[name]

    def add_alert(self, alert: Alert, sinks: Iterable[str]) -> bool:
        """Keep the alert and put it in the outbox of each sink; False where it was there already."""
        made = self._db.execute(
            "INSERT INTO alerts (id, incident, at, body) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
            (alert.id, alert.incident, alert.at.timestamp(), dump(alert)),
        )
        if not made.rowcount:
            return False
        self._db.executemany(
            "INSERT INTO outbox (sink, seq, alert_id, incident) VALUES (?, ?, ?, ?)",
            [(sink, made.lastrowid, alert.id, alert.incident) for sink in sinks],
        )
        return True

    def note_origin(self, alert_id: str, origin: Origin) -> None:
        """Note where a kept alert comes from."""
        times = [None if then is None else then.timestamp() for then in (origin.published, origin.fetched, origin.processed)]
        told = (*times, origin.trace, alert_id)
        self._db.execute("UPDATE alerts SET published = ?, fetched = ?, processed = ?, trace = ? WHERE id = ?", told)

    def rule(self, alert_id: str, sinks: Iterable[str], state: str, reason: str, now: datetime) -> None:
        """Put an alert that is kept into the outbox of each sink as `pending`, or on record there as `held` or `suppressed`.

        What was held may become anything; of two rulings for one sink the one that sends holds.
        """
        self._db.executemany(
            "INSERT INTO outbox (sink, seq, alert_id, incident, state, reason, changed)"
            " SELECT ?, seq, id, incident, ?, ?, ? FROM alerts WHERE id = ?"
            " ON CONFLICT (sink, alert_id) DO UPDATE SET state = excluded.state, reason = excluded.reason, changed = excluded.changed"
            " WHERE outbox.state = 'held' OR (outbox.state = 'suppressed' AND excluded.state != 'suppressed')",
            [(sink, state, reason, now.timestamp(), alert_id) for sink in sinks],
        )

    def alerts(self, since: datetime = EPOCH) -> Iterator[Alert]:
        """The alerts of that event time and later, in the order they were raised."""
        for (body,) in self._db.execute("SELECT body FROM alerts WHERE at >= ? ORDER BY seq", (since.timestamp(),)):
            yield load(body, Alert)

    def latest_alerts(self, most: int) -> list[Alert]:
        """The alerts that were raised last, the latest first."""
        return [load(body, Alert) for (body,) in self._db.execute("SELECT body FROM alerts ORDER BY seq DESC LIMIT ?", (most,))]

    def set_aside(self, segment: str, value: object, wrong: Exception, at: datetime, version: str) -> None:
        """Keep a value that a segment could not take, with the reason; the same value again counts one attempt more."""
        raw, kind = dump(value), type(value).__name__
        self._db.execute(
            "INSERT INTO dead_letters (id, segment, kind, value, error, at, version) VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET attempts = attempts + 1, error = excluded.error, version = excluded.version",
            (
                content_id(segment, kind, raw.decode()),
                segment,
                kind,
                raw,
                f"{type(wrong).__name__}: {wrong}"[:500],
                at.timestamp(),
                version,
            ),
        )

    def dead_letters(self) -> Iterator[DeadLetter]:
        rows = self._db.execute("SELECT id, segment, kind, value, error, attempts, at, version FROM dead_letters ORDER BY rowid")
        for name, segment, kind, value, error, attempts, at, version in rows:
            yield DeadLetter(
                id=name, segment=segment, kind=kind, value=value, error=error, attempts=attempts, at=moment(at), version=version
            )

    def dead_letter(self, name: str) -> DeadLetter | None:
        return next((letter for letter in self.dead_letters() if letter.id == name), None)

    def drop_dead_letter(self, name: str) -> None:
        """It was taken after all."""
        self._db.execute("DELETE FROM dead_letters WHERE id = ?", (name,))

    def dead_letters_by_segment(self) -> dict[str, int]:
        return dict(self._db.execute("SELECT segment, count(*) FROM dead_letters GROUP BY segment ORDER BY segment"))

    def add(self, sums: dict[str, int]) -> None:
        """Add to the sums that `status` shows."""
        self._db.executemany(
            "INSERT INTO sums (name, n) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET n = n + excluded.n",
            [(name, n) for name, n in sums.items() if n],
        )

    def sums(self) -> dict[str, int]:
        return dict(self._db.execute("SELECT name, n FROM sums ORDER BY name"))

    def save_feed(self, url: str, state: object) -> None:
        self._db.execute("INSERT INTO feeds VALUES (?, ?) ON CONFLICT (url) DO UPDATE SET state = excluded.state", (url, dump(state)))

    def feeds(self, kind: type[T]) -> dict[str, T]:
        """The state of every feed, by URL."""
        return {url: load(state, kind) for url, state in self._db.execute("SELECT url, state FROM feeds ORDER BY url")}

    def watch(self, url: str) -> bool:
        """Poll this feed from now on; False where that is so already."""
        return bool(self._db.execute("INSERT INTO watched VALUES (?) ON CONFLICT DO NOTHING", (url,)).rowcount)

    def unwatch(self, url: str) -> bool:
        """Poll this feed no more, and forget what is known of it; False where it was not added by hand."""
        gone = bool(self._db.execute("DELETE FROM watched WHERE url = ?", (url,)).rowcount)
        if gone:
            self._db.execute("DELETE FROM feeds WHERE url = ?", (url,))
        return gone

    def watched(self) -> list[str]:
        """The feeds that were added by hand, beside those of the configuration."""
        return [url for (url,) in self._db.execute("SELECT url FROM watched ORDER BY url")]

    def data_version(self) -> int:
        """A number that changes when another connection has committed something."""
        (version,) = self._db.execute("PRAGMA data_version").fetchone()
        return int(version)

    def deliveries(self) -> dict[str, dict[str, int]]:
        """Per sink, how many deliveries are in each state."""
        told: dict[str, dict[str, int]] = {}
        for sink, state, n in self._db.execute("SELECT sink, state, count(*) FROM outbox GROUP BY sink, state ORDER BY sink, state"):
            told.setdefault(sink, {})[state] = n
        return told

    def oldest_pending(self) -> dict[str, datetime]:
        """Per sink with something pending, when the oldest alert that still waits was raised."""
        rows = self._db.execute(
            "SELECT o.sink, min(coalesce(a.processed, a.at)) FROM outbox o JOIN alerts a ON a.id = o.alert_id"
            " WHERE o.state = 'pending' GROUP BY o.sink ORDER BY o.sink"
        )
        return {sink: moment(at) for sink, at in rows}

    def damage(self) -> str:
        """What SQLite finds wrong with the file; "" where it is whole."""
        (told,) = self._db.execute("PRAGMA quick_check(1)").fetchone()
        return "" if told == "ok" else str(told)

    def alert_counts(self) -> tuple[int, int]:
        """How many alerts are kept, and how many of them are digests."""
        digest = "json_extract(CAST(body AS TEXT), '$.kind') = 'digest'"
        kept, digests = self._db.execute(f"SELECT count(*), coalesce(sum({digest}), 0) FROM alerts").fetchone()  # noqa: S608 -- ours
        return kept, digests

    def suppressed(self) -> dict[str, dict[str, int]]:
        """Per sink, how many deliveries were suppressed for which kind of reason."""
        told: dict[str, dict[str, int]] = {}
        for sink, reason, n in self._db.execute(
            "SELECT sink, rtrim(substr(reason, 1, instr(reason || ' ', ' ')), ': ') AS kind, count(*) FROM outbox"
            " WHERE state = 'suppressed' GROUP BY sink, kind ORDER BY sink, kind"
        ):
            told.setdefault(sink, {})[reason] = n
        return told

    def has_outdated(self, table: str, before: datetime | None, most: int | None) -> bool:
        """Whether `remove_outdated` would find something; without a transaction."""
        return bool(self._outdated(table, before, most, 1))

    def remove_outdated(self, table: str, before: datetime | None, most: int | None, at_once: int) -> int:
        """Remove the oldest alerts or dead letters: those from before a time, and those beyond so many; at most `at_once`, and never an
        alert that still has to go out. Returns how many; alerts are counted among the sums, so that they still add up.
        """
        rows = self._outdated(table, before, most, at_once)
        if table == "alerts":
            digests = sum(digest for _, digest in rows)
            self.add({"removed.alerts": len(rows), "removed.digests": digests})
            self._db.executemany("DELETE FROM outbox WHERE alert_id = (SELECT id FROM alerts WHERE seq = ?)", [row[:1] for row in rows])
            self._db.executemany("DELETE FROM alerts WHERE seq = ?", [row[:1] for row in rows])
        else:
            self._db.executemany("DELETE FROM dead_letters WHERE rowid = ?", [row[:1] for row in rows])
        return len(rows)

    def _outdated(self, table: str, before: datetime | None, most: int | None, at_once: int) -> list[tuple[int, bool]]:
        """Row and whether it is a digest, oldest first. Rows stand in the order of their times, so the first that may stay ends the
        search.
        """
        since = before.timestamp() if before else float("-inf")
        beyond = None
        if most is not None:
            query = f"SELECT rowid FROM {table} ORDER BY rowid DESC LIMIT 1 OFFSET ?"  # noqa: S608 -- a name of ours
            beyond = self._db.execute(query, (most,)).fetchone()
        found: list[tuple[int, bool]] = []
        for row, at, waits, digest in self._db.execute(_OLDEST[table]):
            if not (at < since or (beyond and row <= beyond[0])) or len(found) == at_once:
                break
            if not waits:
                found.append((row, bool(digest)))
        return found

    def copy_to(self, other: sqlite3.Connection, pages: int, progress: Callable[[int, int, int], object]) -> None:
        """Copy all of it as of one moment, so many pages at a time: whatever others commit meanwhile, the copy neither holds nor starts
        anew.
        """
        with self.snapshot():
            version_of(self._db)  # the snapshot begins with the first reading
            self._db.backup(other, pages=pages, progress=progress, sleep=0)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is read inside is all of one moment, whatever others write meanwhile."""
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            self._db.execute("COMMIT")

    def unsettled(self, sink: str) -> set[str]:
        """The ids of the alerts that are still to be delivered to the sink, now or later."""
        rows = self._db.execute("SELECT alert_id FROM outbox WHERE sink = ? AND state IN ('pending', 'held')", (sink,))
        return {name for (name,) in rows}

    def reader(self) -> Store:
        """Another handle on the same file, for another thread that only reads."""
        return Store(self.path, lock=False)

    def outbox(self) -> Outbox:
        """A handle on the outbox for another thread, with a connection of its own.

        Its notes are not forced to the disk one by one: kill -9 leaves them whole, and the loss of power at worst forgets that
        the last deliveries were made, which repeats them with the same ids.
        """
        db = connect(self.path)
        db.execute("PRAGMA synchronous = NORMAL")
        return Outbox(db)
