"""What time does to a dyad: incidents fall quiet, and what is old is forgotten. Event time, decided when an event comes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from processors.assess.ledger import fold
from processors.assess.seen import since
from processors.assess.settings import AssessSettings
from processors.assess.state import DyadState, Incident
from tocsin.model import Level

_EVERY = timedelta(hours=1)
"""How often it is looked, in event time."""


def sweep(state: DyadState, settings: AssessSettings) -> tuple[DyadState, tuple[Incident, ...]]:
    """The state as of its newest event time, and the incidents that have fallen quiet and were told of in an alert."""
    if state.newest - state.swept < _EVERY:
        return state, ()
    quiet_since = state.newest - timedelta(hours=settings.quiet_hours)
    forget_since = state.newest - timedelta(days=settings.incident_days)
    quiet = tuple(
        replace(incident, resolved=True) for incident in state.incidents if not incident.resolved and incident.last <= quiet_since
    )
    ids = {incident.id: incident for incident in quiet}
    incidents = tuple(ids.get(incident.id, incident) for incident in state.incidents)
    counted_since = int((state.newest - timedelta(hours=settings.event_hours)).timestamp())
    seen = since(state.seen, counted_since)
    state = replace(
        state,
        swept=state.newest,
        seen=seen,
        answers={name: alerts for name, alerts in state.answers.items() if name in seen.get(name[:2], ())},
        incidents=tuple(incident for incident in incidents if incident.last > forget_since),
        past=fold(state.past, (incident for incident in incidents if incident.last <= forget_since), settings),
    )
    return state, tuple(incident for incident in quiet if incident.revision and incident.level >= Level.DISPLAY)
