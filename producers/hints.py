"""How a feed's body asks to be left alone: RSS `ttl`, `skipHours` and `skipDays`, and the update period of RSS's Syndication module."""

from __future__ import annotations

import re
from datetime import timedelta

from producers.feed import Skip

LONGEST = timedelta(days=1)
"""Longer wishes are mistakes, or of a time when feeds were read once a day."""


def ttl_of(minutes: str, period: str, frequency: str) -> timedelta | None:
    """The longer of `ttl` (in minutes) and of `updatePeriod` divided by `updateFrequency`; None where neither is said."""
    told = [wish for wish in (_minutes(minutes), _period(period, frequency)) if wish is not None]
    return max(told, default=None)


def _minutes(raw: str) -> timedelta | None:
    count = _count(raw)
    return None if count is None else min(timedelta(minutes=count), LONGEST)


_PERIODS = {"hourly": 1, "daily": 24, "weekly": 24 * 7, "monthly": 24 * 30, "yearly": 24 * 365}


def _period(period: str, frequency: str) -> timedelta | None:
    hours = _PERIODS.get(period.strip().lower())
    return None if hours is None else min(timedelta(hours=hours) / max(_count(frequency) or 1, 1), LONGEST)


def _count(raw: str) -> int | None:
    raw = raw.strip()
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) <= 7 else None


_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_VALUE = re.compile(r"<(?:hour|day)>\s{0,20}(\w{1,12})\s{0,20}</")
_REACH = 2_000
"""Characters in which all hours or days of such an element stand."""


def skip_of(text: str) -> Skip:
    """The hours and days a document asks to skip. What would skip all of them says nothing and is not heard."""
    hours = {int(value) % 24 for value in _values(text, "skipHours") if value.isascii() and value.isdigit() and int(value) <= 24}
    days = {_DAYS.index(value.lower()) for value in _values(text, "skipDays") if value.lower() in _DAYS}
    return Skip(tuple(sorted(hours)) if len(hours) < 24 else (), tuple(sorted(days)) if len(days) < 7 else ())


def _values(text: str, element: str) -> list[str]:
    begin = text.find(f"<{element}>")
    if begin < 0:
        return []
    end = text.find(f"</{element}>", begin, begin + _REACH)
    return _VALUE.findall(text, begin, end) if end >= 0 else []
