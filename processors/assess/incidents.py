"""An incident opened by its first telling, and what each further telling adds to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from processors.assess.acts import HAPPENED
from processors.assess.places import Nearness, nearness
from processors.assess.state import (
    MOST_OUTLETS,
    MOST_PLACES,
    MOST_QUOTES,
    MOST_REPORTS,
    MOST_SOURCES,
    MOST_STORIES,
    MOST_TITLES,
    Incident,
    Report,
)
from processors.assess.telling import Telling
from processors.assess.tolls import add_figures
from tocsin.model import UNKNOWN_SIDE, Evidence, Mark, Place, Quote, Status, content_id

T = TypeVar("T")

_LONGEST_QUOTE = 400
_MOST_MARKS = 12
_NEAR_KM = 100
"""How far apart the places of one act may lie: a barrage falls on a town and those around it."""
_EARLY = timedelta(hours=12)
"""Until when a telling may say what was hit, for an incident that was told without: a thing named later would draw to a vague incident
whatever is told of that thing."""


def open_incident(telling: Telling) -> Incident:
    """The incident a telling opens. Its id follows from the event, so that the event opens the same one whenever it comes.

    Its time is part of it: a feed that uses an address again weeks later, when all of this is forgotten, tells another act, whose
    alerts must not bear the names of the old ones.
    """
    event, act = telling.event, telling.act
    return Incident(
        id=content_id("incident", telling.name, event.at.isoformat()),
        by=telling.by,
        against=telling.against,
        family=act.family,
        kind=act.kind,
        mutual=act.mutual,
        level=act.level,
        type=event.type,
        sign=event.sign,
        status=event.status,
        intensity=event.intensity,
        headline=event.headline,
        first=event.at,
        last=event.at,
        mode=event.mode,
        actor=event.actor,
        target=event.target,
        on=event.on,
        places=(event.place,) if event.place else (),
        things=tuple(sorted(telling.things)),
        sources=(telling.house,),
        claimed_by=(telling.house,) if event.status is Status.CLAIMED else (),
        outlets=(event.outlet or event.feed,),
        reports=(_report(telling),),
        stories=_and(frozenset(), telling.story),
        items=_and(frozenset(), telling.item),
        titles=(telling.marks,) if telling.marks else (),
        figures=add_figures((), telling),
        quotes=quotes_of(telling),
        confidence=event.confidence,
        reply=telling.reply,
    )


def add_telling(incident: Incident, telling: Telling) -> Incident:
    """The incident with one telling more. A denial adds who denies it and its words; nothing of what happened changes by it."""
    event, outlet = telling.event, telling.event.outlet or telling.event.feed
    told_before = outlet in incident.outlets or len(incident.reports) >= MOST_REPORTS
    heard: dict[str, Any] = {
        "first": min(incident.first, event.at),
        "last": max(incident.last, event.at),
        "outlets": _with(incident.outlets, (outlet,), MOST_OUTLETS),
        "reports": incident.reports if told_before else (*incident.reports, _report(telling)),
        "stories": _and(incident.stories, telling.story),
        "items": _and(incident.items, telling.item),
        "titles": _with(incident.titles, (telling.marks,), MOST_TITLES) if telling.marks else incident.titles,
        "resolved": False,
    }
    if event.status is Status.DENIED:
        heard["denied_by"] = _with(incident.denied_by, (telling.house,), MOST_SOURCES)
        heard["quotes"] = _quoted(incident, telling)
    else:
        heard |= _reported(incident, telling) | _filled(incident, telling)
        heard["confidence"] = max(incident.confidence, event.confidence)
    return replace(incident, **heard)


def _report(telling: Telling) -> Report:
    return Report(outlet=telling.event.outlet or telling.event.feed, at=telling.at, copy=telling.is_copy)


def _reported(incident: Incident, telling: Telling) -> dict[str, Any]:
    """What a report or a claim changes: a source of its own, a toll, and the standing of what was only claimed. A copy changes none."""
    if telling.is_copy:
        return {}
    known = telling.house in incident.sources
    reported: dict[str, Any] = {}
    if telling.event.status is Status.CLAIMED:
        if not known:
            reported["claimed_by"] = _with(incident.claimed_by, (telling.house,), MOST_SOURCES)
    elif incident.status is Status.CLAIMED and telling.event.status in HAPPENED and telling.house not in incident.claimed_by:
        reported["status"] = Status.REPORTED
    figures = add_figures(incident.figures, telling)
    if not known:
        reported["sources"] = _with(incident.sources, (telling.house,), MOST_SOURCES)
    if not known or figures is not incident.figures:
        reported |= {"figures": figures, "quotes": _quoted(incident, telling)}
    return reported


def _filled(incident: Incident, telling: Telling) -> dict[str, Any]:
    """What the telling knows and the incident did not: a named side, the day, the mode, one more place, a graver act."""
    event = telling.event
    filled: dict[str, Any] = {}
    if event.place and (_belongs(event.place, incident.places) or _is_first_there(event.place, incident)):
        filled["places"] = (*incident.places, event.place)[:MOST_PLACES]
    if not incident.things and telling.things and abs(event.at - incident.first) <= _EARLY:
        filled["things"] = tuple(sorted(telling.things))
    if incident.on is None and event.on:
        filled["on"] = event.on
    if incident.reply is None and telling.depth == 0 and telling.by == incident.by and _speaks_of(telling, incident):
        filled["reply"] = telling.reply
    if incident.mode is None and event.mode:
        filled["mode"] = event.mode
    if incident.by == UNKNOWN_SIDE and telling.by not in (UNKNOWN_SIDE, incident.against):
        filled |= {"by": telling.by, "actor": event.actor}
    if incident.against == UNKNOWN_SIDE and telling.against not in (UNKNOWN_SIDE, incident.by):
        filled |= {"against": telling.against, "target": event.target}
    if abs(event.intensity) > abs(incident.intensity):
        filled["intensity"] = event.intensity
    return filled


def _speaks_of(telling: Telling, incident: Incident) -> bool:
    """Whether the answer a telling speaks of can be the incident: words that name nothing of what is answered need the very target."""
    reply = telling.reply
    return bool(reply and (reply.actor or reply.target or reply.type or reply.place or telling.against == incident.against))


def _belongs(place: Place, known: tuple[Place, ...]) -> bool:
    """Whether a place is one more name of where the act was: another town, though a telling names it, is that of another act."""
    if any(place.name.casefold() == other.name.casefold() for other in known):
        return False
    return nearness(place, known, _NEAR_KM) is not Nearness.OTHER


def _is_first_there(place: Place, incident: Incident) -> bool:
    """Whether a place is on the target's soil, and the first of the act's that is on either side's: the others were misread."""
    soils = [side.partition(":")[0] for side in (incident.by, incident.against)]
    return place.country == soils[1] and not any(known.country in soils for known in incident.places)


def quotes_of(telling: Telling) -> tuple[Quote, ...]:
    """The words behind a telling: its evidence of the act, else its headline, and the words of each toll."""
    event = telling.event
    acts = [evidence.quote for evidence in event.evidence if evidence.role == "type"]
    words = [event.headline or next(iter(acts), ""), *(told.quote for told in event.casualties)]
    texts = [text[:_LONGEST_QUOTE] for text in dict.fromkeys(words) if text]
    return tuple(Quote(text=text, outlet=event.outlet or event.feed, url=event.url, marks=marks_in(text, event.evidence)) for text in texts)


def marks_in(text: str, evidence: Iterable[Evidence]) -> tuple[Mark, ...]:
    """Where the evidence stands in a quote: at its own place where that holds its words, else where they first stand; in order, none
    inside another.
    """
    found = []
    for told in evidence:
        at = told.start if text[told.start : told.end] == told.quote else text.find(told.quote)
        if told.quote and at >= 0:
            found.append(Mark(start=at, end=at + len(told.quote), role=told.role))
    kept: list[Mark] = []
    for mark in sorted(found, key=lambda mark: (mark.start, -mark.end, mark.role)):
        if not kept or mark.start >= kept[-1].end:
            kept.append(mark)
    return tuple(kept[:_MOST_MARKS])


def _quoted(incident: Incident, telling: Telling) -> tuple[Quote, ...]:
    """The quotes with those of the telling: the first stays, since it opened the incident, and of the others the latest."""
    first, *others = _with(incident.quotes, quotes_of(telling), MOST_QUOTES * 2) or (None,)
    return () if first is None else (first, *others[-(MOST_QUOTES - 1) :])


def _and(known: frozenset[str], name: str) -> frozenset[str]:
    return known if not name or name in known or len(known) >= MOST_STORIES else known | {name}


def _with(known: tuple[T, ...], more: Iterable[T], most: int) -> tuple[T, ...]:
    """The known ones and the new ones of `more`, as far as there is room: the earliest stay."""
    fresh = tuple(one for one in dict.fromkeys(more) if one not in known)
    return (*known, *fresh)[:most] if fresh else known
