"""When more alerts wait for a sink than its service takes one by one, many are told in one digest.

An outbox around the outbox: `deliver` sees one delivery, and what becomes of it becomes of all it tells. Nothing is lost by it, and
what got worse is never told in a digest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sinks.deliver import Outbox, Pending
from sinks.digest import digest
from sinks.message import DIGEST_QUOTES
from tocsin.model import Alert, AlertKind
from tocsin.wire import WireError, dump, load

_ALONE = frozenset({AlertKind.ESCALATED, AlertKind.DIGEST, AlertKind.TEST})


class WideOutbox(Outbox, Protocol):
    """An outbox that tells more than the next delivery."""

    def waiting(self, sink: str, now: datetime, most: int) -> Sequence[Pending]:
        """The deliveries that are due, as `next` would hand them out one after the other; at most so many."""


@dataclass(frozen=True, slots=True)
class Together:
    """Deliveries told in one."""

    alert_id: str
    attempts: int
    body: bytes
    members: tuple[str, ...]


class Crowded:
    """The outbox of a sink that is to get digests while more than `above` deliveries are due."""

    def __init__(self, outbox: WideOutbox, above: int) -> None:
        self._outbox, self._above = outbox, above
        self._members: dict[str, tuple[str, ...]] = {}
        self._alone: set[str] = set()
        """Alerts of a digest that was refused for ever: one of them may be to blame, so each is tried by itself."""
        self.next_due, self.hasten = outbox.next_due, outbox.hasten

    def next(self, sink: str, now: datetime) -> Pending | None:
        waiting = self._outbox.waiting(sink, now, self._above + DIGEST_QUOTES)
        if not waiting:
            return None
        together = None if len(waiting) <= self._above else _together(sink, waiting, self._alone)
        if together is None:
            return waiting[0]
        self._members = {together.alert_id: together.members}
        return together

    def delivered(self, sink: str, alert_id: str, now: datetime) -> None:
        for name in self._of(alert_id):
            self._outbox.delivered(sink, name, now)
            self._alone.discard(name)

    def postpone(self, sink: str, alert_id: str, until: datetime, reason: str) -> None:
        for name in self._of(alert_id):
            self._outbox.postpone(sink, name, until, reason)

    def bury(self, sink: str, alert_id: str, reason: str, now: datetime) -> None:
        if alert_id in self._members:
            self._alone.update(self._members[alert_id])
            return
        self._outbox.bury(sink, alert_id, reason, now)
        self._alone.discard(alert_id)

    def _of(self, alert_id: str) -> tuple[str, ...]:
        return self._members.get(alert_id, (alert_id,))


def _together(sink: str, waiting: Sequence[Pending], alone: set[str]) -> Together | None:
    """The digest to tell next; None where the oldest is to be told by itself."""
    chosen = list(_chosen(waiting, alone))[:DIGEST_QUOTES]
    if len(chosen) < 2 or chosen[0][0] is not waiting[0]:
        return None
    one = digest(tuple(alert for _, alert in chosen), sink, "more than are told one by one")
    attempts = max(pending.attempts for pending, _ in chosen)
    return Together(one.id, attempts, dump(one), tuple(pending.alert_id for pending, _ in chosen))


def _chosen(waiting: Sequence[Pending], alone: set[str]) -> Iterator[tuple[Pending, Alert]]:
    """Those that may be told in one, oldest first: none that would overtake one of its incident that is told by itself."""
    kept: set[str] = set()
    for pending in waiting:
        try:
            alert = load(pending.body, Alert)
        except WireError:
            continue
        if pending.alert_id in alone or alert.kind in _ALONE:
            kept.add(alert.incident)
        elif alert.incident not in kept:
            yield pending, alert
