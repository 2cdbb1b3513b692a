"""Sentence -> the dates it says, against the time the news was published.

A weekday is the latest such day not after the publication ("next Sunday": the first one after it), a date without a year the latest
one not more than a month ahead. Days are counted in the calendar of the given reference date. Feeds stamp in UTC and say weekdays in
the local time of the event, so near midnight UTC a "today" may be one day off; a weekday is not, unless it is told on that very day.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files

from processors.tag.tokens import Sentence, Token


class Precision(StrEnum):
    """How exactly a date is said. Only a day has `on`."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date said by the tokens first..last, at [start, end) of the field.

    `on` is None unless the precision is a day. `is_background` holds where it lies more than 60 days before the reference ("since the
    October 7, 2023 attacks") or the text says that it looks back: the clause then tells history, not news.
    """

    first: int
    last: int
    start: int
    end: int
    on: date | None
    precision: Precision
    is_background: bool


BACKGROUND_AFTER = timedelta(days=60)
"""Older than this, a date belongs to history: monthly reviews still tell their own month as news."""
AHEAD = timedelta(days=31)
"""A date without a year may lie this far ahead of the publication (announcements), else it is last year's."""


@dataclass(frozen=True, slots=True)
class DateWords:
    """The words one language dates with; see `lexicon/dates.en.toml`."""

    months: Mapping[str, int]
    weekdays: Mapping[str, int]
    relative: Mapping[str, Sequence[tuple[tuple[str, ...], int]]]
    """Phrases by their first word, the longest first, each with its days from the report."""
    units: Mapping[str, int]
    numbers: Mapping[str, int]
    words: Mapping[str, frozenset[str]]
    starts: frozenset[str]
    """The words a date may begin with, digits apart."""

    @classmethod
    def parse(cls, toml: str) -> DateWords:
        """The words a lexicon file lists; raises tomllib.TOMLDecodeError or KeyError where it is not one."""
        data = tomllib.loads(toml)
        relative: dict[str, list[tuple[tuple[str, ...], int]]] = {}
        for phrase, days in sorted(data["relative"].items(), key=lambda entry: -len(entry[0].split())):
            relative.setdefault(phrase.split()[0], []).append((tuple(phrase.split()), days))
        words = {name: frozenset(listed) for name, listed in data["words"].items()}
        return cls(
            months=data["months"],
            weekdays=data["weekdays"],
            relative=relative,
            units=data["units"],
            numbers=data["numbers"],
            words=words,
            starts=frozenset().union(data["months"], data["weekdays"], relative, data["numbers"], words["last"], words["this"]),
        )


@cache
def english() -> DateWords:
    return DateWords.parse((files("processors.tag") / "lexicon" / "dates.en.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class _Reading:
    last: int
    precision: Precision
    on: date | None = None
    near: date | None = None
    """Where the span lies, for a precision coarser than a day."""


def dates(sentence: Sentence, reference: date, words: DateWords | None = None) -> list[DateMention]:
    """The dates of a sentence in order, none overlapping, read on the day `reference`. Linear in its tokens; raises nothing."""
    words = words or english()
    tokens = sentence.tokens
    found: list[DateMention] = []
    free_from = 0
    for at in [at for at, token in enumerate(tokens) if token.lower in words.starts or token.text[0].isdecimal()]:
        reading = _read(tokens, at, reference, words) if at >= free_from else None
        if reading is None:
            continue
        about = reading.on or reading.near
        old = about is not None and reference - about > BACKGROUND_AFTER
        edge = any(token.lower in words.words["edge"] for token in tokens[max(0, at - 2) : at])
        start, end = tokens[at].start, tokens[reading.last].end
        found.append(DateMention(at, reading.last, start, end, reading.on, reading.precision, old or edge))
        free_from = reading.last + 1
    return found


def _read(tokens: Sequence[Token], at: int, reference: date, words: DateWords) -> _Reading | None:
    return (
        _iso(tokens, at)
        or _day_month(tokens, at, reference, words)
        or _month_day(tokens, at, reference, words)
        or _ago(tokens, at, reference, words)
        or _relative(tokens, at, reference, words)
        or _weekday(tokens, at, reference, words)
        or _period(tokens, at, reference, words)
        or _year(tokens, at, words)
    )


def _iso(tokens: Sequence[Token], at: int) -> _Reading | None:
    """2024-01-18."""
    if at + 4 >= len(tokens) or tokens[at + 1].text != "-" or tokens[at + 3].text != "-":
        return None
    parts = [_number(tokens[at + offset], longest) for offset, longest in ((0, 4), (2, 2), (4, 2))]
    if len(tokens[at].text) != 4 or None in parts or tokens[at].start + 10 != tokens[at + 4].end:
        return None
    on = _date(*parts)
    return _Reading(at + 4, Precision.DAY, on) if on else None


def _day_month(tokens: Sequence[Token], at: int, reference: date, words: DateWords) -> _Reading | None:
    """3 January, 3rd of January, 3 Jan 2024."""
    day = _day(tokens[at])
    if day is None:
        return None
    here = at + 1
    if here < len(tokens) and tokens[here].lower in words.words["of"]:
        here += 1
    month = words.months.get(tokens[here].lower) if here < len(tokens) and tokens[here].is_capitalised else None
    return _dated(tokens, here, day, month, reference) if month else None


def _month_day(tokens: Sequence[Token], at: int, reference: date, words: DateWords) -> _Reading | None:
    """October 7, 2023; Nov 14; Sept. 15; October 2023; October."""
    month = words.months.get(tokens[at].lower)
    if month is None or not tokens[at].is_capitalised:
        return None
    here = at
    if here + 1 < len(tokens) and tokens[here + 1].text == "." and len(tokens[at].text) < 5:
        here += 1
    day = _day(tokens[here + 1]) if here + 1 < len(tokens) else None
    if day is not None:
        return _dated(tokens, here + 1, day, month, reference)
    last, year = _following_year(tokens, here)
    if year is not None:
        return _Reading(last, Precision.MONTH, near=_date(year, month, 28))
    if tokens[at].lower in words.words["ambiguous"]:
        return None
    return _Reading(at, Precision.MONTH, near=_latest(month, 1, reference))


def _dated(tokens: Sequence[Token], last: int, day: int, month: int, reference: date) -> _Reading | None:
    """A day and a month that end at token `last`, with the year that may follow."""
    end, year = _following_year(tokens, last)
    on = _date(year, month, day) if year is not None else _latest(month, day, reference)
    return _Reading(end, Precision.DAY, on) if on else None


def _following_year(tokens: Sequence[Token], last: int) -> tuple[int, int | None]:
    """The token a year after `last` ends at and the year; `last` itself and None where there is none."""
    here = last + 1
    if here < len(tokens) and tokens[here].text == ",":
        here += 1
    if here < len(tokens) and _is_year(tokens[here]):
        return here, int(tokens[here].text)
    return last, None


def _latest(month: int, day: int, reference: date) -> date | None:
    """The latest such day that is not too far ahead of the reference."""
    for year in (reference.year + 1, reference.year, reference.year - 1):
        on = _date(year, month, day)
        if on and on - reference <= AHEAD:
            return on
    return None


def _ago(tokens: Sequence[Token], at: int, reference: date, words: DateWords) -> _Reading | None:
    """Two days ago, 3 weeks earlier."""
    if at + 2 >= len(tokens) or tokens[at + 2].lower not in words.words["ago"]:
        return None
    count = words.numbers.get(tokens[at].lower) or _number(tokens[at], 3)
    unit = words.units.get(tokens[at + 1].lower)
    if not count or not unit:
        return None
    on = _shifted(reference, -count * unit)
    return _Reading(at + 2, Precision.DAY, on) if unit == 1 else _Reading(at + 2, Precision.WEEK, near=on)


def _relative(tokens: Sequence[Token], at: int, reference: date, words: DateWords) -> _Reading | None:
    """today, yesterday, a day before."""
    for phrase, days in words.relative.get(tokens[at].lower, ()):
        if tuple(token.lower for token in tokens[at : at + len(phrase)]) == phrase:
            return _Reading(at + len(phrase) - 1, Precision.DAY, _shifted(reference, days))
    return None


def _weekday(tokens: Sequence[Token], at: int, reference: date, words: DateWords) -> _Reading | None:
    """Wednesday, on Sunday night, next Sunday, last Friday."""
    token = tokens[at]
    day = words.weekdays.get(token.lower)
    if day is None or not token.is_capitalised or (token.lower in words.words["ambiguous"] and not (at and tokens[at - 1].lower == "on")):
        return None
    back = (reference.weekday() - day) % 7
    if at and tokens[at - 1].lower in words.words["next"]:
        return _Reading(at, Precision.DAY, _shifted(reference, 7 - back))
    if at and back == 0 and tokens[at - 1].lower in words.words["last"]:
        back = 7
    return _Reading(at, Precision.DAY, _shifted(reference, -back))


def _period(tokens: Sequence[Token], at: int, reference: date, words: DateWords) -> _Reading | None:
    """Last month, last week, last year, this week."""
    if at + 1 >= len(tokens):
        return None
    word, unit = tokens[at].lower, tokens[at + 1].lower
    back = 1 if word in words.words["last"] else 0 if word in words.words["this"] else None
    if back is None:
        return None
    for name, precision, days in (("week", Precision.WEEK, 7), ("month", Precision.MONTH, 30), ("year", Precision.YEAR, 365)):
        if unit in words.words[name]:
            return _Reading(at + 1, precision, near=_shifted(reference, -back * days))
    return None


def _year(tokens: Sequence[Token], at: int, words: DateWords) -> _Reading | None:
    """In 2013, since 2011: a bare year after a word that takes one."""
    if not at or tokens[at - 1].lower not in words.words["before-year"]:
        return None
    return _Reading(at, Precision.YEAR, near=_date(int(tokens[at].text), 12, 31)) if _is_year(tokens[at]) else None


def _is_year(token: Token) -> bool:
    return len(token.text) == 4 and token.text.isdecimal() and 1900 <= int(token.text) <= 2099


def _day(token: Token) -> int | None:
    """The day of a month a token says: 3, 03, 3rd."""
    text = token.lower[:-2] if token.lower[-2:] in ("st", "nd", "rd", "th") else token.lower
    number = int(text) if text.isdecimal() and len(text) <= 2 else None
    return number if number and number <= 31 else None


def _number(token: Token, longest: int) -> int | None:
    return int(token.text) if token.text.isdecimal() and len(token.text) <= longest else None


def _date(year: int | None, month: int | None, day: int | None) -> date | None:
    """The date, or None where the calendar has none such."""
    try:
        return date(year or 0, month or 0, day or 0)
    except ValueError:
        return None


def _shifted(reference: date, days: int) -> date | None:
    try:
        return reference + timedelta(days=days)
    except OverflowError:
        return None
