"""The segments as Faust agents. Decides nothing: takes messages, calls the stage, sends what it answers, and only then acknowledges.

The order of every step is the guarantee. A batch's answers are acknowledged by the broker; then what the stage remembers is kept, together
with how far it has come; then the input is acknowledged. Whatever dies in between, the batch comes again and is answered the same.

Faust delivers, and is not believed: offsets of a partition follow one another, and a message that Faust left out (it does, around
rebalances) is seen by the gap it leaves. Then the partition is read again from where we were.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import faust
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from faust.app.base import BootStrategy
from redis.exceptions import RedisError

from processors.lanes import Lane
from tocsin.broker import LARGEST_MESSAGE, KafkaSettings
from tocsin.envelope import Message, Record
from tocsin.state import StateMovedError
from tocsin.topics import group_of, name_of

log = logging.getLogger("tocsin.worker")

BATCH = 500
"""So many messages at most are acknowledged in one step: enough to share its cost, few enough to be repeated after a crash."""
BATCH_SECONDS = 0.5
"""No message is taken into a batch that is as old as this."""
LINGER_SECONDS = 0.02
"""How long a batch waits for more where nothing more is there. Faust hands messages over one by one: without it, each would be a batch."""
PATIENCE_SECONDS = 120
"""How long `assess` waits for news that is missing from the order before it goes on without. Long: a worker that dies is
replaced in seconds, so that only lost messages take so long."""
AGAIN_SECONDS = 2
"""How long to wait for what was asked for again before it is asked for once more: what Faust had on its way when it was asked makes it
take the first answer for old, and drop it."""
_PAUSES = (0.2, 0.5, 1, 2, 5)
"""Between attempts at a service that does not answer, in seconds; the last is repeated."""
LAG_SECONDS = 10
"""How long the broker may take to say where its topics end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """How far a partition is behind: so many messages, all before offset `done` being done, the last of them of `timestamp` (milliseconds
    since 1970, 0 where there was none yet).
    """

    messages: int
    done: int
    timestamp: int


Progressed = Callable[[str, int], None]


class Outlet:
    """Sends messages, and is done when the broker has them all."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._producer: AIOKafkaProducer | None = None

    async def send(self, messages: list[Message]) -> None:
        """Send these, again and again, until the broker has all of them on as many disks as it must. Repeats have the same ids.

        Raises:
            MessageSizeTooLargeError: one can never be sent.
        """
        for pause in _forever():
            try:
                producer = self._producer or await self._connected()
                sent = [
                    await producer.send(name_of(self._settings.prefix, one.entity), value=one.value, key=one.key, headers=list(one.headers))
                    for one in messages
                ]
                for done in await asyncio.gather(*sent, return_exceptions=True):
                    if isinstance(done, BaseException):
                        raise done
            except MessageSizeTooLargeError:
                raise
            except KafkaError as wrong:
                log.warning("the broker does not take our messages (%s); tried again", wrong)
                await self.close()
                await asyncio.sleep(pause)
            else:
                return

    async def _connected(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            **self._settings.client(),
            acks="all",
            enable_idempotence=True,
            compression_type="gzip",
            linger_ms=5,
            max_request_size=LARGEST_MESSAGE + 2**20,
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer
        return producer

    async def close(self) -> None:
        producer, self._producer = self._producer, None
        if producer:
            with suppress(KafkaError):
                await producer.stop()


def _forever() -> Iterator[float]:
    yield from _PAUSES
    while True:
        yield _PAUSES[-1]


class Boot(BootStrategy):
    """Faust without its web server, which would listen on all interfaces."""

    enable_web = False


class Worker:
    """One segment under Faust, from `start` to `stop`.

    `failed` is set with what it cannot go on from; nothing of that batch is acknowledged.
    """

    def __init__(
        self, settings: KafkaSettings, lane: Lane, outlet: Outlet, progressed: Callable[[str, int], None] = lambda *_: None
    ) -> None:
        """`progressed` hears of each batch that is done: the segment, and how many messages."""
        self._settings, self._lane, self._outlet, self._progressed = settings, lane, outlet, progressed
        self.segment = lane.segment
        self.failed: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.topic = name_of(settings.prefix, lane.source)
        self._expected: dict[Any, int] = {}
        self._first: dict[Any, int] = {}
        self._following: int | None = None
        self._done: dict[Any, tuple[int, int]] = {}
        self._reading_again: dict[Any, float] = {}
        self._events: deque[Any] = deque()
        self._batch: list[Message] = []
        self._taken = 0
        self._begun = 0.0
        self._queue: Any = None
        self._waiting = asyncio.Event()
        self._stale = True
        self._working = asyncio.Lock()
        self._advanced = asyncio.get_running_loop().time()
        self.app = self._build()

    def _build(self) -> faust.App:
        app = faust.App(
            group_of(self._settings.prefix, self._lane.segment),
            **self._settings.faust(),
            key_serializer="raw",
            value_serializer="raw",
            topic_allow_declare=False,
            topic_disable_leader=True,
            table_standby_replicas=0,
            stream_wait_empty=False,
            stream_buffer_maxsize=4 * BATCH,
            broker_max_poll_records=4 * BATCH,
            broker_commit_interval=1.0,
            broker_session_timeout=self._settings.session_timeout_seconds,
            broker_heartbeat_interval=self._settings.session_timeout_seconds / 4,
            consumer_max_fetch_size=2**20,
            web_enabled=False,
        )
        app.boot_strategy = Boot(app)
        source = app.topic(self.topic, key_type=bytes, value_type=bytes)

        async def run(stream: Any) -> None:
            await self._run(stream)

        app.agent(source, name=self._lane.segment)(run)
        app.on_partitions_revoked.connect(self._on_rebalance, weak=False)
        app.on_partitions_assigned.connect(self._on_rebalance, weak=False)
        return app

    async def start(self) -> None:
        """Begin.

        Raises:
            FaustEndedError: the broker has gone away just now.
        """
        logging.disable(logging.DEBUG)  # Faust builds the records of its debug messages even where nobody reads them
        try:
            await self.app.start()
        except KafkaError as wrong:
            raise FaustEndedError(f"{self.segment}: Faust could not start: {wrong}") from None
        self._tasks = [asyncio.create_task(self._watching()), asyncio.create_task(self._lingering())]

    async def stop(self) -> None:
        """Finish the batch in hand, acknowledge it, leave."""
        async with self._working:
            for task in self._tasks:
                task.cancel()
            if not self.failed.done():
                await self._settle()
            await self.app.stop()

    def _ended(self) -> bool:
        consumer: Any = self.app.consumer
        return bool(self.app.crashed or self.app.should_stop or consumer.crashed or consumer.should_stop)

    async def lag(self) -> dict[int, Lag]:
        """How far each partition that is ours is behind, as the broker sees it.

        Raises:
            TimeoutError, KafkaError: the broker does not answer, or our own client has died.
        """
        consumer: Any = self.app.consumer
        ours = [tp for tp in consumer.assignment() if tp.topic == self.topic]
        if not ours:
            return {}
        async with asyncio.timeout(LAG_SECONDS):
            ends = await consumer.highwaters(*ours)
        return {tp.partition: self._behind(tp, int(ends[tp] or 0)) for tp in ours}

    def _behind(self, tp: Any, end: int) -> Lag:
        done, timestamp = self._done.get(tp, (None, 0))
        following = done if done is not None else self.app.consumer._committed_offset.get(tp) or 0  # type: ignore[attr-defined]  # noqa: SLF001
        return Lag(messages=max(end - following, 0), done=following, timestamp=timestamp)

    async def _on_rebalance(self, *_: Any, **__: Any) -> None:
        self._stale = True

    async def _run(self, stream: Any) -> None:
        async for event in stream.noack().events():
            self._queue = self._queue or event_queue(stream)
            await self._work(partial(self._hear, event))

    async def _hear(self, event: Any) -> None:
        await self._take(event)
        old = self._taken and asyncio.get_running_loop().time() - self._begun > BATCH_SECONDS
        if self._taken >= BATCH or old:
            await self._settle()
        else:
            self._waiting.set()

    async def _lingering(self) -> None:
        """Settle the batch that nothing more comes for."""
        while True:
            await self._waiting.wait()
            self._waiting.clear()
            await asyncio.sleep(LINGER_SECONDS)
            if self._queue is None or self._queue.empty():
                await self._work(self._settle)
            else:
                self._waiting.set()

    async def _work(self, step: Callable[[], Awaitable[None]]) -> None:
        """Do one step, and no other beside it. Never returns from one that fails: what follows must not be acknowledged, since that
        would acknowledge this too.
        """
        async with self._working:
            if not self.failed.done():
                try:
                    await step()
                except Exception as wrong:
                    log.exception("%s: stops without acknowledging its last %d messages", self._lane.segment, len(self._events))
                    if not self.failed.done():
                        self.failed.set_exception(wrong)
        if self.failed.done():
            await asyncio.Event().wait()

    async def _take(self, event: Any) -> None:
        if self._stale:
            await self._settle()
            await self._refresh()
        told = event.message
        expected = self._expected.get(told.tp)
        if expected is None:
            expected = self._expected[told.tp] = await self._beginning(told.tp)
        if told.offset < expected:
            event.ack()  # done before
        elif told.offset > expected:
            await self._reread(told.tp, expected, told.offset)
        else:
            record = Record(
                topic=told.topic,
                partition=told.partition,
                offset=told.offset,
                key=told.key,
                value=told.value,
                headers=tuple((name, value or b"") for name, value in _pairs(told.headers)),
                timestamp=int((told.timestamp or 0) * 1000),
            )
            if not self._taken:
                self._begun = asyncio.get_running_loop().time()
            self._batch += self._lane.take(record)
            self._events.append(event)
            self._taken += 1
            self._expected[told.tp] = told.offset + 1
            self._reading_again.pop(told.tp, None)

    async def _refresh(self) -> None:
        """After a rebalance: where are we? What was taken and not answered is dropped here, and comes again."""
        self._stale = False
        self._expected.clear()
        self._first.clear()
        self._done.clear()
        self._reading_again.clear()
        self._events.clear()
        self._following = await self._patiently(self._lane.begin)

    async def _beginning(self, tp: Any) -> int:
        """The offset of a partition's first message that is not done yet."""
        consumer: Any = self.app.consumer
        if tp not in self._first:  # of all at once: Faust answers between two fetches, seconds later
            ours = {tp, *(one for one in consumer.assignment() if one.topic == self.topic)}
            self._first.update(await consumer.earliest_offsets(*ours))
        first = int(self._first[tp])
        if not self._lane.stateful:
            return max(first, consumer._committed_offset.get(tp) or 0)  # noqa: SLF001 -- Faust has no public name for it
        if self._following is None and first:
            log.warning("%s: begins without a memory at offset %d, the first that is left", self._lane.segment, first)
        if self._following is not None and self._following < first:
            log.error("%s: messages %d to %d are no longer there", self._lane.segment, self._following, first - 1)
        return max(first, self._following or 0)

    async def _reread(self, tp: Any, expected: int, came: int) -> None:
        """Read again from where we are: messages between were left out, or our memory is older than what is committed."""
        if tp in self._reading_again:
            return  # more of what was on its way when we asked
        log.warning("%s: message %d of %s came where %d is next; reading again from there", self._lane.segment, came, tp, expected)
        await self._rewind(tp)

    async def _rewind(self, tp: Any) -> None:
        self._reading_again[tp] = asyncio.get_running_loop().time()
        await rewind(self.app.consumer, tp, self._expected[tp])

    async def _settle(self) -> None:
        """The end of a batch: the broker has the answers, then the memory is kept, then the input is acknowledged."""
        self._batch += self._lane.rest()
        if self._batch:
            await self._outlet.send(self._batch)
            self._batch = []
        if self._taken:
            open_ = self._lane.first_open()
            following = max(self._expected.values()) if open_ is None else open_
            try:
                if self._lane.stateful:
                    await self._patiently(lambda: self._lane.keep(following))
            except StateMovedError as moved:
                log.warning("%s: %s; beginning again from there", self._lane.segment, moved)
                self._stale, self._taken = True, 0
                self._events.clear()
                return
            self._progressed(self._lane.segment, self._taken)
            self._advanced, self._taken = asyncio.get_running_loop().time(), 0
        open_ = self._lane.first_open()
        while self._events and (open_ is None or self._events[0].message.offset < open_):
            told = self._events[0].message
            self._done[told.tp] = told.offset + 1, int((told.timestamp or 0) * 1000)
            self._events.popleft().ack()

    async def _patiently(self, step: Callable[[], Awaitable[Any]]) -> Any:
        """Do a step that needs the state's service, as soon as that answers."""
        for pause in _forever():
            try:
                return await step()
            except (RedisError, OSError) as wrong:
                log.warning("%s: Redis does not answer (%s); tried again", self._lane.segment, wrong)
                await asyncio.sleep(pause)
        raise AssertionError

    async def _watching(self) -> None:
        """Look after what no message would set off: ask again for what was asked for, let go on what has waited too long, see Faust end."""
        while True:
            await asyncio.sleep(1)
            now = asyncio.get_running_loop().time()
            if self._ended() and not self.failed.done():
                self.failed.set_exception(FaustEndedError(f"{self._lane.segment}: Faust has ended: {self.app.crash_reason}"))
            if any(now - since > AGAIN_SECONDS for since in self._reading_again.values()):
                await self._work(self._rewind_all)
            waiting = self._lane.first_open() is not None
            if waiting and now - self._advanced > PATIENCE_SECONDS:
                await self._work(self._give_up)

    async def _rewind_all(self) -> None:
        for tp in list(self._reading_again):
            await self._rewind(tp)

    async def _give_up(self) -> None:
        self._batch += self._lane.give_up()
        self._taken += 1
        await self._settle()


class FaustEndedError(Exception):
    """Faust has stopped by itself; another process must go on."""


async def rewind(consumer: Any, tp: Any, offset: int) -> None:
    """Let Faust read a partition from an offset again.

    Faust takes a jump in the offsets it hands out for messages that do not exist, and counts them, and the one after them, as
    acknowledged (`Consumer._add_gap`). Here they do exist, so that what it noted is taken back.
    """
    consumer._gap.pop(tp, None)  # noqa: SLF001 -- Faust has no public way
    await consumer.seek(tp, offset)


def event_queue(stream: Any) -> Any:
    """The queue that a stream reads from; None where it has none."""
    return getattr(getattr(stream, "channel", None), "queue", None)


def _pairs(headers: Any) -> Iterable[tuple[str, bytes | None]]:
    if not headers:
        return ()
    return headers.items() if isinstance(headers, Mapping) else headers
