"""The events of a dyad that were counted, by name, in buckets: to add one copies a bucket, not thousands of names."""

from __future__ import annotations

from collections.abc import Mapping

from processors.assess.telling import Telling

Seen = dict[str, dict[str, int]]
"""First two digits of a name -> name -> event time in seconds."""


def is_seen(seen: Mapping[str, Mapping[str, int]], telling: Telling) -> bool:
    return telling.name in seen.get(telling.name[:2], ())


def is_later(seen: Mapping[str, Mapping[str, int]], telling: Telling) -> bool:
    """Whether a telling that is seen has a later time than the one it is remembered by."""
    return int(telling.at.timestamp()) > seen[telling.name[:2]][telling.name]


def with_event(seen: Seen, telling: Telling) -> Seen:
    """The same with one event more."""
    prefix = telling.name[:2]
    return {**seen, prefix: {**seen.get(prefix, {}), telling.name: int(telling.at.timestamp())}}


def since(seen: Seen, seconds: int) -> Seen:
    """The same without the events before that second: what is a part of a second older than it may count still, and is kept."""
    kept = {prefix: {name: at for name, at in bucket.items() if at >= seconds} for prefix, bucket in seen.items()}
    return {prefix: bucket for prefix, bucket in kept.items() if bucket}
