"""Where else an event may be told of: under a pair of sides that is not its own, because a text names a side vaguely or not at all.

State is kept by dyad. An incident of two known sides A and B therefore leaves a signpost under ("?", A) and under ("?", B), where an event
that names only one of them looks; an event of two known sides looks for the incident that was told before its doer, or its target, was
named, and takes it over. Where the dyads are spread over processes, only those of one process meet here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from processors.assess import tolls
from processors.assess.acts import OF_FORCE
from processors.assess.identity import find, is_known, is_marked, likeness
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
    """Where the telling is heard: at home if that knows the incident, unless a side is not named and one elsewhere fits better."""
    at_home = find(_incidents(states, own), telling, settings)
    if at_home and (UNKNOWN_SIDE not in (own.a, own.b) or telling.act.family not in OF_FORCE):
        return Meeting(own, incident=at_home.id)
    if telling.act.family not in OF_FORCE:
        return Meeting(own)
    found = _likeliest(list(_candidates(states, own, telling, settings)), telling, settings)
    if at_home and (not found or likeness(found[1], telling, settings) < likeness(at_home, telling, settings)):
        return Meeting(own, incident=at_home.id)
    if found:
        dyad, incident = found
        told = _by_id(states, dyad, incident.id)
        if told and UNKNOWN_SIDE in (dyad.a, dyad.b) and UNKNOWN_SIDE not in (own.a, own.b):
            return Meeting(own, adopted=_turned(told, telling), left=dyad)
        return Meeting(dyad, incident=incident.id)
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


def _candidates(states: Mapping[str, DyadState], own: Dyad, telling: Telling, settings: AssessSettings) -> Iterator[tuple[Dyad, Incident]]:
    """The incidents of other dyads that the telling may tell, each with the sides as the telling names them.

    They are looked for under each side of the telling and under the country of its place.
    """
    sides = (Dyad.of(UNKNOWN_SIDE, side) for side in (telling.by, telling.against) if side != UNKNOWN_SIDE)
    for crossing in dict.fromkeys((*sides, *_crossing_of_place(telling.event.place))):
        unnamed = ((crossing, incident) for incident in _incidents(states, crossing))
        for dyad, incident in (*_pointed(states, crossing), *unnamed):
            if dyad != own and _may_be_one(incident, telling, settings):
                yield dyad, replace(incident, by=telling.by, against=telling.against)


def _may_be_one(incident: Incident, telling: Telling, settings: AssessSettings) -> bool:
    """Whether an incident and a telling whose sides are not the same may be of one act.

    The doer: nobody named by one of the two, or another one blamed for the same thing in the same place. The target: not named by
    one of the two but for the country of the place, a group for its country, or the owner of the same thing for its host.
    """
    event = telling.event
    near = nearness(event.place, incident.places, settings.near_km)
    agreeing = tolls.agree(event.casualties, incident.figures)
    if near is Nearness.OTHER and (is_known(incident, telling) or (agreeing and not telling.things.isdisjoint(incident.things))):
        near = Nearness.POSSIBLE
    sure = is_known(incident, telling) or near is Nearness.SAME or agreeing
    same_thing = not telling.things.isdisjoint(incident.things) and near is not Nearness.OTHER and _share_country(incident, telling)
    same_doer = incident.by == telling.by != UNKNOWN_SIDE
    same_target = incident.against == telling.against != UNKNOWN_SIDE
    vague_doer = UNKNOWN_SIDE in (incident.by, telling.by) and (sure or same_thing or incident.by != UNKNOWN_SIDE)
    host = event.place.country if event.place else None
    stands_in = not (telling.names_target and is_named(incident.target, incident.places)) or host in (incident.against, telling.against)
    group = _is_stateless(incident.target) != _is_stateless(event.target)
    vague_target = UNKNOWN_SIDE in (incident.against, telling.against) or group or (stands_in and near is Nearness.SAME)
    doer_fits = same_doer or vague_doer or (same_thing and incident.by != telling.against)
    target_fits = same_target or same_thing or (vague_target and near is not Nearness.OTHER)
    unnamed = UNKNOWN_SIDE in (incident.by, incident.against, telling.by, telling.against)
    if unnamed and is_marked(incident, telling) and near is not Nearness.OTHER and _share_country(incident, telling):
        return True  # whoever is said to have done it to whom
    return doer_fits and target_fits and (same_doer or same_target or sure or same_thing)


def _share_country(incident: Incident, telling: Telling) -> bool:
    """Whether the two are told of one country's soil or of one target; where a side is not named, any country in both will do."""
    soil, told = {place.country for place in incident.places}, {telling.event.place.country} if telling.event.place else set()
    if incident.against == telling.against or soil & told:
        return True
    sides, named = {incident.by, incident.against}, {telling.by, telling.against}
    return UNKNOWN_SIDE in sides | named and bool((sides | soil) & (named | told) - {UNKNOWN_SIDE, None})


def _turned(incident: Incident, telling: Telling) -> Incident:
    """The incident without a side, turned round where its known side stood in the wrong place: "Oman port hit" is not Oman's doing."""
    if incident.by in (UNKNOWN_SIDE, telling.by) and incident.against in (UNKNOWN_SIDE, telling.against):
        return incident
    return replace(incident, by=UNKNOWN_SIDE, against=UNKNOWN_SIDE, actor=None, target=None)


def _by_id(states: Mapping[str, DyadState], dyad: Dyad, name: str) -> Incident | None:
    return next((incident for incident in _incidents(states, dyad) if incident.id == name), None)


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


def _is_stateless(actor: Actor | None) -> bool:
    """Whether an actor belongs to no one country, so that the country of the place may be told in its stead."""
    return actor is not None and actor.country is None and actor.id is not None
