"""Which incident a telling tells: the same sides, kind of act, place and time, and tolls that can be versions of one another.

Words are no part of it, but for two hints: "second", "again" say that an act is another one, "death toll", "a day after" that it is
not. A telling of a story that an incident knows is of that incident, unless it names another day.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache

from processors.assess import tolls
from processors.assess.acts import Act
from processors.assess.places import Nearness, is_town, nearness
from processors.assess.settings import AssessSettings
from processors.assess.state import Incident
from processors.assess.telling import Telling
from tocsin.model import UNKNOWN_SIDE, Place

_AGAIN_AFTER = timedelta(hours=8)
"""From this age of an incident on, a telling of "another" act is not of it: a second raid within the night is mostly told as one."""
_AFTERMATH_TOWN = timedelta(days=7)
_AFTERMATH_VAGUE = timedelta(days=3)
"""For how long "the death toll rises" is taken to speak of the last such act: longer where it names the town."""
_NO_TIME = timedelta(0)
_FIRST_HOURS = timedelta(hours=2)
"""For this long after an act was first told, a telling with its town or target is taken for the same act told more exactly."""
_MARKED_LONGER = 2
"""How many times longer an act is told on by the number of its dead, where acts are rare."""
_BUSY = 2
"""Acts of one kind and direction within three days from which two sides are at it all the time."""
_TELLING_TOLL = 3
"""From this many dead on, the number is a mark of its own."""
_GREAT_TOLL = 10
"""From this many dead on, a number below a headline is known again days later."""
_FEWEST_MARKS = 3
"""From this many uncommon words on, two headlines are about one thing, whomever they name as doer."""
_PLACED = frozenset({"assault", "coerce", "mobilize", "protest"})
_DATELINE = timedelta(hours=12)
"""Tellings this near each other may name two neighbouring days for one night: the day depends on where the reporter sits."""


def find(incidents: Iterable[Incident], telling: Telling, settings: AssessSettings) -> Incident | None:
    """The incident the telling tells, the likeliest where several could be; None where it tells one of its own."""
    best, likeliest = None, 0.0
    since, family = telling.at - _AFTERMATH_TOWN, telling.act.family
    near = [incident for incident in incidents if incident.family == family and incident.last >= since]
    busy = is_busy(near, telling.by, telling.against, telling.at)
    undated = telling.event.on is None and not telling.aftermath and not _may_remind(telling)
    stretch = _MARKED_LONGER + 1 if telling.dead >= _TELLING_TOLL else 1
    recent = telling.at - stretch * timedelta(hours=settings.same_act_hours)
    for incident in reversed(near):
        if undated and incident.last < recent and not is_known(incident, telling):
            continue  # decided by time alone: this is asked of every incident
        like = likeness(incident, telling, settings, busy=busy)
        if like > likeliest:
            best, likeliest = incident, like
    return best


def likeness(incident: Incident, telling: Telling, settings: AssessSettings, *, busy: bool = False) -> float:
    """How likely the telling tells the incident; 0 where it cannot. Only the order of the numbers means anything.

    `busy`: the two sides do this so often that a telling of a named town, or of a named thing, is not of an act told without.
    """
    if incident.family != telling.act.family or incident.merged_into:
        return 0
    known = is_known(incident, telling)
    if not _same_sides(incident, telling) and not _turned_round(incident, telling, known=known):
        return 0
    event = telling.event
    dates_apart = abs((incident.on - event.on).days) if incident.on and event.on else None
    kinds_agree = _act(incident).can_be(telling.act)
    if dates_apart and dates_apart > 1:
        return 0
    by_item = known and telling.item in incident.items
    if known and (kinds_agree or by_item):
        return 10 + by_item
    same_thing = not telling.things.isdisjoint(incident.things)
    near = _nearness(incident, telling, settings)
    if near is Nearness.OTHER and not same_thing:
        return 0  # before the figures are read: this is asked of every incident
    agreeing = bool(telling.dead and incident.figures) and tolls.agree(event.casualties, incident.figures)
    marked = agreeing and telling.dead >= _TELLING_TOLL and (same_thing or not busy)
    stretch = 1 + marked * (_MARKED_LONGER - 1 + (same_thing and not busy))
    looks_back = telling.aftermath or (agreeing and _may_remind(telling))
    longest = _longest_gap(incident, telling, dates_apart, settings, stretch, looks_back=looks_back)
    if longest is None or _gap(incident, telling) > longest:
        return 0
    alike = is_alike(incident, telling)
    if near is Nearness.OTHER and same_thing and (agreeing or alike):
        near = Nearness.POSSIBLE  # the same thing and the same number of dead, or words: one of the places was misread
    if near is Nearness.OTHER or (near is not Nearness.SAME and not _told_vaguely(incident, telling, dates_apart, looks_back=looks_back)):
        return 0
    if not agreeing and (_another_thing(incident, telling) or (busy and not alike and _is_closer_look(incident, telling, near))):
        return 0
    if not kinds_agree and not same_thing and not (near is Nearness.SAME and agreeing):
        return 0  # but gunmen and bombers who kill the same number in the same town are one attack
    one_kind = incident.kind is not None and incident.kind == telling.act.kind
    return 1 + 3 * (near is Nearness.SAME) + 3 * same_thing + 2 * agreeing + 2 * (dates_apart == 0) + one_kind


def is_known(incident: Incident, telling: Telling) -> bool:
    """Whether the telling is of an item, or a copy of a text, that has told the incident."""
    return telling.item in incident.items or telling.story in incident.stories


def is_alike(incident: Incident, telling: Telling) -> bool:
    """Whether the headline has its uncommon words from one that told the incident: at least three, and half of the shorter one's."""
    marks = telling.marks
    if len(marks) < _FEWEST_MARKS:
        return False
    for title in incident.titles:
        shared = len(marks & title)
        if shared >= _FEWEST_MARKS and shared * 2 >= min(len(marks), len(title)):
            return True
    return False


def _another_thing(incident: Incident, telling: Telling) -> bool:
    return bool(telling.things and incident.things) and telling.things.isdisjoint(incident.things)


def _is_closer_look(incident: Incident, telling: Telling, near: Nearness) -> bool:
    """Whether a telling names a town, a thing or a number of dead that the incident does not, and comes too late to be its first exact
    report.
    """
    if abs(telling.at - incident.first) <= _FIRST_HOURS:
        return False
    names_thing = bool(telling.things) and not incident.things
    place = telling.event.place
    names_town = near is not Nearness.SAME and place is not None and is_town(place)
    counts_dead = near is not Nearness.SAME and telling.dead >= _TELLING_TOLL and not tolls.killed_of(incident.figures)
    return names_thing or names_town or counts_dead


def is_busy(incidents: Iterable[Incident], by: str, against: str, at: datetime) -> bool:
    """Whether one side does this to the other all the time, as of a moment."""
    since = at - _AFTERMATH_VAGUE
    return len([i for i in incidents if i.by == by and i.against == against and i.last >= since]) > _BUSY


def _may_remind(telling: Telling) -> bool:
    """Whether a text may only remind, below its headline, of an act: by a number of dead that few acts have."""
    return telling.depth > 0 and telling.dead >= _GREAT_TOLL


def _longest_gap(
    incident: Incident, telling: Telling, dates_apart: int | None, settings: AssessSettings, stretch: int, *, looks_back: bool
) -> timedelta | None:
    """How long the silence between two tellings of one act may be, were they told of the same town; None where no time is short enough."""
    if dates_apart:
        return _DATELINE if dates_apart == 1 and not telling.again else None
    if telling.again and abs(telling.at - incident.first) > _AGAIN_AFTER:
        return None
    if dates_apart == 0 or looks_back:
        return _AFTERMATH_TOWN
    if telling.event.on and abs((telling.event.on - incident.first.date()).days) > 1:
        return None
    if abs(telling.at - incident.first) > stretch * timedelta(hours=settings.act_hours):
        return None
    return stretch * timedelta(hours=settings.same_act_hours)


def _told_vaguely(incident: Incident, telling: Telling, dates_apart: int | None, *, looks_back: bool) -> bool:
    """Whether the two may be one act although nothing says that the place is one: not for long, and with tolls that can be one's."""
    if looks_back and dates_apart is None:
        other_thing = bool(telling.things) and telling.things.isdisjoint(incident.things)
        if _gap(incident, telling) > _AFTERMATH_VAGUE or (other_thing and abs(telling.at - incident.first) > _AGAIN_AFTER):
            return False
    return not tolls.exclude(telling.event.casualties, incident.figures)


def _nearness(incident: Incident, telling: Telling, settings: AssessSettings) -> Nearness:
    """How the places lie to each other, where the family of act has one: a threat or a ceasefire is made nowhere in particular."""
    place = telling.event.place
    if place is None or incident.family not in _PLACED:
        return Nearness.POSSIBLE
    return _between(place, incident.places, telling.by, telling.against, settings.near_km)


@lru_cache(maxsize=8192)
def _between(place: Place, places: tuple[Place, ...], by: str, against: str, near_km: float) -> Nearness:
    """How a place lies to those of an act of two sides. Remembered, since it is asked of every incident.

    A place on neither side's soil is often that of an act spoken of beside this one ("in reply to the raid on Damascus"): it tells nothing
    against a place that is on theirs. Nor does the bare name of a side's country ("a British base").
    """
    if _is_a_side(place, by, against):
        return Nearness.POSSIBLE
    near = nearness(place, (known for known in places if not _is_a_side(known, by, against)), near_km)
    if near is Nearness.OTHER and all(_is_abroad(known, by, against) != _is_abroad(place, by, against) for known in places):
        return Nearness.POSSIBLE
    return near


def _is_a_side(place: Place, by: str, against: str) -> bool:
    return not is_town(place) and place.country in (by, against)


def _is_abroad(place: Place, by: str, against: str) -> bool:
    return place.country is not None and not any(side.startswith(place.country) for side in (by, against))


def _gap(incident: Incident, telling: Telling) -> timedelta:
    """The silence between the telling and the nearest end of what was told of the incident."""
    if telling.at > incident.last:
        return telling.at - incident.last
    return incident.first - telling.at if telling.at < incident.first else _NO_TIME


def _same_sides(incident: Incident, telling: Telling) -> bool:
    """Whether both are of one direction; an unknown side may be any, and mutual acts have none."""
    one, other = (incident.by, incident.against), (telling.by, telling.against)
    return _fits(one, other) or (incident.mutual and _fits(one, other[::-1]))


def _turned_round(incident: Incident, telling: Telling, *, known: bool) -> bool:
    """Whether the same act is told with its sides the other way round: a headline that leaves the doer to be guessed ("169 killed in South
    Sudan attack", "US base hit in Bahrain"). The act must bear a mark of its own.

    Where all sides are named it may as well be the answer to the act: then it must be another text, on the same soil, of the same thing
    or the same number of dead.
    """
    if not _fits((incident.by, incident.against), (telling.against, telling.by)):
        return False
    if UNKNOWN_SIDE in (incident.by, incident.against, telling.by, telling.against):
        return is_marked(incident, telling) or is_alike(incident, telling)
    if known:
        return False
    if is_alike(incident, telling):
        return True
    if not telling.things and telling.dead < _TELLING_TOLL:
        return False
    place = telling.event.place
    if place is None or place.country not in [other.country for other in incident.places]:
        return False
    same_thing = not telling.things.isdisjoint(incident.things)
    return same_thing or (telling.dead >= _TELLING_TOLL and tolls.agree(telling.event.casualties, incident.figures))


def is_marked(incident: Incident, telling: Telling) -> bool:
    """Whether the two share a mark that few acts have: the text, the thing that was hit, or that it was deadly and for as many.

    An act by a country on its own soil on nobody is half a telling: there, the same kind of force is mark enough.
    """
    if is_known(incident, telling) or not telling.things.isdisjoint(incident.things):
        return True
    place = telling.event.place
    if place is not None and place.country == telling.by and telling.against == UNKNOWN_SIDE and _act(incident).can_be(telling.act):
        return True
    both_vague = UNKNOWN_SIDE in (telling.by, telling.against) and UNKNOWN_SIDE in (incident.by, incident.against)
    if both_vague and incident.kind and incident.kind == telling.act.kind and _may_be(incident.against, telling.against):
        return True
    if telling.dead < _TELLING_TOLL:
        return False
    return tolls.killed_of(incident.figures) >= _TELLING_TOLL and not tolls.exclude(telling.event.casualties, incident.figures)


def _fits(one: tuple[str, str], other: tuple[str, str]) -> bool:
    if one == other:
        return one != (UNKNOWN_SIDE, UNKNOWN_SIDE)
    agree = one[0] == other[0] != UNKNOWN_SIDE or one[1] == other[1] != UNKNOWN_SIDE
    return agree and _may_be(one[0], other[0]) and _may_be(one[1], other[1])


def _may_be(one: str, other: str) -> bool:
    return one == other or UNKNOWN_SIDE in (one, other)


def _act(incident: Incident) -> Act:
    return Act(incident.family, incident.kind, incident.level, incident.mutual)
