"""With what force was used: the mode of an assault whose own words leave it open ("jets hit", "killed by a mine")."""

from __future__ import annotations

from dataclasses import replace

from processors.tag.compose import Deed
from processors.tag.reading import Reading
from processors.tag.statements import Statement
from processors.tag.words import Span
from tocsin.model import Actor

_OPEN = frozenset({"", "heavy-weapons", "aerial"})
_HACKERS = frozenset({"hacker", "hackers", "cyberattack", "cyberattacks"})
"""Who and what hits machines only."""
_WITHOUT_AIRCRAFT = frozenset({"REB", "UAF", "CRM", "SEP"})
_WITH = frozenset({"with", "using", "by"})
_REACH = 8
"""How far behind "with" the weapon stands, in tokens."""


def by_means(statement: Statement, actor: Actor | None) -> Deed:
    """The deed of a statement, with the mode its means tell: if it has none of its own, or one that its actor corrects.

    What aircraft fire comes from the air; what a group without aircraft bombs, it blows up.
    """
    deed, reading = statement.deed, statement.reading
    if deed.type != "ASSAULT" or deed.mode not in _OPEN:
        return deed
    if statement.roles.actor and not _HACKERS.isdisjoint(_of(reading, statement.roles.actor)):
        return replace(deed, type="COERCE", mode="cyber", rule=f"{deed.rule} + hackers")
    if deed.mode == "heavy-weapons":
        return replace(deed, mode=_flown(statement) or deed.mode)
    if deed.mode == "aerial":
        grounded = actor is not None and actor.sector in _WITHOUT_AIRCRAFT and deed.rule == "bomb"
        return replace(deed, mode="explosives") if grounded else deed
    for words in _means(statement):
        for mode, known in reading.lexicon.means.items():
            if not known.isdisjoint(words):
                return replace(deed, mode=mode)
    return deed


def _flown(statement: Statement) -> str:
    """The mode of flying that the acting phrase names, or ""."""
    reading, actor = statement.reading, statement.roles.actor
    words = set(_of(reading, actor)) if actor else set()
    return next((mode for mode in ("drone", "aerial") if not words.isdisjoint(reading.lexicon.means.get(mode, ()))), "")


def _means(statement: Statement) -> list[list[str]]:
    """The words of the phrases that can name a weapon, the surest first: what follows "with", then who or what acts."""
    reading = statement.reading
    behind = range(statement.words[0] + 1, reading.size)
    found = [_clause(reading, index + 1) for index in behind if reading.low[index] in _WITH]
    if statement.roles.actor:
        found.append(_of(reading, statement.roles.actor))
    return found


def _of(reading: Reading, span: Span) -> list[str]:
    return list(reading.low[span.start : span.end])


def _clause(reading: Reading, start: int) -> list[str]:
    """The words from `start` to the next mark or verb."""
    words = []
    for index in range(start, min(reading.size, start + _REACH)):
        if reading.low[index] in ",;:.!?" or (index in reading.verbs and reading.verbs[index].finite):
            break
        words.append(reading.low[index])
    return words
