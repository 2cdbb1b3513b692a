"""The first filter: does any word of the item begin an act, and does any name somebody who could act? Plain news ends here.

One pass of a compiled expression splits the text into words; two set tests decide. It is linear in the text and knows nothing
but word beginnings, so it may let through what later steps refuse, and never stops what they would take.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain

from processors.tag.lexicon import Lexicon
from processors.tag.patterns import NO_ACT

_WORDS = re.compile(r"\w+")


class Screen:
    """Which words of an item matter, found without tokenising."""

    def __init__(self, lexicon: Lexicon) -> None:
        acts = chain(lexicon.verb_acts.items(), lexicon.noun_acts.items())
        triggers = {word for word, patterns in acts if any(pattern.value != NO_ACT for pattern in patterns)}
        self._triggers = frozenset(triggers)

    def words(self, text: str) -> frozenset[str] | None:
        """The distinct words of a casefolded text if it may tell an act, else None."""
        words = frozenset(_WORDS.findall(text))
        return None if words.isdisjoint(self._triggers) else words

    def any(self, words: Iterable[str]) -> bool:
        """Whether any of the words begins an act."""
        return not self._triggers.isdisjoint(words)
