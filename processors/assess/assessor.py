"""The stage EscalationEvent -> Alert. State: one `DyadState` per dyad, by its name.

The law: an event counts once however often it comes, and is answered with the same alerts every time while it is remembered. What is
older than what is remembered is not counted and not answered, so that it cannot count twice.
"""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from dataclasses import replace
from datetime import timedelta

from processors.assess.elsewhere import Meeting, crossings, meet, with_signpost
from processors.assess.judge import counted, judge, matters
from processors.assess.seen import is_later, is_seen, with_event
from processors.assess.settings import AssessSettings
from processors.assess.state import DyadState, Incident
from processors.assess.telling import Telling, telling_of
from tocsin.model import EPOCH, Alert, Dyad, EscalationEvent


class Assessor:
    """Merges events into incidents and says which of them are worth an alert. Pure but for the mapping it is given."""

    def __init__(self, state: MutableMapping[str, DyadState], settings: AssessSettings | None = None) -> None:
        self._state = state
        self._settings = settings or AssessSettings()

    def __call__(self, event: EscalationEvent) -> Iterable[Alert]:
        own, telling = event.dyad, telling_of(event)
        answer = self._answer(own, telling)
        if answer is not None:
            self._remember_for_longer(own, telling)
            return answer
        meeting = self._meeting(own, telling)
        if meeting.home != own:
            heard = self._answer(meeting.home, telling)
            alerts = self._hear(meeting, telling) if heard is None else heard
            state, others = judge(self._state, Meeting(own, heard=False), telling, self._settings)
            self._state[str(own)] = counted(state, telling, alerts + others)
            return alerts + others
        return self._hear(meeting, telling)

    def _answer(self, dyad: Dyad, telling: Telling) -> tuple[Alert, ...] | None:
        """What the telling was answered with when it came before, nothing where it is too old to know; None where it is new."""
        kept = self._kept(dyad)
        if is_seen(kept.seen, telling):
            return kept.answers.get(telling.name, ())
        too_old = telling.at <= kept.newest - timedelta(hours=self._settings.event_hours)
        return () if too_old and kept.newest > EPOCH else None

    def _remember_for_longer(self, own: Dyad, telling: Telling) -> None:
        """An event that comes with a later time is remembered from then on: until the later one is too old to be counted."""
        kept = self._kept(own)
        if is_seen(kept.seen, telling) and is_later(kept.seen, telling):
            self._state[str(own)] = replace(kept, seen=with_event(kept.seen, telling))

    def _meeting(self, own: Dyad, telling: Telling) -> Meeting:
        """Where the telling is heard, if it can be of an incident at all."""
        if not matters(telling, self._settings):
            return Meeting(own, heard=False)
        return meet(self._state, own, telling, self._settings)

    def _hear(self, meeting: Meeting, telling: Telling) -> tuple[Alert, ...]:
        """Judge the telling and keep what changed: its home first, for there it counts as come if we get no further."""
        before = self._kept(meeting.home).incidents
        state, alerts = judge(self._state, meeting, telling, self._settings)
        self._state[str(meeting.home)] = state
        if meeting.left and meeting.adopted:
            left, gone = self._kept(meeting.left), meeting.adopted.id
            left = replace(left, incidents=tuple(incident for incident in left.incidents if incident.id != gone))
            self._state[str(meeting.left)] = with_signpost(left, meeting.home, meeting.adopted)
        for incident in _added(before, state.incidents):
            for crossing in crossings(incident):
                self._state[str(crossing)] = with_signpost(self._kept(crossing), meeting.home, incident)
        return alerts

    def _kept(self, dyad: Dyad) -> DyadState:
        return self._state.get(str(dyad)) or DyadState()


def _added(before: tuple[Incident, ...], now: tuple[Incident, ...]) -> list[Incident]:
    """The incidents that are new: they stand behind the others, so that mostly a look at the last one says that there are none."""
    if not now or (before and before[-1].id == now[-1].id):
        return []
    known = {incident.id for incident in before}
    return [incident for incident in now if incident.id not in known]
