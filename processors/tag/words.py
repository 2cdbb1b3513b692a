"""A sentence as words: each word lower-cased with its kind, what may stand between others, and where the sentence proper begins.

Indices are token indices.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from processors.tag.gazetteer import LONGEST, plain, spoken_of
from processors.tag.inflect import Form
from processors.tag.lexicon import Kind, Lexicon
from processors.tag.tokens import Sentence

HARD = frozenset(';:.!?—–|()[]{}"“”«»')
"""Marks no noun phrase and no pattern reaches over."""
QUOTES = frozenset("\"“”«»'‘’")
HYPHENS = frozenset("-‐‑")
DASHES = frozenset("-–—")
_ABBREVIATED = frozenset({"IS", "US"})
_UNKIND = HYPHENS | {"least", "most"}
"""Words beside which others lose their kind."""
_LONGEST_DATELINE = 14
"""Tokens: a city, a country, an agency in brackets and a date."""
_BEFORE_MONTH = frozenset({"in", "of", "since", "until", "by", "last", "next", "early", "late", "mid", "this"})
_PLURAL = frozenset("police people men women children gunmen militiamen policemen servicemen troops forces taliban".split())
"""Plurals without -s."""


class Span(NamedTuple):
    """Tokens [start, end) of a sentence."""

    start: int
    end: int


class Words:
    """The words of one sentence. Everything is derived from the tokens and the lexicon; nothing is kept between sentences."""

    def __init__(self, sentence: Sentence, lexicon: Lexicon) -> None:
        self.sentence = sentence
        self.lexicon = lexicon
        self.low: list[str] = list(sentence.lower)
        for at, token in enumerate(sentence.tokens):
            is_month = token.text == "May" and token.lower == "may" and self._is_may(at)
            if is_month or (token.text in _ABBREVIATED and self._is_abbreviation()):
                self.low[at] = token.text
            elif token.lower in HYPHENS and self._is_spaced(at):
                self.low[at] = "—"
        self.size = len(self.low)
        kinds = lexicon.kinds
        self.kind: list[int] = [kinds.get(word, 0) for word in self.low]
        for at, word in enumerate(self.low):
            if word not in _UNKIND:
                continue
            if word in HYPHENS:  # what a hyphen joins is no word of its own: "tit-for-tat", "built-up"
                self.kind[max(0, at - 1) : at + 2] = [0] * (min(self.size, at + 2) - max(0, at - 1))
            elif at and self.low[at - 1] == "at":
                self.kind[at - 1 : at + 1] = [0, 0]  # "at least 12" is a number

    @cached_property
    def distinct(self) -> frozenset[str]:
        return frozenset(self.low)

    def is_place(self, at: int) -> bool:
        """Whether the name of a place begins here that no preposition governs: what is hit or taken, not where something is."""
        tokens = self.sentence.tokens
        if not tokens[at].is_capitalised or (at and self.kind[at - 1] & Kind.PREPOSITION and self.low[at - 1] != "of"):
            return False
        known = spoken_of()
        return any(plain(" ".join(token.text for token in tokens[at : at + words])) in known for words in range(1, LONGEST + 1))

    def _is_abbreviation(self) -> bool:
        """Whether "IS" is the group and "US" the country, and no "is" or "us": written in capitals where other words are not."""
        return any(token.text.islower() for token in self.sentence.tokens)

    def _is_may(self, at: int) -> bool:
        """Whether a "May" is the month, and no "may": it stands beside a number or behind "in", "last" and the like."""
        beside = self.low[max(0, at - 1) : at + 2]
        return any(word[0].isdigit() for word in beside) or (at > 0 and self.low[at - 1] in _BEFORE_MONTH)

    def _is_spaced(self, at: int) -> bool:
        """Whether a hyphen stands for a dash: "attacked by drones - ministry"."""
        tokens = self.sentence.tokens
        return 0 < at < len(tokens) - 1 and tokens[at - 1].end < tokens[at].start and tokens[at].end < tokens[at + 1].start

    def light(self, at: int) -> bool:
        """Words that may stand inside a verb group or between a verb and its particle: adverbs and times."""
        return bool(self.kind[at] & (Kind.ADVERB | Kind.WEEKDAY | Kind.TEMPORAL)) or self.is_ly(at) or self._is_on_weekday(at)

    def is_ly(self, at: int) -> bool:
        word = self.low[at]
        return (
            word.endswith("ly")
            and len(word) > 4
            and word not in {"family", "italy", "assembly", "supply", "rally", "july", "ally", "reply", "apply"}
        )

    def _is_on_weekday(self, at: int) -> bool:
        return self.low[at] == "on" and at + 1 < self.size and bool(self.kind[at + 1] & Kind.WEEKDAY)

    def is_plural(self, at: int) -> bool:
        """Whether the word at `at` looks like a noun in the plural."""
        return self.low[at].endswith("s") or self.low[at] in _PLURAL

    def has_object(self, after: int) -> bool:
        """Whether the words from `after` can be what a verb is done to: no mark, no preposition, no other verb."""
        if after >= self.size or self.low[after] in HARD or self.low[after] == ",":
            return False
        return not self.kind[after] & ~Kind.DETERMINER and not self.lexicon.verbs.get(self.low[after], 0) & (Form.PAST | Form.S)

    def before(self, at: int) -> int:
        """The token before `at`, over adverbs; -1 at the start."""
        before = at - 1
        while before >= 0 and (self.kind[before] & Kind.ADVERB or self.is_ly(before)):
            before -= 1
        return before

    def after(self, at: int) -> int:
        """The token after `at`, over adverbs; `size` at the end."""
        after = at + 1
        while after < self.size and (self.kind[after] & Kind.ADVERB or self.is_ly(after)):
            after += 1
        return after

    @cached_property
    def is_prose(self) -> bool:
        """Whether capitals mean names here: not in a headline that capitalises its words, nor in one line of capitals."""
        letters = [token.text[0] for token in self.sentence.tokens if len(token.text) > 3 and token.text[0].isalpha()]
        return sum(map(str.isupper, letters)) * 2 < len(letters) + 1

    @cached_property
    def begin(self) -> int:
        """Where the sentence proper begins: behind a dateline ("BELGRADE, Serbia (AP) - ")."""
        tokens = self.sentence.tokens
        if not tokens[0].text[0].isupper():
            return 0
        for index in range(1, min(self.size - 1, _LONGEST_DATELINE)):
            token = tokens[index]
            if token.text in DASHES and (tokens[index - 1].end != token.start or tokens[index + 1].text in DASHES):
                return index + (2 if tokens[index + 1].text in DASHES else 1)
            if token.text == ")" and self._is_agency(index) and tokens[index + 1].text[0].isupper():
                return index + 1
            if token.text[0].islower() and not self.kind[index] & Kind.TEMPORAL:
                return 0
        return 0

    def _is_agency(self, close: int) -> bool:
        """Whether a bracket closes "(AFP)" behind a city in capitals or a date."""
        before = self.sentence.tokens[:close]
        if close < 3 or before[-2].text != "(" or not before[-1].text.isupper():
            return False
        return (before[0].text.isupper() and len(before[0].text) > 3) or any(token.text.isdigit() for token in before[:-2])
