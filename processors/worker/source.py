"""One topic, read by a Faust agent; what Faust keeps to itself, and what must be undone of what it does, is here.

Faust hands messages over one by one, and takes far longer for that than it takes to have them: what it has ready is taken from its queue
at once (`ready`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any

import faust
from aiokafka.errors import KafkaError
from faust.app.base import BootStrategy

from tocsin.broker import KafkaSettings
from tocsin.envelope import Record

_ANSWER_SECONDS = 10
"""How long the broker may take to say where its topics end."""
_FETCH_BYTES = 2**20


class FaustEndedError(Exception):
    """Faust has stopped by itself; another process must go on."""


class Boot(BootStrategy):
    """Faust without its web server, which would listen on all interfaces."""

    enable_web = False


class Source:
    """The messages of a topic's partitions that are ours, as one member of a group."""

    def __init__(
        self,
        settings: KafkaSettings,
        group: str,
        name: str,
        topic: str,
        *,
        serve: Callable[[AsyncIterator[Any]], Awaitable[None]],
        moved: Callable[[], None],
        at_once: int,
    ) -> None:
        """`serve` is given the messages as they come, `moved` is called when partitions came or went. About `at_once` of them are
        worked on together.
        """
        self._name, self._topic, self._serve, self._moved = name, topic, serve, moved
        self._queue: Any = None
        logging.disable(logging.DEBUG)  # Faust builds the records of its debug messages even where nobody reads them
        self._app = faust.App(
            group,
            **settings.faust(),
            key_serializer="raw",
            value_serializer="raw",
            topic_allow_declare=False,
            topic_disable_leader=True,
            table_standby_replicas=0,
            stream_wait_empty=False,
            stream_buffer_maxsize=4 * at_once,
            broker_max_poll_records=4 * at_once,
            broker_commit_interval=1.0,
            broker_session_timeout=settings.session_timeout_seconds,
            broker_heartbeat_interval=settings.session_timeout_seconds / 4,
            consumer_max_fetch_size=_FETCH_BYTES,
            web_enabled=False,
        )
        self._app.boot_strategy = Boot(self._app)

        async def run(stream: Any) -> None:
            self._queue = getattr(getattr(stream, "channel", None), "queue", None)
            await self._serve(stream.noack().events())

        self._app.agent(self._app.topic(topic, key_type=bytes, value_type=bytes), name=name)(run)
        self._app.on_partitions_revoked.connect(self._on_rebalance, weak=False)
        self._app.on_partitions_assigned.connect(self._on_rebalance, weak=False)

    async def start(self) -> None:
        """Join the group.

        Raises:
            FaustEndedError: the broker has gone away just now.
        """
        try:
            await self._app.start()
        except KafkaError as wrong:
            raise FaustEndedError(f"{self._name}: Faust could not start: {wrong}") from None

    async def stop(self) -> None:
        """Commit what is acknowledged, and leave."""
        await self._app.stop()

    def ended(self) -> FaustEndedError | None:
        """What is to be raised where Faust has stopped by itself."""
        consumer = self._consumer
        if self._app.crashed or self._app.should_stop or consumer.crashed or consumer.should_stop:
            return FaustEndedError(f"{self._name}: Faust has ended: {self._app.crash_reason}")
        return None

    @property
    def _consumer(self) -> Any:
        return self._app.consumer

    async def _on_rebalance(self, *_: Any, **__: Any) -> None:
        self._moved()

    def ready(self) -> Iterator[Any]:
        """The messages that Faust has ready, without waiting for more. As in Faust, those from before the last rebalance are left out."""
        queue, app = self._queue, self._app
        while queue is not None and queue.qsize():
            event = queue.get_nowait()
            if app.flow_control.is_active() and event.message.generation_id == app.consumer_generation_id:
                yield event

    def has_ready(self) -> bool:
        """Whether messages are ready."""
        return bool(self._queue is not None and self._queue.qsize())

    def ours(self) -> list[Any]:
        """The partitions that are ours now."""
        return [tp for tp in self._consumer.assignment() if tp.topic == self._topic]

    def committed(self, tp: Any) -> int:
        """The offset up to which a partition is acknowledged."""
        return int(self._consumer._committed_offset.get(tp) or 0)  # noqa: SLF001 -- Faust has no public name for it

    async def beginnings(self, tps: Iterable[Any]) -> Mapping[Any, int]:
        """The offset of each partition's first message that is still there."""
        first: Mapping[Any, int] = await self._consumer.earliest_offsets(*tps)
        return first

    async def ends(self) -> dict[Any, int]:
        """The offset after the last message of each partition that is ours.

        Raises:
            TimeoutError, KafkaError: the broker does not answer, or our own client has died.
        """
        if not (ours := self.ours()):
            return {}
        async with asyncio.timeout(_ANSWER_SECONDS):
            ends = await self._consumer.highwaters(*ours)
        return {tp: int(ends[tp] or 0) for tp in ours}

    async def rewind(self, tp: Any, offset: int) -> None:
        """Read a partition from an offset again.

        Faust takes a jump in the offsets it hands out for messages that do not exist, and counts them, and the one after them, as
        acknowledged (`Consumer._add_gap`). Here they do exist, so that what it noted is taken back.
        """
        self._consumer._gap.pop(tp, None)  # noqa: SLF001 -- Faust has no public way
        await self._consumer.seek(tp, offset)


def record_of(event: Any) -> Record:
    """A message as it stands in its topic."""
    told = event.message
    headers = told.headers or ()
    return Record(
        topic=told.topic,
        partition=told.partition,
        offset=told.offset,
        key=told.key,
        value=told.value,
        headers=tuple((name, value or b"") for name, value in (headers.items() if isinstance(headers, Mapping) else headers)),
        timestamp=int((told.timestamp or 0) * 1000),
    )
