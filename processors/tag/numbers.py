"""Sentence -> the quantities it says: digits and words, bounds and ranges, "dozens" and "none".

Numbers that count nothing are left out: money, percentages, ages, dates, years, times of day, distances, names such as "Flight 17"
or "F-16". What a quantity counts is not asked here. The conventions ("dozens" is at least 24) stand in `lexicon/numbers.en.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from processors.tag.tokens import Sentence, Token

_DIGITS = re.compile(r"\d{1,3}(?:,\d{2,3})*,\d{3}|\d+")
_DECIMAL = re.compile(r"\d+\.\d+")
_LONGEST_DIGITS = 12
"""A run of more digits is a code or an attack, not a count (and int() refuses the very long ones)."""
_LARGEST = 10**10
"""No count of people exceeds it; longer chains of "million million" are noise."""
_OLDEST = 120
"""Years a person may have."""
_DASHES = frozenset("-–—")
_GLUE = frozenset("-–—/:.")


@dataclass(frozen=True, slots=True)
class Quantity:
    """How many, as the tokens first..last of the sentence say it, bounds included ("at least 95" is min 95, max None).

    Its words stand at [start, end) of the sentence's field. `max` is None where only a least number is said. `value` is the index
    of the token the number itself begins at. `is_vague` for words that only say a size: "dozens", "several".
    """

    first: int
    last: int
    start: int
    end: int
    min: int
    max: int | None
    value: int
    is_vague: bool = False


@dataclass(frozen=True, slots=True)
class NumberWords:
    """The words one language counts with; see `lexicon/numbers.en.toml`."""

    values: Mapping[str, int]
    multipliers: Mapping[str, int]
    at_least: Mapping[str, int]
    exactly: Mapping[str, int]
    words: Mapping[str, frozenset[str]]
    bounds: Mapping[str, tuple[tuple[str, ...], ...]]
    not_people: Mapping[str, frozenset[str]]

    @classmethod
    def parse(cls, toml: str) -> NumberWords:
        """The words a lexicon file lists; raises tomllib.TOMLDecodeError or KeyError where it is not one."""
        data = tomllib.loads(toml)
        return cls(
            values=data["values"],
            multipliers=data["multipliers"],
            at_least=data["at-least"],
            exactly=data["exactly"],
            words={name: frozenset(words) for name, words in data["words"].items()},
            bounds={
                name: tuple(sorted((tuple(phrase.split()) for phrase in phrases), key=len, reverse=True))
                for name, phrases in data["bounds"].items()
            },
            not_people={name: frozenset(words) for name, words in data["not-people"].items()},
        )


@cache
def english() -> NumberWords:
    return NumberWords.parse((files("processors.tag") / "lexicon" / "numbers.en.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class _Value:
    """A number read at tokens first..last, before its neighbours are asked whether it counts anything."""

    first: int
    last: int
    min: int
    max: int | None
    in_digits: bool


def quantities(sentence: Sentence, words: NumberWords | None = None) -> list[Quantity]:
    """The quantities of a sentence in order, none overlapping. Linear in its tokens; raises nothing."""
    words = words or english()
    tokens = sentence.tokens
    found: list[Quantity] = []
    at = 0
    while at < len(tokens):
        value = _range(tokens, at, words)
        if value is None:
            at += 1
            continue
        if _counts(tokens, value, words):
            floor = found[-1].last + 1 if found else 0
            found.append(_with_bounds(tokens, value, words, floor))
        at = max(value.last, found[-1].last if found else 0) + 1
    return found


def _range(tokens: Sequence[Token], at: int, words: NumberWords) -> _Value | None:
    """A value, or two of them as a range: "20-30", "20 to 30", "two or three", "between 20 and 30"."""
    low = _value(tokens, at, words)
    if low is None or low.max is None or low.last + 2 >= len(tokens):
        return low
    joint = tokens[low.last + 1].lower
    before = tokens[at - 1].lower if at else ""
    between = joint in words.words["and"] and (before,) in words.bounds["between"]
    if not (between or joint in _DASHES or (joint in words.words["to"] and before not in words.words["from"])):
        return low
    high = _value(tokens, low.last + 2, words)
    if high is None or high.max is None or high.min <= low.min or high.in_digits != low.in_digits:
        return low
    return _Value(low.first, high.last, low.min, high.max, low.in_digits)


def _value(tokens: Sequence[Token], at: int, words: NumberWords) -> _Value | None:
    token = tokens[at]
    if token.text[0].isdigit():
        return _digits(tokens, at, words)
    if token.lower in words.words["none"]:
        return _none(tokens, at, words)
    return _in_words(tokens, at, words)


def _digits(tokens: Sequence[Token], at: int, words: NumberWords) -> _Value | None:
    """12, 1,200, 1.2 million, 3 lakh."""
    text = tokens[at].lower
    if len(text) > _LONGEST_DIGITS:
        return None
    factor = words.multipliers.get(tokens[at + 1].lower) if at + 1 < len(tokens) else None
    if _DIGITS.fullmatch(text):
        number = int(text.replace(",", ""))
        return _Value(at, at + 1, number * factor, number * factor, True) if factor else _Value(at, at, number, number, True)
    if factor and _DECIMAL.fullmatch(text):
        number = round(float(text) * factor)
        return _Value(at, at + 1, number, number, True)
    return None


def _none(tokens: Sequence[Token], at: int, words: NumberWords) -> _Value | None:
    """No soldiers, no one, none: 0. "No. 5", "no longer" and "no fewer than" say no number."""
    last = at
    if tokens[at].lower == "no":
        following = tokens[at + 1] if at + 1 < len(tokens) else None
        if following is None or not following.lower[0].isalpha() or following.lower in words.words["none-not-before"]:
            return None
        last = at + 1 if words.values.get(following.lower) == 1 else at
    return _Value(at, last, 0, 0, False)


def _in_words(tokens: Sequence[Token], at: int, words: NumberWords) -> _Value | None:
    """twenty-five, a hundred and five, two dozen, half a dozen, dozens, tens of thousands."""
    total = current = 0
    here, last, half, open_ended = at, at - 1, False, False
    if tokens[here].lower in words.words["half"]:
        half, here = True, here + 1
    if here < len(tokens) and tokens[here].lower in words.words["articles"]:
        here += 1
        following = tokens[here].lower if here < len(tokens) else ""
        if following not in words.multipliers and following not in words.at_least and following not in words.exactly:
            return None
        current = 1
    elif half:
        return None
    while here < len(tokens):
        word = tokens[here].lower
        if word in words.values:
            number = words.values[word]
            if current % 100 and not (number < 10 and current % 100 >= 20 and current % 10 == 0):
                break
            current += number
        elif word in words.multipliers and not (open_ended and last == here - 1):
            factor = words.multipliers[word]
            if factor <= 100:
                current = (current or 1) * factor
            else:
                total, current = total + (current or 1) * factor, 0
        elif last < at and word in words.exactly:
            current, last = words.exactly[word], here
            break
        elif word in words.at_least and last < at:
            current, open_ended = words.at_least[word], True
        elif open_ended and word in words.at_least and tokens[here - 1].lower in words.words["of"]:
            total, current = total + current * (words.at_least[word] // 2), 0
        elif (word in _DASHES or word in words.words["and"] or (word in words.words["of"] and open_ended)) and here == last + 1:
            if not _goes_on(tokens, here, current, open_ended, words):
                break
            here += 1
            continue
        else:
            break
        last, here = here, here + 1
        if total + current > _LARGEST:
            break
    if last < at:
        return None
    number = total + current
    if half:
        number //= 2
    return _Value(at, last, number, None if open_ended else number, False)


def _goes_on(tokens: Sequence[Token], joint: int, current: int, open_ended: bool, words: NumberWords) -> bool:
    """Whether the number goes on behind a dash, "and" or "of": twenty-five, a hundred and five, tens of thousands."""
    if joint + 1 >= len(tokens):
        return False
    word, following = tokens[joint].lower, tokens[joint + 1].lower
    if word in words.words["of"]:
        return open_ended and following in words.at_least
    number = words.values.get(following)
    if number is None or open_ended:
        return False
    if word in _DASHES:
        return number < 10 and current % 100 >= 20 and current % 10 == 0
    return current >= 100 and current % 100 == 0


def _counts(tokens: Sequence[Token], value: _Value, words: NumberWords) -> bool:
    """Whether a number counts something, by the words and marks on its two sides."""
    before = tokens[value.first - 1] if value.first else None
    after = tokens[value.last + 1] if value.last + 1 < len(tokens) else None
    first, last = tokens[value.first], tokens[value.last]
    if value.min == 0 and not value.in_digits:
        return True
    if after is not None:
        if after.lower in words.not_people["units"]:
            return False
        if after.text in _GLUE and after.start == last.end and value.last + 2 < len(tokens) and tokens[value.last + 2].start == after.end:
            return False  # 16-year-old, 10:30, 27/12
        if value.in_digits and after.start == last.end and after.text == "'":
            return False
        if value.in_digits and after.lower in words.not_people["months"] and after.is_capitalised:
            return False
    if before is not None:
        if before.lower in words.not_people["before"]:
            return False
        if before.text in _GLUE and before.end == first.start and value.first >= 2 and tokens[value.first - 2].end == before.start:
            return False  # F-16, 12:30
        if before.text == "." and value.first >= 2 and tokens[value.first - 2].lower in ("no", "rs") and value.in_digits:
            return False
        if (
            value.in_digits
            and value.max is not None
            and value.max <= 31
            and before.lower in words.not_people["months"]
            and before.is_capitalised
        ):
            return False
    return not _is_year(tokens, value) and not _is_age(tokens, value)


def _is_age(tokens: Sequence[Token], value: _Value) -> bool:
    """A number between a name and a comma: "Ali Khan, 32, and his helper"."""
    if not value.in_digits or value.first < 2 or value.min > _OLDEST or tokens[value.first - 1].text != ",":
        return False
    after = tokens[value.last + 1].text if value.last + 1 < len(tokens) else "."
    return after in ",.)" and tokens[value.first - 2].is_capitalised


def _is_year(tokens: Sequence[Token], value: _Value) -> bool:
    """A bare 1900-2099 is a year, unless a bound stands before it or a lower-case plural after it ("some 2000 people")."""
    text = tokens[value.first].text
    if value.first != value.last or not value.in_digits or len(text) != 4 or text[:2] not in ("19", "20"):
        return False
    after = tokens[value.last + 1] if value.last + 1 < len(tokens) else None
    plural = after is not None and (
        after.text.islower() and (after.lower.endswith("s") or after.lower in ("people", "men", "women", "children"))
    )
    before = tokens[value.first - 1].lower if value.first else ""
    return not (plural and before != "the")


def _with_bounds(tokens: Sequence[Token], value: _Value, words: NumberWords, floor: int) -> Quantity:
    """The value with the bounds said around it: "at least 95", "up to 30", "20 or more"."""
    first, last, low, high = value.first, value.last, value.min, value.max
    if tokens[first - 1].lower == "between" and first > floor and low != high:
        first -= 1
    while first > floor:
        for kind in ("at-least", "at-most", "about"):
            phrase = _ending_at(tokens, first, words.bounds[kind], floor)
            if phrase:
                first -= phrase
                if kind == "at-least":
                    high = None
                break
        else:
            break
    for phrase_words in words.bounds["at-least-after"]:
        end = last + 1 + len(phrase_words)
        if tuple(token.lower for token in tokens[last + 1 : end]) == phrase_words:
            last, high = end - 1, None
            break
    return Quantity(first, last, tokens[first].start, tokens[last].end, low, high, value.first, value.max is None)


def _ending_at(tokens: Sequence[Token], end: int, phrases: Sequence[tuple[str, ...]], floor: int) -> int:
    """The length of the longest of `phrases` that ends right before token `end`, 0 where none does."""
    for phrase in phrases:
        start = end - len(phrase)
        if start >= floor and all(tokens[start + offset].lower == word for offset, word in enumerate(phrase)):
            return len(phrase)
    return 0
