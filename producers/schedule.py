"""When each feed is next due, and how healthy it is. Decides with values only: it is handed the time and touches nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

from producers.fault import HARMFUL, PATIENCE, FetchFault, ParseFault
from producers.feed import NO_SKIP, FeedState, FeedStatus, Move, Rhythm, Skip, Validators
from tocsin.model import content_id

FLOOR = timedelta(minutes=5)
"""No feed is asked sooner again, whatever anybody says."""


class ScheduleSettings(BaseModel):
    """[schedule] of tocsin.toml. An hour is what publishers expect of a reader that asks conditionally.

    `adaptive`: a feed that publishes more often than every `interval_minutes`, and says itself that it may be asked sooner, is; one that
    publishes seldom is asked every `slowest_minutes`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    interval_minutes: float = Field(default=60, ge=5)
    """How often a feed is asked that says nothing of it itself."""
    adaptive: bool = True
    """Whether a feed is asked as often as it publishes, within the limits."""
    slowest_minutes: float = Field(default=120, ge=5)
    """How rarely a feed is asked that hardly publishes."""
    retry_minutes: float = Field(default=5, ge=5)
    """How soon a feed is asked again after its first failure; each further failure doubles it."""
    longest_hours: float = Field(default=24, ge=1)
    """How long a failing feed is left alone at most."""

    @property
    def interval(self) -> timedelta:
        return timedelta(minutes=self.interval_minutes)

    @property
    def slowest(self) -> timedelta:
        return max(timedelta(minutes=self.slowest_minutes), self.interval)

    @property
    def retry(self) -> timedelta:
        return timedelta(minutes=self.retry_minutes)

    @property
    def longest(self) -> timedelta:
        return timedelta(hours=self.longest_hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The feed was there. `body_hash` is "" where it brought nothing new, and then what the body says (`title`, `ttl`, `skip`,
    `ids_hash`, `hub`, `topic`) says nothing.

    `fresh_for`, `ttl` and `skip` are how it asks to be left alone, in this answer and in its body; `moved` is where permanent redirects
    led; `rhythm` is None where the body was not a whole one.
    """

    validators: Validators
    body_hash: str = ""
    title: str = ""
    moved: str = ""
    fresh_for: timedelta | None = None
    ttl: timedelta | None = None
    skip: Skip = NO_SKIP
    rhythm: Rhythm | None = None
    ids_hash: str = ""
    hub: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The feed was not there, or was none. `retry_after` is how long the answer asks to be left alone, `host` who gave it."""

    fault: FetchFault | ParseFault
    reason: str
    retry_after: timedelta | None = None
    host: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Postponed:
    """The feed was not asked: a host on its way had asked for patience, and for so long."""

    wait: timedelta


Outcome = Answered | Failed | Postponed


def after(state: FeedState, outcome: Outcome, now: datetime, settings: ScheduleSettings) -> FeedState:
    """The feed's state once it was polled: what it answered with, its health, and when it is next due."""
    match outcome:
        case Answered():
            return _answered(state, outcome, now, settings)
        case Failed():
            return _failed(state, outcome, now, settings)
        case Postponed():
            # No sooner than usual: another host on its way may have been asked.
            wait = min(max(outcome.wait, _usual(state, settings)), settings.longest)
            return replace(state, next_check=now + spread(state.url, wait), last_checked=now)


def asking(state: FeedState, now: datetime, boot: str, uptime: float, settings: ScheduleSettings) -> FeedState:
    """What is kept before a feed is asked: should we die before its answer is kept, it is not asked again until that would be usual."""
    return replace(state, next_check=now + spread(state.url, _usual(state, settings)), last_checked=now, boot=boot, uptime=uptime)


def wait_left(state: FeedState, now: datetime, boot: str, uptime: float) -> timedelta:
    """How long until a feed is due, at least zero.

    Counted from when it was last checked, by the clock that never jumps where that was in this boot. By the wall's, it is never
    longer than it was meant to be: a clock that was wrong silences no feed.
    """
    if state.next_check is None:
        return timedelta()
    if state.last_checked is None:
        return max(state.next_check - now, timedelta())
    meant = state.next_check - state.last_checked
    if boot and state.boot == boot and uptime >= state.uptime:
        left = meant - timedelta(seconds=uptime - state.uptime)
    else:
        left = min(state.next_check - now, meant)
    return max(left, timedelta())


def _answered(state: FeedState, outcome: Answered, now: datetime, settings: ScheduleSettings) -> FeedState:
    if outcome.body_hash:
        state = replace(
            state,
            body_hash=outcome.body_hash,
            title=outcome.title or state.title,
            ttl=outcome.ttl,
            skip=outcome.skip,
            rhythm=_rhythm(state, outcome, now),
            ids_hash=outcome.ids_hash or state.ids_hash,
            hub=outcome.hub,
            topic=outcome.topic,
        )
    state = replace(_moved(state, outcome.moved, now), validators=outcome.validators, fresh_for=outcome.fresh_for)
    due = now + spread(state.url, _usual(state, settings))
    return replace(
        state,
        status=FeedStatus.OK,
        next_check=_outside(state.skip, due, now + settings.longest),
        last_checked=now,
        last_ok=now,
        errors=0,
        failing_since=None,
        fault="",
        reason="",
        held="",
    )


def _usual(state: FeedState, settings: ScheduleSettings) -> timedelta:
    """The wait after an answer: the longest that anybody asks for, a day at most.

    The feed's own interval is a week divided by its entries of a week (Miniflux's `entry_frequency`), between the slowest and the
    usual one; or a shorter one that the publisher says itself, of a feed that can be asked conditionally.
    """
    said = max(state.ttl or timedelta(), state.fresh_for or timedelta())
    least = settings.interval
    if said and state.validators:
        least = min(settings.interval, max(said, FLOOR))
    interval = settings.interval
    if settings.adaptive and state.rhythm.gap is not None:
        interval = min(max(state.rhythm.gap, least), settings.slowest)
    return min(max(interval, said), settings.longest)


def _rhythm(state: FeedState, outcome: Answered, now: datetime) -> Rhythm:
    """What is known of a feed's rhythm after a body. Entries without dates tell at least when others have taken their place."""
    told = outcome.rhythm or state.rhythm
    if told.newest is None and outcome.ids_hash:
        changed = outcome.ids_hash != state.ids_hash
        return replace(told, newest=now if changed else state.rhythm.newest)
    if told.newest and state.rhythm.newest:
        return replace(told, newest=max(told.newest, state.rhythm.newest))
    return told


def _outside(skip: Skip, moment: datetime, latest: datetime) -> datetime:
    """The first moment from this one on that the feed does not ask to skip; the latest one where that comes sooner."""
    while moment < latest and skip.covers(moment):
        moment += timedelta(hours=1)
    return moment


MOVES_AFTER, MOVES_SLOWEST = 3, timedelta(hours=24)
"""A feed is asked at its new address once so many polls in a row were led there for good, over so long."""
RECHECK = timedelta(days=30)
"""How long a new address may fail before the old one is asked again, once."""
_PORTALS = ("login", "signin", "register", "captive", "landing", "consent", "portal")
"""Words in the path of pages that stand in a feed's way for a while, and call it permanent."""


def _moved(state: FeedState, target: str, now: datetime) -> FeedState:
    """The state with what one more poll says about where the feed lives."""
    if not target or target == state.asked_at or any(word in urlsplit(target).path.lower() for word in _PORTALS):
        return replace(state, move=None)
    before = state.move if state.move and state.move.url == target else Move(target, 0, now)
    move = replace(before, times=before.times + 1)
    if move.times >= MOVES_AFTER and now - move.since >= MOVES_SLOWEST:
        return replace(state, address=target if target != state.url else "", moved_at=now, move=None)
    return replace(state, move=move)


def _failed(state: FeedState, outcome: Failed, now: datetime, settings: ScheduleSettings) -> FeedState:
    errors = state.errors + 1
    status = _status(outcome.fault)
    wait = min(max(_back_off(outcome.fault, errors, settings), outcome.retry_after or timedelta()), settings.longest)
    return replace(
        _looked_back(state, now),
        status=status,
        next_check=None if status is FeedStatus.GONE else now + spread(state.url, wait),
        last_checked=now,
        errors=errors,
        failing_since=state.failing_since or now,
        fault=outcome.fault.value,
        reason=outcome.reason,
        held=outcome.host if outcome.fault in PATIENCE else "",
    )


def _looked_back(state: FeedState, now: datetime) -> FeedState:
    """A feed whose new address fails for long is asked at its old one again; one redirect from there then settles it."""
    if not state.address or state.moved_at is None or now - max(state.failing_since or now, state.moved_at) < RECHECK:
        return state
    return replace(state, address="", moved_at=now, move=Move(state.address, MOVES_AFTER - 1, state.moved_at))


_PATIENT = frozenset(
    {FetchFault.CLIENT_ERROR, FetchFault.CHALLENGE, FetchFault.LOGIN, FetchFault.REFUSED, ParseFault.CHALLENGE, ParseFault.LOGIN}
)
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
    if fault in PATIENCE:
        return FeedStatus.RATE_LIMITED
    return FeedStatus.QUARANTINED if fault in HARMFUL else FeedStatus.FAILING


_SPREAD = 0.1


def spread(url: str, wait: timedelta) -> timedelta:
    """The wait, longer by up to a tenth: each feed by a share of its own, so that feeds added together drift apart."""
    return wait * (1 + _SPREAD * share(url))


def share(url: str) -> float:
    """A number from 0 to 1 that is the feed's own: its phase."""
    return int(content_id(url)[:8], 16) / 0xFFFFFFFF
