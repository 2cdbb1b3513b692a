"""Sentence -> the parts of its noun phrases: names, roles and unknown words between two boundaries.

Names are looked up first; prepositions, verbs, marks and the words of an act end a phrase. Who the phrases are is said by `actors`. Linear
in the length of the sentence.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import NamedTuple

from processors.tag.names import SHIPPED, Entry, Looked, Names, word_lists

_HYPHENS = frozenset("-–‑")
_BETWEEN_WORDS = frozenset("-–'’/.&")


@dataclass(frozen=True, slots=True)
class PhraseWords:
    """The words that end a noun phrase, as the grammar of the language gives them (all in lower case)."""

    closed: AbstractSet[str]
    """Closed-class words but determiners: prepositions, conjunctions, pronouns, auxiliaries, adverbs, names of days."""
    verbs: Container[str]
    """Verb forms that are no noun: past tense and participles, and forms of verbs that are never nouns."""
    doubtful: Container[str]
    """Verb forms that can be nouns ("reports", "attack"): they end a phrase that already has its name."""


class Part(NamedTuple):
    """Some tokens of a phrase that are read as one: a name, a role, or a word not known."""

    first: int
    last: int
    entry: Entry | None = None
    cap: bool = False
    number: bool = False
    possessive: bool = False


class PhraseCutter:
    """Cuts a sentence into noun phrases. Holds nothing but its lexicon."""

    def __init__(self, names: Names, words: PhraseWords) -> None:
        self._words = words
        self._lists: Mapping[str, frozenset[str]] = word_lists(SHIPPED / "phrases.toml")
        self._determiners = self._lists["determiner"]
        closed = (self._determiners | words.closed) - names.heads
        self._little = frozenset(word for word in closed if word[0].isalnum())
        """Words of which none stands in a phrase."""

    def cut(self, reading: PhraseReading) -> Iterator[tuple[list[Part], bool]]:
        """The parts of each noun phrase without its "of", one after the other, and whether a determiner stands before it."""
        held: list[Part] = []
        determined = False
        at = 0
        while at < len(reading.tokens):
            if at in reading.act_set or reading.folded[at] in self._little:
                step, part = 1, None
            else:
                step, part = self._part(reading, at, held, determined)
            if part is None:
                if held:
                    yield held, determined
                    held = []
                determined = step == 1 and reading.folded[at] in self._determiners
            else:
                held.append(part)
                if part.entry is not None and self._divides(held):
                    last = held.pop()
                    yield held, determined
                    held, determined = [last], False
            at += step
        if held:
            yield held, determined

    def _part(self, reading: PhraseReading, at: int, held: Sequence[Part], determined: bool) -> tuple[int, Part | None]:
        """How many tokens to go on, and the part of a phrase they are; None where they end it. No act stands at `at`."""
        word, is_capitalised = reading.folded[at], reading.capitalised[at]
        known = reading.sure_names.get(at)
        if known is not None:
            end, entry = known
            end = min(end, reading.next_act(at, end))
            if end == known[0] and self._is_itself(reading, at, end, entry):
                compound = self._compound(reading, at, end, entry)
                if compound is not None:
                    return compound
                if entry.kind != "nobody":
                    return end - at, Part(at, end - 1, entry, cap=is_capitalised, possessive=reading.is_owner(end - 1))
                return end - at, Part(at, end - 1, cap=True)
        if word in self._determiners or word in self._words.closed or not word[:1].isalnum():
            joins = held and (reading.is_owner(at - 1) or (reading.tokens[at].text in _BETWEEN_WORDS and reading.is_tight(at)))
            return (1, Part(at, at)) if joins else (1, None)
        if word[0].isdigit():
            return 1, Part(at, at, number=True)
        if self._ends(reading, at, held, determined):
            return 1, None
        compound = self._compound(reading, at, at + 1, None)
        if compound is not None:
            return compound
        last = self._chain(reading, at)
        return last + 1 - at, Part(at, last, cap=is_capitalised and not reading.titled, possessive=reading.is_owner(last))

    def _chain(self, reading: PhraseReading, at: int) -> int:
        """The last token of unknown words joined by hyphens: "tit-for-tat"."""
        last = at
        while last + 2 < len(reading.tokens) and last + 1 in reading.hyphens and reading.next_act(last + 1, last + 3) == last + 3:
            if last + 2 in reading.names:
                break
            last += 2
        return last

    def _ends(self, reading: PhraseReading, at: int, held: Sequence[Part], determined: bool) -> bool:
        """Whether an unknown word is a verb and ends the phrase."""
        word = reading.tokens[at].lower
        if reading.capitalised[at] and not reading.titled and at > 0:
            return False
        opening = not held or all(part.number for part in held)
        if word in self._words.verbs:
            return not (opening and determined)
        if word.endswith("ed") and len(word) > 4:
            return not opening
        if word.endswith("ing") and len(word) > 5:
            return not opening
        if word in self._words.doubtful:
            return any(part.entry is not None for part in held) or any(part.cap for part in held)
        return word.endswith("ly") and len(word) > 5

    def _compound(self, reading: PhraseReading, at: int, end: int, entry: Entry | None) -> tuple[int, Part | None] | None:
        """Words joined by a hyphen: "US-led" keeps its country, "Iran-backed" and "anti-government" are mere adjectives."""
        if end not in reading.hyphens:
            return None
        tail, first = reading.folded[end + 1], reading.folded[at]
        if first in self._lists["apart"]:
            last = end + 1
            known = reading.names.get(end + 1)
            if known is not None:
                last = known[0] - 1
            kept = known[1] if known is not None and first in ("ex", "non") else None
            return last + 1 - at, Part(at, last, kept)
        if tail in self._lists["neutral"]:
            return end + 2 - at, Part(at, end + 1)
        if tail in self._lists["leading"]:
            return end + 2 - at, Part(at, end + 1, entry)
        return None

    def _is_itself(self, reading: PhraseReading, at: int, end: int, entry: Entry) -> bool:
        """Whether a name that others bear too stands here for the one we know: "Jordan", and not "Michael Jordan"."""
        word = reading.folded[at]
        if entry.is_role or end - at > 1 or entry.kind == "nobody":
            return True
        if word == "georgia":
            near = set(reading.folded)
            if near & self._lists["american"] and not near & self._lists["caucasian"]:
                return False
        if word == "turkey" and set(reading.folded) & self._lists["poultry"]:
            return False
        if word not in self._lists["borne"] or reading.titled:
            return True
        return not (self._is_strange(reading, at - 1) or (not reading.is_owner(at) and self._is_strange(reading, end)))

    def _is_strange(self, reading: PhraseReading, at: int) -> bool:
        """Whether a capitalised word that is no known name and no opening of the sentence stands at `at`."""
        if not 0 <= at < len(reading.tokens):
            return False
        token, word = reading.tokens[at], reading.folded[at]
        if not token.is_capitalised or reading.is_owner(at) or word in self._words.closed or word in self._determiners:
            return False
        if word in self._lists["courtesy"] or (at == 0 and (word in self._words.verbs or word in self._words.doubtful)):
            return False
        return at not in reading.names

    @staticmethod
    def _divides(held: Sequence[Part]) -> bool:
        """Whether the last part begins another actor: two countries side by side, or joined by a hyphen, are two."""
        if len(held) < 2 or held[-1].entry is None:
            return False
        entry = held[-1].entry
        if entry.kind not in ("country", "people", "capital"):
            return False
        before = held[-2].entry
        if before is None and len(held) > 2 and held[-2].first == held[-2].last:
            before = held[-3].entry if not held[-2].cap and not held[-2].number and held[-2].first == held[-1].first - 1 else None
            return before is not None and before.kind in ("country", "people", "capital") and held[-3].last == held[-1].first - 2
        return before is not None and before.kind in ("country", "capital") and not held[-2].possessive


class PhraseReading:
    """One sentence while it is read: its tokens, their folded words, and what is to be known of the whole."""

    def __init__(self, looked: Looked, acts: Collection[int]) -> None:
        self.text = looked.text
        self.tokens = looked.tokens
        self.folded = looked.folded
        self.titled = looked.titled
        self.names = looked.names
        self.sure_names = looked.sure_names
        self.act_set = frozenset(acts)
        self.capitalised = looked.capitalised
        marks = [at for at, token in enumerate(looked.tokens) if token.text in _HYPHENS]
        self.hyphens = frozenset(at for at in marks if self.is_tight(at))
        """The hyphens that join what stands on their two sides."""

    def next_act(self, start: int, end: int) -> int:
        return next((at for at in range(start, end) if at in self.act_set), end)

    def is_tight(self, at: int) -> bool:
        """Whether no space stands on either side of the token."""
        tokens = self.tokens
        return 0 < at < len(tokens) - 1 and tokens[at - 1].end == tokens[at].start and tokens[at].end == tokens[at + 1].start

    def is_owner(self, at: int) -> bool:
        """Whether the word at `at` is followed by "'s", or ends in "s" and is followed by an apostrophe."""
        if at + 1 >= len(self.tokens) or self.tokens[at + 1].start != self.tokens[at].end:
            return False
        mark = self.tokens[at + 1].lower
        return mark == "'s" or (mark == "'" and self.folded[at].endswith("s"))
