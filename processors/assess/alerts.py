"""A finding about an incident, put into the alert that tells it."""

from __future__ import annotations

from dataclasses import dataclass

from processors.assess.state import Incident
from processors.assess.telling import Telling
from tocsin.model import Alert, AlertKind, Dyad, Level, Link, Status, content_id


@dataclass(frozen=True, slots=True)
class Finding:
    """What is worth an alert: the incident, the kind of news, and why, in one sentence."""

    incident: Incident
    kind: AlertKind
    reason: str


def compose(finding: Finding, telling: Telling, dyad: Dyad, rungs: tuple[Level, Level], chain: tuple[Link, ...]) -> Alert:
    """The alert of a finding that the telling brought about; its id follows from the incident and its count of alerts.

    `rungs` are those before and after, `chain` is what the incident answers, and what that answered.
    """
    incident, kind = finding.incident, finding.kind
    denial = telling.event.status is Status.DENIED and kind is AlertKind.UPDATED
    quiet = kind is AlertKind.RESOLVED
    return Alert(
        id=content_id(incident.id, str(incident.revision)),
        incident=incident.id,
        revision=incident.revision,
        kind=kind,
        level=incident.level,
        at=telling.at,
        dyad=dyad,
        type=incident.type,
        sign=incident.sign,
        status=Status.DENIED if denial else incident.status,
        intensity=incident.intensity,
        headline=incident.headline if quiet else telling.event.headline or incident.headline,
        reason=finding.reason,
        mode=incident.mode,
        actor=incident.actor,
        target=incident.target,
        place=incident.places[0] if incident.places else None,
        on=incident.on,
        tolls=incident.told,
        responds_to=incident.responds_to,
        chain=chain,
        quotes=incident.quotes,
        sources=len(incident.sources),
        outlets=len(incident.outlets),
        rung=rungs[1],
        rung_before=rungs[0],
        opened=incident.first,
        fetched=telling.event.fetched,
        confidence=incident.confidence or telling.event.confidence,
    )
