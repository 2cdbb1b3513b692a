"""Looks after the topics: makes those that are missing, says what is wrong with those that are there, and alters none.

A topic that is there belongs to somebody: more partitions move every key to another worker, a shorter retention deletes. So what is
wrong is told with the command that would put it right, for a person to decide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeVar

from kafka import KafkaConsumer
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import InvalidReplicationFactorError, KafkaError, KafkaTimeoutError, TopicAlreadyExistsError
from kafka.structs import TopicPartition

from tocsin.broker import LARGEST_MESSAGE, KafkaSettings
from tocsin.topics import Topic, topics_of

T = TypeVar("T")
_IDLE = frozenset({"Empty", "Dead"})
_LONGEST_REFUSAL = 400


SILENT_SECONDS = 30
"""After so long without a record, where there must be more, the broker has gone away."""


class MissingTopicError(KafkaError):  # type: ignore[misc]  # the library has no types
    """There is no such topic."""

    def __str__(self) -> str:
        return f"there is no topic {self.args[0]}; make it with: tocsin topics ensure"


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
        """Delete all topics of the prefix that are ours, and what the broker remembers of who read them."""
        there = self._there()
        names = [topic.name for topic in topics_of(self._settings) if topic.name in there]
        if names:
            self._asked(lambda: self._admin.delete_topics(names))
        ours = [group for group in self._groups() if group.startswith(f"{self._settings.prefix}.")]
        if ours:
            self._asked(lambda: self._admin.delete_groups(ours))

    def replays(self) -> dict[str, bool]:
        """The prefixes of the replays that have topics here, and whether somebody reads those of each: one that is killed leaves them."""
        known = re.compile(replay_prefix(self._settings.prefix, "([0-9a-f]{12})") + r"\.")
        found = {match[0][:-1] for name in self._there() if (match := known.match(name))}
        at_work = {group for group, state in self._groups().items() if state not in _IDLE}
        return {prefix: any(group.startswith(f"{prefix}.") for group in at_work) for prefix in sorted(found)}

    def _groups(self) -> dict[str, str]:
        """The consumer groups that the broker knows, and the state of each."""
        return {one["group_id"]: str(one.get("group_state", "")) for one in self._asked(self._admin.list_groups)}

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
        except InvalidReplicationFactorError:
            told = f"there are fewer than {self._settings.replication} brokers; see [kafka] replication"
            raise BrokerError(f"{', '.join(self._settings.bootstrap)}: {told}") from None
        except KafkaError as wrong:
            raise BrokerError(f"{', '.join(self._settings.bootstrap)}: {in_short(wrong)}") from None


def in_short(wrong: KafkaError) -> str:
    """A broker's refusal in a sentence: the library adds the whole of what was asked."""
    if isinstance(wrong, MissingTopicError):
        return str(wrong)
    text = str(wrong).partition(": Request '")[0].removeprefix(f"[Error {getattr(wrong, 'errno', '')}] ")
    text = text.removeprefix(f"{type(wrong).__name__}: ")
    told = getattr(wrong, "description", "") if text == type(wrong).__name__ else text
    return f"{type(wrong).__name__}: {told}"[:_LONGEST_REFUSAL]


def replay_prefix(prefix: str, name: str) -> str:
    """The prefix under which a replay has its topics."""
    return f"{prefix[:40]}-replay-{name}"


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
        KafkaError: the broker cannot be reached, goes away, or refuses; there is no such topic.
    """
    consumer: Any = KafkaConsumer(**settings.client(), enable_auto_commit=False, max_partition_fetch_bytes=LARGEST_MESSAGE)
    with closing(consumer):
        partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
        if not partitions:
            raise MissingTopicError(topic)
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        ends = consumer.end_offsets(partitions)
        silent = 0
        while any(consumer.position(partition) < end for partition, end in ends.items()):
            came = consumer.poll(timeout_ms=1000)
            silent = 0 if came else silent + 1
            if silent >= SILENT_SECONDS:
                raise KafkaTimeoutError(f"{topic}: no record for {SILENT_SECONDS} s, and there must be more")
            for records in came.values():
                yield from records
