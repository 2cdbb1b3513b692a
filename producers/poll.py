"""Feeds, round after round: what is due is fetched and parsed, many feeds at once, and handed over one feed at a time.

Each feed comes as one unit, with its items and its next state, which the receiver keeps in one transaction: if that
fails, the validators were not kept either, and the server sends the body again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field

from producers.agenda import UNPOLLED, Agenda, paced
from producers.feed import FeedState, FeedStatus
from producers.hosts import Hosts
from producers.schedule import FLOOR, Failed, ScheduleSettings, asking, wait_left
from producers.visit import Fetches, Parses, Polled, ReadsArticles, visit
from tocsin.clock import Clocks


class PollSettings(BaseModel):
    """[poll] of tocsin.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    concurrent: int = Field(default=32, gt=0)
    """How many hosts are asked at once."""
    host_pause_seconds: float = Field(default=1, ge=0)
    """How long a host is left alone between two requests."""
    most_alerts: int = Field(default=50, ge=1)
    """How many alerts one body of a feed may raise by itself; those beyond are told in one digest, and the feed's state says so."""
    schedule: ScheduleSettings = Field(default_factory=ScheduleSettings)


class Book(Protocol):
    """Who keeps what is known of the feeds: the store, or a list in a test."""

    def changes(self) -> Sequence[FeedState] | None:
        """All feeds there are, with what is known of each; None where that is what it was when last asked, but for `known`."""
        ...

    def known(self, url: str) -> FeedState | None:
        """What is known of a feed, once the unit it came in was handed over; None where it is no longer polled."""
        ...

    async def note(self, states: Sequence[FeedState]) -> bool:
        """Keep these states, before the feeds are asked; False where that cannot be done, and they are not asked."""
        ...


IDLE_SECONDS = 10.0
"""How long to wait at most, so that a feed that was added meanwhile is seen."""


def poll(
    book: Book,
    fetcher: Fetches,
    parser: Parses,
    clocks: Clocks,
    settings: PollSettings,
    *,
    hosts: Hosts | None = None,
    once: bool = False,
    stopping: asyncio.Event | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    articles: ReadsArticles | None = None,
) -> AsyncGenerator[Polled]:
    """Polls the feeds that are due, for ever; with `once`, each feed that is due now and no more.

    Before a feed is asked, `book` keeps that it is; what it answered is handed over, and asked back of `book` as its receiver kept
    it. A host is asked for one feed at a time, with a pause between (`hosts`, which the fetcher shares). Whatever goes wrong with a
    feed is that feed's outcome. Once it is `stopping` no more feeds are asked, and it ends with the last that was.
    """
    polling = _Polling(book, fetcher, parser, clocks, settings, articles=articles)
    return polling.run(hosts or Hosts(settings.host_pause_seconds), stopping or asyncio.Event(), sleep, once=once)


class _Polling:
    """One run of `poll`."""

    def __init__(
        self, book: Book, fetcher: Fetches, parser: Parses, clocks: Clocks, settings: PollSettings, *, articles: ReadsArticles | None
    ) -> None:
        self._book, self._clocks, self._settings = book, clocks, settings
        self._visit = partial(visit, fetcher=fetcher, parser=parser, clocks=clocks, settings=settings.schedule, articles=articles)
        self._running: dict[asyncio.Task[Polled], FeedState] = {}
        self._visited: set[str] = set()

    async def run(
        self, hosts: Hosts, stopping: asyncio.Event, sleep: Callable[[float], Awaitable[None]], *, once: bool
    ) -> AsyncGenerator[Polled]:
        self._hosts, self._agenda, self._once = hosts, Agenda(hosts), once
        stopped = asyncio.create_task(stopping.wait())
        try:
            while True:
                if not stopped.done():
                    self._look()
                    await self._launch()
                if self._running:
                    for task in await self._finished(stopped):
                        polled = task.result()
                        yield polled
                        self._answered(self._running.pop(task), polled)
                elif stopped.done() or (once and self._agenda.next_at() is None):
                    return
                else:
                    await _either(sleep(self._rest()), stopped)
        finally:
            for unfinished in (stopped, *self._running):
                unfinished.cancel()
            await asyncio.gather(stopped, *self._running, return_exceptions=True)

    async def _finished(self, stopped: asyncio.Task[Any]) -> list[asyncio.Task[Polled]]:
        """The visits that have come to an end; none, where a feed is due first, or it is time to stop."""
        waiting = {*self._running, *(() if stopped.done() else (stopped,))}
        timeout = None if stopped.done() else self._rest()
        done, _ = await asyncio.wait(waiting, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        return [task for task in list(self._running) if task in done]

    def _look(self) -> None:
        """Take up what has changed about the list of feeds."""
        states = self._book.changes()
        if states is None:
            return
        wanted = {state.url: state for state in states if state.status not in UNPOLLED and state.url not in self._visited}
        self._agenda.drop([state.url for state in self._agenda if state.url not in wanted])
        now = self._clocks.uptime()
        left = {url: self._left(state) for url, state in wanted.items() if self._agenda.get(url) != state}
        if self._once:
            left = {url: seconds for url, seconds in left.items() if seconds <= 0}
        for url, seconds in (left if self._once else paced(left)).items():
            state = wanted[url]
            if state.status is FeedStatus.RATE_LIMITED and state.held and seconds > 0:
                self._hosts.hold(state.held, timedelta(seconds=seconds))
            self._agenda.put(state, now + seconds)

    async def _launch(self) -> None:
        """Ask the feeds that are due, as many as may be asked at once."""
        batch: list[FeedState] = []
        now = self._clocks.uptime()
        while len(self._running) + len(batch) < self._settings.concurrent and (state := self._agenda.take(now)):
            batch.append(state)
        if not batch:
            return
        wall = self._clocks.wall()
        noted = [asking(state, wall, self._clocks.boot, now, self._settings.schedule) for state in batch]
        if await self._book.note(noted):
            for before, state in zip(batch, noted, strict=True):
                self._running[asyncio.create_task(self._visit(state))] = before
        else:
            for state in batch:
                self._agenda.answered(state, state, now + FLOOR.total_seconds())

    def _answered(self, asked: FeedState, polled: Polled) -> None:
        state, now = self._book.known(asked.url), self._clocks.uptime()
        told = polled.state
        if isinstance(polled.outcome, Failed) and told.held and told.next_check and told.last_checked:
            self._hosts.hold(told.held, told.next_check - told.last_checked)
        if self._once:
            self._visited.add(asked.url)
            self._agenda.drop([asked.url])
        self._agenda.answered(asked, state, now + (self._left(state) if state else 0.0))

    def _left(self, state: FeedState) -> float:
        """Seconds until a feed is due."""
        return wait_left(state, self._clocks.wall(), self._clocks.boot, self._clocks.uptime()).total_seconds()

    def _rest(self) -> float:
        """Seconds until something may be due; at least a moment, so that nothing is waited for in circles."""
        soonest = self._agenda.next_at()
        return IDLE_SECONDS if soonest is None else min(max(soonest - self._clocks.uptime(), 0.01), IDLE_SECONDS)


async def _either(sleeping: Awaitable[None], stopped: asyncio.Task[Any]) -> None:
    """Sleep, unless it is time to stop."""
    asleep = asyncio.ensure_future(sleeping)
    try:
        await asyncio.wait({asleep, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        asleep.cancel()
        await asyncio.gather(asleep, return_exceptions=True)
