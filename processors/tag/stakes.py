"""Whether an act moves anything between states and armed groups: what is mentioned, crime and police work, bursts and bare warnings do not.

Such events are told, with their words and their toll, but neutral: an alarm about them would be a false one. What each rule is worth was
measured on general news (docs/tagging.md).
"""

from __future__ import annotations

from dataclasses import replace

from processors.tag.drafts import Draft
from processors.tag.senses import Sense
from tocsin.model import Actor, Sign

_PRIVATE = frozenset({None, "CVL", "CRM", "LAB", "EDU", "UNK", "BUS"})
"""Sectors of sides that are nobody's army and speak for nobody."""
_FIGHTING = frozenset({"REB", "UAF", "PRM", "SEP", "MIL"})
_BY_ANYONE = frozenset({"", "firearms", "primitive", "beat", "destroy", "sexual", "abduct", "targeted", "torture", "crowd-control"})
"""Modes of force that crime has as well."""
_BURSTS = ("explosion", "blast", "explode", "powerful_blast", "twin_blast", "go_off")
"""Beginnings of the rules of acts that gas and stores of powder do as well."""
_BOMBS = (
    "bomb",
    "ied",
    "improvised",
    "landmine",
    "mine_",
    "grenade",
    "car_bomb",
    "truck_bomb",
    "roadside",
    "detonate",
    "plant",
    "explosive",
)
"""Beginnings of the rules of acts that nobody does by accident."""
_WARNINGS = frozenset({"warn", "warn against", "threat to", "death_threat", "vow"})
"""Rules of threats that may be no more than advice."""
_BARE_THREATS = frozenset({"threaten", "threaten with", "threaten to"})
"""Rules of threats that say nothing of what is threatened."""
_MANY = 5
"""People killed from which a deed of nobody known concerns the state it happens in."""


def settled(draft: Draft, sense: Sense) -> Draft:
    """The draft, with its tolls, in an item of this sense; neutral where it moves nothing between states and armed groups."""
    return draft if draft.sign is Sign.NEUTRAL or _moves(draft, sense) else replace(draft, sign=Sign.NEUTRAL)


def _moves(draft: Draft, sense: Sense) -> bool:
    sides = [draft.actor.sector if draft.actor else None, draft.target.sector if draft.target else None]
    kind, is_between = draft.deed.type, draft.is_between
    is_fought = not _FIGHTING.isdisjoint(sides)
    if kind == "ASSAULT":
        if _is_by_nobody(draft, sides, sense):
            return False
        is_on_police = sides[1] == "COP" and sides[0] != "COP" and sense.force > 0
        is_of_police = "COP" in sides and not is_on_police and "OPP" not in sides and sense.force <= 1 and draft.deed.mode in _BY_ANYONE
        is_of_police = is_of_police and not (sides[0] is None and draft.killed >= _MANY)
        is_mentioned = draft.depth > 0 and not draft.tolls
        return is_between or is_fought or not (is_of_police or is_mentioned)
    if draft.depth > 0:
        return False
    if kind == "THREATEN":
        return is_between or not (draft.deed.rule in _WARNINGS or (draft.deed.rule in _BARE_THREATS and not _is_named(draft.actor)))
    if kind == "COERCE" and draft.deed.mode == "arrest":
        return is_between or sides[0] not in _PRIVATE | {"COP", "JUD", "GOV"} or sides[1] not in _PRIVATE
    if kind in {"SUPPORT", "AGREE", "REJECT"}:
        return is_between or is_fought or (sense.force > 0 and kind != "SUPPORT")
    return True


def _is_by_nobody(draft: Draft, sides: list[str | None], sense: Sense) -> bool:
    """Whether a deed of crime or accident is of nobody known upon nobody in particular, in an item that tells of no other force."""
    if _is_named(draft.actor) or any(sector not in _PRIVATE | {"COP"} for sector in sides) or sense.force > 1:
        return False
    parts = draft.deed.rule.split(" + ")
    is_bomb = any(part.startswith(_BOMBS) for part in parts)
    is_burst = sense.force == 0 and not is_bomb and any(part.startswith(_BURSTS) for part in parts)
    return draft.killed < _MANY and (draft.deed.mode in _BY_ANYONE or (is_burst and "COP" not in sides))


def _is_named(actor: Actor | None) -> bool:
    return actor is not None and (actor.country is not None or actor.id is not None)
