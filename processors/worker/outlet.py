"""Sends messages, and is done when the broker has them all."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Iterable, Sequence
from contextlib import suppress

from aiokafka import AIOKafkaProducer
from aiokafka.codec import gzip_encode
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from aiokafka.partitioner import DefaultPartitioner

from processors.worker.pauses import pauses
from tocsin.broker import LARGEST_MESSAGE, KafkaSettings
from tocsin.envelope import Message
from tocsin.topics import Entity, name_of

log = logging.getLogger("tocsin.worker")

_BATCH_BYTES = 64 * 1024
"""So much goes to a partition at once: a step waits for each of its batches in turn."""
_LEVEL = 4
"""Of gzip. aiokafka takes 9 and lets nobody choose: twice the time for a twentieth less, while a segment waits."""

gzip_encode.__defaults__ = (_LEVEL,)


class Outlet:
    """Sends messages, and is done when the broker has them all."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._topics = {entity: name_of(settings.prefix, entity) for entity in Entity}
        self._producer: AIOKafkaProducer | None = None

    async def send(self, messages: Sequence[Message]) -> None:
        """Send these, again and again, until the broker has all of them on as many disks as it must. Repeats have the same ids.

        Raises:
            MessageSizeTooLargeError: one can never be sent.
        """
        for pause in pauses():
            try:
                producer = self._producer or await self._connected()
                await _all_of(
                    [
                        await producer.send(self._topics[one.entity], value=one.value, key=one.key, headers=list(one.headers))
                        for one in messages
                    ]
                )
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
            max_batch_size=_BATCH_BYTES,
            partitioner=_partition,
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
        """Let go of the broker; the next `send` finds it again."""
        producer, self._producer = self._producer, None
        if producer:
            with suppress(KafkaError):
                await producer.stop()


_by_key = DefaultPartitioner()


def _partition(key: bytes | None, every: list[int], available: list[int]) -> int:
    """As every Kafka client, but without the hash where there is no choice: it is reckoned in Python."""
    return every[0] if len(every) == 1 else int(_by_key(key, every, available))


async def _all_of(sent: Iterable[Awaitable[object]]) -> None:
    """Wait for all, one after the other, since they are done in about this order: a callback for each would cost as much as sending it.

    Raises:
        KafkaError: the first, when all have been heard, so that none is complained of as never looked at.
    """
    failed = None
    for one in sent:
        try:
            await one
        except KafkaError as wrong:
            failed = failed or wrong
    if failed:
        raise failed
