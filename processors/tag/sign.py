"""Which way an event moves its dyad. Most types say it themselves; words of protest, demand and refusal take it from their matter."""

from __future__ import annotations

from processors.tag.compose import Deed
from processors.tag.lexicon import Lexicon
from tocsin.model import Sign, Status

COOLING = frozenset(
    "restraint calm peace peaceful ceasefire cease-fire truce de-escalation dialogue talks negotiations moderation cessation halt end stop "
    "withdrawal withdraw release calm diplomacy refrain mediation".split()
)
"""What a request asks for that cools: "urged restraint", "called for a ceasefire", "demanded the release"."""
PEACE = frozenset("peace ceasefire cease-fire truce armistice".split())
"""What an accord is about that cools more than an accord does."""
BROKEN = frozenset(
    "ceasefire cease-fire truce talks negotiations peace offer proposal accord agreement deal mediation dialogue settlement "
    "ultimatum".split()
)
"""What heats when it is refused or broken off."""


def sign_of(deed: Deed, status: Status, matter: frozenset[str], lexicon: Lexicon) -> Sign:
    """The sign of a deed; `matter` are the words of its clause, lower case.

    A request for calm or retreat cools, a refused truce or retreat heats, an act that did not happen moves nothing.
    """
    if status in {Status.NEGATED, Status.HISTORICAL, Status.HYPOTHETICAL}:
        return Sign.NEUTRAL
    if deed.type == "REQUEST" and (matter & COOLING or deed.about == "RETREAT"):
        return Sign.DEESCALATION
    if deed.type == "REJECT" and (matter & BROKEN or deed.about == "RETREAT"):
        return Sign.ESCALATION
    if deed.rule.startswith("sign ") and matter & PEACE:
        return Sign.DEESCALATION
    return Sign(lexicon.types[deed.type].sign)
