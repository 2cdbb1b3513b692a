"""The role that serves one sink on a cluster: `SinkDesk` rules on its alerts and keeps them, `Delivering` runs until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack, closing
from datetime import timedelta
from functools import partial

from kafka.errors import KafkaError

from sinks.deliver import Bell
from sinks.worker import AlertReader, NotKeptError
from tocsin.beside import monitoring
from tocsin.clock import Clock, Uptime, uptime, utc_now
from tocsin.delivering import SinkRefusedError, build_sink, delivering
from tocsin.dispatch import Dispatch
from tocsin.gauges import StoreGauges
from tocsin.metrics import Metrics
from tocsin.model import Alert, Origin
from tocsin.progress import Progress
from tocsin.room import FULL, is_full
from tocsin.settings import Settings
from tocsin.silences import SharedSilences
from tocsin.store import Store
from tocsin.topics import TOPICS, Entity, group_of, name_of
from tocsin.waiting import broker, until_there

log = logging.getLogger("tocsin")

WATCH_SECONDS = 5


def check(settings: Settings, sink: str) -> None:
    """Check what can be checked without connecting to anything.

    Raises:
        SinkRefusedError: there is no such sink, or it cannot work as it is configured.
        UnusableError: a file that [kafka] names cannot be used.
    """
    if sink not in settings.sinks:
        raise SinkRefusedError(f"no sink is called {sink!r}; there are: {', '.join(settings.sinks) or 'none'}")
    settings.kafka.check()
    build_sink(sink, settings.sinks[sink], utc_now).close()


class SinkDesk:
    """Where a sink's alerts are ruled on and wait, in a store of its own. For one thread."""

    def __init__(self, store: Store, dispatch: Dispatch, sink: str, stale: timedelta, clock: Clock, *, ring: Callable[[], None]) -> None:
        self._store, self._dispatch, self._sink, self._stale, self._clock, self._ring = store, dispatch, sink, stale, clock, ring
        self.full = False
        """Whether the disk has no room for alerts."""

    def take(self, alerts: list[Alert]) -> None:
        if not alerts:
            return
        try:
            self._keep(alerts)
        except sqlite3.Error as wrong:
            self._pause_where_full(wrong)
            raise NotKeptError from None
        if self.full:
            self.full = False
            log.info("the disk has room again")
        self._ring()

    def _pause_where_full(self, wrong: sqlite3.Error) -> None:
        if not is_full(wrong):
            raise wrong
        if not self.full:
            log.error("the disk of the data directory is full (%s); alerts wait at the broker until it has room", wrong)
        self.full = True

    def _keep(self, alerts: list[Alert]) -> None:
        with self._store.transaction():
            for alert in alerts:
                if self._clock() - alert.at <= self._stale:
                    if self._dispatch(alert):
                        self._store.note_origin(alert.id, Origin(fetched=alert.fetched, processed=self._clock()))
                elif self._store.add_alert(alert, ()):
                    self._store.rule(alert.id, [self._sink], "suppressed", "stale", self._clock())

    def tick(self) -> None:
        if self._dispatch.is_due():
            try:
                with self._store.transaction():
                    sent = self._dispatch.tick()
            except sqlite3.Error as wrong:
                self._pause_where_full(wrong)
                return
            if sent:
                self._ring()

    def unsettled(self) -> set[str]:
        return self._store.unsettled(self._sink)


class Delivering:
    """Serves one sink.

    Raises (from `run`):
        StoreError: the data directory is in use or cannot be used.
        SinkRefusedError: the sink cannot work as it is configured.
        RefusedError: the broker does not let us in, or a topic is missing. One that is away is waited for.
        KafkaError: the broker went away again just then, or a dead letter cannot be written.
        PortTakenError: metrics and health cannot be served where the configuration says.
    """

    def __init__(
        self,
        settings: Settings,
        sink: str,
        clock: Clock = utc_now,
        *,
        metrics: Metrics | None = None,
        progress: Progress | None = None,
        now: Uptime = uptime,
        until_settled: bool = False,
    ) -> None:
        """Where `until_settled`, it ends by itself when nothing that is there is left to be delivered: a replay's alerts have an end."""
        self._settings, self._sink, self._clock, self._now, self._until_settled = settings, sink, clock, now, until_settled
        self.metrics, self.progress = metrics or Metrics(), progress or Progress()
        self._stopping = threading.Event()
        self.started = asyncio.Event()
        """Set once the sink is checked and alerts are read."""

    def stop(self) -> None:
        """Finish the attempt in progress, commit, and end."""
        self._stopping.set()

    async def run(self) -> None:
        with monitoring(self._settings.monitor, self.metrics, self.progress):
            if await self._others_are_there():
                await asyncio.to_thread(self._serve, partial(asyncio.get_running_loop().call_soon_threadsafe, self.started.set))

    def _serve(self, started: Callable[[], object]) -> None:
        settings, sink = self._settings, self._sink
        alone = settings.model_copy(update={"sinks": {sink: settings.sinks[sink]}})
        stale = timedelta(hours=settings.kafka.stale_hours)
        with ExitStack() as ending:
            store = ending.enter_context(closing(Store(settings.data_dir / f"deliver-{sink}.db")))
            silences = ending.enter_context(closing(SharedSilences(settings.kafka.state_url(), settings.kafka.prefix, self._clock)))
            dispatch = Dispatch(store, settings.routing, list(settings.sinks), self._clock, only=sink, silences=silences)
            gauges = ending.enter_context(closing(StoreGauges(store, settings.data_dir, self._clock)))
            ending.enter_context(self.metrics.asking(gauges))
            bells = ending.enter_context(delivering(alone, store, self._clock, self.metrics, self.progress))
            desk = SinkDesk(store, dispatch, sink, stale, self._clock, ring=lambda: _ring(bells))
            reader = ending.enter_context(closing(AlertReader(settings.kafka, sink, desk)))
            self.progress.expect("reading", settings.kafka.stuck_seconds, vital=True)
            for name in ("reading", "broker"):
                ending.callback(self.progress.forget, name)
            started()
            reader.run(lambda: self._stopping.is_set() or (self._until_settled and reader.settled()), self._watch(reader, desk))

    async def _others_are_there(self) -> bool:
        return await until_there([broker(self._settings.kafka, TOPICS["deliver"])], self.progress, self._stopped())

    async def _stopped(self) -> None:
        while not self._stopping.is_set():  # noqa: ASYNC110 -- the one flag of the loop and of the thread that reads
            await asyncio.sleep(0.1)

    def _watch(self, reader: AlertReader, desk: SinkDesk) -> Callable[[], None]:
        """After each round, now and then: how far is the sink behind, and does it move?"""
        group, topic = group_of(self._settings.kafka.prefix, f"deliver.{self._sink}"), name_of(self._settings.kafka.prefix, Entity.ALERTS)
        looked, before, away = self._now(), dict[int, int](), False

        def look() -> None:
            nonlocal looked, before, away
            if (now := self._now()) - looked < WATCH_SECONDS:
                return
            looked = now
            if desk.full:
                self.progress.trouble("disk", FULL)
            else:
                self.progress.clear("disk")
            try:
                lag = reader.lag()
            except KafkaError as wrong:
                if not away:
                    log.warning("the broker does not answer (%s); tried again until it does", wrong)
                away = True
                self.progress.trouble("broker", "away")
                return
            if away:
                away = False
                log.info("the broker answers again")
                self.progress.clear("broker")
            for partition, behind in lag.items():
                self.metrics.lag_messages.labels(group, topic, partition).set(behind)
            if (
                reader.paused or desk.full or lag != before or not any(lag.values())
            ):  # a sink that is down, or a full disk, is told of by its own trouble
                self.progress.beat("reading")
            before = lag

        return look


def _ring(bells: Iterable[Bell]) -> None:
    for bell in bells:
        bell.ring()
