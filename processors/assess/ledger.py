"""The signed history of one pair of sides, and the rung of the ladder it stands on.

The ladder is the hostility scale of the Militarized Interstate Disputes data (1 none ... 5 war), the weights are PLOVER intensities, and
old acts lose weight by half-lives. Only acts that enough independent sources tell move the rung; all move the tension, by their sources.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from processors.assess.settings import AssessSettings
from processors.assess.state import MOST_DAYS, Day, DyadState, Incident
from tocsin.model import Level, Sign

_DAY = timedelta(days=1)
_FULL_WEIGHT = 3
"""Independent sources from which an act weighs in full; one source weighs a third."""
_AFTER_PEACE = Level.DISPLAY
"""What acts before a believed ceasefire still count for: the sides stand to arms."""
_ENDS_FORCE = frozenset({"ceasefire", "disarm", "withdraw"})


@dataclass(frozen=True, slots=True)
class Standing:
    """A rung, and the incident that holds the dyad there (None: nothing does any more)."""

    rung: Level
    by: Incident | None


def weight(incident: Incident) -> float:
    """How far an act is believed, in (0, 1], by its independent sources; 0 where another incident counts in its stead."""
    return 0 if incident.merged_into else min(len(incident.sources), _FULL_WEIGHT) / _FULL_WEIGHT


def is_believed(incident: Incident, settings: AssessSettings) -> bool:
    return len(incident.sources) >= settings.rung_sources and not incident.merged_into


def standing(state: DyadState, settings: AssessSettings) -> Standing:
    """The rung of the dyad now, that is at its newest event time."""
    since = state.newest - timedelta(days=settings.rung_days)
    believed = [incident for incident in state.incidents if is_believed(incident, settings) and incident.first > since]
    peace = max((i.first for i in believed if ends_force(i)), default=None)
    best = Standing(Level.NONE, None)
    for incident in believed:
        level = incident.level if peace is None or incident.first > peace else min(incident.level, _AFTER_PEACE)
        if level > best.rung:
            best = Standing(level, incident)
    for day in state.past:
        level = day.level if peace is None else min(day.level, _AFTER_PEACE)
        if day.on > since.date() and level > best.rung:
            best = Standing(level, None)
    if best.rung is Level.FORCE and _killed(believed, state.past, since.date()) >= settings.war_deaths:
        return Standing(Level.WAR, best.by)
    return best


def held(state: DyadState, at: datetime, settings: AssessSettings) -> tuple[Level, datetime]:
    """The rung a dyad still stands on as of a moment, and since when: no higher than the last event of it left it.

    The state itself is judged anew only when news of the dyad comes; a reader asks long after that.
    """
    if at <= state.newest:
        return state.rung, state.rung_since
    rung = standing(replace(state, newest=at), settings).rung
    if rung >= state.rung:
        return state.rung, state.rung_since
    ended = [moment for moment, level in _believed_acts(state, settings) if level > rung]
    fell = max(ended) + timedelta(days=settings.rung_days) if ended else at
    return rung, min(max(fell, state.newest), at)


def _believed_acts(state: DyadState, settings: AssessSettings) -> Iterator[tuple[datetime, Level]]:
    """When the acts were that can hold a rung, and how far they go; of a forgotten day, its end."""
    yield from ((incident.first, incident.level) for incident in state.incidents if is_believed(incident, settings))
    yield from ((datetime.combine(day.on, time.min, UTC), day.level) for day in state.past)


def ends_force(incident: Incident) -> bool:
    """Whether an act is one that ends the use of force: a ceasefire, a withdrawal, a disarmament."""
    return incident.family == "peace" and incident.sign is Sign.DEESCALATION and incident.mode in _ENDS_FORCE


def days_without_force(state: DyadState, at: datetime) -> int | None:
    """Whole days since the last use of force before `at`; None where none is known."""
    told = [incident.first for incident in state.incidents if incident.level >= Level.FORCE and incident.first < at]
    days = [day.on for day in state.past if day.level >= Level.FORCE and day.on < at.date()]
    last = max([*(moment.date() for moment in told), *days], default=None)
    return None if last is None else (at.date() - last).days


def tension(state: DyadState, at: datetime, settings: AssessSettings) -> dict[str, float]:
    """How hostile each side has been to the other, as of `at`: the sum of intensities, believed as far as told, halved by half-lives.

    Friendly acts stand under "" with their sign.
    """
    sums: dict[str, float] = {}
    for incident in state.incidents:
        if incident.first <= at:
            side = incident.by if incident.intensity < 0 else ""
            faded = _faded((at - incident.first) / _DAY, settings)
            sums[side] = sums.get(side, 0) + incident.intensity * weight(incident) * faded
    for day in state.past:
        if day.on <= at.date():
            faded = _faded((at.date() - day.on).days, settings)
            for side, hostile in day.hostile.items():
                sums[side] = sums.get(side, 0) + hostile * faded
            sums[""] = sums.get("", 0) + day.friendly * faded
    return sums


def _faded(days: float, settings: AssessSettings) -> float:
    return float(0.5 ** (days / settings.half_life_days))


def fold(past: tuple[Day, ...], incidents: Iterable[Incident], settings: AssessSettings) -> tuple[Day, ...]:
    """The past days with the incidents that are forgotten now added to theirs."""
    days: dict[date, Day] = {day.on: day for day in past}
    for incident in incidents:
        on = incident.first.date()
        days[on] = _with(days.get(on) or Day(on=on), incident, is_believed(incident, settings))
    return tuple(days[on] for on in sorted(days))[-MOST_DAYS:]


def _with(day: Day, incident: Incident, believed: bool) -> Day:
    weighed = incident.intensity * weight(incident)
    if incident.intensity < 0:
        hostile = day.hostile | {incident.by: day.hostile.get(incident.by, 0) + weighed}
        day = replace(day, hostile=hostile)
    else:
        day = replace(day, friendly=day.friendly + weighed)
    level = max(day.level, incident.level) if believed else day.level
    return replace(day, level=level, killed=day.killed + (_least_killed(incident) if believed else 0))


def _killed(believed: Iterable[Incident], past: Iterable[Day], since: date) -> int:
    return sum(map(_least_killed, believed)) + sum(day.killed for day in past if day.on > since)


def _least_killed(incident: Incident) -> int:
    least = None  # a plain loop: this is asked of every act, mostly of one that has no figures
    for figure in incident.figures:
        if figure.kind == "killed" and (least is None or figure.min < least):
            least = figure.min
    return least or 0
