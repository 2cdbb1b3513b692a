"""The first filter: does any word of the item begin an act? And of a sentence: could any act of the lexicon stand in it at all?

One pass of a compiled expression splits the text into words; set tests decide. It is linear in the text and knows nothing of order
or grammar, so it may let through what later steps refuse, and never stops what they would take.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from itertools import chain

from processors.tag.lexicon import Kind, Lexicon
from processors.tag.patterns import NO_ACT, Element, Pattern

_WORDS = re.compile(r"\w+")

_Needs = tuple[AbstractSet[str], ...]
"""What must stand in a sentence for a pattern to fit: one word of each set."""


class Screen:
    """Which words of an item and of a sentence matter, found without reading it."""

    def __init__(self, lexicon: Lexicon) -> None:
        needs = _needs_by_word(lexicon)
        self._heads = frozenset(needs)
        self._alone = frozenset(word for word, sets in needs.items() if () in sets)
        self._needs: Mapping[str, tuple[_Needs, ...]] = {word: sets for word, sets in needs.items() if word not in self._alone}
        self._demands = (frozenset(word for word, kind in lexicon.kinds.items() if kind & Kind.MUST), lexicon.words["stating"])

    def words(self, text: str) -> frozenset[str] | None:
        """The distinct words of a casefolded text if it may tell an act, else None."""
        words = frozenset(_WORDS.findall(text))
        return None if self._heads.isdisjoint(words) else words

    def may_tell(self, sentence: Collection[str]) -> bool:
        """Whether an act of the lexicon may stand in a sentence of these words: its first word, and one of each that must follow."""
        begun = self._heads.intersection(sentence)
        if not begun:
            return False
        if not begun.isdisjoint(self._alone):
            return True
        words = frozenset(sentence)
        return any(_are_met(needs, words) for word in begun for needs in self._needs[word]) or _are_met(self._demands, words)


def _are_met(needs: _Needs, words: AbstractSet[str]) -> bool:
    return all(not need.isdisjoint(words) for need in needs)


def _needs_by_word(lexicon: Lexicon) -> dict[str, tuple[_Needs, ...]]:
    """The needs of the acts each word begins, without those that hold whenever others do."""
    found: dict[str, set[_Needs]] = {}
    for word, patterns in chain(lexicon.verb_acts.items(), lexicon.noun_acts.items()):
        for pattern in patterns:
            if pattern.value != NO_ACT:
                found.setdefault(word, set()).add(_needs(pattern))
    return {word: tuple(needs) for word, needs in found.items()}


def _needs(pattern: Pattern) -> _Needs:
    behind = frozenset(phrase[1] for phrase in pattern.tail)
    needs = ([behind] if pattern.tail else []) + [_beginnings(element) for element in pattern.rest]
    return tuple(need for need in needs if all(word[0].isalnum() for word in need))  # a mark may be read as another, a place by any name


def _beginnings(element: Element) -> frozenset[str]:
    return frozenset(phrase[0] for phrase in element)
