"""When each feed is next due, and how healthy it is. Decides with values only: it is handed the time and touches nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

from producers.fault import HARMFUL, FetchFault, ParseFault
from producers.feed import FeedState, FeedStatus, Validators
from tocsin.model import content_id


class ScheduleSettings(BaseModel):
    """[schedule] of tocsin.toml. An hour is what publishers expect of a reader that asks conditionally."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    interval_minutes: float = Field(default=60, ge=5)
    retry_minutes: float = Field(default=5, ge=5)
    longest_hours: float = Field(default=24, ge=1)

    @property
    def interval(self) -> timedelta:
        return timedelta(minutes=self.interval_minutes)

    @property
    def retry(self) -> timedelta:
        return timedelta(minutes=self.retry_minutes)

    @property
    def longest(self) -> timedelta:
        return timedelta(hours=self.longest_hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The feed was there. `body_hash` is "" where it brought nothing new; `fresh_for` and `ttl` are how long it asks to be left alone,
    in this answer and in its body.
    """

    validators: Validators
    body_hash: str = ""
    title: str = ""
    moved: str = ""
    fresh_for: timedelta | None = None
    ttl: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The feed was not there, or was none."""

    fault: FetchFault | ParseFault
    reason: str
    retry_after: timedelta | None = None


Outcome = Answered | Failed


def after(state: FeedState, outcome: Outcome, now: datetime, settings: ScheduleSettings) -> FeedState:
    """The feed's state once it was polled: what it answered with, its health, and when it is next due."""
    if isinstance(outcome, Answered):
        ttl = outcome.ttl if outcome.body_hash else state.ttl
        wait = max(settings.interval, ttl or timedelta(), outcome.fresh_for or timedelta())
        return replace(
            state,
            status=FeedStatus.OK,
            next_check=now + _spread(state.url, min(wait, settings.longest)),
            validators=outcome.validators,
            body_hash=outcome.body_hash or state.body_hash,
            title=outcome.title or state.title,
            ttl=ttl,
            moved=outcome.moved,
            last_checked=now,
            last_ok=now,
            errors=0,
            fault="",
            reason="",
        )
    errors = state.errors + 1
    status = _status(outcome.fault)
    wait = max(_back_off(outcome.fault, errors, settings), outcome.retry_after or timedelta())
    return replace(
        state,
        status=status,
        next_check=None if status is FeedStatus.GONE else now + _spread(state.url, min(wait, settings.longest)),
        last_checked=now,
        errors=errors,
        fault=outcome.fault.value,
        reason=outcome.reason,
    )


def due(states: Iterable[FeedState], now: datetime, settings: ScheduleSettings, busy: Collection[str] = ()) -> list[FeedState]:
    """The feeds to poll now, longest due first, at most one of each host, and none of a host that is busy or asked for patience."""
    states = [state for state in states if state.status is not FeedStatus.GONE]
    ready = [state for state in states if _is_due(state, now, settings)]
    held = {host_of(state) for state in states if state.status is FeedStatus.RATE_LIMITED and not _is_due(state, now, settings)}
    taken = {*busy, *held}
    chosen = []
    for state in sorted(ready, key=lambda state: (state.next_check or now, state.url)):
        host = host_of(state)
        if host not in taken:
            taken.add(host)
            chosen.append(state)
    return chosen


def host_of(state: FeedState) -> str:
    try:
        return urlsplit(state.url).hostname or ""
    except ValueError:
        return ""


def _is_due(state: FeedState, now: datetime, settings: ScheduleSettings) -> bool:
    """A time further ahead than any we set comes from a clock that was wrong, and must not silence a feed."""
    return state.next_check is None or state.next_check <= now or state.next_check > now + settings.longest * (1 + _SPREAD)


_PATIENT = frozenset({FetchFault.CLIENT_ERROR, FetchFault.CHALLENGE, FetchFault.REFUSED})
"""Faults that asking again soon does not mend."""


def _back_off(fault: FetchFault | ParseFault, errors: int, settings: ScheduleSettings) -> timedelta:
    """How long to wait after so many failures in a row: doubling from the shortest wait; from the usual one where asking again soon
    would be rude or useless, and then fourfold.
    """
    doubled: int = 2 ** min(errors - 1, 16)  # further doubling only overflows; the longest wait is reached long before
    if fault in _PATIENT or fault in HARMFUL:
        return settings.interval * doubled * doubled
    if fault is FetchFault.RATE_LIMITED:
        return settings.interval * doubled
    return settings.retry * doubled


def _status(fault: FetchFault | ParseFault) -> FeedStatus:
    if fault is FetchFault.GONE:
        return FeedStatus.GONE
    if fault is FetchFault.RATE_LIMITED:
        return FeedStatus.RATE_LIMITED
    return FeedStatus.QUARANTINED if fault in HARMFUL else FeedStatus.FAILING


_SPREAD = 0.1


def _spread(url: str, wait: timedelta) -> timedelta:
    """The wait, longer by up to a tenth: each feed by a share of its own, so that feeds added together drift apart."""
    return wait * (1 + _SPREAD * int(content_id(url)[:8], 16) / 0xFFFFFFFF)
