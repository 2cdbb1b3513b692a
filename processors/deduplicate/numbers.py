"""Guards over what is counted and dated: other tolls, another day, another edition."""

from __future__ import annotations

import re
from collections import Counter

from processors.deduplicate.words import Words, both_private

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_CLOCK_TIME = re.compile(r"\d{1,2}[:.]\d{2}")
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)")
_VAGUE = frozenset("dozen dozens scores hundreds thousands millions several many".split())
_CURRENCIES = frozenset("$ € £ ¥ ₹ dollars dollar euros euro pounds yuan yen rupees taka".split())
_SCALES = frozenset("hundred thousand million billion trillion bn mn m b k lakh crore".split())
_BEFORE_COUNTS = frozenset("to than over least nearly about around almost exceeds tops passes surpasses kills killed reaches hits".split())
_ORDINALS = frozenset("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split())
WEEKDAYS = frozenset("monday tuesday wednesday thursday friday saturday sunday".split())
MONTHS = frozenset(
    """
    january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct
    nov dec
    """.split()
)
_PARTS_OF_DAY = frozenset("morning midday noon afternoon evening midnight".split())


def other_numbers(one: Words, other: Words, vague: bool = True) -> bool:
    """Each side has a number the other has not; "dozens" is one, if `vague`. Large sums of money are let pass: outlets convert them."""
    mine, theirs = _quantities(one, vague), _quantities(other, vague)
    return bool(mine - theirs and theirs - mine)


def other_dates(one: Words, other: Words) -> bool:
    """Another weekday, date, time, part of the day or place in a row (second, third)."""
    return any(both_private(kind(one), kind(other)) for kind in (_weekdays, _dates, _times, _parts_of_day, _ordinals))


def other_facts(one: Words, other: Words) -> bool:
    """Facts of two leads, as `sketch` gives them: another weekday, or another toll of one kind."""
    kinds = {fact.partition(":")[0] if ":" in fact else "day" for fact in (*one, *other)}
    return any(
        both_private(
            {fact for fact in one if (fact.partition(":")[0] if ":" in fact else "day") == kind},
            {fact for fact in other if (fact.partition(":")[0] if ":" in fact else "day") == kind},
        )
        for kind in kinds
    )


def _quantities(words: Words, vague: bool) -> Counter[str]:
    """The counts of a headline, as digits or as the vague word, each as often as it stands; no large sums, years, times or dates."""
    found: Counter[str] = Counter()
    for at, word in enumerate(words):
        if vague and word in _VAGUE:
            found[word] += 1
        elif _NUMBER.fullmatch(word):
            before, after = (words[at - 1] if at else ""), (words[at + 1] if at + 1 < len(words) else "")
            beyond = words[at + 2] if at + 2 < len(words) else ""
            money = after in _SCALES and (before in _CURRENCIES or beyond in _CURRENCIES)
            dated = before in MONTHS or after in MONTHS or after in ("am", "pm", "a", "p")
            year = len(word) == 4 and word[:2] in ("19", "20") and before not in _BEFORE_COUNTS
            if not (money or dated or year):
                found[f"{word} {after}" if after in _SCALES else word] += 1
    return found


def _weekdays(words: Words) -> set[str]:
    return {word for word in words if word in WEEKDAYS}


def _parts_of_day(words: Words) -> set[str]:
    return {word for word in words if word in _PARTS_OF_DAY}


def _ordinals(words: Words) -> set[str]:
    return {word for word in words if word in _ORDINALS or _ORDINAL.fullmatch(word)}


def _times(words: Words) -> set[str]:
    return {
        word
        for at, word in enumerate(words)
        if _CLOCK_TIME.fullmatch(word) and set(words[at + 1 : at + 4]) & {"am", "pm", "gmt", "a", "p", "utc"}
    }


def _dates(words: Words) -> set[str]:
    """Days of a month: july 22 or 22 july."""
    found = set()
    for at, word in enumerate(words):
        if word in MONTHS:
            for near in (words[at - 1] if at else "", words[at + 1] if at + 1 < len(words) else ""):
                day = re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)?", near)
                if day:
                    found.add(f"{word[:3]} {day[1]}")
    return found
