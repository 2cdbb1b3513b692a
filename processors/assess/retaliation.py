"""Which incident another one answers, and the chain of who answered whom.

Only what a text says is an answer is linked: two strikes one after the other are no retaliation by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

from processors.assess.acts import family_of
from processors.assess.places import Nearness, nearness
from processors.assess.settings import AssessSettings
from processors.assess.state import MOST_STEPS, DyadState, Incident
from tocsin.model import UNKNOWN_SIDE, Actor, Dyad, Level, Link, Place, Sign

_HOUR = timedelta(hours=1)
_BARE = timedelta(hours=72)
"""For how long words that name nothing of it ("retaliatory") speak of an act ..."""
_BARE_AMONG_OTHERS = timedelta(hours=24)
"""... and where others could be meant as well: between two at war there is a blow a day."""
_TOLD_LATE = timedelta(hours=3)
"""How much later than its answer an act may be told first."""
_BY_CLOCKS = 4
"""How many times its distance an act that is told later than its answer counts: it may be the next blow."""
_NAMES = re.compile(r"\b(?:[A-Z][a-z]+|U\.?S\.?|UK)\b")


def link(states: Mapping[str, DyadState], state: DyadState, incident: Incident, settings: AssessSettings) -> Incident:
    """The incident with what it answers: the act in our memory where it is found, else only the words that speak of it."""
    reply = incident.reply
    if reply is None or (incident.responds_to and incident.responds_to.incident):
        return incident
    answered = _answered(states, state, incident, settings)
    if answered:
        return replace(incident, responds_to=_step(incident, answered))
    by, against = _said(reply.actor), _said(reply.target)
    return replace(incident, responds_to=Link(quote=reply.quote, by=by, against=against))


def link_earlier_told(state: DyadState, act: Incident, settings: AssessSettings) -> DyadState:
    """The state after an act has come that an incident told before it may answer: feeds are read in any order.

    For an incident that is linked to nothing the newcomer must be shown to be the earlier act, by its date or by the place the answer
    names; else it may be the next blow. One that is linked is linked anew where the newcomer fits better.
    """
    incidents = []
    for incident in state.incidents:
        known = incident
        late = _is_bare(incident) and incident.first - act.first > _BARE_AMONG_OTHERS
        if incident.responds_to and incident.id != act.id and not late and _fits(act, incident, settings):
            now = next((other for other in state.incidents if other.id == incident.responds_to.incident), None)
            better = now is not None and _rank(act, incident, settings) > _rank(now, incident, settings)
            if better or (incident.responds_to.incident is None and _was_before(act, incident, settings)):
                known = replace(incident, responds_to=_step(incident, act))
        incidents.append(known)
    return replace(state, incidents=tuple(incidents))


def chain(states: Mapping[str, DyadState], state: DyadState, incident: Incident) -> tuple[Link, ...]:
    """Who answered whom, from what the incident answers back to the first act that is known."""
    steps: list[Link] = []
    step = incident.responds_to
    while step and len(steps) < MOST_STEPS and all(step.incident != known.incident for known in steps):
        steps.append(step)
        before = _by_id(states, state, step)
        step = before.responds_to if before else None
    return tuple(steps)


def _answered(states: Mapping[str, DyadState], state: DyadState, incident: Incident, settings: AssessSettings) -> Incident | None:
    """The likeliest act that the incident answers: where the words say which, that one; else the gravest, and of those the nearest."""
    told = [act for act in _candidates(states, state, incident) if _fits(act, incident, settings)]
    if _is_bare(incident) and len(told) > 1:
        told = [act for act in told if incident.first - act.first <= _BARE_AMONG_OTHERS]
    return max(told, key=lambda act: _rank(act, incident, settings), default=None)


def _is_bare(incident: Incident) -> bool:
    """Whether the words of an answer name nothing of what they answer: neither a side, nor a place, nor what was done."""
    reply = incident.reply
    return reply is not None and reply.type is None and not (_said(reply.actor) or _said(reply.target) or _place(incident))


def _rank(act: Incident, incident: Incident, settings: AssessSettings) -> tuple[bool, Level, timedelta, str]:
    named = nearness(_place(incident), act.places, settings.near_km) is Nearness.SAME
    before = incident.first - act.first
    return named, act.level, min(-before, before * _BY_CLOCKS), act.id


def _candidates(states: Mapping[str, DyadState], state: DyadState, incident: Incident) -> Iterator[Incident]:
    """The acts of the incident's own dyad, of the dyad its words name, and of those whose doer nobody has named."""
    yield from state.incidents
    by, against = _sides(incident)
    own = Dyad.of(incident.by, incident.against)
    for dyad in dict.fromkeys((Dyad.of(by, against), Dyad.of(UNKNOWN_SIDE, against))):
        other = states.get(str(dyad))
        if dyad != own and other:
            yield from other.incidents


def _sides(incident: Incident) -> tuple[str, str]:
    """Who did the act that is answered, and to whom: as the words say, else the two sides the other way round."""
    reply = incident.reply
    by = _said(reply.actor) if reply else ""
    against = _said(reply.target) if reply else ""
    return by or incident.against, against or incident.by


def _said(actor: Actor | None) -> str:
    return actor.side if actor and actor.side != UNKNOWN_SIDE else ""


def _place(incident: Incident) -> Place | None:
    """The place that the words of the answer name; a place they do not contain was taken from around them, and is the answer's own."""
    reply = incident.reply
    named = reply is not None and reply.place is not None and reply.place.name.casefold() in reply.quote.casefold()
    return reply.place if reply and named else None


def _fits(act: Incident, incident: Incident, settings: AssessSettings) -> bool:
    """Whether an act can be the one that the words of the incident's answer speak of."""
    reply = incident.reply
    if reply is None or act.id == incident.id or act.sign is not Sign.ESCALATION or act.level is Level.NONE:
        return False
    if act.merged_into:
        return False
    if act.first > incident.first + _TOLD_LATE:
        return False
    by, against = _sides(incident)
    near = nearness(_place(incident), act.places, settings.near_km)
    if near is Nearness.OTHER or (reply.type and family_of(reply.type) != act.family):
        return False
    if incident.against not in (act.by, UNKNOWN_SIDE) and act.against != incident.by:
        return False  # an answer goes back to the doer, or comes from the one who was hit
    if not (_said(reply.actor) or _said(reply.target) or _place(incident)):
        if _NAMES.search(reply.quote[1:]):
            return False  # the words name somebody, and nobody knows whom
        if reply.type is None and len(act.sources) < settings.rung_sources:
            return False  # the words name nothing at all: then the act must be a believed one
        if reply.type is None and incident.first - act.first > _BARE:
            return False
    if reply.type is None and act.level < min(incident.level, Level.FORCE):
        return False  # force is not said to answer a threat unless the words name one
    if UNKNOWN_SIDE in (act.by, by) and near is not Nearness.SAME:
        return False
    return act.against == against and UNKNOWN_SIDE not in (act.against, against) and act.by in (by, UNKNOWN_SIDE)


def _was_before(act: Incident, incident: Incident, settings: AssessSettings) -> bool:
    place = _place(incident)
    if act.on is not None:
        return act.on <= (incident.on or incident.first.date())
    return place is not None and nearness(place, act.places, settings.near_km) is Nearness.SAME


def _step(incident: Incident, act: Incident) -> Link:
    return Link(
        quote=incident.reply.quote if incident.reply else "",
        incident=act.id,
        hours=round(max((incident.first - act.first) / _HOUR, 0.0), 1),
        by=act.by,
        against=act.against,
        headline=act.headline,
    )


def _by_id(states: Mapping[str, DyadState], state: DyadState, step: Link) -> Incident | None:
    elsewhere = states.get(str(Dyad.of(step.by, step.against)))
    known = (*state.incidents, *(elsewhere.incidents if elsewhere else ()))
    return next((incident for incident in known if incident.id == step.incident), None)
