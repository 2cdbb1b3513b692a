"""Two incidents that were told apart and turn out to be one act: the later one is closed, and what it knew goes to the earlier one.

Both have rung, and no alert takes that back. What is gained: the act counts once in the ledger, its next news comes once, and a reader of
the pair sees which of two alerts were of one act.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from processors.assess.places import Nearness, is_town, nearness
from processors.assess.settings import AssessSettings
from processors.assess.state import MOST_OUTLETS, MOST_PLACES, MOST_SOURCES, MOST_STORIES, DyadState, Incident
from processors.assess.tolls import killed_of
from tocsin.model import UNKNOWN_SIDE

_TELLING_TOLL = 3
"""From this many dead on, one number of dead in one town is one act."""
_ALIKE = 0.1
"""Two numbers this near each other (as a fraction) are one, rounded or counted again."""
_NEXT_DAY = timedelta(days=1)


def merge(state: DyadState, before: Incident, now: Incident, settings: AssessSettings) -> tuple[DyadState, Incident, Incident]:
    """The state in which an incident that a telling changed is one with another it now agrees with; else as it was.

    Returns the incident that stays, before and after the telling.
    """
    if now.figures is before.figures and now.places is before.places:
        return state, before, now
    other = next((known for known in state.incidents if _are_one(known, now, settings)), None)
    if other is None:
        return state, before, now
    earlier, later = sorted((now, other), key=lambda one: (one.first, one.id))
    whole = _whole(earlier, later)
    closed = replace(later, merged_into=whole.id, resolved=True)
    put = {whole.id: whole, closed.id: closed}
    state = replace(state, incidents=tuple(put.get(known.id, known) for known in state.incidents))
    return state, before if whole.id == before.id else other, whole


def _are_one(one: Incident, other: Incident, settings: AssessSettings) -> bool:
    """Whether two told incidents have all that tells acts apart in common: sides, kind, town, day, and a number of dead that few have."""
    if one.id == other.id or one.family != other.family or (one.by, one.against) != (other.by, other.against):
        return False
    if one.merged_into or not (one.revision and other.revision) or one.twin_of or other.twin_of or UNKNOWN_SIDE in (one.by, one.against):
        return False
    if one.kind and other.kind and one.kind != other.kind:
        return False
    if abs(one.first - other.first) > _NEXT_DAY or (one.on and other.on and abs(one.on - other.on) > _NEXT_DAY):
        return False
    if one.things and other.things and set(one.things).isdisjoint(other.things):
        return False
    dead, others = killed_of(one.figures), killed_of(other.figures)
    if min(dead, others) < _TELLING_TOLL or abs(dead - others) > _ALIKE * max(dead, others):
        return False
    towns = [place for place in other.places if is_town(place)]
    return any(is_town(place) and nearness(place, towns, settings.near_km) is Nearness.SAME for place in one.places)


def _whole(earlier: Incident, later: Incident) -> Incident:
    """The earlier incident with all that was told of the later one; of its tolls, the words of houses that had given none."""
    houses = {(figure.house, figure.kind) for figure in earlier.figures}
    figures = (*earlier.figures, *(figure for figure in later.figures if (figure.house, figure.kind) not in houses))
    return replace(
        earlier,
        last=max(earlier.last, later.last),
        on=earlier.on or later.on,
        mode=earlier.mode or later.mode,
        places=tuple(dict.fromkeys((*earlier.places, *later.places)))[:MOST_PLACES],
        things=earlier.things or later.things,
        sources=tuple(dict.fromkeys((*earlier.sources, *later.sources)))[:MOST_SOURCES],
        outlets=tuple(dict.fromkeys((*earlier.outlets, *later.outlets)))[:MOST_OUTLETS],
        stories=_both(earlier.stories, later.stories),
        items=_both(earlier.items, later.items),
        figures=tuple(sorted(figures, key=lambda figure: (figure.at, figure.house, figure.kind)))[-MOST_SOURCES:],
        resolved=False,
    )


def _both(known: frozenset[str], more: frozenset[str]) -> frozenset[str]:
    """All of the known ones, and of the others as many as there is room for, in the order of their names."""
    return known | frozenset(sorted(more - known)[: MOST_STORIES - len(known)])
