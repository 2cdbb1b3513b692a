"""The role that polls feeds for a cluster: their items go to the `news` topic. Several processes share the feeds out among them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, closing, suppress

from redis import Redis as RedisClient
from redis.exceptions import RedisError

from producers.feed import FeedState
from producers.kafka import NewsTopic
from producers.leases import Leases
from producers.shard import Shard
from tocsin.app import Service, WayIn
from tocsin.book import FeedBook, Save
from tocsin.clock import Clock, Clocks, utc_now
from tocsin.gauges import StoreGauges
from tocsin.intake import nothing_more
from tocsin.metrics import Metrics
from tocsin.model import Alert, NewsItem
from tocsin.progress import Progress
from tocsin.settings import Settings
from tocsin.store import Store
from tocsin.topics import TOPICS
from tocsin.waiting import broker, memory, until_there

log = logging.getLogger("tocsin")


def check_producing(settings: Settings) -> None:
    """Check what can be checked without connecting to anything.

    Raises:
        UnusableError: a file that [kafka] names cannot be used.
        FullTextMissingError: articles are wanted, and their library is not installed.
    """
    settings.kafka.check()
    settings.fulltext.check()


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
