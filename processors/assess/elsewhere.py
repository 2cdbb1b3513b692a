"""Where else an event may be told of: under a pair of sides that is not its own, because a text names a side vaguely or not at all.

State is kept by dyad. An incident of two known sides A and B therefore leaves a signpost under ("?", A) and under ("?", B), where an event
that names only one of them looks; an event of two known sides looks for the incident that was told before its doer, or its target, was
named, and takes it over. Where the dyads are spread over processes, only those of one process meet here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from processors.assess import tolls
from processors.assess.acts import OF_FORCE
from processors.assess.identity import find, is_alike, is_busy, is_known, is_marked, likeness
from processors.assess.places import Nearness, nearness
from processors.assess.settings import AssessSettings
from processors.assess.state import MOST_SIGNPOSTS, DyadState, Incident, Signpost
from processors.assess.telling import Telling, is_named
from tocsin.model import UNKNOWN_SIDE, Actor, Dyad, Place

_TELLING_TOLL = 3
"""From this many dead on, an act is rare enough to be known again by its dead and by what was hit."""


_OF_THE_STATE = frozenset({"", "None", "GOV", "MIL", "COP", "SPY"})
_IN_ARMS = frozenset({"REB", "SEP", "UAF", "PRM", "OPP"})
"""Sectors of a country whose fighters reporters call now one, now another."""


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


class _Candidate(NamedTuple):
    """An incident of another dyad, and how likely a telling tells it."""

    dyad: Dyad
    incident: Incident
    like: float


def meet(states: Mapping[str, DyadState], own: Dyad, telling: Telling, settings: AssessSettings) -> Meeting:
    """Where the telling is heard: at home if that knows the incident, unless a side is not named and one elsewhere fits better."""
    at_home = find(_incidents(states, own), telling, settings)
    if at_home and (UNKNOWN_SIDE not in (own.a, own.b) or telling.act.family not in OF_FORCE):
        return Meeting(own, incident=at_home.id)
    if telling.act.family not in OF_FORCE:
        return Meeting(own, twin_of=_joint(states, own, telling, settings))
    found = _likeliest(_candidates(states, own, telling, settings))
    if at_home and (not found or found.like < likeness(at_home, telling, settings)):
        return Meeting(own, incident=at_home.id)
    if found:
        if UNKNOWN_SIDE in (found.dyad.a, found.dyad.b) and UNKNOWN_SIDE not in (own.a, own.b):
            return Meeting(own, adopted=_turned(found.incident, telling), left=found.dyad)
        return Meeting(found.dyad, incident=found.incident.id)
    return Meeting(own, twin_of=_joint(states, own, telling, settings))


def with_signpost(state: DyadState, dyad: Dyad, incident: Incident) -> DyadState:
    """The state of a dyad with an unknown side, pointing at the incident; the newest signposts stay."""
    others = [post for post in state.signposts if post.incident != incident.id]
    return replace(state, signposts=(*others, Signpost(dyad=dyad, incident=incident.id, at=incident.first))[-MOST_SIGNPOSTS:])


def crossings(incident: Incident) -> Iterator[Dyad]:
    """The dyads with an unknown side under which an incident leaves signposts: those of its sides, and for force those of its places."""
    if UNKNOWN_SIDE in (incident.by, incident.against):
        return
    places = incident.places if incident.family in OF_FORCE else ()
    of_places = (crossing for place in places for crossing in _crossing_of_place(place))
    yield from dict.fromkeys((*_crossings_of_sides(incident.by, incident.against), *of_places))


def _crossings_of_sides(*sides: str) -> Iterator[Dyad]:
    """Those of each side, and of the whole that it is a part of: "CUB" of "CUB:MIL"."""
    for side in sides:
        for name in dict.fromkeys((side, side.partition(":")[0])):
            if name != UNKNOWN_SIDE:
                yield Dyad.of(UNKNOWN_SIDE, name)


def _crossing_of_place(place: Place | None) -> tuple[Dyad, ...]:
    return (Dyad.of(UNKNOWN_SIDE, place.country),) if place and place.country else ()


def _candidates(states: Mapping[str, DyadState], own: Dyad, telling: Telling, settings: AssessSettings) -> Iterator[_Candidate]:
    """The incidents of other dyads that the telling may tell.

    They are looked for under each side of the telling and under the country of its place.
    """
    sides = _crossings_of_sides(telling.by, telling.against)
    for crossing in dict.fromkeys((*sides, *_crossing_of_place(telling.event.place))):
        unnamed = ((crossing, incident) for incident in _incidents(states, crossing))
        for dyad, incident in (*_pointed(states, crossing), *unnamed):
            if dyad != own and _may_be_one(incident, telling, settings):
                as_told = replace(incident, by=telling.by, against=telling.against)
                family = (other for other in _incidents(states, dyad) if other.family == incident.family)
                busy = is_busy(family, incident.by, incident.against, telling.at)
                yield _Candidate(dyad, incident, likeness(as_told, telling, settings, busy=busy))


def _may_be_one(incident: Incident, telling: Telling, settings: AssessSettings) -> bool:
    """Whether an incident and a telling whose sides are not the same may be of one act.

    The doer: nobody named by one of the two, or another one blamed for the same thing in the same place. The target: not named by
    one of the two but for the country of the place, a group for its country, or the owner of the same thing for its host.
    """
    event = telling.event
    near = nearness(event.place, incident.places, settings.near_km)
    agreeing = tolls.agree(event.casualties, incident.figures)
    if telling.by == UNKNOWN_SIDE != telling.against == incident.by and not _is_part(incident.against, telling.against):
        # Whom somebody hit did not do it: the dead of Paris are not those of the strikes of France. But those of "Russian strikes" in Kyiv
        # are Russia's.
        return near is not Nearness.OTHER and _is_on_soil_of(incident.against, event.place)
    if telling.dead >= _TELLING_TOLL and agreeing and _is_doubled(incident, telling, near):
        return True
    if near is Nearness.SAME and _are_one_clash(incident, telling):
        return True
    if near is Nearness.OTHER and (is_known(incident, telling) or (agreeing and not telling.things.isdisjoint(incident.things))):
        near = Nearness.POSSIBLE
    sure = is_known(incident, telling) or near is Nearness.SAME or agreeing
    same_thing = not telling.things.isdisjoint(incident.things) and near is not Nearness.OTHER and _share_country(incident, telling)
    unnamed = UNKNOWN_SIDE in (incident.by, incident.against, telling.by, telling.against)
    two_doers = not unnamed and not _is_part(incident.by, telling.by)
    if is_alike(incident, telling) and near is not Nearness.OTHER and telling.item not in incident.items:
        return _share_country(incident, telling) or _share_side(incident, telling)  # in one text it may be the act of a second doer
    same_place = event.place is not None and any(event.place.name == place.name for place in incident.places)
    one_toll = telling.dead >= _TELLING_TOLL and tolls.killed_of(incident.figures) >= _TELLING_TOLL
    one_act = near is Nearness.SAME or (same_thing and (same_place or (one_toll and not tolls.exclude(event.casualties, incident.figures))))
    if two_doers and not one_act and not is_known(incident, telling):
        return False  # two who are both named are blamed for one act only where it is known to be one by its place
    same_doer = _is_part(incident.by, telling.by) and incident.by != UNKNOWN_SIDE
    same_target = _is_part(incident.against, telling.against) and incident.against != UNKNOWN_SIDE
    vague_doer = UNKNOWN_SIDE in (incident.by, telling.by) and (sure or same_thing or incident.by != UNKNOWN_SIDE)
    host = event.place.country if event.place else None
    stands_in = not (telling.names_target and is_named(incident.target, incident.places)) or host in (incident.against, telling.against)
    group = _is_stateless(incident.target) != _is_stateless(event.target) and _may_be_host(incident, telling)
    vague_target = UNKNOWN_SIDE in (incident.against, telling.against) or group or (stands_in and near is Nearness.SAME)
    doer_fits = same_doer or vague_doer or (same_thing and incident.by != telling.against)
    target_fits = same_target or same_thing or (vague_target and near is not Nearness.OTHER)
    if unnamed and is_marked(incident, telling) and near is not Nearness.OTHER and _share_country(incident, telling):
        return True  # whoever is said to have done it to whom
    return doer_fits and target_fits and (same_doer or same_target or sure or same_thing)


def _is_on_soil_of(side: str, place: Place | None) -> bool:
    return place is not None and place.country is not None and place.country == side.partition(":")[0]


def _is_doubled(incident: Incident, telling: Telling, near: Nearness) -> bool:
    """Whether the same text has told of as many killed by the same doer; or a country is said to have killed, at home, as many of its own
    as a blow from abroad did in the same town: then the teller was taken for the doer.
    """
    if is_known(incident, telling):
        its_word = any(figure.house == telling.house and telling.dead in (figure.min, figure.max) for figure in incident.figures)
        return its_word and incident.by != UNKNOWN_SIDE and _is_part(incident.by, telling.by)
    at_home = incident.against != UNKNOWN_SIDE and all(_is_part(incident.against, side) for side in (telling.by, telling.against))
    return at_home and near is Nearness.SAME and not _is_part(incident.by, incident.against)


def _are_one_clash(incident: Incident, telling: Telling) -> bool:
    """Whether both are told of a state and of those in arms against it: troops and army, rebels and militiamen are the same two."""
    sides, named = (incident.by, incident.against), (telling.by, telling.against)
    countries = {side.partition(":")[0] for side in (*sides, *named)}
    return len(countries) == 1 and _camps(*sides) == _camps(*named) == {"state", "armed"}


def _camps(*sides: str) -> set[str]:
    """The camps within a country that parts of it belong to: "SOM:MIL" and "SOM" to the state's, "SOM:REB" to those in arms."""
    sectors = [side.partition(":")[2] for side in sides]
    return {"state" if sector in _OF_THE_STATE else "armed" if sector in _IN_ARMS else sector for sector in sectors}


def _may_be_host(incident: Incident, telling: Telling) -> bool:
    """Whether the country that one of the two names for the other's group can be where that group was hit."""
    soil = {place.country for place in incident.places} | ({telling.event.place.country} if telling.event.place else set())
    return not soil or not soil.isdisjoint((incident.against, telling.against))


def _share_side(incident: Incident, telling: Telling) -> bool:
    sides, named = (incident.by, incident.against), (telling.by, telling.against)
    return any(_is_part(one, other) for one in sides for other in named if UNKNOWN_SIDE not in (one, other))


def _is_part(one: str, other: str) -> bool:
    """Whether two sides are one, or one a part of the other: "CUB:MIL" of "CUB"."""
    return one == other or one.startswith(f"{other}:") or other.startswith(f"{one}:")


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
    """The incident that rang for this telling already; "" where there is none.

    One of another dyad that the same text, or one in the same words, tells as the same act: done together, done to both, or with a side
    named otherwise. Or another act of the same doer in the same text, no less grave and nowhere else ("deploys troops, imposes curfew").
    """
    here = _incidents(states, own)
    for side in (telling.against, telling.by):
        for dyad, incident in _pointed(states, Dyad.of(UNKNOWN_SIDE, side)):
            if dyad != own and not incident.twin_of and _is_one_text(incident, telling, settings):
                return incident.id
    return next((known.id for known in reversed(here) if _is_beside(known, telling, settings)), "")


def _is_one_text(incident: Incident, telling: Telling, settings: AssessSettings) -> bool:
    if not (incident.against == telling.against or incident.by == telling.by):
        return False
    told_here = telling.item in incident.items
    if _is_beside(incident, telling, settings):
        return True
    if not told_here and not (telling.story in incident.stories or is_alike(incident, telling)):
        return False
    as_told = replace(incident, by=telling.by, against=telling.against)
    return likeness(as_told, telling, settings) > 0


def _is_beside(incident: Incident, telling: Telling, settings: AssessSettings) -> bool:
    """Whether one text tells both as deeds of one doer, this one the lesser, and nothing says that they were in two places."""
    if telling.item not in incident.items or incident.twin_of or not incident.revision:
        return False
    if (
        incident.by != telling.by
        or UNKNOWN_SIDE in (incident.by, incident.against, telling.against)
        or incident.sign is not telling.event.sign
    ):
        return False
    apart = nearness(telling.event.place, incident.places, settings.near_km) is Nearness.OTHER
    return incident.level >= telling.act.level and incident.family != telling.act.family and not apart


def _likeliest(candidates: Iterable[_Candidate]) -> _Candidate | None:
    """The likeliest of them, and of several the one last told, and of those the last one asked for."""
    best = None
    for candidate in candidates:
        if candidate.like > 0 and (best is None or (candidate.like, candidate.incident.last) >= (best.like, best.incident.last)):
            best = candidate
    return best


def _is_stateless(actor: Actor | None) -> bool:
    """Whether an actor belongs to no one country, so that the country of the place may be told in its stead."""
    return actor is not None and actor.country is None and actor.id is not None
