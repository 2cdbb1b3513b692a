"""Text -> sentences of tokens, each with its character offsets in the field it came from.

No model, no download: a sentence ends at [.!?] or a line break, unless the point belongs to an abbreviation, an initial or
a number. Every later step points at tokens, so that evidence offsets are never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number or mark: `text` as it stands at [start, end) of the field; `lower` is casefolded with straight quotes."""

    text: str
    lower: str
    start: int
    end: int

    @property
    def is_capitalised(self) -> bool:
        return self.text[:1].isupper()


@dataclass(frozen=True, slots=True)
class Sentence:
    """The tokens of one sentence, in order. `field` is title, summary or text; `index` counts sentences in the field."""

    field: str
    index: int
    tokens: tuple[Token, ...]

    @property
    def start(self) -> int:
        return self.tokens[0].start

    @property
    def end(self) -> int:
        return self.tokens[-1].end


_WORD = re.compile(
    r"\d+(?:[.,]\d+)*(?:st|nd|rd|th)?(?![\w])"  # 1,200  3.5  3rd
    r"|(?:[^\W\d_]\.){2,}"  # U.S.  D.C.
    r"|[\w]+(?:['’][\w]+)?"  # words, don't, Iran's
    r"|\n+"
    r"|[^\w\s]"
)
_ABBREVIATIONS = frozenset(
    "mr mrs ms dr gen lt col maj capt sgt cmdr adm sen rep gov pres prof rev hon st mt jan feb mar apr jun jul aug sep sept oct nov dec "
    "no vs etc inc corp ltd co approx est dept fig".split()
)


def tokenize(text: str) -> Iterator[Token]:
    """The tokens of a text in order, line breaks as one token of their own.

    >>> [t.text for t in tokenize("U.S. strikes kill 1,200.")]
    ['U.S.', 'strikes', 'kill', '1,200', '.']
    """
    for match in _WORD.finditer(text):
        word = match.group()
        yield Token(word, word.casefold().replace("’", "'"), match.start(), match.end())


def sentences(field: str, text: str) -> Iterator[Sentence]:
    """The sentences of a field, in order; a line break always ends one."""
    held: list[Token] = []
    index = 0
    for token in tokenize(text):
        broken = token.text[0] == "\n"
        if not broken:
            held.append(token)
        if held and (broken or (token.text in ".!?" and not _is_abbreviation(held))):
            yield Sentence(field, index, tuple(held))
            held, index = [], index + 1
    if held:
        yield Sentence(field, index, tuple(held))


def _is_abbreviation(held: list[Token]) -> bool:
    """Whether the point that ends `held` belongs to the word before it."""
    if len(held) < 2 or held[-1].text != "." or held[-2].end != held[-1].start:
        return False
    before = held[-2]
    return before.lower in _ABBREVIATIONS or (len(before.text) == 1 and before.is_capitalised)
