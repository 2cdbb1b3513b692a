"""Text -> sentences of tokens, each with its character offsets in the field it came from.

No model, no download: a sentence ends at [.!?] or a line break, unless the point belongs to an abbreviation, an initial or
a number. Every later step points at tokens, so that evidence offsets are never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from typing import NamedTuple

LONGEST_SENTENCE = 160
"""Tokens after which a sentence is cut, point or no point: it bounds the work per sentence, so that a text without points costs
time linear in its length."""


class Token(NamedTuple):
    """A word, number or mark: `text` as it stands at [start, end) of the field; `lower` is casefolded with straight quotes.

    A possessive "'s" and a negating "n't" are tokens of their own, so that "Iran's" holds the word "Iran".
    """

    text: str
    lower: str
    start: int
    end: int

    @property
    def is_capitalised(self) -> bool:
        return self.text[:1].isupper()

    @property
    def is_rendered(self) -> bool:
        """Whether `lower` is another word than `text`: the meaning a glossary gives it."""
        return self.lower != self.text.casefold().replace("’", "'")


class Sentence:
    """The tokens of one sentence, in order. `field` is title, summary or text; `index` counts sentences in the field.

    `lower` is the `lower` of each token. The tokens themselves are made when they are asked for: of most sentences of the news their
    words alone say that they tell nothing.
    """

    def __init__(self, field: str, index: int, lower: tuple[str, ...], make: Callable[[], tuple[Token, ...]]) -> None:
        self.field = field
        self.index = index
        self.lower = lower
        self._make = make

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        return self._make()

    @property
    def start(self) -> int:
        return self.tokens[0].start

    @property
    def end(self) -> int:
        return self.tokens[-1].end


_NOT = r"n['’]t\b|\w+?(?=n['’]t\b)"  # do|n't
_PARTS = (
    r"\d+(?:[.,]\d+)*(?:st|nd|rd|th)?(?!\w)",  # 1,200  3.5  3rd
    r"(?:[^\W\d_]\.){2,}",  # U.S.  D.C.
    r"['’]s\b",  # the clitic of "Iran's"
    _NOT,
    r"\w+(?:['’](?!s\b)\w+)?",  # words, O'Brien, they're
    r"\n+",
    r"[^\w\s]",
)
_WORD = re.compile("|".join(_PARTS))
_WORD_WITHOUT_NOT = re.compile("|".join(part for part in _PARTS if part is not _NOT))
"""The same for a text without "n't", which is looked for at every letter of every word."""
_ABBREVIATIONS = frozenset(
    "mr mrs ms dr gen lt col maj capt sgt cmdr adm sen rep gov pres prof rev hon st jan feb mar apr jun jul aug sep sept oct nov dec "
    "vs etc inc corp ltd co approx est dept".split()
)
_ENDS = frozenset(".!?")
_CLOSERS = frozenset("\"'”’)»]")


def tokenize(text: str) -> list[Token]:
    """The tokens of a text in order, line breaks as one token of their own.

    >>> [t.text for t in tokenize("U.S. strikes kill 1,200, Iran's army doesn't say.")]
    ['U.S.', 'strikes', 'kill', '1,200', ',', 'Iran', "'s", 'army', 'does', "n't", 'say', '.']
    """
    written = Written(text)
    return list(written.tokens(0, len(written.words)))


def sentences(field: str, text: str, at: int = 0) -> Iterator[Sentence]:
    """The sentences of a text that stands at `at` in a field, in order; a line break always ends one, and closing quotes belong to the
    sentence they close.
    """
    written = Written(text, at)
    for index, (first, end) in enumerate(_ranges(written)):
        yield Sentence(field, index, tuple(written.lower[first:end]), partial(written.tokens, first, end))


class Written:
    """A text that stands at `at` in a field, split into words; where each of them stands is found when it is asked for."""

    def __init__(self, text: str, at: int = 0) -> None:
        self._text = text
        self._at = at
        self.words: list[str] = (_WORD if "n't" in text or "n’t" in text else _WORD_WITHOUT_NOT).findall(text)
        self.lower = [word.casefold() for word in self.words]
        if "’" in text:
            self.lower = [word.replace("’", "'") for word in self.lower]

    @cached_property
    def _starts(self) -> list[int]:
        """Where in the text each word begins: nothing but space stands between two of them."""
        starts, behind = [], 0
        for word in self.words:
            start = self._text.find(word, behind)
            starts.append(start)
            behind = start + len(word)
        return starts

    def is_tight(self, at: int) -> bool:
        """Whether a word follows the one before it without a space."""
        return self._starts[at] == self._starts[at - 1] + len(self.words[at - 1])

    def tokens(self, first: int, end: int) -> tuple[Token, ...]:
        """The words [first, end) as tokens."""
        by, starts = self._at, self._starts
        return tuple(
            [
                Token(word, lower, by + start, by + start + len(word))
                for word, lower, start in zip(self.words[first:end], self.lower[first:end], starts[first:end], strict=True)
            ]
        )


def _ranges(written: Written) -> Iterator[tuple[int, int]]:
    """The words [first, end) of each sentence."""
    words, first = written.words, 0
    for at in [at for at, word in enumerate(words) if word in _ENDS or word[0] == "\n"] + [len(words)]:
        while at - first >= LONGEST_SENTENCE:
            end = _closed(written, first + LONGEST_SENTENCE)
            yield first, end
            first = end
        if at == len(words) or words[at][0] == "\n":
            if first < at:
                yield first, at
            first = at + 1
        elif at - first + 1 >= LONGEST_SENTENCE or not _is_abbreviation(written, first, at):
            end = _closed(written, at + 1)
            yield first, end
            first = end


def _closed(written: Written, end: int) -> int:
    """Where a sentence that ends before `end` is closed: behind the quotes and brackets that follow it at once."""
    while end < len(written.words) and written.words[end] in _CLOSERS and written.is_tight(end):
        end += 1
    return end


def _is_abbreviation(written: Written, first: int, at: int) -> bool:
    """Whether the point at `at` belongs to the word before it, in a sentence that begins at `first`."""
    if at == first or written.words[at] != ".":
        return False
    before = written.words[at - 1]
    is_short = written.lower[at - 1] in _ABBREVIATIONS or (len(before) == 1 and before.isupper())
    return is_short and written.is_tight(at)
