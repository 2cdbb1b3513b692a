"""Builds the rooms from the settings and runs them in this process: feeds are polled, taken in, and their alerts delivered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, closing, suppress
from dataclasses import replace
from functools import partial
from typing import Protocol

from producers.archive import ArchivedBody, ArchiveWriter
from producers.feed import FeedState
from producers.fetch import Fetcher
from producers.fulltext import ACCEPT, Articles
from producers.hosts import Hosts
from producers.hub import HubClient
from producers.poll import poll
from producers.pool import ParserPool
from producers.schedule import FLOOR
from producers.visit import Polled
from tocsin import again
from tocsin.assembly import segments_of
from tocsin.beside import monitoring, page_beside
from tocsin.book import FeedBook, Save
from tocsin.clock import Clock, Clocks, utc_now
from tocsin.delivering import delivering
from tocsin.dispatch import Dispatch
from tocsin.feedlog import report
from tocsin.garbage import settled
from tocsin.gauges import StoreGauges
from tocsin.intake import Flood, Intake
from tocsin.metrics import MeasuredFetcher, MeasuredParser, Metrics
from tocsin.model import Alert, NewsItem
from tocsin.progress import Progress
from tocsin.pushing import PushDesk, articles_of, in_thread, keep_articles, subscribing
from tocsin.retention import Retention
from tocsin.room import INTAKE_FAILURES, Room, is_full
from tocsin.settings import Settings
from tocsin.store import Store
from tocsin.subscribing import Subscriber
from tocsin.tracing import NoTracing, Tracing, tracing_as

log = logging.getLogger("tocsin")

AFTER_A_FAILED_INTAKE = FLOOR
"""When a feed is asked again whose news could not be kept: the disk may be full. The feed is not to blame, nor to be pressed."""
FINISH_SECONDS = 5
"""How long feeds that are being asked may take once it is time to stop. Those that are cut are asked again when it is their usual time."""
TICK_SECONDS = 1
"""How often it is looked whether an alert that was held back is due."""
LOOP_BEAT_SECONDS = 0.5
LOOP_WITHIN = 10
"""Seconds without a beat after which the event loop hangs, and only a restart helps."""
ROUND_WITHIN = 300
"""Seconds after which looking through the feeds is stuck: it is done every few seconds, and no fetch, parse or commit may take so long."""
LOOK_FOR_ROOM_SECONDS = 5
"""How often a full disk is asked whether it has room again."""
INTAKE_AT_MOST = 600
"""Seconds after which taking in one body is stuck: longer than the store waits for any lock."""


class WayIn(Protocol):
    """Where the news of one feed body goes."""

    def take(self, items: Iterable[NewsItem], also: Callable[[], None]) -> list[Alert]:
        """Keep the items and do `also`, both or neither; the alerts that rise."""


class Service:
    """The whole pipeline in this process, until it is told to stop.

    Raises (from `run`):
        StoreError: the data directory is in use or cannot be used.
        SinkRefusedError: a sink cannot work as it is configured.
        PortTakenError: metrics and health cannot be served where the configuration says.
        PageRefusedError: the page cannot be served so.
        TracingMissingError, FullTextMissingError: spans or articles are wanted, and their libraries are not installed.
    """

    _tracing: Tracing = NoTracing()
    _subscriber: Subscriber | None = None
    _articles: Articles | None = None
    _may_be_pushed = True
    """Whether all feeds are polled here, so that hubs find the process that knows them."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock = utc_now,
        clocks: Clocks | None = None,
        *,
        metrics: Metrics | None = None,
        progress: Progress | None = None,
    ) -> None:
        """`clocks`: unless said, those of this machine; all go by `clock` where that is another than the wall's."""
        self._settings = settings
        self._clocks = clocks or (Clocks.of_this_machine() if clock is utc_now else Clocks.by(clock))
        self._clock = self._clocks.wall
        self.metrics, self.progress = metrics or Metrics(), progress or Progress()
        self._stopping = asyncio.Event()
        self.started = asyncio.Event()
        """Set once everything is opened and checked: from then on it does its work."""

    def stop(self) -> None:
        """Finish the body in hand, the attempts in progress, and end. For a signal handler of the loop."""
        self._stopping.set()

    async def run(self) -> None:
        settings = self._settings
        settings.fulltext.check()
        with ExitStack() as ending:
            ending.enter_context(monitoring(settings.monitor, self.metrics, self.progress))
            if not await self._others_are_there(ending):
                return
            self._tracing = ending.enter_context(tracing_as(settings.tracing))
            self._store = ending.enter_context(closing(Store(settings.data_dir / "tocsin.db")))
            writer = ThreadPoolExecutor(1, thread_name_prefix="intake")
            self._feeds = ending.enter_context(closing(self._book(writer)))
            self._archive = ending.enter_context(closing(ArchiveWriter(settings.data_dir / "archive")))
            self._retention = Retention(settings.retention, self._store, settings.data_dir / "archive", self._clock)
            self._room = Room(settings.data_dir, settings.storage, self.metrics, self.progress)
            self._open_way_in(ending)
            ending.enter_context(writer)
            pool = ending.enter_context(ParserPool(settings.parse))
            hosts = Hosts(settings.poll.host_pause_seconds, self._clocks.uptime)
            async with (
                Fetcher(settings.fetch, self._clock, hosts) as fetcher,
                self._reading_articles(pool, hosts),
                self._subscribing(pool, hosts, writer),
            ):
                ending.enter_context(settled())
                polling = asyncio.create_task(self._poll(fetcher, pool, hosts, writer))
                ticking = asyncio.create_task(self._tick(writer))
                beating = asyncio.create_task(self._beat())
                stopping = asyncio.create_task(self._stopping.wait())
                self.started.set()
                await asyncio.wait({polling, ticking, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if self._stopping.is_set():
                    await asyncio.wait({polling}, timeout=FINISH_SECONDS)
                for task in (polling, ticking, beating, stopping):
                    task.cancel()
                await asyncio.gather(stopping, beating, return_exceptions=True)
                for name in ("loop", "round"):
                    self.progress.forget(name)
                await _unless_cancelled(ticking)
                await _unless_cancelled(polling)

    async def _others_are_there(self, _: ExitStack) -> bool:
        """Wait for the services it cannot work without, which are none; False where it is told to stop meanwhile."""
        return True

    def _open_way_in(self, ending: ExitStack) -> None:
        """Build what becomes of the news: it is taken in here, and its alerts are delivered from here."""
        settings = self._settings
        self._dispatch = Dispatch(self._store, settings.routing, list(settings.sinks), self._clock)
        build = segments_of(settings, self.metrics, self._tracing)
        self._intake: WayIn = Intake(
            self._store,
            build,
            self._dispatch,
            self._clock,
            tell=self.metrics.taken,
            trace=self._tracing.here,
            flood=Flood(settings.poll.most_alerts, self._dispatch.flood),
        )
        gauges = ending.enter_context(closing(StoreGauges(self._store, settings.data_dir, self._clock, settings.feeds.listed())))
        ending.enter_context(self.metrics.asking(gauges))
        # The sinks start last: a store that cannot be read is told by the line that reads it, not by every sink as well.
        self._bells = ending.enter_context(
            delivering(settings, self._store, self._clock, self.metrics, self.progress, tracing=self._tracing)
        )
        ending.enter_context(page_beside(settings, self._clock, self.metrics, self.progress))

    def _book(self, writer: ThreadPoolExecutor) -> FeedBook:
        async def save(states: Sequence[FeedState]) -> bool:
            loop = asyncio.get_running_loop()
            while not await loop.run_in_executor(writer, self._room.look):
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), LOOK_FOR_ROOM_SECONDS)
                    return False
                self.progress.beat("round")
            return await loop.run_in_executor(writer, self._note, states)

        return self._open_book(save)

    def _open_book(self, save: Save) -> FeedBook:
        listed = self._settings.feeds.listed()
        return FeedBook(self._store, listed, save, round=self._went_round, now=self._clocks.uptime, pushed=self._lengthened)

    def _lengthened(self, state: FeedState) -> FeedState:
        return self._subscriber.lengthened(state) if self._subscriber else state

    @asynccontextmanager
    async def _reading_articles(self, pool: ParserPool, hosts: Hosts) -> AsyncIterator[None]:
        """The pages of new articles are fetched meanwhile, where the configuration wants them."""
        settings = self._settings.fulltext
        if not settings.enabled:
            yield
            return
        articles_of(self._store)
        limits = {"total_seconds": settings.page_seconds, "max_bytes": settings.page_bytes}
        with closing(self._store.reader()) as reader:
            kept = articles_of(reader)
            async with Fetcher(self._settings.fetch.model_copy(update=limits), self._clock, hosts, ACCEPT) as fetcher:
                count = self.metrics.pages
                self._articles = Articles(settings, fetcher, pool, hosts, known=kept.get, count=lambda result: count.labels(result).inc())
                yield

    @asynccontextmanager
    async def _subscribing(self, pool: ParserPool, hosts: Hosts, writer: ThreadPoolExecutor) -> AsyncIterator[None]:
        """Hubs are subscribed to and listened to meanwhile, where the configuration says how they reach us."""
        settings = self._settings.websub
        if settings.callback and not self._may_be_pushed:
            log.warning("hubs are not subscribed to: several processes share the feeds, and one address leads to one of them")
        if not settings.callback or not self._may_be_pushed:
            yield
            return
        self._feeds.all()  # so that what is polled is known before anybody asks
        desk = PushDesk(self._store, self._room, self._clock, self._take_in, self._articles)
        parser = MeasuredParser(pool, self.metrics)
        async with HubClient(self._settings.fetch, self._clock, hosts) as hub:
            self._subscriber = Subscriber(
                settings,
                desk.kept(),
                lambda changes: in_thread(writer, desk.keep, changes),
                hub=hub,
                known=self._feeds.known,
                receive=partial(desk.receive, parser, writer),
                clock=self._clock,
                changed=self._pushed_change,
                count=lambda result: self.metrics.pushes.labels(result).inc(),
            )
            async with subscribing(self._subscriber, settings):
                yield

    def _pushed_change(self) -> None:
        if self._subscriber:
            self.metrics.pushed_feeds.set(self._subscriber.holding)
        self._feeds.stir()

    def _note(self, states: Sequence[FeedState]) -> bool:
        """Keep that these feeds are being asked, so that a crash meanwhile costs their publishers no further request."""
        try:
            with self._store.transaction():
                self._keep(states)
        except INTAKE_FAILURES as wrong:
            self._pause_where_full(wrong)
            log.error("%d feeds are not asked now: that they are could not be kept (%s)", len(states), wrong)  # noqa: TRY400
            return False
        return True

    def _keep(self, states: Sequence[FeedState]) -> None:
        """Keep these states, inside a transaction."""
        for state in states:
            self._store.save_feed(state.url, state)

    async def _poll(self, fetcher: Fetcher, pool: ParserPool, hosts: Hosts, writer: ThreadPoolExecutor) -> None:
        loop = asyncio.get_running_loop()
        self.progress.expect("round", ROUND_WITHIN)
        measured = MeasuredFetcher(fetcher, self.metrics), MeasuredParser(pool, self.metrics)
        settings, articles = self._settings.poll, self._articles
        polls = poll(self._feeds, *measured, self._clocks, settings, hosts=hosts, stopping=self._stopping, articles=articles)
        async for polled in polls:
            state = await loop.run_in_executor(writer, self._take, polled)
            self._feeds.learn(state)
            if self._subscriber:
                await self._subscriber.learn(polled)

    def _went_round(self) -> None:
        self.progress.beat("round")
        self.metrics.last_round.set(self._clock().timestamp())

    async def _beat(self) -> None:
        """Show that the event loop goes round, and measure how late it wakes."""
        loop = asyncio.get_running_loop()
        self.progress.expect("loop", LOOP_WITHIN, vital=True)
        while True:
            due = loop.time() + LOOP_BEAT_SECONDS
            await asyncio.sleep(LOOP_BEAT_SECONDS)
            self.metrics.loop_lag.observe(max(loop.time() - due, 0))
            self.progress.beat("loop")

    async def _tick(self, writer: ThreadPoolExecutor) -> None:
        """Send what routing held back, as soon as it is due."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(TICK_SECONDS)
            await loop.run_in_executor(writer, self._send_held)
            await loop.run_in_executor(writer, self._try_again)
            await loop.run_in_executor(writer, self._remove_outdated)

    def _remove_outdated(self) -> None:
        try:
            self._retention.enforce_when_due()
        except INTAKE_FAILURES as wrong:
            log.error("what is too old could not be removed (%s); tried again", wrong)  # noqa: TRY400 -- no bug of ours

    def _try_again(self) -> None:
        if not isinstance(self._intake, Intake):
            return  # on a cluster dead letters are a topic
        try:
            alerts = again.fulfil(self._store, self._intake)
        except INTAKE_FAILURES as wrong:
            log.error("dead letters could not be tried again (%s); they wait", wrong)  # noqa: TRY400 -- no bug of ours
            return
        if alerts:
            self._ring()

    def _send_held(self) -> None:
        try:
            if not self._dispatch.is_due():
                return
            with self._store.transaction():
                sent = self._dispatch.tick()
        except INTAKE_FAILURES as wrong:
            log.error("alerts that were held back could not be sent on (%s); tried again", wrong)  # noqa: TRY400 -- no bug of ours
            return
        if sent:
            self._ring()

    def _ring(self) -> None:
        for bell in self._bells:
            bell.ring()

    def _take(self, polled: Polled) -> FeedState:
        """Keep what one poll brought, the feed's state with it; returns the state that holds from now on."""
        state = polled.state
        report(self._feeds.known(state.url), polled, self._clock())

        def also() -> None:
            self._keep([self._flagged(state)])
            keep_articles(self._store, state.url, polled.texts)

        if not self._take_in(state.url, polled.items, polled.body, also):
            before = self._feeds.known(state.url) or FeedState(url=state.url)
            now = self._clock()
            return replace(
                before, last_checked=now, next_check=now + AFTER_A_FAILED_INTAKE, boot=self._clocks.boot, uptime=self._clocks.uptime()
            )
        state = self._flagged(state)
        if state.fault == "flood":
            log.warning("feed %s: %s", state.url, state.reason, extra={"feed": state.url, "reason": "flood"})
        return state

    def _take_in(self, feed: str, items: Sequence[NewsItem], body: ArchivedBody | None, also: Callable[[], None]) -> bool:
        """Archive the body and take its items in, and `also` in the same transaction; False where that failed, and nothing was taken in."""
        try:
            with (
                self.progress.working("intake", INTAKE_AT_MOST, vital=True),
                self.metrics.committing(self._clock),
                self._tracing.span("body", items=len(items)),
            ):
                if body is not None:
                    self._archive.write(body)
                alerts = self._intake.take(items, also=also)
            self.progress.clear("intake")
        except Exception as wrong:  # noqa: BLE001 -- a mistake of ours with one body must not silence the others
            told = log.error if isinstance(wrong, INTAKE_FAILURES) else log.exception
            self.progress.trouble("intake", type(wrong).__name__)
            self._pause_where_full(wrong)
            told("feed %s: its news could not be kept (%s); asked again in five minutes", feed, wrong)
            return False
        if alerts:
            self._ring()
        return True

    def _flagged(self, state: FeedState) -> FeedState:
        """The feed's state after its body was taken in, which says so where that raised too many alerts at once."""
        many = self._intake.flooded if isinstance(self._intake, Intake) else 0
        if not many:
            return state
        most = self._settings.poll.most_alerts
        return replace(state, fault="flood", reason=f"{many} alerts at once beyond the {most} one body may raise; told in one digest")

    def _pause_where_full(self, wrong: Exception) -> None:
        if is_full(wrong):
            self._room.pause(str(wrong))


async def _unless_cancelled(task: asyncio.Task[None]) -> None:
    """The end of a task that may have been cancelled; what else it raised goes through."""
    try:
        await task
    except asyncio.CancelledError:
        return
