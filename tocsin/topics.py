"""The topics of a cluster: their names, their partitions, and the key by which values meet.

`<prefix>.<entity>.v1`. `news` and `events` have one partition: what must be seen in one order passes through one place. `stories`
spread by story, `alerts` by incident.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tocsin.broker import LARGEST_MESSAGE, KafkaSettings
from tocsin.model import Alert, EscalationEvent, NewsItem, Story

_DAY_MS = 86_400_000
_ROOM_FOR_REASONS = 2**20


class Entity(StrEnum):
    """What travels in a topic."""

    NEWS = "news"
    STORIES = "stories"
    EVENTS = "events"
    ALERTS = "alerts"
    DEAD = "dead"


TOPICS: Mapping[str, tuple[Entity, ...]] = {
    "produce": (Entity.NEWS,),
    "deduplicate": (Entity.NEWS, Entity.STORIES, Entity.EVENTS, Entity.DEAD),
    "tag": (Entity.STORIES, Entity.EVENTS, Entity.DEAD),
    "assess": (Entity.EVENTS, Entity.ALERTS, Entity.DEAD),
    "deliver": (Entity.ALERTS, Entity.DEAD),
}
"""What each role and segment reads and writes: without these it cannot begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic as it should be."""

    name: str
    partitions: int
    replication: int
    configs: Mapping[str, str] = field(default_factory=dict)


def name_of(prefix: str, entity: Entity) -> str:
    """The topic's name."""
    return f"{prefix}.{entity}.v1"


def group_of(prefix: str, role: str) -> str:
    """The consumer group of a role: a segment, or the delivery to a sink."""
    return f"{prefix}.{role}"


def topics_of(settings: KafkaSettings) -> list[Topic]:
    """All topics of a cluster. There are no others: no state is kept in topics, and nothing is created by using it."""
    partitions = {
        Entity.NEWS: 1,
        Entity.STORIES: settings.partitions.stories,
        Entity.EVENTS: 1,
        Entity.ALERTS: settings.partitions.alerts,
        Entity.DEAD: 1,
    }
    return [
        Topic(
            name=name_of(settings.prefix, entity),
            partitions=count,
            replication=settings.replication,
            configs={
                "cleanup.policy": "delete",
                "retention.ms": str(int(getattr(settings.retention_days, entity.value) * _DAY_MS)),
                "max.message.bytes": str(LARGEST_MESSAGE + (_ROOM_FOR_REASONS if entity is Entity.DEAD else 0)),
                "min.insync.replicas": str(settings.min_insync),
            },
        )
        for entity, count in partitions.items()
    ]


def key_of(value: NewsItem | Story | EscalationEvent | Alert) -> bytes:
    """The key by which a value meets those that belong to it."""
    match value:
        case NewsItem():
            return value.feed.encode()
        case Story():
            return value.id.encode()
        case EscalationEvent():
            return str(value.dyad).encode()
        case Alert():
            return value.incident.encode()
