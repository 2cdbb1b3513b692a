"""The first filter: does any word of the item begin an act? And of a sentence: could any act of the lexicon stand in it at all?

One pass of a compiled expression splits the text into words; set tests decide. It is linear in the text and knows nothing of order
or grammar, so it may let through what later steps refuse, and never stops what they would take.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from itertools import chain

from processors.tag.lexicon import Kind, Lexicon
from processors.tag.patterns import NO_ACT, Needs, are_met

_WORDS = re.compile(r"\w+")


class Screen:
    """Which words of an item and of a sentence matter, found without reading it."""

    def __init__(self, lexicon: Lexicon) -> None:
        needs = _needs_by_word(lexicon)
        self._heads = frozenset(needs)
        self._alone = frozenset(word for word, sets in needs.items() if () in sets)
        self._needs: Mapping[str, tuple[Needs, ...]] = {word: sets for word, sets in needs.items() if word not in self._alone}
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
        return any(are_met(needs, words) for word in begun for needs in self._needs[word]) or are_met(self._demands, words)


def _needs_by_word(lexicon: Lexicon) -> dict[str, tuple[Needs, ...]]:
    """The needs of the acts each word begins, without those that hold whenever others do."""
    found: dict[str, set[Needs]] = {}
    for word, patterns in chain(lexicon.verb_acts.items(), lexicon.noun_acts.items()):
        for pattern in patterns:
            if pattern.value != NO_ACT:
                found.setdefault(word, set()).add(pattern.needs)
    return {word: tuple(needs) for word, needs in found.items()}
