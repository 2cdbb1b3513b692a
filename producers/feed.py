"""What is known of one feed between two polls. Kept by the store in the transaction that keeps the feed's items."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class FeedStatus(StrEnum):
    """How a feed is. `gone` is final; all others are polled again."""

    NEW = "new"
    OK = "ok"
    FAILING = "failing"
    RATE_LIMITED = "rate_limited"
    QUARANTINED = "quarantined"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave to ask it by whether anything is new. Opaque: sent back byte for byte, quotes and all; "" where none was given."""

    etag: str = ""
    last_modified: str = ""

    def __bool__(self) -> bool:
        return bool(self.etag or self.last_modified)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """`url` is where the feed is asked for, and its name everywhere; `moved` is where it says it lives now, `ttl` how long its body asks
    to be left alone.

    `errors` counts failures since the last success; `fault` (a bounded code) and `reason` (a sentence) tell of the last one. `last_ok`
    is None until the first success: what that brings is the baseline.
    """

    url: str
    status: FeedStatus = FeedStatus.NEW
    next_check: datetime | None = None
    validators: Validators = Validators()
    body_hash: str = ""
    title: str = ""
    moved: str = ""
    ttl: timedelta | None = None
    last_checked: datetime | None = None
    last_ok: datetime | None = None
    errors: int = 0
    fault: str = ""
    reason: str = ""
