"""An archive through a cluster: the very topics, workers and state that live news goes through, under a prefix of its own.

No sink is asked, unless one is named: nobody else reads the alerts of that prefix. What is made is taken away again.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing, closing, suppress
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from redis.asyncio import Redis

from producers.kafka import NewsTopic
from tocsin.admin import Topics, records_of, replay_prefix
from tocsin.broker import KafkaSettings
from tocsin.deliveries import Deliveries, State
from tocsin.desk import Delivering
from tocsin.model import Alert
from tocsin.monitor import OFF
from tocsin.processing import Processing, states
from tocsin.replay import EVERYTHING, Stretch, archived
from tocsin.settings import Settings
from tocsin.state import SegmentState, connect
from tocsin.topics import Entity, name_of
from tocsin.wire import load

_LOOK_SECONDS = 0.5
_NEVER_STALE = 24 * 365 * 100
"""In hours. Archived alerts are old, and whoever asks for their delivery wants them."""


class ClusterReplay:
    """One replay, of what was fetched in the `stretch`. `prefix` is its own; workers of other processes that are given it share the work.

    Raises (from `run`):
        ArchiveError: a path is missing or of no known kind.
        BrokerError, PublishError, KafkaError, RedisError: a service cannot be reached.
    """

    def __init__(self, settings: Settings, paths: Sequence[Path], report: Callable[[str], None], *, stretch: Stretch = EVERYTHING) -> None:
        self.prefix = replay_prefix(settings.kafka.prefix, uuid4().hex[:12])
        kafka = settings.kafka.model_copy(update={"prefix": self.prefix})
        monitor = settings.monitor.model_copy(update={"listen": OFF})
        self._settings = settings.model_copy(update={"kafka": kafka, "monitor": monitor})
        self._paths, self._report, self._stretch = paths, report, stretch
        self.items = 0
        self.delivered: dict[str, Mapping[State, int]] = {}
        """What became of the alerts at each sink that was asked: how many of them in which state."""
        self._ended = False

    async def run(self, *, keep: bool = False, sinks: Sequence[str] = ()) -> list[Alert]:
        """The alerts, in the order they rose, each once. They are delivered to those sinks of the configuration, and to no other.

        Unless `keep`, topics and state are deleted at the end, however it comes.
        """
        kafka = self._settings.kafka
        async with aclosing(connect(kafka.state_url())) as redis:
            with closing(Topics(kafka)) as topics:
                try:
                    topics.ensure()
                    await self._beside_workers(redis)
                    await self._deliver(sinks)
                    records = await asyncio.to_thread(lambda: list(records_of(kafka, name_of(self.prefix, Entity.ALERTS))))
                finally:
                    if not keep:
                        await _take_away(topics, self.prefix, redis)
        told: dict[str, Alert] = {}
        for record in records:
            alert = load(record.value, Alert)
            told.setdefault(alert.id, alert)
        return list(told.values())

    async def _beside_workers(self, redis: Redis) -> None:
        """Publish, and wait until all is answered, while the segments run in this process. Fails as soon as they do."""
        role = Processing(self._settings)
        running = asyncio.create_task(role.run())
        working = asyncio.create_task(self._work(redis))
        try:
            await asyncio.wait({running, working}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._ended = True
            role.stop()
            working.cancel()
            await asyncio.wait({running})
        running.result()
        with suppress(asyncio.CancelledError):
            await working

    async def _work(self, redis: Redis) -> None:
        self.items = await asyncio.to_thread(self._publish)
        state = SegmentState(redis, f"{self.prefix}.assess", {})
        while self.items and state.progress.get("covered", -1) < self.items - 1:
            await asyncio.sleep(_LOOK_SECONDS)
            await state.load()

    async def _deliver(self, sinks: Sequence[str]) -> None:
        """Serve each sink by a role of its own, as in production, until every alert is delivered, suppressed or dead there."""
        with TemporaryDirectory() as folder:
            kafka = self._settings.kafka.model_copy(update={"stale_hours": _NEVER_STALE})
            settings = self._settings.model_copy(update={"kafka": kafka, "data_dir": Path(folder)})
            roles = [Delivering(settings, sink, until_settled=True) for sink in sinks]
            running = [asyncio.create_task(role.run()) for role in roles]
            try:
                if running:
                    await asyncio.wait(running, return_when=asyncio.FIRST_EXCEPTION)
            finally:
                for role in roles:
                    role.stop()
                await asyncio.gather(*running, return_exceptions=True)
            for sink, task in zip(sinks, running, strict=True):
                task.result()
                with closing(Deliveries(settings.data_dir / f"deliver-{sink}.db")) as deliveries:
                    self.delivered[sink] = Counter(one.state for one in deliveries.find(sink=sink))

    def _publish(self) -> int:
        with closing(NewsTopic(self._settings.kafka)) as news:
            bodies = archived(self._settings, self._paths, self._report, stretch=self._stretch)
            return sum(news.publish(items) for items in takewhile(lambda _: not self._ended, bodies))


async def _take_away(topics: Topics, prefix: str, redis: Redis) -> None:
    topics.delete()
    for state in states(prefix, redis):
        await state.forget()


async def take_away(settings: KafkaSettings, prefix: str) -> None:
    """Take away what a replay left behind: its topics, who read them, and what its segments remembered.

    Raises:
        BrokerError, RedisError: a service cannot be reached.
    """
    async with aclosing(connect(settings.state_url())) as redis:
        with closing(Topics(settings.model_copy(update={"prefix": prefix}))) as topics:
            await _take_away(topics, prefix, redis)
