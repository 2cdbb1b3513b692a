"""Which statements of a sentence become events, and which drafts belong to our kind of news at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from processors.tag.casualties import TollMention
from processors.tag.drafts import Draft
from processors.tag.named import NAMED
from processors.tag.scene import Scene
from processors.tag.senses import Sense
from processors.tag.statements import Statement
from tocsin.model import Actor, Sign

_PLAIN_FORCE = frozenset(
    {"aerial", "drone", "heavy-weapons", "suicide-attack", "unconventional", "targeted", "abduct", "crowd-control", "torture", "explosives"}
)
"""Modes of force whose words are seldom used of anything else; the others ("attack", "strike", "shot", "beat") need an armed side."""
_LOOKING_BACK = frozenset({"after", "since", "following", "response", "retaliation", "reply", "revenge"})
"""Words between an act and an earlier one that a sentence only looks back on."""
_BESIDE = frozenset({"as", "while"})
"""Words that set an act beside what the sentence is about: "truce collapses as Israel resumes air strikes"."""
_LOUD = 3
"""Words of another topic from which an item is not ours at all."""
_PUBLIC = frozenset({"GOV", "OPP", "PTY", "IGO"})
_DIPLOMACY = frozenset({"AGREE", "CONSULT", "SUPPORT", "REQUEST"})
_ROUGH_FORCE = frozenset({"destroy", "primitive", "firearms"})
"""Modes that are believed of anybody where no other topic speaks."""
_ARMED = frozenset({"MIL", "REB", "UAF", "PRM", "SPY", "COP", "SEP"})
_REBEL = frozenset({"REB", "SEP"})
_BARE = ("kill", "injure", "wound", "hurt", "hit", "strike", "destroy", "violence")
"""Beginnings of the rules of acts that storms and cars can do as well."""


def main_statements(scene: Scene) -> list[Statement]:
    """What a sentence is about. What it only mentions counts where it tells force with a toll, and where the sentence is about nothing
    else: then its first act of force, else its first act.
    """
    about = [statement for statement in scene.statements if statement.depth == 0] or sorted(scene.statements, key=_is_of_force)[-1:]
    return about + [statement for statement in scene.statements if statement not in about and _is_told_too(statement, scene, about[0])]


def _is_of_force(statement: Statement) -> tuple[bool, int]:
    return statement.deed.type == "ASSAULT" and not statement.deed.turned, -statement.index


def _is_told_too(statement: Statement, scene: Scene, main: Statement) -> bool:
    """A mentioned act of force by an actor we know is told as well, where people came to harm or it is set beside the other with "as"; an
    earlier act needs an actor of its own.
    """
    if statement.deed.type != "ASSAULT" or statement.deed.turned or not (scene.tolls or statement.cue in _BESIDE):
        return False
    actor, _ = scene.sides(statement)
    if actor is None or not actor.known:
        return False
    if statement.cue in _BESIDE and not statement.is_noun and not scene.tolls:
        return actor.rank == NAMED
    if actor.rank < NAMED and actor.words.quote.startswith("the ") and _looks_back(scene, main.index, statement.index):
        return False  # "two days after the group claimed the attack": told before, of somebody spoken of before
    told, _ = scene.sides(main)
    is_own = statement.roles.actor is not None or told is None or actor.words != told.words
    return is_own or not _looks_back(scene, main.index, statement.index)


def _looks_back(scene: Scene, start: int, end: int) -> bool:
    """Whether a word between two tokens says that what stands behind it came before: "bombed the camp, two days after the raid"."""
    return not _LOOKING_BACK.isdisjoint(scene.reading.low[start:end])


def tolls_told(scene: Scene, chosen: Sequence[Statement]) -> tuple[TollMention, ...]:
    """The tolls of a sentence but those of acts it only looks back on: "bombed the camp, two days after the raid that killed 40"."""
    left = {word for statement in scene.statements if statement not in chosen for word in statement.words}
    first = min((statement.index for statement in chosen), default=0)
    return tuple(toll for toll in scene.tolls if toll.act not in left or not _looks_back(scene, first, toll.act))


def weighed(draft: Draft, sense: Sense) -> Draft | None:
    """The draft if it is news of our kind; without a sign where only private sides deal with each other; None where another topic
    owns the item, and for force nobody we know has a part in (what becomes of that, its toll decides: see `attribution`).
    """
    if is_ours(draft, sense):
        return draft
    if draft.deed.type == "ASSAULT" or (sense.other >= _LOUD and sense.is_doubtful):
        return None
    return replace(draft, sign=Sign.NEUTRAL)


def is_ours(draft: Draft, sense: Sense) -> bool:
    """Whether a draft is news of states and armed groups. Plain words of force need a side of any kind; all others one that can
    use force or speaks for a state, and the more the louder another topic speaks in the item.
    """
    sides = [_standing(draft.actor), _standing(draft.target)]
    strongest, both = max(sides), min(sides)
    if draft.sign is Sign.NEUTRAL:
        return strongest >= 2 or not sense.is_doubtful
    if draft.deed.type == "ASSAULT":
        return _is_force(draft, sense, strongest, both)
    if draft.sign is Sign.DEESCALATION:
        return _is_cooling(draft, sense, strongest)
    return strongest >= 2 and (not sense.is_doubtful or both >= 2)


def _is_cooling(draft: Draft, sense: Sense, strongest: int) -> bool:
    """Yielding by a state or an armed side cools; words of plain diplomacy only between two of different name, or beside force."""
    if draft.deed.type in _DIPLOMACY and not sense.force:
        return _are_two(draft) and not sense.other
    return strongest >= 2 and (not sense.is_doubtful or _are_two(draft))


def _are_two(draft: Draft) -> bool:
    """Whether both sides have a name, and not the same; a state and those who fight it at home are two."""
    sides = [actor for actor in (draft.actor, draft.target) if actor and (actor.country or actor.id)]
    if len(sides) < 2:
        return False
    is_fought = any(actor.sector in _REBEL for actor in sides)
    one, other = ((actor.id if is_fought else None) or actor.country or actor.id for actor in sides)
    return one != other


def _is_force(draft: Draft, sense: Sense, strongest: int, both: int) -> bool:
    if draft.deed.mode in _PLAIN_FORCE:
        return sense.force > 0 or (not sense.is_doubtful and strongest > 0)
    if strongest == 3:
        return not sense.is_doubtful
    if both == 2 and not sense.other and draft.actor and draft.target and draft.actor.country != draft.target.country:
        return True
    if strongest == 2:
        return sense.force > 0 and (not sense.is_doubtful if both < 2 else sense.force >= sense.other)
    if draft.deed.mode in _ROUGH_FORCE:
        return not sense.other
    return sense.force >= 2 and sense.force > sense.other and strongest > 0


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


def _standing(actor: Actor | None) -> int:
    """3 for a side that can use force, 2 for one with a name, 1 for a public body or a kind of people, 0 for other words."""
    if actor is None:
        return 0
    if actor.sector in _ARMED:
        return 3
    if actor.country or actor.id or actor.sector in _PUBLIC:
        return 2
    return 1 if actor.sector else 0
