"""The pages of how the service fares: feeds, the worst first, and dead letters, which may be tried again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import HTMLResponse

from producers.feed import FeedState, FeedStatus
from producers.rhythm import silent_since
from sinks.message import line
from tocsin.dashboard import words
from tocsin.dashboard.desk import Desk
from tocsin.dashboard.strip import is_failing
from tocsin.dashboard.words import clean

MOST_LETTERS = 200
MOST_REFUSED = 100
MOST_FEEDS = 500
_WORST = ("gone", "quarantined", "failing", "rate_limited", "silent", "paused", "new", "ok")


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed, and since when it answers without saying anything, if it does."""

    state: FeedState
    silent: datetime | None

    @property
    def health(self) -> str:
        return "silent" if self.silent and self.state.status is FeedStatus.OK else self.state.status.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A dead letter in words: the first characters of what it holds."""

    id: str
    segment: str
    kind: str
    error: str
    attempts: int
    at: datetime
    version: str
    holds: str
    asked: bool


def feeds(desk: Desk, request: Request) -> HTMLResponse:
    """Every feed with its health, the worst first."""
    now = desk.clock()
    every = [Feed(state, silent_since(state, now)) for state in desk.source.feeds()]
    told = sorted(every, key=lambda feed: (_WORST.index(feed.health), -feed.state.errors, feed.state.url))
    pulse = desk.source.pulse()
    known = {
        "feeds": told[:MOST_FEEDS],
        "all": len(told),
        "failing": sum(is_failing(feed.state) for feed in told),
        "deliveries": pulse.deliveries,
        "sums": pulse.sums,
    }
    return desk.page(request, "feeds.html", known)


def letters(desk: Desk, request: Request) -> HTMLResponse:
    """The dead letters, newest first, each to be tried again; and the alerts that a sink will never take."""
    asked = desk.source.retries()
    told = [
        Letter(
            id=letter.id,
            segment=letter.segment,
            kind=letter.kind,
            error=line(letter.error, 300),
            attempts=letter.attempts,
            at=letter.at,
            version=letter.version,
            holds=clean(letter.value.decode("utf-8", "replace"))[:1500],
            asked=letter.id in asked,
        )
        for letter in desk.source.dead_letters(MOST_LETTERS)
    ]
    pulse = desk.source.pulse()
    refused = [(delivery, words.row(0, alert)) for delivery, alert in desk.source.refused(MOST_REFUSED)]
    told_of = request.query_params.get("asked", "")
    return desk.page(
        request,
        "letters.html",
        {"letters": told, "all": pulse.dead_letters, "refused": refused, "asked": told_of if told_of.isdigit() else ""},
    )
