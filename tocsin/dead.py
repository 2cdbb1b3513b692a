"""The dead letters of a cluster: what its workers could not take, in the `dead` topic, and the ways back.

A topic only grows, so a letter that is settled (sent back, or given up) is settled by another message that says so. A letter is
known by its offset.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError
from kafka.structs import TopicPartition

from tocsin.admin import in_short, records_of
from tocsin.broker import LARGEST_MESSAGE, KafkaSettings
from tocsin.envelope import Headers, told
from tocsin.topics import Entity, name_of

_SETTLED = "tocsin-settled"
_SECONDS = 60


class DeadTopicError(Exception):
    """The dead letters cannot be reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message that was set aside: `topic`, `partition` and `offset` say where it stood, `headers` are its own and why it is dead."""

    id: int
    topic: str
    partition: int
    offset: int
    segment: str
    error: str
    reason: str
    attempts: int
    version: str
    at: datetime
    key: bytes | None
    value: bytes | None
    headers: Headers


class DeadTopic:
    """The dead letters of one cluster.

    Raises (from every method):
        DeadTopicError: the broker cannot be reached, or refuses.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._topic = TopicPartition(name_of(settings.prefix, Entity.DEAD), 0)

    def letters(self) -> list[Letter]:
        """Those that are not settled, oldest first."""
        with _asked():
            found: dict[int, Letter] = {}
            for record in records_of(self._settings, self._topic.topic):
                headers = tuple((name, value or b"") for name, value in record.headers or ())
                if (settled := told(headers).get(_SETTLED, b"").decode("ascii", "replace")).isdecimal():
                    found.pop(int(settled), None)
                else:
                    found[record.offset] = _letter(record, headers)
            return list(found.values())

    def retry(self, letters: Iterable[Letter]) -> int:
        """Send letters back where they came from, as they were; how many. One that fails again is a new letter, with one attempt more.

        A message that several sinks could not take has a letter of each, and is sent back once for all that are named. A letter that does
        not say where it came from was put there by somebody else, and stays.
        """
        count, sent = 0, set[tuple[str, int, int]]()
        with _asked(), closing(self._producer()) as producer:
            for letter in letters:
                if not letter.topic:
                    continue
                origin = letter.topic, letter.partition, letter.offset
                if origin not in sent:
                    producer.send(letter.topic, value=letter.value, key=letter.key, headers=list(letter.headers)).get(timeout=_SECONDS)
                    sent.add(origin)
                self._settle(producer, letter)
                count += 1
        return count

    def give_up(self, letters: Iterable[Letter]) -> int:
        """Settle letters without sending them back; how many. Their bytes go when the topic's retention says so."""
        count = 0
        with _asked(), closing(self._producer()) as producer:
            for letter in letters:
                self._settle(producer, letter)
                count += 1
        return count

    def delete_to(self, last: int) -> None:
        """Delete the bytes of all letters up to the one of that id, settled or not. What came since is not deleted unread."""
        with _asked(), closing(KafkaAdminClient(**self._settings.client())) as admin:
            admin.delete_records({self._topic: last + 1})

    def _settle(self, producer: Any, letter: Letter) -> None:
        sent = producer.send(self._topic.topic, key=b"", value=None, headers=[(_SETTLED, str(letter.id).encode())])
        sent.get(timeout=_SECONDS)

    def _producer(self) -> Any:
        return KafkaProducer(**self._settings.client(), acks="all", max_request_size=LARGEST_MESSAGE + 2**20)


class _asked:  # noqa: N801 -- reads as what it does
    """Tells failures of the broker in a sentence."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, wrong: BaseException | None, __: object) -> None:
        if isinstance(wrong, KafkaError):
            raise DeadTopicError(in_short(wrong)) from None


def _letter(record: Any, headers: Headers) -> Letter:
    said = {name.removeprefix("tocsin-dead-"): value.decode("utf-8", "replace") for name, value in told(headers).items()}
    return Letter(
        id=record.offset,
        topic=said.get("topic", ""),
        partition=_number(said.get("partition"), 0),
        offset=_number(said.get("offset"), 0),
        segment=said.get("segment", ""),
        error=said.get("error", ""),
        reason=said.get("reason", ""),
        attempts=_number(said.get("attempts"), 1),
        version=said.get("version", ""),
        at=datetime.fromtimestamp(record.timestamp / 1000, UTC),
        key=record.key,
        value=record.value,
        headers=headers,
    )


def _number(text: str | None, otherwise: int) -> int:
    """Anybody may write to a topic: what is no number is as if it were not said."""
    return int(text) if text and text.isascii() and text.isdecimal() else otherwise
