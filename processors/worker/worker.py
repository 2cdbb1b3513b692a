"""The segments as Faust agents. Decides nothing: takes messages, calls the stage, sends what it answers, and only then acknowledges.

The order of every step is the guarantee. A batch's answers are acknowledged by the broker; then what the stage remembers is kept, together
with how far it has come; then the input is acknowledged. Whatever dies in between, the batch comes again and is answered the same.

Faust delivers, and is not believed: offsets of a partition follow one another, and a message that Faust left out (it does, around
rebalances) is seen by the gap it leaves; the last of a partition, by what the broker has when nothing comes. Then the partition is read
again from where we were.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

from aiokafka.errors import KafkaError
from redis.exceptions import RedisError

from processors.lanes import Lane
from processors.worker.outlet import Outlet
from processors.worker.pauses import pauses
from processors.worker.source import Source, record_of
from tocsin.broker import KafkaSettings
from tocsin.envelope import Message
from tocsin.state import StateMovedError
from tocsin.topics import group_of, name_of

log = logging.getLogger("tocsin.worker")

BATCH = 500
"""So many messages at most are acknowledged in one step: enough to share its cost, few enough to be repeated after a crash."""
BATCH_SECONDS = 0.5
"""No message is taken into a batch that is as old as this."""
LINGER_SECONDS = 0.02
"""How long a batch waits, once, for more where nothing more is there: else each message of a trickle would be a batch."""
BREATH = 20
"""After so many messages the rest of the process has its turn."""
PATIENCE_SECONDS = 120
"""How long `assess` waits for news that is missing from the order before it goes on without. Long: a worker that dies is
replaced in seconds, so that only lost messages take so long."""
AGAIN_SECONDS = 2
"""How long to wait for what was asked for again before it is asked for once more: what Faust had on its way when it was asked makes it
take the first answer for old, and drop it."""
QUIET_SECONDS = 10
"""After so long without a message the broker is asked whether there are more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """How far a partition is behind: so many messages, all before offset `done` being done, the last of them of `timestamp` (milliseconds
    since 1970, 0 where there was none yet).
    """

    messages: int
    done: int
    timestamp: int


class Worker:
    """One segment under Faust, from `start` to `stop`.

    `failed` is set with what it cannot go on from; nothing of that batch is acknowledged.
    """

    def __init__(
        self, settings: KafkaSettings, lane: Lane, outlet: Outlet, progressed: Callable[[str, int], None] = lambda *_: None
    ) -> None:
        """`progressed` hears of each batch that is done: the segment, and how many messages."""
        self._lane, self._outlet, self._progressed = lane, outlet, progressed
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
        self._stale = True
        self._working = asyncio.Lock()
        self._now = asyncio.get_running_loop().time
        self._advanced = self._heard = self._now()
        group = group_of(settings.prefix, self.segment)
        self._source = Source(settings, group, self.segment, self.topic, serve=self._serve, moved=self._on_rebalance, at_once=BATCH)

    async def start(self) -> None:
        """Begin.

        Raises:
            FaustEndedError: the broker has gone away just now.
        """
        await self._source.start()
        self._watch = asyncio.create_task(self._watching())

    async def stop(self) -> None:
        """Finish the batch in hand, acknowledge it, leave."""
        async with self._working:
            self._watch.cancel()
            if not self.failed.done():
                await self._settle()
            await self._source.stop()

    async def lag(self) -> dict[int, Lag]:
        """How far each partition that is ours is behind, as the broker sees it.

        Raises:
            TimeoutError, KafkaError: the broker does not answer, or our own client has died.
        """
        return {tp.partition: self._behind(tp, end) for tp, end in (await self._source.ends()).items()}

    def _behind(self, tp: Any, end: int) -> Lag:
        done, timestamp = self._done.get(tp, (None, 0))
        following = done if done is not None else self._source.committed(tp)
        return Lag(messages=max(end - following, 0), done=following, timestamp=timestamp)

    def _on_rebalance(self) -> None:
        self._stale = True

    async def _serve(self, events: AsyncIterator[Any]) -> None:
        async for event in events:
            await self._work(partial(self._take, event))
            await self._gather()
            await self._work(self._settle)

    async def _gather(self) -> None:
        """Fill the batch with what is there, and with what comes while we linger."""
        end, lingered = self._now() + BATCH_SECONDS, False
        while self._taken < BATCH and self._now() < end:
            came = list(islice(self._source.ready(), BREATH))
            if came:
                await self._work(partial(self._take_all, came))
                await asyncio.sleep(0)
            elif lingered:
                return
            else:
                lingered = True
                await asyncio.sleep(LINGER_SECONDS)

    async def _work(self, step: Callable[[], Awaitable[None]]) -> None:
        """Do one step, and no other beside it. Never returns from one that fails: what follows must not be acknowledged, since that
        would acknowledge this too.
        """
        async with self._working:
            if not self.failed.done():
                try:
                    await step()
                except Exception as wrong:
                    log.exception("%s: stops without acknowledging its last %d messages", self.segment, len(self._events))
                    if not self.failed.done():
                        self.failed.set_exception(wrong)
        if self.failed.done():
            await asyncio.Event().wait()

    async def _take_all(self, events: list[Any]) -> None:
        for event in events:
            await self._take(event)

    async def _take(self, event: Any) -> None:
        self._heard = self._now()
        told = event.message
        expected = await self._next(told.tp)
        if told.offset < expected:
            event.ack()  # done before
        elif told.offset > expected:
            await self._reread(told.tp, expected, told.offset)
        else:
            self._batch += self._lane.take(record_of(event))
            self._events.append(event)
            self._taken += 1
            self._expected[told.tp] = told.offset + 1
            self._reading_again.pop(told.tp, None)

    async def _next(self, tp: Any) -> int:
        """The offset of the message of a partition that is to come next."""
        if self._stale:
            await self._settle()
            await self._refresh()
        expected = self._expected.get(tp)
        if expected is None:
            expected = self._expected[tp] = await self._beginning(tp)
        return expected

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
        if tp not in self._first:  # of all at once: Faust answers between two fetches, seconds later
            self._first.update(await self._source.beginnings({tp, *self._source.ours()}))
        first = int(self._first[tp])
        if not self._lane.stateful:
            return max(first, self._source.committed(tp))
        if self._following is None and first:
            log.warning("%s: begins without a memory at offset %d, the first that is left", self.segment, first)
        if self._following is not None and self._following < first:
            log.error("%s: messages %d to %d are no longer there", self.segment, self._following, first - 1)
        return max(first, self._following or 0)

    async def _reread(self, tp: Any, expected: int, came: int) -> None:
        """Read again from where we are: messages between were left out, or our memory is older than what is committed."""
        if tp in self._reading_again:
            return  # more of what was on its way when we asked
        log.warning("%s: message %d of %s came where %d is next; reading again from there", self.segment, came, tp, expected)
        await self._rewind(tp)

    async def _rewind(self, tp: Any) -> None:
        self._reading_again[tp] = self._now()
        await self._source.rewind(tp, self._expected[tp])

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
                log.warning("%s: %s; beginning again from there", self.segment, moved)
                self._stale, self._taken = True, 0
                self._events.clear()
                return
            self._progressed(self.segment, self._taken)
            self._advanced, self._taken = self._now(), 0
        open_ = self._lane.first_open()
        while self._events and (open_ is None or self._events[0].message.offset < open_):
            told = self._events[0].message
            self._done[told.tp] = told.offset + 1, int((told.timestamp or 0) * 1000)
            self._events.popleft().ack()

    async def _patiently(self, step: Callable[[], Awaitable[Any]]) -> Any:
        """Do a step that needs the state's service, as soon as that answers."""
        for pause in pauses():
            try:
                return await step()
            except (RedisError, OSError) as wrong:
                log.warning("%s: Redis does not answer (%s); tried again", self.segment, wrong)
                await asyncio.sleep(pause)
        raise AssertionError

    async def _watching(self) -> None:
        """Look after what no message would set off: ask again for what was asked for, let go on what has waited too long, see Faust end."""
        while True:
            await asyncio.sleep(1)
            now = self._now()
            if (ended := self._source.ended()) and not self.failed.done():
                self.failed.set_exception(ended)
            if any(now - since > AGAIN_SECONDS for since in self._reading_again.values()):
                await self._work(self._rewind_all)
            if now - self._heard > QUIET_SECONDS and not self._source.has_ready():
                self._heard = now
                await self._look_for_more()
            waiting = self._lane.first_open() is not None
            if waiting and now - self._advanced > PATIENCE_SECONDS:
                await self._work(self._give_up)

    async def _look_for_more(self) -> None:
        """Read again what the broker has and Faust did not hand over: the last messages of a partition leave no gap."""
        try:
            ends = await self._source.ends()
        except (TimeoutError, KafkaError):
            return  # away, and Faust waits for it
        await self._work(partial(self._rewind_behind, ends))

    async def _rewind_behind(self, ends: Mapping[Any, int]) -> None:
        for tp, end in ends.items():
            if (expected := await self._next(tp)) < end and tp not in self._reading_again:
                log.warning("%s: messages %d to %d of %s did not come; reading again from there", self.segment, expected, end - 1, tp)
                await self._rewind(tp)

    async def _rewind_all(self) -> None:
        for tp in list(self._reading_again):
            await self._rewind(tp)

    async def _give_up(self) -> None:
        self._batch += self._lane.give_up()
        self._taken += 1
        await self._settle()
