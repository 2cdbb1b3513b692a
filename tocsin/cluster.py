"""The roles of a cluster, one process each: `Producing` polls feeds, `Processing` runs segments. `desk` has the one that serves a sink.

Each builds its room's worker from the settings and runs it until it is told to stop, as `app` does for all of them in one process.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, aclosing, closing, suppress
from typing import Any

from redis import Redis as RedisClient
from redis.exceptions import RedisError

from processors.assess import DyadState
from processors.deduplicate import Seen
from processors.lanes import Assess, Deduplicate, Lane, Tag
from processors.segments import assess, deduplicate, tag
from processors.worker import Outlet, Worker
from producers.feed import FeedState
from producers.kafka import NewsTopic
from producers.leases import Leases
from producers.shard import Shard
from tocsin.app import Service, WayIn
from tocsin.beside import monitoring
from tocsin.book import FeedBook, Save
from tocsin.clock import Clock, Clocks, utc_now
from tocsin.gauges import StoreGauges
from tocsin.intake import nothing_more
from tocsin.metrics import Metrics
from tocsin.model import Alert, NewsItem
from tocsin.progress import Progress
from tocsin.settings import Settings
from tocsin.state import SegmentState, connect
from tocsin.store import Store
from tocsin.topics import TOPICS, group_of
from tocsin.tracing import TracedLane, tracing_as
from tocsin.waiting import broker, memory, until_there

log = logging.getLogger("tocsin")

SEGMENTS = ("deduplicate", "tag", "assess")
WATCH_SECONDS = 5
ENDING_SECONDS = 15
"""How long what was begun may take when a worker ends; what is not done by then comes again."""


def check_producing(settings: Settings) -> None:
    """Check what can be checked without connecting to anything.

    Raises:
        UnusableError: a file that [kafka] names cannot be used.
        FullTextMissingError: articles are wanted, and their library is not installed.
    """
    settings.kafka.check()
    settings.fulltext.check()


def check_processing(settings: Settings) -> None:
    """As `check_producing`.

    Raises:
        UnusableError: a file that [kafka] names cannot be used.
        UserFileError: a lexicon is wrong.
    """
    settings.kafka.check()
    settings.lexicon.build()


class Publishing(WayIn):
    """Stands where one process takes the news in: hands a body's items on, then keeps what belongs to them."""

    def __init__(self, news: NewsTopic, store: Store) -> None:
        self._news, self._store = news, store

    def take(self, items: Iterable[NewsItem], also: Callable[[], None] = nothing_more) -> list[Alert]:
        """Publish the items; `also` is done and kept only when the broker has all of them. No alerts rise here.

        Raises:
            PublishError: the broker has not got all of them.
        """
        count = self._news.publish(items)
        with self._store.transaction():
            also()
            self._store.add({"items": count})
        return []


class Producing(Service):
    """Polls the feeds, and puts their items on the `news` topic. A feed's state is kept when the broker has all its items.

    Given a shard of several, it polls that one's feeds, and those of shards whose process is gone; their states are in Redis.

    Raises (from `run`):
        StoreError: the data directory is in use or cannot be used.
        RefusedError: the broker, or with several shards Redis, does not let us in, or a topic is missing. One that is away is waited for.
        PublishError: the broker went away again just then.
        PortTakenError: metrics and health cannot be served where the configuration says.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock = utc_now,
        clocks: Clocks | None = None,
        *,
        shard: Shard | None = None,
        metrics: Metrics | None = None,
        progress: Progress | None = None,
    ) -> None:
        super().__init__(settings, clock, clocks, metrics=metrics, progress=progress)
        self._leases: Leases | None = None
        if shard and shard.of > 1:
            redis = RedisClient.from_url(settings.kafka.state_url(), socket_timeout=3, socket_connect_timeout=3)
            self._leases = Leases(redis, settings.kafka.prefix, shard, seconds=settings.kafka.session_timeout_seconds)
            self._may_be_pushed = False

    async def _others_are_there(self, _: ExitStack) -> bool:
        kafka = self._settings.kafka
        services = [broker(kafka, TOPICS["produce"]), *([memory(kafka)] if self._leases else [])]
        return await until_there(services, self.progress, self._stopping.wait())

    def _open_way_in(self, ending: ExitStack) -> None:
        self._intake = Publishing(ending.enter_context(closing(NewsTopic(self._settings.kafka))), self._store)
        if self._leases:
            ending.callback(self._give_shards_back, self._leases)
            ending.callback(asyncio.get_running_loop().create_task(self._keep_shards(self._leases)).cancel)
        gauges = ending.enter_context(
            closing(StoreGauges(self._store, self._settings.data_dir, self._clock, self._settings.feeds.listed()))
        )
        ending.enter_context(self.metrics.asking(gauges))

    def _open_book(self, save: Save) -> FeedBook:
        mine = self._leases.has if self._leases else _everything
        listed, now = self._settings.feeds.listed(), self._clocks.uptime
        return FeedBook(self._store, listed, save, mine=mine, round=self._went_round, now=now, pushed=self._lengthened)

    def _keep(self, states: Sequence[FeedState]) -> None:
        if self._leases:
            self._leases.save(states)
        else:
            super()._keep(states)

    def _take_shards(self, leases: Leases) -> tuple[frozenset[int], dict[str, FeedState]]:
        """The shards this process has gained and lost since, and what is known of the feeds of the gained."""
        before = leases.mine()
        now = leases.round()
        states = leases.states(now - before)
        return now ^ before, states

    async def _keep_shards(self, leases: Leases) -> None:
        """Renew the leases, as long as the process lives."""
        while True:
            try:
                changed, states = await asyncio.to_thread(self._take_shards, leases)
            except RedisError as wrong:
                log.warning("the leases of the shards could not be renewed (%s); nothing is polled without", wrong)
            else:
                if changed:
                    log.info("polling shards %s", ", ".join(map(str, sorted(leases.mine()))) or "none")
                    self._feeds.learn_all(states)
            await asyncio.sleep(leases.round_seconds)

    def _give_shards_back(self, leases: Leases) -> None:
        with suppress(RedisError):
            leases.release()

    def _send_held(self) -> None:
        """Nothing is held back here: alerts rise elsewhere."""


def _everything(_: str) -> bool:
    return True


_KINDS: Mapping[str, Mapping[str, type[Any]]] = {"deduplicate": {"seen": Seen}, "assess": {"dyads": DyadState}}
"""The tables of each segment that remembers, and what their rows are."""


def states(prefix: str, redis: Any, segments: Iterable[str] = tuple(_KINDS)) -> Iterator[SegmentState]:
    """What the segments that remember keep in Redis under that prefix."""
    return (SegmentState(redis, f"{prefix}.{segment}", _KINDS[segment]) for segment in segments)


def lanes(settings: Settings, segments: Iterable[str], redis: Any, metrics: Metrics) -> list[Lane]:
    """The segments as the worker runs them, timed, over what Redis keeps."""
    prefix = settings.kafka.prefix

    def timed(segment: str, build: Callable[[Mapping[str, Any]], Any]) -> Callable[[Mapping[str, Any]], Any]:
        return lambda tables: metrics.timed(segment, build(tables))

    made: Mapping[str, Callable[[], Lane]] = {
        "deduplicate": lambda: Deduplicate(
            next(states(prefix, redis, ["deduplicate"])), timed("deduplicate", _over("seen", deduplicate, settings.deduplicate))
        ),
        "tag": lambda: Tag(metrics.timed("tag", tag(settings.lexicon))),
        "assess": lambda: Assess(next(states(prefix, redis, ["assess"])), timed("assess", _over("dyads", assess, settings.assess))),
    }
    return [made[segment]() for segment in segments]


def _over(table: str, build: Callable[[Any, Any], Any], settings: Any) -> Callable[[Mapping[str, Any]], Any]:
    """How a stage is built over one of the tables."""
    return lambda tables: build(tables[table], settings)


class Processing:
    """Runs segments under Faust.

    Raises (from `run`):
        RefusedError: the broker or Redis does not let us in, or a topic is missing. One that is away is waited for.
        Exception: what a segment's worker could not go on from; what it had in hand is not acknowledged.
        PortTakenError: metrics and health cannot be served where the configuration says.
    """

    def __init__(
        self,
        settings: Settings,
        segments: Iterable[str] = SEGMENTS,
        clock: Clock = utc_now,
        *,
        metrics: Metrics | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._settings, self._segments, self._clock = settings, tuple(segments), clock
        self.metrics, self.progress = metrics or Metrics(), progress or Progress()
        self._stopping = asyncio.Event()
        self.started = asyncio.Event()
        """Set once the segments run."""

    def stop(self) -> None:
        """Finish the batches in hand, acknowledge them, and end."""
        self._stopping.set()

    async def run(self) -> None:
        kafka = self._settings.kafka
        async with AsyncExitStack() as ending:
            ending.enter_context(monitoring(self._settings.monitor, self.metrics, self.progress))
            if not await self._others_are_there():
                return
            redis = await ending.enter_async_context(aclosing(connect(kafka.state_url())))
            workers = []
            tracing = ending.enter_context(tracing_as(self._settings.tracing))
            for lane in lanes(self._settings, self._segments, redis, self.metrics):
                outlet = Outlet(kafka)
                ending.push_async_callback(outlet.close)
                workers.append(Worker(kafka, lane if self._settings.tracing.endpoint is None else TracedLane(lane, tracing), outlet))
            for worker in workers:
                await worker.start()
            for worker in workers:
                ending.callback(self.progress.forget, worker.segment)
            self.started.set()
            watching = asyncio.create_task(self._watch(workers))
            stopping = asyncio.create_task(self._stopping.wait())
            waited: list[asyncio.Future[Any]] = [stopping, *(worker.failed for worker in workers)]
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            watching.cancel()
            try:
                async with asyncio.timeout(ENDING_SECONDS):
                    await asyncio.gather(*(worker.stop() for worker in workers))
            except TimeoutError:
                log.warning("what was in hand could not be finished in %d s; it will come again", ENDING_SECONDS)
            for worker in workers:
                if worker.failed.done():
                    worker.failed.result()

    async def _others_are_there(self) -> bool:
        kafka, topics = self._settings.kafka, {topic: None for segment in self._segments for topic in TOPICS[segment]}
        services = [broker(kafka, list(topics)), *([memory(kafka)] if _KINDS.keys() & set(self._segments) else [])]
        return await until_there(services, self.progress, self._stopping.wait())

    async def _watch(self, workers: Iterable[Worker]) -> None:
        """Measure how far each segment is behind, and whether it moves. One that has work and does not move is unhealthy."""
        moved: dict[str, dict[int, int]] = {}
        for worker in workers:
            self.progress.expect(worker.segment, self._settings.kafka.stuck_seconds, vital=True)
        while True:
            for worker in workers:
                try:
                    lag = await worker.lag()
                except Exception as wrong:  # noqa: BLE001 -- whatever it is, it is no progress
                    self.progress.trouble(worker.segment, type(wrong).__name__)
                    continue
                self.progress.clear(worker.segment)
                group, topic = group_of(self._settings.kafka.prefix, worker.segment), worker.topic
                for gone in moved.get(worker.segment, {}).keys() - lag.keys():
                    for gauge in (self.metrics.lag_messages, self.metrics.lag_seconds):
                        gauge.remove(group, topic, gone)
                for partition, behind in lag.items():
                    since = self._clock().timestamp() - behind.timestamp / 1000 if behind.messages and behind.timestamp else 0
                    self.metrics.lag_messages.labels(group, topic, partition).set(behind.messages)
                    self.metrics.lag_seconds.labels(group, topic, partition).set(max(since, 0))
                done = {partition: behind.done for partition, behind in lag.items()}
                if done != moved.get(worker.segment) or not any(behind.messages for behind in lag.values()):
                    self.progress.beat(worker.segment)
                moved[worker.segment] = done
            await asyncio.sleep(WATCH_SECONDS)
