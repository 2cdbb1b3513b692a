"""What is still to be delivered, and what became of it."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tocsin.model import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """One delivery that is due: `body` is the alert as `wire` bytes, the same at every attempt."""

    alert_id: str
    incident: str
    attempts: int
    body: bytes
    origin: Origin


class Outbox:
    """What is still to be delivered, for the one thread that serves a sink."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def close(self) -> None:
        self._db.close()

    def next(self, sink: str, now: datetime) -> Pending | None:
        """The oldest pending delivery that is due, never one that would overtake an older one of its incident."""
        return next(iter(self.waiting(sink, now, 1)), None)

    def waiting(self, sink: str, now: datetime, most: int) -> list[Pending]:
        """The deliveries that are due, as `next` would hand them out one after the other; at most so many."""
        rows = self._db.execute(
            "SELECT o.alert_id, o.incident, o.attempts, a.body, a.trace, a.published, a.fetched, a.processed"
            " FROM outbox o JOIN alerts a ON a.id = o.alert_id"
            " WHERE o.sink = ?1 AND o.state = 'pending' AND o.due <= ?2 AND NOT EXISTS ("
            "   SELECT 1 FROM outbox older WHERE older.sink = ?1 AND older.state = 'pending' AND older.incident = o.incident"
            "   AND older.seq < o.seq AND older.due > ?2)"
            " ORDER BY o.seq LIMIT ?3",
            (sink, now.timestamp(), most),
        ).fetchall()
        return [_pending(row) for row in rows]

    def next_due(self, sink: str) -> datetime | None:
        """When `next` will have something for the sink; None where nothing is pending. What waits behind an older one of its incident does
        not count.
        """
        (due,) = self._db.execute(
            "SELECT min(o.due) FROM outbox o WHERE o.sink = ?1 AND o.state = 'pending' AND NOT EXISTS ("
            "   SELECT 1 FROM outbox older WHERE older.sink = ?1 AND older.state = 'pending' AND older.incident = o.incident"
            "   AND older.seq < o.seq)",
            (sink,),
        ).fetchone()
        return None if due is None else moment(due)

    def hasten(self, sink: str, now: datetime) -> None:
        """The sink works again: all that was postponed is due now."""
        self._db.execute("UPDATE outbox SET due = ?2 WHERE sink = ?1 AND state = 'pending' AND due > ?2", (sink, now.timestamp()))

    def delivered(self, sink: str, alert_id: str, now: datetime) -> None:
        self._settle(sink, alert_id, "delivered", "", now)

    def bury(self, sink: str, alert_id: str, reason: str, now: datetime) -> None:
        """No further attempt; the delivery stays visible as dead, with its reason."""
        self._settle(sink, alert_id, "dead", reason, now)

    def postpone(self, sink: str, alert_id: str, until: datetime, reason: str) -> None:
        self._db.execute(
            "UPDATE outbox SET attempts = attempts + 1, due = ?, reason = ? WHERE sink = ? AND alert_id = ?",
            (until.timestamp(), reason, sink, alert_id),
        )

    def _settle(self, sink: str, alert_id: str, state: str, reason: str, now: datetime) -> None:
        self._db.execute(
            "UPDATE outbox SET state = ?, attempts = attempts + 1, reason = ?, changed = ? WHERE sink = ? AND alert_id = ?",
            (state, reason, now.timestamp(), sink, alert_id),
        )


def _pending(row: Any) -> Pending:
    published, fetched, processed = (None if then is None else moment(then) for then in row[5:])
    origin = Origin(published=published, fetched=fetched, processed=processed, trace=row[4])
    return Pending(alert_id=row[0], incident=row[1], attempts=row[2], body=row[3], origin=origin)


def moment(seconds: float) -> datetime:
    """The time a column of the store says."""
    return datetime.fromtimestamp(seconds, UTC)
