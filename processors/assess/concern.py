"""Whose acts ring the bell: those of states, their forces, armed groups and international bodies; not crime, not home politics.

The tagger codes who did what to whom, whoever they are. An alarm about escalation between states and armed groups must not go off when
a court sentences a robber or a minister clashes with a reporter, though both are coded.
"""

from __future__ import annotations

from processors.assess.acts import LOUD
from processors.assess.settings import AssessSettings
from processors.assess.telling import Telling
from processors.assess.things import OF_STATE
from tocsin.model import UNKNOWN_SIDE, Actor, EscalationEvent, EventType

ARMED = frozenset({"MIL", "REB", "SEP", "UAF", "PRM", "SPY", "IMG"})
"""PLOVER sectors of those who bear arms for a cause or a state."""
ACTS_FOR_STATES = ARMED | {"GOV", "LEG", "COP", "IGO"}
"""Sectors that act for a state or beside one."""


def is_concern(telling: Telling, settings: AssessSettings) -> bool:
    """Whether a hostile act is one between states and armed groups, or is deadly enough to be told whoever did it.

    Between two countries, the doer must act for a state or be armed; within one country, either side must be armed. Where the doer is
    not named, the act must be loud (a bombardment, a bombing), or have hit an armed side or a thing of state.
    """
    if telling.dead >= settings.nameless_deaths:
        return True
    doer, target = telling.event.actor, telling.event.target
    if _is_within_one_country(telling):
        return _sector(doer) in ARMED or _sector(target) in ARMED
    if telling.by == UNKNOWN_SIDE:
        return telling.event.mode in LOUD or _sector(target) in ARMED or not telling.things.isdisjoint(OF_STATE)
    if _sector(doer) == "LEG":
        return telling.event.type is not EventType.ASSAULT
    return _sector(doer) in ACTS_FOR_STATES


def is_blow_between_countries(telling: Telling) -> bool:
    """Whether people of one country killed some of another: crime between strangers, but not between those who are enemies already."""
    doer, target = telling.event.actor, telling.event.target
    if not (telling.dead and doer and target and doer.country and target.country):
        return False
    return telling.event.type is EventType.ASSAULT and doer.country != target.country


def ends_hostility(event: EscalationEvent) -> bool:
    """Whether a friendly act presupposes a hostile one that was perhaps never told: a ceasefire, a withdrawal, a release."""
    return event.type is EventType.RETREAT and event.mode != "resign"


def _is_within_one_country(telling: Telling) -> bool:
    doer, target = telling.event.actor, telling.event.target
    return doer is not None and target is not None and doer.country is not None and doer.country == target.country


def _sector(actor: Actor | None) -> str | None:
    """The sector of an actor; a country that is named without more acts by its government."""
    if actor is None:
        return None
    return actor.sector or ("GOV" if actor.country and actor.id == actor.country else None)
