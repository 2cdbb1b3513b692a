"""What is known of one feed between two polls. Kept by the store in the transaction that keeps the feed's items."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class FeedStatus(StrEnum):
    """How a feed is. `gone` and `paused` feeds are not polled; `paused` is a person's wish and never kept in a feed's state."""

    NEW = "new"
    OK = "ok"
    FAILING = "failing"
    RATE_LIMITED = "rate_limited"
    QUARANTINED = "quarantined"
    GONE = "gone"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave to ask it by whether anything is new. Opaque: sent back byte for byte, quotes and all; "" where none was given."""

    etag: str = ""
    last_modified: str = ""

    def __bool__(self) -> bool:
        return bool(self.etag or self.last_modified)


@dataclass(frozen=True, slots=True)
class Skip:
    """When a feed asks not to be read: hours of the day (0-23) and days of the week (0 is Monday), in UTC (RSS `skipHours`, `skipDays`)."""

    hours: tuple[int, ...] = ()
    days: tuple[int, ...] = ()

    def covers(self, moment: datetime) -> bool:
        return moment.hour in self.hours or moment.weekday() in self.days


NO_SKIP = Skip()


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often a feed publishes: the usual time between two entries, and when the newest one came. None where nobody can tell."""

    gap: timedelta | None = None
    newest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """A permanent redirect that was met `times` polls in a row, first at `since`."""

    url: str
    times: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """`url` is the feed's name everywhere; `address` is where it is asked for since it moved for good, "" while that is `url`.

    `hub` and `topic` are where it says it is pushed from, and as what (`producers.websub`).
    `next_check` and `last_checked` are times of the wall clock; `boot` and `uptime` say when it was last checked by the clock that never
    jumps. `ttl`, `skip` (of the body) and `fresh_for` (of the answer) are how the publisher asks to be left alone. `errors` counts
    failures since the last success, the first of which was at `failing_since`; `fault` (a bounded code) and `reason` (a sentence) tell of
    the last one, `held` the host that asked for patience. `last_ok` is None until the first success: what that brings is the baseline.
    """

    url: str
    status: FeedStatus = FeedStatus.NEW
    next_check: datetime | None = None
    validators: Validators = Validators()
    body_hash: str = ""
    title: str = ""
    address: str = ""
    moved_at: datetime | None = None
    move: Move | None = None
    ttl: timedelta | None = None
    fresh_for: timedelta | None = None
    skip: Skip = NO_SKIP
    rhythm: Rhythm = Rhythm()
    ids_hash: str = ""
    last_checked: datetime | None = None
    boot: str = ""
    uptime: float = 0.0
    last_ok: datetime | None = None
    errors: int = 0
    failing_since: datetime | None = None
    fault: str = ""
    reason: str = ""
    held: str = ""
    hub: str = ""
    topic: str = ""

    @property
    def asked_at(self) -> str:
        """The URL that is asked."""
        return self.address or self.url
