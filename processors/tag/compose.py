"""Acts under governors: "refused to lift the siege" is a refusal, "ended the siege" a concession, "will lift it" a promise.

One rule per governor's sense (lexicon/governors.toml) and per mood of the verb, applied from the inner act outward.
PLOVER's rule for the future: cooperation to come is AGREE, conflict to come is THREATEN.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from processors.tag.lexicon import Sense
from processors.tag.verb_groups import Verb

CONFLICT = frozenset({"ASSAULT", "COERCE", "MOBILIZE", "SANCTION", "THREATEN", "PROTEST", "ACCUSE", "REJECT"})
FORCE = frozenset({"ASSAULT", "COERCE", "MOBILIZE", "SANCTION", "PROTEST"})
ACCORD = frozenset({"AGREE", "CONSULT", "SUPPORT", "CONCEDE", "RETREAT", "COOPERATE", "AID"})
YIELDING = frozenset({"CONCEDE", "RETREAT"})
_THREATENED = {"ASSAULT": "violence", "SANCTION": "relations", "COERCE": "restrict", "MOBILIZE": "violence"}
"""The mode of a threat, by what is threatened."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What an act comes to under its governors. `rule` tells the way there; `turned` is set once a governor changed the type."""

    type: str
    mode: str
    rule: str
    turned: bool = False
    about: str = ""
    """The type it had before a governor changed it: what is asked for, refused, promised."""
    negated: bool = False
    future: bool = False
    possible: bool = False


def governed(deed: Deed, sense: Sense) -> Deed | None:
    """The deed under a governor; None where nothing is left of it."""
    said = sense.conflict if deed.type in CONFLICT else sense.cooperation if deed.type in ACCORD else sense.other or "="
    if sense.name == "stop":
        said = _stopped(deed, said)
    if said == "=":
        return deed
    if not said:
        return None
    kind, _, mode = said.partition("/")
    if kind == "THREATEN":
        mode = _THREATENED.get(deed.type, "")
    return replace(deed, type=kind, mode=mode, rule=f"{sense.name}({deed.rule})", turned=True, about=deed.type)


def _stopped(deed: Deed, said: str) -> str:
    """Whoever stops force retreats; whoever ends a truce or a concession refuses it."""
    if deed.type == "ASSAULT":
        return "RETREAT/ceasefire"
    if deed.type in YIELDING:
        return "REJECT"
    return said


def unrefused(deed: Deed) -> Deed | None:
    """The deed somebody says he does not refuse: "will not hesitate to strike" threatens, "did not rule out talks" promises."""
    kind = "THREATEN" if deed.type in FORCE else "AGREE" if deed.type in ACCORD else ""
    mode = _THREATENED.get(deed.type, "") if kind == "THREATEN" else ""
    return replace(deed, type=kind, mode=mode, rule=f"not-refuse({deed.rule})", turned=True, about=deed.type) if kind else None


def in_mood(deed: Deed, verb: Verb) -> Deed:
    """The deed in the mood of its verb: to come, demanded, not done."""
    if verb.must and not deed.turned and deed.type not in {"ACCUSE", "THREATEN"}:
        return replace(deed, type="REQUEST", mode="", rule=f"must({deed.rule})", turned=True, about=deed.type)
    if verb.negated and deed.type in ACCORD:
        return replace(deed, type="REJECT", mode="", rule=f"not({deed.rule})", turned=True, about=deed.type, future=verb.future)
    if verb.negated and verb.future and deed.type in FORCE:
        return replace(deed, type="AGREE", mode="", rule=f"will-not({deed.rule})", turned=True, future=True)
    if verb.future and deed.type in FORCE:
        mode = "violence" if deed.type == "ASSAULT" else ""
        return replace(deed, type="THREATEN", mode=mode, rule=f"will({deed.rule})", turned=True, future=True)
    if verb.future and deed.type in ACCORD:
        return replace(deed, type="AGREE", mode="", rule=f"will({deed.rule})", turned=True, future=True)
    if not (verb.negated or verb.possible):
        return deed
    return replace(deed, negated=deed.negated or verb.negated, possible=deed.possible or verb.possible)
