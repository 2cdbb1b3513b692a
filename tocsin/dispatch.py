"""Keeps a new alert and puts it where routing says: into the outboxes now, later, or on record as suppressed.

All of it belongs to the transaction of whoever calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sinks.pace import Cause, Fate, Group, Pacer, Ruling, State, Window
from sinks.route import RoutingSettings, Silence, Tree
from tocsin.clock import Clock
from tocsin.model import Alert
from tocsin.store import Store

_STATES = {Fate.SEND: "pending", Fate.HOLD: "held", Fate.SUPPRESS: "suppressed"}
SILENCES = "silences"
"""The store's mapping of silences, by id; the command line writes it beside a running service."""


class Dispatch:
    """The way from a new alert to the outboxes of its sinks."""

    def __init__(
        self,
        store: Store,
        routing: RoutingSettings,
        sinks: Iterable[str],
        clock: Clock,
        only: str | None = None,
        *,
        silences: Mapping[str, Silence] | None = None,
    ) -> None:
        """`only` is the one sink of `sinks` whose outbox is filled here; the others are served elsewhere. `silences` are those of a
        cluster; unless given, those of the store hold.
        """
        self._store, self._clock, self._only = store, clock, only
        state = State(
            groups=store.table("route_groups", Group),
            windows=store.table("route_windows", Window),
            causes=store.table("route_causes", Cause),
            silences=store.table(SILENCES, Silence) if silences is None else silences,
        )
        self._tree, self._state = Tree(routing, sinks), state
        self._made = store.set_back
        self._latest = Pacer(self._tree, state)

    @property
    def _pacer(self) -> Pacer:
        """Made anew after a transaction that failed, since what it derived from the state may be ahead of it."""
        if self._made != self._store.set_back:
            self._made, self._latest = self._store.set_back, Pacer(self._tree, self._state)
        return self._latest

    def __call__(self, alert: Alert) -> bool:
        """Keep the alert and rule on it; False where it was there already."""
        if not self._store.add_alert(alert, ()):
            return False
        self._note(self._pacer.take(alert, self._clock()))
        return True

    def flood(self, alerts: Sequence[Alert]) -> list[Alert]:
        """Keep these and tell them in one; returns those that were not there already."""
        new = [alert for alert in alerts if self._store.add_alert(alert, ())]
        self._note(self._pacer.in_one(tuple(new), "too many of one feed at once", self._clock()))
        return new

    def is_due(self) -> bool:
        """Whether a tick would send something."""
        due = self._pacer.next_tick()
        return due is not None and due <= self._clock()

    def tick(self) -> bool:
        """Send what was held until now; whether there was any."""
        return self._note(self._pacer.tick(self._clock()))

    def _note(self, rulings: Iterable[Ruling]) -> bool:
        sent = False
        for ruling in rulings:
            self._store.add_alert(ruling.alert, ())  # a digest is new; any other is there
            sinks = ruling.sinks if self._only is None else tuple(sink for sink in ruling.sinks if sink == self._only)
            self._store.rule(ruling.alert.id, sinks, _STATES[ruling.fate], ruling.reason, self._clock())
            sent = sent or (ruling.fate is Fate.SEND and bool(sinks))
        return sent
