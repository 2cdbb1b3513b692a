"""The page's source in one process: the service's own store, read beside it through connections that cannot write.

What the page changes (silences, and the wish to try dead letters again) is written as the command line writes it, by a connection that
lives as long as the deed.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, LifoQueue
from typing import TypeVar

import msgspec

from processors.assess import DyadState
from processors.deduplicate import Seen
from processors.deduplicate.seen import Print
from producers.feed import FeedState
from sinks.route import Silence
from tocsin.book import FeedWish, wished
from tocsin.dashboard.choose import search
from tocsin.dashboard.decoded import Decoded
from tocsin.dashboard.source import Delivery, Found, Kept, Pulse, SourceError, Wanted
from tocsin.database import StoreError
from tocsin.deliveries import Deliveries
from tocsin.dispatch import SILENCES
from tocsin.model import Alert
from tocsin.store import DeadLetter, Store
from tocsin.wire import load
from tocsin.wishes import RETRIES, Wish

T = TypeVar("T")

_IDLE_CONNECTIONS = 4
_ABOVE_ALL = 1 << 62
_BUSY_MS = 5_000
_LAST_ITEMS = 50


class _Brief(msgspec.Struct):
    """As much of an alert as says where it belongs."""

    dyad: _Sides


class _Sides(msgspec.Struct):
    a: str
    b: str


class StoreSource:
    """Raises (from its methods): SourceError, where the store is not there yet or cannot be read."""

    is_whole = True

    def __init__(self, path: Path, listed: Sequence[str]) -> None:
        """`listed` are the feeds of the configuration, those of the command line aside."""
        self._path, self._listed = path, tuple(listed)
        self._idle: LifoQueue[sqlite3.Connection] = LifoQueue(_IDLE_CONNECTIONS)
        self._watch: sqlite3.Connection | None = None
        self._index = _Index()
        self._dyads = Decoded(DyadState)
        self._feeds = Decoded(FeedState)

    def close(self) -> None:
        if self._watch is not None:
            self._watch.close()
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                return

    def version(self) -> int:
        with self._failing():
            if self._watch is None:
                self._watch = self._connect()
            (version,) = self._watch.execute("PRAGMA data_version").fetchone()
            return int(version)

    def pulse(self) -> Pulse:
        with self._reading() as db:
            deliveries: dict[str, dict[str, int]] = {}
            for sink, state, n in db.execute("SELECT sink, state, count(*) FROM outbox GROUP BY sink, state"):
                deliveries.setdefault(sink, {})[state] = n
            (waiting,) = db.execute("SELECT min(changed) FROM outbox WHERE state = 'pending'").fetchone()
            (dead,) = db.execute("SELECT count(*) FROM dead_letters").fetchone()
            return Pulse(
                sums=dict(db.execute("SELECT name, n FROM sums")),
                deliveries=deliveries,
                waiting_since=_moment(waiting),
                last_item=_last_item(db),
                dead_letters=dead,
            )

    def after(self, seq: int, limit: int) -> list[Kept]:
        with self._reading() as db:
            return _alerts(db, "seq > ? ORDER BY seq LIMIT ?", (seq, limit))

    def newest(self) -> int:
        with self._reading() as db:
            (newest,) = db.execute("SELECT max(seq) FROM alerts").fetchone()
            return newest or 0

    def recent(self, wanted: Wanted, limit: int, before: int | None = None) -> Found:
        with self._reading() as db:

            def read(below: int | None, count: int) -> list[tuple[int, bytes]]:
                newest = _ABOVE_ALL if below is None else below
                return db.execute("SELECT seq, body FROM alerts WHERE seq < ? ORDER BY seq DESC LIMIT ?", (newest, count)).fetchall()

            return search(wanted, limit, before, read)

    def of_incident(self, incident: str) -> list[Kept]:
        with self._reading() as db:
            return self._these(db, self._index.incidents(db).get(incident, ()))

    def of_dyad(self, dyad: str, most: int) -> list[Kept]:
        with self._reading() as db:
            return self._these(db, self._index.dyads(db).get(dyad, ())[-most:])

    def _these(self, db: sqlite3.Connection, seqs: Sequence[int]) -> list[Kept]:
        return [kept for seq in seqs for kept in _alerts(db, "seq = ?", (seq,))]

    def dyads(self) -> Mapping[str, DyadState]:
        with self._reading() as db:
            return self._dyads.of(_rows(db, "dyads"))

    def deliveries_of(self, alert_ids: Sequence[str]) -> list[Delivery]:
        told: list[Delivery] = []
        with self._reading() as db:
            sinks = [sink for (sink,) in db.execute("SELECT DISTINCT sink FROM outbox ORDER BY sink")]
            for sink in sinks:
                for name in alert_ids:
                    row = db.execute(
                        "SELECT state, attempts, reason, changed, due FROM outbox WHERE sink = ? AND alert_id = ?", (sink, name)
                    ).fetchone()
                    if row:
                        state, attempts, reason, changed, due = row
                        told.append(
                            Delivery(
                                alert_id=name,
                                sink=sink,
                                state=state,
                                attempts=attempts,
                                reason=reason,
                                changed=_moment(changed),
                                due=_moment(due) if state == "pending" and attempts else None,
                            )
                        )
        return told

    def feeds(self) -> list[FeedState]:
        with self._reading() as db:
            known = self._feeds.of(db.execute("SELECT url, state FROM feeds"))
            watched = [url for (url,) in db.execute("SELECT url FROM watched ORDER BY url")]
            wishes = dict(_pairs(db, "feed_wishes", FeedWish))
        return [wished(known.get(url) or FeedState(url=url), wishes.get(url)) for url in dict.fromkeys((*self._listed, *watched))]

    def dead_letters(self, limit: int) -> list[DeadLetter]:
        with self._reading() as db:
            rows = db.execute(
                "SELECT id, segment, kind, value, error, attempts, at, version FROM dead_letters ORDER BY rowid DESC LIMIT ?", (limit,)
            ).fetchall()
        return [
            DeadLetter(
                id=name,
                segment=segment,
                kind=kind,
                value=value,
                error=error,
                attempts=attempts,
                at=datetime.fromtimestamp(at, UTC),
                version=version,
            )
            for name, segment, kind, value, error, attempts, at, version in rows
        ]

    def refused(self, limit: int) -> list[tuple[Delivery, Alert]]:
        with self._reading() as db:
            rows = db.execute(
                "SELECT o.sink, o.alert_id, o.attempts, o.reason, o.changed, a.body FROM outbox o JOIN alerts a ON a.id = o.alert_id"
                " WHERE o.state = 'dead' ORDER BY o.seq DESC LIMIT ?",
                (limit,),
            ).fetchall()
        return [
            (
                Delivery(alert_id=name, sink=sink, state="dead", attempts=attempts, reason=reason, changed=_moment(changed), due=None),
                load(body, Alert),
            )
            for sink, name, attempts, reason, changed, body in rows
        ]

    def deliver_again(self, sink: str, alert_id: str) -> None:
        with self._failing(), closing(Deliveries(self._path)) as deliveries:
            deliveries.revive(alerts=[alert_id], sink=sink)

    def retries(self) -> frozenset[str]:
        with self._reading() as db:
            return frozenset(name for name, _ in _pairs(db, RETRIES, Wish))

    def silences(self) -> list[Silence]:
        with self._reading() as db:
            return [one for _, one in _pairs(db, SILENCES, Silence)]

    def keep_silence(self, one: Silence) -> None:
        with self._writing() as store:
            silences = store.table(SILENCES, Silence)
            for old in [old.id for old in silences.values() if old.ends <= one.starts]:
                del silences[old]
            silences[one.id] = one

    def end_silence(self, name: str, now: datetime) -> bool:  # noqa: ARG002 -- a store forgets it at once; another may keep its end
        with self._writing() as store:
            silences = store.table(SILENCES, Silence)
            known = name in silences
            if known:
                del silences[name]
            return known

    def ask_retry(self, letters: Sequence[str], now: datetime) -> None:
        with self._writing() as store:
            wishes = store.table(RETRIES, Wish)
            for name in letters:
                wishes[name] = Wish(at=now)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """A connection nobody else uses meanwhile, inside one reading of the store."""
        with self._failing():
            try:
                db = self._idle.get_nowait()
            except Empty:
                db = self._connect()
            try:
                db.execute("BEGIN")
                yield db
                db.execute("COMMIT")
            except BaseException:
                db.close()
                raise
            if self._idle.full():
                db.close()
            else:
                self._idle.put(db)

    @contextmanager
    def _writing(self) -> Iterator[Store]:
        with self._failing(), closing(Store(self._path, lock=False)) as store, store.transaction():
            yield store

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, StoreError) as wrong:
            raise SourceError(f"the store cannot be read: {wrong}") from None

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False)
        db.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
        return db


class _Index:
    """Which alerts belong to which incident and which dyad, by their places; grows with the store, and is never on disk."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0
        self._incidents: dict[str, list[int]] = {}
        self._dyads: dict[str, list[int]] = {}
        self._decoder = msgspec.json.Decoder(_Brief)

    def incidents(self, db: sqlite3.Connection) -> Mapping[str, Sequence[int]]:
        self._grow(db)
        return self._incidents

    def dyads(self, db: sqlite3.Connection) -> Mapping[str, Sequence[int]]:
        self._grow(db)
        return self._dyads

    def _grow(self, db: sqlite3.Connection) -> None:
        with self._lock:
            for seq, incident, body in db.execute("SELECT seq, incident, body FROM alerts WHERE seq > ? ORDER BY seq", (self._last,)):
                sides = self._decoder.decode(body).dyad
                self._incidents.setdefault(incident, []).append(seq)
                self._dyads.setdefault(f"{sides.a}-{sides.b}", []).append(seq)
                self._last = seq


def _alerts(db: sqlite3.Connection, where: str, values: tuple[int, ...]) -> list[Kept]:
    rows = db.execute(f"SELECT seq, body FROM alerts WHERE {where}", values)  # noqa: S608 -- words of this file
    return [Kept(seq, load(body, Alert)) for seq, body in rows]


def _pairs(db: sqlite3.Connection, table: str, kind: type[T]) -> list[tuple[str, T]]:
    """What a mapping of the store holds."""
    return [(key, load(value, kind)) for key, value in _rows(db, table)]


def _rows(db: sqlite3.Connection, table: str) -> list[tuple[str, bytes]]:
    """The bytes of a mapping of the store; nothing where nobody has used it yet."""
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (f"state_{table}",)).fetchone():
        return []
    return db.execute(f"SELECT key, value FROM state_{table} ORDER BY rowid").fetchall()  # noqa: S608


def _last_item(db: sqlite3.Connection) -> datetime | None:
    """The event time of the newest of the items that came last."""
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'state_seen'").fetchone():
        return None
    rows = db.execute("SELECT value FROM state_seen ORDER BY rowid DESC LIMIT ?", (_LAST_ITEMS,))
    known = [seen.print for (raw,) in rows if (seen := load(raw, Seen)).print]
    return max((datetime.fromtimestamp(Print.unpack(one).at, UTC) for one in known), default=None)


def _moment(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
