"""A dyad as a reader looks at it: where it stands, whether it gets worse, who hits harder, what moved it, and who answered whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from processors.assess.ledger import fold, held, is_believed, tension, weight
from processors.assess.settings import AssessSettings
from processors.assess.state import Day, DyadState, Incident
from tocsin.model import Dyad, Level

_WEEK = timedelta(days=7)
_PATIENCE = timedelta(days=14)
_STEADY = 0.15
"""A tension within this fraction of what it was a week before is steady."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Portrait:
    """A dyad as of a moment. `tension` is what each side did to the other (PLOVER intensities, faded; 0 is calm), `friendly` what
    cools it; `reciprocity` lies between 0 (one side acts) and 1 (both alike).
    """

    dyad: Dyad
    rung: Level
    rung_since: datetime
    tension: dict[str, float]
    friendly: float
    trend: str
    reciprocity: float
    last_force: date | None
    incidents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One incident's weight in the ledger: `score` is its intensity, as far as it is believed, faded to the moment."""

    incident: Incident
    score: float
    believed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One act of a chain: `depth` is 0 for the first blow, and one more for each answer; `hours` lie between it and what it answers."""

    incident: Incident
    depth: int
    hours: float | None


def portrait(dyad: Dyad, state: DyadState, at: datetime, settings: AssessSettings) -> Portrait:
    """The dyad as of a moment, on the rung that still holds then."""
    now, before = tension(state, at, settings), tension(state, at - _WEEK, settings)
    one, other = (abs(now.get(side, 0.0)) for side in (dyad.a, dyad.b))
    force = [day.on for day in days(state, settings) if day.level >= Level.FORCE]
    rung, since = held(state, at, settings)
    return Portrait(
        dyad=dyad,
        rung=rung,
        rung_since=since,
        tension={dyad.a: round(one, 2), dyad.b: round(other, 2)},
        friendly=round(now.get("", 0.0), 2),
        trend=_trend(_hostile(now), _hostile(before)),
        reciprocity=round(min(one, other) / max(one, other), 2) if one or other else 0.0,
        last_force=max(force, default=None),
        incidents=len(state.incidents),
    )


def as_of(states: Iterable[DyadState], now: datetime, patience: timedelta = _PATIENCE) -> datetime:
    """The moment states are looked at: now; where the newest news of all is older than `patience`, its time, so that an archive of an
    old year looks as it did then.
    """
    last = max((state.newest for state in states), default=now)
    return last if now - last > patience else max(now, last)


def days(state: DyadState, settings: AssessSettings) -> Sequence[Day]:
    """Every day that something happened, oldest first: the forgotten ones, and those of the incidents that are kept."""
    return fold(state.past, state.incidents, settings)


def moves(state: DyadState, at: datetime, settings: AssessSettings) -> list[Move]:
    """What moved the dyad, the weightiest first."""
    told = []
    for incident in state.incidents:
        faded = 0.5 ** ((at - incident.first) / timedelta(days=settings.half_life_days))
        score = round(incident.intensity * weight(incident) * faded, 2)
        told.append(Move(incident=incident, score=score, believed=is_believed(incident, settings)))
    return sorted(told, key=lambda move: (-abs(move.score), move.incident.first, move.incident.id))


def chains(states: Mapping[str, DyadState], dyad: Dyad) -> list[Step]:
    """The dyad's acts that answer one another, each answer below what it answers; in order of time."""
    kept = states.get(str(dyad))
    known = {incident.id: incident for incident in (kept.incidents if kept else ())}
    for incident in list(known.values()):
        known |= _answered_elsewhere(states, incident)
    answers: dict[str, list[Incident]] = {}
    for incident in known.values():
        if incident.responds_to and incident.responds_to.incident in known:
            answers.setdefault(incident.responds_to.incident, []).append(incident)
    answering = {answer.id for told in answers.values() for answer in told}
    steps: list[Step] = []
    for root in sorted((known[name] for name in answers if name not in answering), key=_when):
        steps += _below(root, answers, 0)
    return steps


def _below(incident: Incident, answers: Mapping[str, Sequence[Incident]], depth: int) -> list[Step]:
    hours = incident.responds_to.hours if incident.responds_to and depth else None
    steps = [Step(incident=incident, depth=depth, hours=hours)]
    for answer in sorted(answers.get(incident.id, ()), key=_when):
        steps += _below(answer, answers, depth + 1)
    return steps


def _answered_elsewhere(states: Mapping[str, DyadState], incident: Incident) -> dict[str, Incident]:
    link = incident.responds_to
    other = states.get(str(Dyad.of(link.by, link.against))) if link else None
    return {act.id: act for act in other.incidents if link and act.id == link.incident} if other else {}


def _when(incident: Incident) -> tuple[datetime, str]:
    return incident.first, incident.id


def _hostile(sums: Mapping[str, float]) -> float:
    return sum(abs(score) for side, score in sums.items() if side)


def _trend(now: float, before: float) -> str:
    if abs(now - before) <= _STEADY * max(now, before):
        return "steady"
    return "rising" if now > before else "falling"
