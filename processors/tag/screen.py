"""The first filter: does any word of the item begin an act? And of a sentence: could any act of the lexicon stand in it at all?

One pass of a compiled expression splits the text into words; set tests decide. It is linear in the text and knows nothing of order
or grammar, so it may let through what later steps refuse, and never stops what they would take.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from itertools import chain

from processors.tag.lexicon import Kind, Lexicon
from processors.tag.patterns import NO_ACT, Needs, are_met

_WORDS = re.compile(r"\w+")


_PARTING = ("n't", "n’t", "\u0345")
"""Where the tokens of a text are not its words: "do|n't", and before the one mark of which casefolding makes a letter."""

_Acts = Mapping[str, Sequence[Needs]]
"""What the acts that begin with a word need beside it."""


class Screen:
    """Which words of an item and of a sentence matter, found without reading it."""

    def __init__(self, lexicon: Lexicon) -> None:
        acts = _needs_by_word(lexicon)
        self._heads = frozenset(acts)
        self._of_sentences = _Sieve(acts, lexicon)
        self._of_items = _Sieve(
            {word: [_loose(needs) for needs in found] for word, found in acts.items() if _WORDS.fullmatch(word)}, lexicon
        )
        marks = [word for word in acts if not _WORDS.fullmatch(word)]
        self._behind_marks = [(*_letters(mark), *_loose(needs)) for mark in marks for needs in acts[mark]]
        """The needs of acts that begin with a mark ("'s on alert"): of the mark, a list of words holds the letters alone."""

    def words(self, text: str) -> frozenset[str] | None:
        """The distinct words of a casefolded text if it may tell an act, else None."""
        words = frozenset(_WORDS.findall(text))
        return None if self._heads.isdisjoint(words) else words

    def may_tell_anywhere(self, words: frozenset[str], text: str) -> bool:
        """Whether an act may stand in any sentence of a text with these distinct words (casefolded): a sentence has no others."""
        if any(mark in text for mark in _PARTING):
            return True
        return self._of_items.lets(words) or any(are_met(needs, words) for needs in self._behind_marks)

    def may_tell(self, sentence: Collection[str]) -> bool:
        """Whether an act of the lexicon may stand in a sentence of these words: its first word, and one of each that must follow."""
        return self._of_sentences.lets(sentence)


class _Sieve:
    """Lets words through among which an act may stand, by the word it begins with."""

    def __init__(self, acts: _Acts, lexicon: Lexicon) -> None:
        self._heads = frozenset(acts)
        self._alone = frozenset(word for word, found in acts.items() if () in found)
        self._acts = {word: found for word, found in acts.items() if word not in self._alone}
        self._demands = (frozenset(word for word, kind in lexicon.kinds.items() if kind & Kind.MUST), lexicon.words["stating"])

    def lets(self, sentence: Collection[str]) -> bool:
        begun = self._heads.intersection(sentence)
        if not begun:
            return False
        if not begun.isdisjoint(self._alone):
            return True
        words = frozenset(sentence)
        return any(are_met(needs, words) for word in begun for needs in self._acts[word]) or are_met(self._demands, words)


def _letters(mark: str) -> Needs:
    return tuple(frozenset({word}) for word in _WORDS.findall(mark))


def _loose(needs: Needs) -> Needs:
    """The needs that a list of words can tell: those of whole words, without points and marks."""
    return tuple(need for need in needs if _is_of_words(need))


@cache
def _is_of_words(need: frozenset[str]) -> bool:
    return all(_WORDS.fullmatch(word) for word in need)


def _needs_by_word(lexicon: Lexicon) -> dict[str, tuple[Needs, ...]]:
    """The needs of the acts each word begins, without those that hold whenever others do."""
    found: dict[str, set[Needs]] = {}
    for word, patterns in chain(lexicon.verb_acts.items(), lexicon.noun_acts.items()):
        for pattern in patterns:
            if pattern.value != NO_ACT:
                found.setdefault(word, set()).add(pattern.needs)
    return {word: tuple(needs) for word, needs in found.items()}
