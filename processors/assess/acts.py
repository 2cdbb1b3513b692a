"""What kind of act an event tells: its family, within which two tellings can be one act, and how far it goes."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.model import EscalationEvent, EventType, Level, Sign, Status

_FAMILIES = {
    EventType.RETREAT: "peace",
    EventType.CONCEDE: "peace",
    EventType.AGREE: "peace",
    EventType.COOPERATE: "help",
    EventType.AID: "help",
    EventType.SUPPORT: "help",
    EventType.CONSULT: "talk",
    EventType.REQUEST: "talk",
    EventType.ACCUSE: "blame",
    EventType.REJECT: "blame",
}
"""Types that reporters use for one another; every other type is a family of its own."""

_MUTUAL = frozenset({"peace", "help", "talk"})
"""Families in which it does not matter who is named first."""

_KINDS_OF_FORCE = {
    "aerial": "bombardment",
    "drone": "bombardment",
    "heavy-weapons": "bombardment",
    "suicide-attack": "bomb",
    "firearms": "arms",
    "primitive": "arms",
    "beat": "hands",
    "crowd-control": "hands",
    "abduct": "abduction",
}
"""Modes of ASSAULT that no reporter confuses. Those left out say how, not with what (targeted, destroy), or are what any of these
sounds like before more is known (explosives)."""

LOUD = frozenset({"aerial", "drone", "heavy-weapons", "explosives", "suicide-attack"})
"""Modes of ASSAULT that are news although nobody is named: the rest is mostly crime."""

_LEVELS = {
    EventType.THREATEN: Level.THREAT,
    EventType.SANCTION: Level.THREAT,
    EventType.COERCE: Level.DISPLAY,
    EventType.MOBILIZE: Level.DISPLAY,
    EventType.ASSAULT: Level.FORCE,
}
"""MID hostility levels of PLOVER types. Expulsions and sanctions stand with threats: MID has no level for them below a display."""

OF_FORCE = frozenset({"assault"})
"""Families of acts that are told before anybody knows who did them."""

_MERE_HANDS = frozenset({"beat", "crowd-control"})
_MEANT = frozenset({Status.THREATENED, Status.PLANNED})
HAPPENED = frozenset({Status.REPORTED, Status.CLAIMED})


@dataclass(frozen=True, slots=True)
class Act:
    """The kind of an act. `mutual`: it has no direction."""

    family: str
    kind: str | None
    level: Level
    mutual: bool

    def can_be(self, other: Act) -> bool:
        """Whether two tellings can be of one act: the same family, and no two kinds that exclude each other."""
        return self.family == other.family and (self.kind is None or other.kind is None or self.kind == other.kind)


def family_of(kind: EventType) -> str:
    """The family of a type of event."""
    return _FAMILIES.get(kind, kind.value.lower())


def act_of(event: EscalationEvent) -> Act:
    """The kind of act an event tells. What is only threatened or planned is a threat, whatever it would be."""
    if event.status in _MEANT and event.sign is Sign.ESCALATION:
        return Act("threaten", None, Level.THREAT, mutual=False)
    family = family_of(event.type)
    kind = _KINDS_OF_FORCE.get(event.mode or "") if event.type is EventType.ASSAULT else event.mode
    level = _LEVELS.get(event.type, Level.NONE)
    if event.mode in _MERE_HANDS:
        level = Level.DISPLAY
    mutual = family in _MUTUAL
    return Act(family, None if mutual else kind, level, mutual)


def is_told(event: EscalationEvent) -> bool:
    """Whether the event says of an act that it is, was claimed, was denied or is meant; not of an idea, a denial of fact or the past."""
    if event.status in _MEANT:
        return event.sign is Sign.ESCALATION
    return event.status in HAPPENED or event.status is Status.DENIED
