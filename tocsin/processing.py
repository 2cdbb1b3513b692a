"""The role that runs segments on a cluster, under Faust, until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, aclosing
from typing import Any

from processors.assess import DyadState
from processors.deduplicate import Seen
from processors.lanes import Assess, Deduplicate, Lane, Tag
from processors.segments import assess, deduplicate, tag
from processors.worker import Outlet, Worker
from tocsin.beside import monitoring
from tocsin.clock import Clock, utc_now
from tocsin.metrics import Metrics
from tocsin.progress import Progress
from tocsin.settings import Settings
from tocsin.state import SegmentState, connect
from tocsin.topics import TOPICS, group_of
from tocsin.tracing import TracedLane, tracing_as
from tocsin.waiting import broker, memory, until_there

log = logging.getLogger("tocsin")

SEGMENTS = ("deduplicate", "tag", "assess")
WATCH_SECONDS = 5
ENDING_SECONDS = 15
"""How long what was begun may take when a worker ends; what is not done by then comes again."""


def check_processing(settings: Settings) -> None:
    """Check what can be checked without connecting to anything.

    Raises:
        UnusableError: a file that [kafka] names cannot be used.
        UserFileError: a lexicon is wrong.
    """
    settings.kafka.check()
    settings.lexicon.build()


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
