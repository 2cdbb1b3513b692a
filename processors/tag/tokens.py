"""Text -> sentences of tokens, each with its character offsets in the field it came from.

No model, no download: a sentence ends at [.!?] or a line break, unless the point belongs to an abbreviation, an initial or
a number. Every later step points at tokens, so that evidence offsets are never guessed.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Sentence:
    """The tokens of one sentence, in order. `field` is title, summary or text; `index` counts sentences in the field."""

    field: str
    index: int
    tokens: tuple[Token, ...]
    lower: tuple[str, ...] = dataclasses.field(init=False, compare=False, repr=False)
    """The `lower` of each token."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "lower", tuple([token.lower for token in self.tokens]))

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
    found = []
    for match in (_WORD if "n't" in text or "n’t" in text else _WORD_WITHOUT_NOT).finditer(text):
        word = match.group()
        lower = word.casefold()
        found.append(Token(word, lower.replace("’", "'") if "’" in lower else lower, *match.span()))
    return found


def sentences(field: str, text: str) -> Iterator[Sentence]:
    """The sentences of a field, in order; a line break always ends one, and closing quotes belong to the sentence they close."""
    held: list[Token] = []
    index = 0
    closing = False
    for token in tokenize(text):
        if closing and not (token.text in _CLOSERS and token.start == held[-1].end):
            yield Sentence(field, index, tuple(held))
            held, index, closing = [], index + 1, False
        if token.text[0] == "\n":
            closing = bool(held)
            continue
        held.append(token)
        if not closing:
            closing = (token.text in _ENDS and not _is_abbreviation(held)) or len(held) >= LONGEST_SENTENCE
    if held:
        yield Sentence(field, index, tuple(held))


def _is_abbreviation(held: Sequence[Token]) -> bool:
    """Whether the point that ends `held` belongs to the word before it."""
    if len(held) < 2 or held[-1].text != "." or held[-2].end != held[-1].start:
        return False
    before = held[-2]
    return before.lower in _ABBREVIATIONS or (len(before.text) == 1 and before.is_capitalised)
