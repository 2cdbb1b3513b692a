"""Sends messages, and is done when the broker has them all."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from processors.worker.pauses import pauses
from tocsin.broker import LARGEST_MESSAGE, KafkaSettings
from tocsin.envelope import Message
from tocsin.topics import name_of

log = logging.getLogger("tocsin.worker")


class Outlet:
    """Sends messages, and is done when the broker has them all."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._producer: AIOKafkaProducer | None = None

    async def send(self, messages: Sequence[Message]) -> None:
        """Send these, again and again, until the broker has all of them on as many disks as it must. Repeats have the same ids.

        Raises:
            MessageSizeTooLargeError: one can never be sent.
        """
        for pause in pauses():
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
        """Let go of the broker; the next `send` finds it again."""
        producer, self._producer = self._producer, None
        if producer:
            with suppress(KafkaError):
                await producer.stop()
