"""The stage EscalationEvent -> Alert. State: one `DyadState` per dyad, by its name.

The law: an event counts once however often it comes, and is answered with the same alerts every time it is remembered.
"""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from datetime import timedelta

from processors.assess.judge import judge
from processors.assess.settings import AssessSettings
from processors.assess.state import DyadState
from processors.assess.telling import telling_of
from tocsin.model import Alert, EscalationEvent


class Assessor:
    """Merges events into incidents and says which of them are worth an alert. Pure but for the mapping it is given."""

    def __init__(self, state: MutableMapping[str, DyadState], settings: AssessSettings | None = None) -> None:
        self._state = state
        self._settings = settings or AssessSettings()

    def __call__(self, event: EscalationEvent) -> Iterable[Alert]:
        dyad = event.dyad
        state = self._state.get(str(dyad)) or DyadState()
        telling = telling_of(event)
        if telling.name in state.seen:
            return state.answers.get(telling.name, ())
        if event.at <= state.newest - timedelta(hours=self._settings.event_hours):
            return ()
        state, alerts = judge(state, dyad, telling, self._settings)
        self._state[str(dyad)] = state
        return alerts
