"""Where else an event may be told of: under a pair of sides that is not its own, because a text names a side vaguely or not at all.

State is kept by dyad. An incident of two known sides A and B therefore leaves a signpost under ("?", A) and under ("?", B), where an event
that names only one of them looks; an event of two known sides looks for the incident that was told before its doer, or its target, was
named, and takes it over. Where the dyads are spread over processes, only those of one process meet here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from processors.assess.acts import OF_FORCE
from processors.assess.identity import likeness
from processors.assess.places import Nearness, nearness
from processors.assess.settings import AssessSettings
from processors.assess.state import MOST_SIGNPOSTS, DyadState, Incident, Signpost
from processors.assess.telling import Telling, is_named
from tocsin.model import UNKNOWN_SIDE, Actor, Dyad, Place


@dataclass(frozen=True, slots=True)
class Meeting:
    """Where a telling is heard.

    `home` is the dyad that keeps its incident, `incident` the one it tells there ("": one of its own). `adopted` is an incident that
    moves there, `left` the dyad it moves from. `twin_of` is the incident of another dyad of which one text told this act as a part.
    `heard` is False where the telling only passes the time of a dyad: it tells of no incident, or of one of another dyad.
    """

    home: Dyad
    incident: str = ""
    adopted: Incident | None = None
    left: Dyad | None = None
    twin_of: str = ""
    heard: bool = True


def meet(states: Mapping[str, DyadState], own: Dyad, telling: Telling, settings: AssessSettings) -> Meeting:
    """Where the telling is heard, when its own dyad knows no incident that it tells."""
    if telling.act.family not in OF_FORCE:
        return Meeting(own)
    if UNKNOWN_SIDE in (own.a, own.b):
        found = _likeliest(list(_named(states, own, telling)), telling, settings)
        return Meeting(found[0], incident=found[1].id) if found else Meeting(own)
    by, against = telling.by, telling.against
    for left in dict.fromkeys((Dyad.of(UNKNOWN_SIDE, against), Dyad.of(by, UNKNOWN_SIDE), *_crossing_of_place(telling.event.place))):
        found = _likeliest(list(_unnamed(states, left, telling, settings)), telling, settings)
        if found:
            return Meeting(own, adopted=found[1], left=left)
    found = _likeliest(list(_vaguer(states, telling)), telling, settings)
    if found:
        return Meeting(found[0], incident=found[1].id)
    return Meeting(own, twin_of=_joint(states, own, telling, settings))


def with_signpost(state: DyadState, dyad: Dyad, incident: Incident) -> DyadState:
    """The state of a dyad with an unknown side, pointing at the incident; the newest signposts stay."""
    others = [post for post in state.signposts if post.incident != incident.id]
    return replace(state, signposts=(*others, Signpost(dyad=dyad, incident=incident.id, at=incident.first))[-MOST_SIGNPOSTS:])


def crossings(incident: Incident) -> Iterator[Dyad]:
    """The dyads with an unknown side under which an incident leaves signposts: none for acts whose doer is always named."""
    if incident.family in OF_FORCE and UNKNOWN_SIDE not in (incident.by, incident.against):
        places = (crossing for place in incident.places for crossing in _crossing_of_place(place))
        yield from dict.fromkeys((Dyad.of(UNKNOWN_SIDE, incident.by), Dyad.of(UNKNOWN_SIDE, incident.against), *places))


def _crossing_of_place(place: Place | None) -> tuple[Dyad, ...]:
    return (Dyad.of(UNKNOWN_SIDE, place.country),) if place and place.country else ()


def _named(states: Mapping[str, DyadState], own: Dyad, telling: Telling) -> Iterator[tuple[Dyad, Incident]]:
    """The incidents of known sides that a telling of unknown ones may tell. A country that only stands for a target is no side."""
    for dyad, incident in _pointed(states, own):
        yield dyad, incident if telling.names_target else replace(incident, against=telling.against)


def _unnamed(states: Mapping[str, DyadState], left: Dyad, telling: Telling, settings: AssessSettings) -> Iterator[tuple[Dyad, Incident]]:
    """The incidents told without a side that are surely what the telling tells: by the place, or by the text that tells them."""
    for incident in _incidents(states, left):
        named = is_named(incident.target, incident.places)
        if _is_sure(incident, telling, settings):
            yield left, incident if named else replace(incident, against=UNKNOWN_SIDE)


def _incidents(states: Mapping[str, DyadState], dyad: Dyad) -> tuple[Incident, ...]:
    state = states.get(str(dyad))
    return state.incidents if state else ()


def _pointed(states: Mapping[str, DyadState], crossing: Dyad) -> Iterator[tuple[Dyad, Incident]]:
    """The incidents that the signposts of a dyad with an unknown side lead to."""
    state = states.get(str(crossing))
    posts = state.signposts if state else ()
    wanted = {post.incident for post in posts}
    for dyad in sorted({post.dyad for post in posts}):
        yield from ((dyad, incident) for incident in _incidents(states, dyad) if incident.id in wanted)


def _vaguer(states: Mapping[str, DyadState], telling: Telling) -> Iterator[tuple[Dyad, Incident]]:
    """Incidents told with the country for the group in it, or with the group for the country: "raids on Raqqa", "raids on IS"."""
    event, by = telling.event, telling.by
    if not telling.names_target:
        for dyad, incident in _pointed(states, Dyad.of(by, UNKNOWN_SIDE)):
            if incident.by == by and _is_stateless(incident.target):
                yield dyad, replace(incident, against=telling.against)
    elif _is_stateless(event.target) and event.place and event.place.country and event.place.country != by:
        dyad = Dyad.of(by, event.place.country)
        for incident in _incidents(states, dyad):
            if incident.by == by and not is_named(incident.target, incident.places):
                yield dyad, replace(incident, against=telling.against)


def _joint(states: Mapping[str, DyadState], own: Dyad, telling: Telling, settings: AssessSettings) -> str:
    """The incident of another dyad that the same text tells as the same act, done together or done to both; "" where there is none."""
    for side in (telling.against, telling.by):
        for dyad, incident in _pointed(states, Dyad.of(UNKNOWN_SIDE, side)):
            told_here = telling.item in incident.items and not incident.twin_of
            shared = incident.against == telling.against or incident.by == telling.by
            as_told = replace(incident, by=telling.by, against=telling.against)
            if dyad != own and told_here and shared and likeness(as_told, telling, settings):
                return incident.id
    return ""


def _likeliest(candidates: list[tuple[Dyad, Incident]], telling: Telling, settings: AssessSettings) -> tuple[Dyad, Incident] | None:
    likely = [(likeness(incident, telling, settings), incident.last, n) for n, (_, incident) in enumerate(candidates)]
    best = max(likely, default=(0.0, telling.at, 0))
    return candidates[best[2]] if best[0] > 0 else None


def _is_sure(incident: Incident, telling: Telling, settings: AssessSettings) -> bool:
    """Whether an act whose doer was not named is surely this one: by its place, or by the text that tells it."""
    known = telling.item in incident.items or telling.story in incident.stories
    return known or nearness(telling.event.place, incident.places, settings.near_km) is Nearness.SAME


def _is_stateless(actor: Actor | None) -> bool:
    """Whether an actor belongs to no one country, so that the country of the place may be told in its stead."""
    return actor is not None and actor.country is None and actor.id is not None
