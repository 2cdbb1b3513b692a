"""The segments as lanes: each takes messages, calls its stage, and says what is to be sent. Knows no broker and no Redis.

A lane says how far it has come and what is still open; `worker` sends, keeps and acknowledges by that.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

from processors.order import Order
from tocsin.envelope import Message, Place, Record, dead, message, nothing, place_of
from tocsin.model import Alert, EscalationEvent, NewsItem, Story
from tocsin.stage import Stage, guard
from tocsin.state import SegmentState
from tocsin.topics import Entity
from tocsin.wire import WireError, load

log = logging.getLogger("tocsin.worker")

MOST_WAITING = 200_000
"""So many messages may wait for what is missing from the order, before `assess` goes on without."""


class Lane(Protocol):
    """One segment's work on its messages."""

    segment: str
    source: Entity
    stateful: bool

    async def begin(self) -> int | None:
        """The offset to go on from; None for the one that is committed."""

    def take(self, record: Record) -> Iterable[Message]:
        """Answer one message."""

    def rest(self) -> Iterable[Message]:
        """What is to be said at the end of a batch."""

    async def keep(self, following: int) -> None:
        """Keep what is remembered, as of all messages before offset `following`."""

    def first_open(self) -> int | None:
        """The offset of the first message that was taken and is not answered yet; None where all are."""

    def give_up(self) -> Iterable[Message]:
        """Answer what has waited too long."""


def read(record: Record, kind: type[Any]) -> Any:
    """The value of a message.

    Raises:
        WireError: there is none, or it is another.
    """
    if record.value is None:
        raise WireError(f"not a {kind.__name__}: the message is empty")
    return load(record.value, kind)


class Deduplicate:
    """`news` -> `stories`, with their place in the order."""

    segment, source, stateful = "deduplicate", Entity.NEWS, True

    def __init__(self, state: SegmentState, build: Callable[[Mapping[str, Any]], Stage[NewsItem, Story]]) -> None:
        self._state, self._build = state, build
        self._stage: Stage[NewsItem, Story] | None = None
        self._told = self._came = -1

    async def begin(self) -> int | None:
        if await self._state.load() or self._stage is None:
            self._stage = self._build(self._state.tables)
        following = self._state.progress.get("following")
        self._told = self._came = -1 if following is None else following - 1
        return following

    def take(self, record: Record) -> Iterator[Message]:
        assert self._stage
        if self._came < 0 < record.offset:  # the topic's beginning is gone
            self._told = record.offset - 1
        self._came = record.offset
        failed: list[Message] = []
        stage = guard(_reading(NewsItem, self._stage), lambda _, wrong: failed.append(dead(record, self.segment, wrong)))
        stories = list(stage(record))
        yield from failed
        for left, story in enumerate(stories, start=1 - len(stories)):
            place = Place(self._told, record.offset, more=bool(left))
            yield message(Entity.STORIES, story, story.item.id, story.item.at, place)
        if stories:
            self._told = record.offset

    def rest(self) -> Iterator[Message]:
        if self._told < self._came:
            yield nothing(Entity.EVENTS, Place(self._told, self._came))
            self._told = self._came

    async def keep(self, following: int) -> None:
        await self._state.commit({"following": following})

    def first_open(self) -> None:
        return None

    def give_up(self) -> tuple[Message, ...]:
        return ()


class Tag:
    """`stories` -> `events`. Remembers nothing."""

    segment, source, stateful = "tag", Entity.STORIES, False

    def __init__(self, stage: Stage[Story, EscalationEvent]) -> None:
        self._stage = stage

    async def begin(self) -> None:
        return None

    def take(self, record: Record) -> Iterator[Message]:
        place = place_of(record.headers)
        failed: list[Message] = []
        stage = guard(_reading(Story, self._stage), lambda _, wrong: failed.append(dead(record, self.segment, wrong)))
        events = list(stage(record))
        yield from failed
        if place and not events:
            yield nothing(Entity.EVENTS, place)
        for left, event in enumerate(events, start=1 - len(events)):
            here = place and Place(place.after, place.last, more=bool(left) or place.more)
            yield message(Entity.EVENTS, event, event.id, event.at, here)

    def rest(self) -> tuple[Message, ...]:
        return ()

    async def keep(self, _: int) -> None:
        return None

    def first_open(self) -> None:
        return None

    def give_up(self) -> tuple[Message, ...]:
        return ()


class Assess:
    """`events` -> `alerts`, in the order of the news."""

    segment, source, stateful = "assess", Entity.EVENTS, True

    def __init__(self, state: SegmentState, build: Callable[[Mapping[str, Any]], Stage[EscalationEvent, Alert]]) -> None:
        self._state, self._build = state, build
        self._stage: Stage[EscalationEvent, Alert] | None = None
        self._order: Order[Record] = Order()
        self._open: set[int] = set()

    async def begin(self) -> int | None:
        if await self._state.load() or self._stage is None:
            self._stage = self._build(self._state.tables)
        self._order = Order(self._state.progress.get("covered", -1))
        self._open.clear()
        return self._state.progress.get("following")

    def take(self, record: Record) -> Iterator[Message]:
        self._open.add(record.offset)
        yield from self._answer(self._order.put(place_of(record.headers), record))
        if len(self._order) > MOST_WAITING:
            yield from self.give_up()

    def give_up(self) -> Iterator[Message]:
        log.warning(
            "assess: news up to %d is answered and what follows is missing; %d messages go on", self._order.covered, len(self._order)
        )
        yield from self._answer(self._order.give_up())

    def _answer(self, records: Iterable[Record]) -> Iterator[Message]:
        assert self._stage
        for record in records:
            self._open.discard(record.offset)
            if record.value is None and place_of(record.headers):
                continue
            failed: list[Message] = []
            stage = guard(_reading(EscalationEvent, self._stage), _into(failed, record, self.segment))
            alerts = list(stage(record))
            yield from failed
            for alert in alerts:
                yield message(Entity.ALERTS, alert, alert.id, alert.at, None)

    def rest(self) -> tuple[Message, ...]:
        return ()

    async def keep(self, following: int) -> None:
        await self._state.commit({"following": following, "covered": self._order.covered})

    def first_open(self) -> int | None:
        return min(self._open, default=None)


def _into(failed: list[Message], record: Record, segment: str) -> Callable[[object, Exception], None]:
    return lambda _, wrong: failed.append(dead(record, segment, wrong))


def _reading(kind: type[Any], stage: Stage[Any, Any]) -> Stage[Record, Any]:
    """The stage, on the values of messages."""
    return lambda record: stage(read(record, kind))
