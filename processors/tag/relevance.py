"""Which statements of a sentence become events, and which drafts belong to our kind of news at all."""

from __future__ import annotations

from collections.abc import Iterable

from processors.tag.drafts import Draft
from processors.tag.scene import Scene
from processors.tag.senses import Sense
from processors.tag.statements import Statement
from tocsin.model import Actor, Sign

_PLAIN_FORCE = frozenset(
    {
        "aerial",
        "drone",
        "heavy-weapons",
        "suicide-attack",
        "explosives",
        "unconventional",
        "firearms",
        "targeted",
        "abduct",
        "crowd-control",
    }
)
"""Modes of force that are news of our kind even where no side is named."""
_BARE = ("kill", "injure", "wound", "hurt", "hit", "strike", "destroy", "violence")
"""Beginnings of the rules of acts that storms and cars can do as well."""
_POLITICAL = frozenset({"GOV", "MIL", "REB", "SPY", "COP", "PRM", "UAF", "IGO", "LEG", "JUD", "PTY", "OPP", "SEP", "CRM"})
"""Sectors that can wage or settle a conflict."""


def main_statements(scene: Scene) -> list[Statement]:
    """What a sentence is about; what it only mentions counts where it is about nothing else, or where it tells force with a toll."""
    about = [statement for statement in scene.statements if statement.depth == 0]
    if not about:
        return list(scene.statements)
    return about + [statement for statement in scene.statements if statement.depth > 0 and _is_told_too(statement, scene)]


def _is_told_too(statement: Statement, scene: Scene) -> bool:
    """A mentioned act of force by a named actor upon somebody is told as well."""
    if statement.deed.type != "ASSAULT" or statement.deed.turned:
        return False
    actor, target = scene.sides(statement)
    return bool(actor and actor.known and target and target.known) or bool(scene.tolls and actor and actor.known)


def is_ours(draft: Draft, sense: Sense) -> bool:
    """Whether a draft is news of states and armed groups; plain words of force need no name where no other topic speaks."""
    if draft.sign is Sign.NEUTRAL:
        return draft.known > 0 or not sense.is_doubtful
    if draft.known and (_is_political(draft.actor) or _is_political(draft.target)):
        return True
    return draft.deed.type == "ASSAULT" and draft.deed.mode in _PLAIN_FORCE and not sense.is_doubtful


def tells_force(statements: Iterable[Statement], sense: Sense) -> bool:
    """Whether an item tells of force by its other words, so that those killed or found dead need no name to have been killed by it."""
    forced = (statement.deed for statement in statements if statement.deed.type == "ASSAULT")
    return sense.force > 0 or any(not deed.rule.startswith(_BARE) for deed in forced)


def is_plain_force(draft: Draft, sense: Sense, *, is_accident: bool) -> bool:
    """Whether a draft of nobody we know tells force all the same: a killing, if it has a toll."""
    return draft.deed.type == "ASSAULT" and not draft.deed.turned and stands_alone(sense, is_accident=is_accident)


def stands_alone(sense: Sense, *, is_accident: bool) -> bool:
    """Whether people killed are news of our kind without a name: no other topic speaks (one chance word does not count).

    `is_accident` says that the sentence names what kills without anybody's will and the item no word of force.
    """
    return sense.other <= sense.force + 1 and not is_accident


def _is_political(actor: Actor | None) -> bool:
    return actor is not None and (actor.country is not None or actor.id is not None or actor.sector in _POLITICAL)
