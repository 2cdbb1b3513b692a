"""Looks after the topics: makes those that are missing, says what is wrong with those that are there, and alters none.

A topic that is there belongs to somebody: more partitions move every key to another worker, a shorter retention deletes. So what is
wrong is told with the command that would put it right, for a person to decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeVar

from kafka import KafkaConsumer
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import KafkaError, TopicAlreadyExistsError
from kafka.structs import TopicPartition

from tocsin.broker import LARGEST_MESSAGE, KafkaSettings
from tocsin.topics import Topic, topics_of

T = TypeVar("T")


class BrokerError(Exception):
    """The broker cannot be reached, or refuses; the text says which and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with a topic, and the remedy."""

    topic: str
    what: str
    remedy: str


def faults(wanted: Topic, partitions: int, replication: int, configs: dict[str, str]) -> Iterator[Fault]:
    """What differs between a topic as it should be and as it is."""
    if partitions != wanted.partitions:
        remedy = (
            f"kafka-topics.sh --alter --topic {wanted.name} --partitions {wanted.partitions}, while no worker runs"
            if partitions < wanted.partitions and wanted.partitions > 1
            else f"say {partitions} in [kafka.partitions], or let the topic run empty, delete it and run: tocsin topics ensure"
        )
        yield Fault(topic=wanted.name, what=f"has {partitions} partitions, not {wanted.partitions}", remedy=remedy)
    if replication < wanted.replication:
        remedy = f"kafka-reassign-partitions.sh, to {wanted.replication} brokers"
        yield Fault(topic=wanted.name, what=f"is kept on {replication} brokers, not {wanted.replication}", remedy=remedy)
    for key, value in wanted.configs.items():
        if configs.get(key, value) != value:
            remedy = f"kafka-configs.sh --alter --topic {wanted.name} --add-config {key}={value}"
            yield Fault(topic=wanted.name, what=f"{key} is {configs[key]}, not {value}", remedy=remedy)


class Topics:
    """The topics of a cluster, by the broker's administrative interface.

    Raises (at once and from every method):
        BrokerError: the broker cannot be reached, or refuses.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._admin: Any = self._asked(lambda: KafkaAdminClient(**settings.client(), bootstrap_timeout_ms=10_000))

    def close(self) -> None:
        self._admin.close()

    def ensure(self) -> list[str]:
        """Make the topics that are missing; their names."""
        missing = [topic for topic in topics_of(self._settings) if topic.name not in self._there()]
        if missing:
            self._asked(lambda: self._create(missing))
        return [topic.name for topic in missing]

    def faults(self) -> list[Fault]:
        """What is wrong with the topics, those that are missing first."""
        there = self._there()
        wanted = topics_of(self._settings)
        missing = [Fault(topic=topic.name, what="is missing", remedy="tocsin topics ensure") for topic in wanted if topic.name not in there]
        present = [topic for topic in wanted if topic.name in there]
        configs = self._asked(lambda: self._configs(present)) if present else {}
        return missing + [fault for topic in present for fault in faults(topic, *there[topic.name], configs[topic.name])]

    def delete(self) -> None:
        """Delete all topics of the prefix that are ours."""
        names = [topic.name for topic in topics_of(self._settings) if topic.name in self._there()]
        if names:
            self._asked(lambda: self._admin.delete_topics(names))

    def _create(self, missing: Sequence[Topic]) -> None:
        told = {
            topic.name: {"num_partitions": topic.partitions, "replication_factor": topic.replication, "configs": dict(topic.configs)}
            for topic in missing
        }
        try:
            self._admin.create_topics(told)
            self._admin.wait_for_topics(list(told))
        except TopicAlreadyExistsError:
            return  # another process made them meanwhile

    def _there(self) -> dict[str, tuple[int, int]]:
        """Partitions and replicas of each topic."""
        told = self._asked(self._admin.describe_topics)
        return {
            topic["name"]: (len(topic["partitions"]), min((len(one["replica_nodes"]) for one in topic["partitions"]), default=0))
            for topic in told
        }

    def _configs(self, topics: Iterable[Topic]) -> dict[str, dict[str, str]]:
        asked = [ConfigResource(ConfigResourceType.TOPIC, topic.name) for topic in topics]
        told = self._admin.describe_configs(asked, config_filter="all")
        return {name: {key: one["value"] for key, one in configs.items()} for name, configs in told["topic"].items()}

    def _asked(self, question: Callable[[], T]) -> T:
        try:
            return question()
        except KafkaError as wrong:
            raise BrokerError(f"{', '.join(self._settings.bootstrap)}: {type(wrong).__name__}: {wrong}") from None


def check(settings: KafkaSettings) -> list[Fault]:
    """What is wrong with the topics.

    Raises:
        BrokerError: the broker cannot be reached, or refuses.
    """
    with closing(Topics(settings)) as topics:
        return topics.faults()


def records_of(settings: KafkaSettings, topic: str) -> Iterator[Any]:
    """All records that a topic has now, partition by partition as the broker hands them out; nobody's offsets are touched.

    Raises:
        KafkaError: the broker cannot be reached, or refuses.
    """
    consumer: Any = KafkaConsumer(**settings.client(), enable_auto_commit=False, max_partition_fetch_bytes=LARGEST_MESSAGE)
    with closing(consumer):
        partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        ends = consumer.end_offsets(partitions)
        while any(consumer.position(partition) < end for partition, end in ends.items()):
            for records in consumer.poll(timeout_ms=1000).values():
                yield from records
