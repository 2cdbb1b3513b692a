"""What a message on a topic says beside its value: CloudEvents 1.0 in Kafka's binary mode, its place in the order, why it is dead.

Headers are read leniently: what is missing or no number is as if it were not said, since anybody may write to a topic.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from tocsin import __version__
from tocsin.model import Alert, EscalationEvent, NewsItem, Story
from tocsin.topics import Entity, key_of
from tocsin.wire import dump

Headers = tuple[tuple[str, bytes], ...]
_DEAD = "tocsin-dead-"
LONGEST_REASON = 500
"""In characters."""
_COMMON: Headers = (("ce_specversion", b"1.0"), ("ce_source", b"tocsin"), ("content-type", b"application/json"))
_TYPES: dict[type, tuple[str, bytes]] = {
    kind: ("ce_type", f"org.tocsin.{name}.v1".encode())
    for kind, name in ((NewsItem, "item"), (Story, "story"), (EscalationEvent, "event"), (Alert, "alert"))
}
_NOTHING: Headers = (("ce_specversion", b"1.0"), ("ce_type", b"org.tocsin.nothing.v1"), ("ce_source", b"tocsin"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to a topic."""

    entity: Entity
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One message as it stands in a topic. `timestamp` is in milliseconds since 1970."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    timestamp: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message stands in the order of the news: it answers the item at offset `last` of `news`, and the items after offset
    `after` that come before that one are answered by nothing. Where there is `more`, other messages of that item follow it.
    """

    after: int
    last: int
    more: bool = False


def message(entity: Entity, value: NewsItem | Story | EscalationEvent | Alert, name: str, at: datetime, place: Place | None) -> Message:
    """The message that carries a value."""
    own = ("ce_id", name.encode()), ("ce_time", at.isoformat().encode())
    return Message(entity=entity, key=key_of(value), value=dump(value), headers=(*_COMMON, _TYPES[type(value)], *own, *_said(place)))


def nothing(entity: Entity, place: Place) -> Message:
    """The message that says that no value comes from there."""
    return Message(entity=entity, key=b"", value=None, headers=(*_NOTHING, *_said(place)))


def _said(place: Place | None) -> Headers:
    return (("tocsin-place", f"{place.after} {place.last} {place.more:d}".encode()),) if place else ()


def place_of(headers: Headers) -> Place | None:
    """Where the message says it stands; None where it does not."""
    said = told(headers).get("tocsin-place", b"").split()
    try:
        after, last, more = map(int, said)
    except ValueError:
        return None
    return Place(after, last, bool(more)) if after < last else None


def told(headers: Iterable[tuple[str, bytes | None]]) -> dict[str, bytes]:
    """The headers by name, the first of each."""
    found: dict[str, bytes] = {}
    for name, value in headers:
        found.setdefault(name, value or b"")
    return found


def dead(record: Record, segment: str, wrong: Exception) -> Message:
    """The dead letter of a message that could not be taken: its own bytes, key and headers, and what went wrong."""
    before = told(record.headers)
    attempts = 1 + _number(before, f"{_DEAD}attempts")
    origin = {name: before.get(name) for name in (f"{_DEAD}topic", f"{_DEAD}partition", f"{_DEAD}offset", f"{_DEAD}timestamp")}
    why = {
        f"{_DEAD}topic": origin[f"{_DEAD}topic"] or record.topic.encode(),
        f"{_DEAD}partition": origin[f"{_DEAD}partition"] or str(record.partition).encode(),
        f"{_DEAD}offset": origin[f"{_DEAD}offset"] or str(record.offset).encode(),
        f"{_DEAD}timestamp": origin[f"{_DEAD}timestamp"] or str(record.timestamp).encode(),
        f"{_DEAD}segment": segment.encode(),
        f"{_DEAD}error": type(wrong).__name__.encode(),
        f"{_DEAD}reason": str(wrong)[:LONGEST_REASON].encode("utf-8", "replace"),
        f"{_DEAD}attempts": str(attempts).encode(),
        f"{_DEAD}version": __version__.encode(),
    }
    kept = tuple((name, value) for name, value in record.headers if not name.startswith(_DEAD) and name != "tocsin-place")
    key = b"" if record.key is None and record.value is None else record.key  # a message must have one of the two
    return Message(entity=Entity.DEAD, key=key, value=record.value, headers=(*kept, *why.items()))


def _number(headers: Mapping[str, bytes], name: str) -> int:
    try:
        return int(headers.get(name, b"0"))
    except ValueError:
        return 0
