"""The whole phrase of a side: what belongs to its name before and behind it, as the text has it.

A name found inside a phrase says which side it is; whom the text means, its whole phrase says: "Managing Director | Kristalina Georgieva",
"his counterpart, | Mostafa Najjar |", "Romania | and Poland".
"""

from __future__ import annotations

from processors.tag.lexicon import Kind
from processors.tag.reading import Reading
from processors.tag.words import Span

_APPOSED = frozenset({"a", "an", "the", "his", "her", "its", "their"})
_CLOSING = frozenset({",", ".", ";", ")", "-", "–", "—"})
_LONGEST_ASIDE = 12
"""Tokens of an apposition."""


def whole(reading: Reading, span: Span) -> Span:
    """The phrase around `span`: its modifiers, its "of" and "and" parts, and its apposition."""
    start = _start(reading, span)
    right = reading.phrase_right(start)
    end = max(span.end, right.end) if right and right.start <= span.start else span.end
    return Span(start, _with_apposition(reading, end))


def _start(reading: Reading, span: Span) -> int:
    """Where the phrase begins: capitalised words right before it are of its name; a determiner begins a phrase."""
    start = span.start
    if reading.kind[start] & Kind.DETERMINER or not reading.is_prose:
        return start
    left = reading.phrase_left(start)
    while left and start > left.start and reading.sentence.tokens[start - 1].is_capitalised:
        start -= 1
    return start


def _with_apposition(reading: Reading, end: int) -> int:
    if end + 1 >= reading.size or reading.low[end] != ",":
        return end
    first = end + 1
    if not (reading.low[first] in _APPOSED or reading.sentence.tokens[first].is_capitalised) or reading.kind[first] & Kind.WEEKDAY:
        return end
    aside = reading.phrase_right(first)
    if aside is None or aside.start != first or len(range(*aside)) > _LONGEST_ASIDE or any(at in reading.verbs for at in range(*aside)):
        return end
    closes = aside.end >= reading.size or reading.low[aside.end] in _CLOSING
    return aside.end if closes else end
