"""Feeds, round after round: what is due is fetched and parsed, many feeds at once, and handed over one feed at a time.

Each feed comes as one unit, with its items and its next state, which the receiver keeps in one transaction: if that
fails, the validators were not kept either, and the server sends the body again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field

from producers.fault import FetchError, FetchFault, ParseError
from producers.feed import FeedState, Validators
from producers.fetch import Fetched
from producers.parse import ParsedFeed
from producers.schedule import Answered, Failed, Outcome, ScheduleSettings, after, due, host_of
from producers.warc import ArchivedBody
from tocsin.clock import Clock
from tocsin.model import NewsItem


class PollSettings(BaseModel):
    """[poll] of tocsin.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    concurrent: int = Field(default=32, gt=0)
    host_pause_seconds: float = Field(default=1, ge=0)
    schedule: ScheduleSettings = Field(default_factory=ScheduleSettings)


class Fetches(Protocol):
    async def fetch(self, url: str, validators: Validators | None = None) -> Fetched: ...


class Parses(Protocol):
    async def parse(self, body: bytes, *, feed: str, url: str, fetched: datetime, content_type: str, baseline: bool) -> ParsedFeed: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """One feed, polled: its next state, what it brought, and the body where that was new (to be archived before the state is kept)."""

    state: FeedState
    outcome: Outcome
    items: tuple[NewsItem, ...] = ()
    body: ArchivedBody | None = None
    problems: tuple[str, ...] = ()


IDLE_SECONDS = 30.0
"""How long to sleep at most, so that a feed that was added meanwhile is seen."""


async def poll(
    feeds: Callable[[], Sequence[FeedState]],
    fetcher: Fetches,
    parser: Parses,
    clock: Clock,
    settings: PollSettings,
    *,
    once: bool = False,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> AsyncIterator[Polled]:
    """Polls the feeds that are due, for ever; with `once`, each feed that is due now and no more.

    `feeds` is asked again and again, and must know what was kept of the units handed over before. A host is asked for one feed
    at a time, with a pause between. Whatever goes wrong with a feed is that feed's outcome.
    """
    loop = asyncio.get_running_loop()
    running: dict[asyncio.Task[Polled], str] = {}
    busy: set[str] = set()
    visited: set[str] = set()
    try:
        while True:
            now = clock()
            waiting = [state for state in feeds() if not (once and state.url in visited)]
            for state in due(waiting, now, settings.schedule, busy)[: settings.concurrent - len(running)]:
                host = host_of(state)
                busy.add(host)
                visited.add(state.url)
                running[asyncio.create_task(visit(state, fetcher, parser, clock, settings.schedule))] = host
            if running:
                done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    loop.call_later(settings.host_pause_seconds, busy.discard, running.pop(task))
                    yield task.result()
            elif once and not due(waiting, now, settings.schedule):
                return
            else:
                await sleep(_until_next(waiting, now, settings, resting=bool(busy)))
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def _until_next(states: Sequence[FeedState], now: datetime, settings: PollSettings, *, resting: bool) -> float:
    """Seconds until something may be due; at least a moment, so that a host's pause is not waited for in circles."""
    soonest = min(((state.next_check or now) - now for state in states), default=timedelta(seconds=IDLE_SECONDS))
    least = settings.host_pause_seconds if resting else 0.0
    return min(max(soonest.total_seconds(), least, 0.05), IDLE_SECONDS)


async def visit(state: FeedState, fetcher: Fetches, parser: Parses, clock: Clock, settings: ScheduleSettings) -> Polled:
    """One poll of one feed."""
    try:
        fetched = await fetcher.fetch(state.url, state.validators)
        return await _read(state, fetched, parser, settings)
    except FetchError as wrong:
        outcome = Failed(fault=wrong.kind, reason=wrong.reason, retry_after=wrong.retry_after)
    except ParseError as wrong:
        outcome = Failed(fault=wrong.kind, reason=wrong.reason)
    except Exception as wrong:  # noqa: BLE001 -- a mistake of ours with one feed must not silence the others
        outcome = Failed(fault=FetchFault.INTERNAL, reason=f"our own mistake: {type(wrong).__name__}")
    return Polled(state=after(state, outcome, clock(), settings), outcome=outcome)


async def _read(state: FeedState, fetched: Fetched, parser: Parses, settings: ScheduleSettings) -> Polled:
    """What a feed's answer brings: nothing where its body is the one that came last.

    Raises:
        ParseError: the body is no feed.
    """
    digest = blake2b(fetched.body, digest_size=16).hexdigest() if fetched.body is not None else ""
    if fetched.body is None or digest == state.body_hash:
        outcome = Answered(validators=fetched.validators, moved=fetched.moved, fresh_for=fetched.fresh_for)
        return Polled(state=after(state, outcome, fetched.fetched, settings), outcome=outcome)
    parsed = await parser.parse(
        fetched.body,
        feed=state.url,
        url=fetched.url,
        fetched=fetched.fetched,
        content_type=fetched.content_type,
        baseline=state.last_ok is None,
    )
    outcome = Answered(
        validators=fetched.validators,
        body_hash=digest,
        title=parsed.title,
        moved=fetched.moved,
        fresh_for=fetched.fresh_for,
        ttl=parsed.ttl,
    )
    body = ArchivedBody(
        feed=state.url,
        url=fetched.url,
        fetched=fetched.fetched,
        body=fetched.body,
        content_type=fetched.content_type,
        status=fetched.status,
        headers=fetched.headers,
    )
    return Polled(
        state=after(state, outcome, fetched.fetched, settings), outcome=outcome, items=parsed.items, body=body, problems=parsed.problems
    )
