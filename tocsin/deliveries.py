"""What became of each alert at each sink, for whoever asks; and the way back for what was given up.

Reads and writes beside a running service, over a connection of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from tocsin.database import connect
from tocsin.model import EPOCH, Alert
from tocsin.wire import load


class State(StrEnum):
    """What a delivery can be. Nothing is dropped: it is always one of these."""

    PENDING = "pending"
    DELIVERED = "delivered"
    HELD = "held"
    SUPPRESSED = "suppressed"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One alert on its way to one sink. `changed` is when it came to be what it is, None where that is not known."""

    sink: str
    state: State
    reason: str
    attempts: int
    changed: datetime | None
    alert: Alert


class Deliveries:
    """The deliveries of one store that is there already.

    Raises:
        StoreError: it cannot be used.
    """

    def __init__(self, path: Path | None) -> None:
        self._db = connect(path)

    def close(self) -> None:
        self._db.close()

    def find(self, *, state: State | None = None, sink: str | None = None, alert: str | None = None) -> Iterator[Delivery]:
        """Those that fit all that is given, in the order the alerts were raised. An alert may be named by how its id begins."""
        rows = self._db.execute(
            "SELECT o.sink, o.state, o.reason, o.attempts, o.changed, a.body FROM outbox o JOIN alerts a ON a.id = o.alert_id"
            " WHERE (?1 IS NULL OR o.state = ?1) AND (?2 IS NULL OR o.sink = ?2)"
            " AND (?3 IS NULL OR substr(o.alert_id, 1, length(?3)) = ?3) ORDER BY o.seq, o.sink",
            (state, sink, alert),
        )
        for name, became, reason, attempts, changed, body in rows:
            when = datetime.fromtimestamp(changed, EPOCH.tzinfo) if changed else None
            yield Delivery(sink=name, state=State(became), reason=reason, attempts=attempts, changed=when, alert=load(body, Alert))

    def revive(self, *, alerts: Sequence[str] = (), sink: str | None = None) -> int:
        """Make dead deliveries pending again, as if they had never been tried; how many. All that fit, where no alert is named."""
        named = ", ".join("?" for _ in alerts)
        which = f" AND alert_id IN ({named})" if alerts else ""
        made = self._db.execute(
            "UPDATE outbox SET state = 'pending', attempts = 0, due = 0, reason = ''"  # noqa: S608 -- question marks only
            f" WHERE state = 'dead' AND (? IS NULL OR sink = ?){which}",
            (sink, sink, *alerts),
        )
        return made.rowcount
