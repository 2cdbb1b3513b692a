"""The `alerts` topic -> one sink, by kafka-python. Decides nothing: routing rules, `deliver` delivers, and the offsets follow.

What is read is handed on and kept where a crash does not reach it; an offset is committed when every alert before it is settled:
delivered, suppressed, or dead. So even a worker that loses its disk loses no alert. While the sink is behind, reading is paused, and the
group is not left.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from kafka import KafkaConsumer, KafkaProducer
from kafka.errors import CommitFailedError, KafkaError
from kafka.structs import OffsetAndMetadata, TopicPartition

from tocsin.broker import LARGEST_MESSAGE, KafkaSettings
from tocsin.envelope import Record, dead
from tocsin.model import Alert
from tocsin.topics import Entity, group_of, name_of
from tocsin.wire import WireError, load

log = logging.getLogger(__name__)

AT_ONCE = 200
MOST_UNSETTLED = 1_000
"""So many alerts may wait for the sink before no more are read."""
_SECONDS = 60
_ANSWER_MS = 5_000
"""How long the broker may take for what can wait for the next round: a role that is told to end must not hang on one that is away."""


_ROOM_SECONDS = 2
"""How long to wait before alerts are read again that could not be kept."""


class NotKeptError(Exception):
    """There is no room for alerts now; they are to be read again."""


class Desk(Protocol):
    """Where alerts are ruled on and wait for their sink."""

    def take(self, alerts: list[Alert]) -> None:
        """Keep the alerts and see to their delivery; those that are there already change nothing.

        Raises:
            NotKeptError: none of them is kept.
        """

    def tick(self) -> None:
        """Send on what was held until now."""

    def unsettled(self) -> set[str]:
        """The ids of alerts that are still to be delivered."""


class AlertReader:
    """Reads alerts for one sink until told to stop. For one thread.

    Raises (from `run`):
        kafka.errors.KafkaError: the broker cannot be reached, or a dead letter cannot be written.
    """

    def __init__(self, settings: KafkaSettings, sink: str, desk: Desk) -> None:
        self._settings, self._desk, self._sink = settings, desk, sink
        self._open: dict[TopicPartition, dict[int, str]] = {}
        self._committed: dict[TopicPartition, int] = {}
        self._unnoted = False
        self._assigned: set[TopicPartition] = set()
        self._dead_letters: Any = None
        timeout = int(settings.session_timeout_seconds * 1000)
        self._consumer: Any = KafkaConsumer(
            name_of(settings.prefix, Entity.ALERTS),
            **settings.client(),
            group_id=group_of(settings.prefix, f"deliver.{sink}"),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=timeout,
            heartbeat_interval_ms=timeout // 4,
            max_partition_fetch_bytes=LARGEST_MESSAGE,
        )

    def run(self, stopping: Callable[[], bool], looked: Callable[[], None] = lambda: None) -> None:
        """Read, hand on, commit, round after round; `looked` is called after each."""
        while not stopping():
            self._round()
            looked()
        self._commit()

    def lag(self) -> dict[int, int]:
        """How many alerts each partition that is ours still holds for the sink, as the broker sees it. For the thread that runs.

        Raises:
            KafkaError: the broker does not answer.
        """
        return {tp.partition: end - self._committed.get(tp, self._consumer.position(tp)) for tp, end in self._ends().items()}

    def settled(self) -> bool:
        """Whether every alert that is there is settled, and the broker knows. For the thread that runs.

        Raises:
            KafkaError: the broker does not answer.
        """
        ends = self._ends()
        return bool(ends) and all(self._committed.get(tp) == end for tp, end in ends.items())

    def _ends(self) -> dict[TopicPartition, int]:
        """The offset after the last alert of each partition that is ours."""
        ours = list(self._consumer.assignment())
        return self._consumer.end_offsets(ours, timeout_ms=_ANSWER_MS) if ours else {}

    @property
    def paused(self) -> bool:
        """Whether the sink is so far behind that nothing is read."""
        return bool(self._consumer.paused())

    def close(self) -> None:
        self._consumer.close(timeout_ms=_ANSWER_MS)
        if self._dead_letters is not None:
            self._dead_letters.close(timeout=_ANSWER_MS / 1000)

    def _round(self) -> int:
        taken = 0
        for tp, records in self._consumer.poll(timeout_ms=500, max_records=AT_ONCE).items():
            wrong: list[tuple[Any, WireError]] = []
            alerts = {record.offset: alert for record, alert in _read(records, wrong)}
            try:
                self._desk.take(list(alerts.values()))
            except NotKeptError:
                self._consumer.seek(tp, records[0].offset)
                time.sleep(_ROOM_SECONDS)
                continue
            for told in wrong:
                self._set_aside(*told)
            self._open.setdefault(tp, {}).update({offset: alert.id for offset, alert in alerts.items()})
            taken += len(records)
        self._desk.tick()
        self._commit()
        return taken

    def _set_aside(self, told: Any, wrong: WireError) -> None:
        if self._dead_letters is None:
            self._dead_letters = KafkaProducer(**self._settings.client(), acks="all", max_request_size=LARGEST_MESSAGE + 2**20)
        record = Record(
            topic=told.topic,
            partition=told.partition,
            offset=told.offset,
            key=told.key,
            value=told.value,
            headers=tuple((name, value or b"") for name, value in told.headers or ()),
            timestamp=told.timestamp,
        )
        letter = dead(record, f"deliver.{self._sink}", wrong)
        sent = self._dead_letters.send(
            name_of(self._settings.prefix, letter.entity), value=letter.value, key=letter.key, headers=list(letter.headers)
        )
        sent.get(timeout=_SECONDS)

    def _commit(self) -> None:
        """Commit up to the first alert of each partition that is not settled, and pause where too many wait."""
        assigned = set(self._consumer.assignment())
        if assigned != self._assigned:
            self._assigned = assigned
            self._open = {tp: told for tp, told in self._open.items() if tp in assigned}
            self._committed.clear()
        unsettled = self._desk.unsettled()
        told = {}
        for tp in assigned:
            open_ = self._open[tp] = {offset: name for offset, name in self._open.get(tp, {}).items() if name in unsettled}
            told[tp] = min(open_, default=self._consumer.position(tp))
        if len(unsettled) < MOST_UNSETTLED:
            self._consumer.resume(*self._consumer.paused())
        else:
            self._consumer.pause(*assigned)
        offsets = {tp: OffsetAndMetadata(offset, "", -1) for tp, offset in told.items() if offset != self._committed.get(tp)}
        if not offsets:
            return
        try:
            self._consumer.commit(offsets, timeout_ms=_ANSWER_MS)
        except (CommitFailedError, KafkaError) as wrong:
            if not self._unnoted:
                log.warning("sink %s: what was delivered could not be noted (%s); tried again until it is", self._sink, wrong)
            self._unnoted = True
            return
        if self._unnoted:
            log.info("sink %s: what was delivered is noted again", self._sink)
        self._unnoted = False
        self._committed.update({tp: told[tp] for tp in offsets})


def _read(records: list[Any], wrong: list[tuple[Any, WireError]]) -> Iterator[tuple[Any, Alert]]:
    """The alerts in some records; those that hold none are put among the `wrong` ones."""
    for told in records:
        try:
            yield told, load(told.value or b"", Alert)
        except WireError as why:
            wrong.append((told, why))
