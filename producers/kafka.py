"""Items -> the `news` topic, by kafka-python: idempotent, acknowledged by all replicas that must have them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError

from tocsin.broker import LARGEST_MESSAGE, KafkaSettings
from tocsin.envelope import Message, message
from tocsin.model import NewsItem
from tocsin.topics import Entity, name_of

_SECONDS = 60
"""How long a body's items are waited for: as long as a broker takes to restart."""


class PublishError(ConnectionError):
    """The broker did not acknowledge every item. Like a disk that is full, it is nobody's mistake here."""


class NewsTopic:
    """The way onto the cluster. For one thread.

    Raises (at once and from `publish`):
        PublishError: the broker cannot be reached, or did not take everything.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        self._topic = name_of(settings.prefix, Entity.NEWS)
        try:
            self._producer: Any = KafkaProducer(
                **settings.client(),
                acks="all",
                enable_idempotence=True,
                compression_type="gzip",
                linger_ms=20,
                batch_size=128 * 1024,
                max_request_size=LARGEST_MESSAGE,
                delivery_timeout_ms=_SECONDS * 1000,
                request_timeout_ms=_SECONDS * 500,
            )
        except KafkaError as wrong:
            raise PublishError(f"{', '.join(settings.bootstrap)} cannot be reached: {wrong}") from None

    def publish(self, items: Iterable[NewsItem]) -> int:
        """Send the items in their order; when this returns, the broker has all of them. How many there were.

        Items that were sent before are harmless: the first segment knows them again.
        """
        try:
            sent = [self._send(message(Entity.NEWS, item, item.id, item.at, None)) for item in items]
            self._producer.flush(timeout=_SECONDS)
            for one in sent:
                one.get(timeout=_SECONDS)
        except KafkaError as wrong:
            raise PublishError(f"{type(wrong).__name__}: {wrong}") from None
        return len(sent)

    def _send(self, told: Message) -> Any:
        return self._producer.send(self._topic, value=told.value, key=told.key, headers=list(told.headers))

    def close(self) -> None:
        self._producer.close(timeout=_SECONDS)
