"""Silences on the page: what is asked for in a form, what it would have hidden, and what is in force. Values in, values out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from sinks.match import Match, Regions, check_regions
from sinks.message import line
from sinks.route import Silence, silence, would_hide
from tocsin.dashboard import words
from tocsin.dashboard.source import Kept

PREVIEW = timedelta(hours=24)
"""How far back the preview looks, as on the command line."""
MATCHERS = ("pairs", "countries", "regions", "actors", "types", "statuses")
LONGEST_HOURS = 24 * 366


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a form asks for: the silence it makes, or why it makes none; the fields as they were filled in."""

    fields: Mapping[str, str]
    one: Silence | None = None
    wrong: str = ""
    hidden: tuple[words.Row, ...] = ()
    looked_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """A silence in words."""

    id: str
    what: str
    author: str
    reason: str
    starts: datetime
    ends: datetime
    matchers: Mapping[str, Any] = field(default_factory=dict)


def asked(fields: Mapping[str, str], now: datetime, regions: Regions) -> Asked:
    """The silence a form asks for, from now on."""
    told = {name: fields.get(name, "").strip()[:500] for name in (*MATCHERS, "min_level", "hours", "author", "reason")}
    try:
        one = silence(_match(told, regions), told["author"], told["reason"], now, now + _hours(told["hours"]))
    except ValueError as wrong:
        return Asked(fields=told, wrong=line(_first(wrong), 300))
    return Asked(fields=told, one=one)


def with_preview(told: Asked, recent: Iterable[Kept], regions: Regions) -> Asked:
    """The same, with the alerts it would have hidden among those, newest first."""
    if told.one is None:
        return told
    known = {kept.alert.id: kept for kept in recent}
    hidden = would_hide(told.one, (kept.alert for kept in known.values()), regions)
    rows = tuple(words.row(known[alert.id].seq, alert) for alert in hidden)
    return Asked(fields=told.fields, one=told.one, hidden=rows, looked_at=len(known))


def in_force(silences: Iterable[Silence], now: datetime) -> list[InForce]:
    """Those in force or to come, the first to end first."""
    kept = sorted((one for one in silences if one.ends > now), key=lambda one: (one.ends, one.id))
    return [
        InForce(
            id=one.id,
            what=line(" ".join(f"{key}={_value(value)}" for key, value in one.match.items()), 300),
            author=line(one.author, 80),
            reason=line(one.reason, 300),
            starts=one.starts,
            ends=one.ends,
        )
        for one in kept
    ]


def _match(told: Mapping[str, str], regions: Regions) -> Match:
    given: dict[str, Any] = {name: [word.strip() for word in told[name].split(",") if word.strip()] for name in MATCHERS}
    if told["min_level"]:
        given["min_level"] = told["min_level"]
    match = Match.model_validate({name: value for name, value in given.items() if value})
    check_regions(match, regions)
    return match


def _hours(told: str) -> timedelta:
    try:
        hours = float(told or "nothing")
    except ValueError:
        raise ValueError("for how many hours?") from None
    if not 0 < hours <= LONGEST_HOURS:
        raise ValueError(f"a silence lasts more than 0 and at most {LONGEST_HOURS} hours")
    return timedelta(hours=hours)


def _first(wrong: ValueError) -> str:
    if isinstance(wrong, ValidationError):
        error = wrong.errors()[0]
        return f"{error['loc'][0]}: {error['msg']}"
    return str(wrong)


def _value(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
