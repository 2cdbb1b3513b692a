"""What others may rely on when they read our values: a JSON Schema of each, and an AsyncAPI document of the ways they travel.

Both are made from `model`, so that they cannot lag behind it; `docs/schemas/` holds them as files, and a test compares the two. Within
version 1, fields are only ever added, with a default, and no type is narrowed. What an old reader could not read becomes version 2,
beside version 1.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, get_args, get_type_hints

import msgspec

from sinks.webhook import EVENT_TYPE
from tocsin import model
from tocsin.model import Alert, EscalationEvent, NewsItem, Story

VERSION = 1
DIALECT = "https://json-schema.org/draft/2020-12/schema"

VALUES: Mapping[str, type] = {"item": NewsItem, "story": Story, "event": EscalationEvent, "alert": Alert}
"""The values that travel, by the name of their schema."""
WEBHOOK = "webhook"
"""The name of the schema of a webhook's body: a CloudEvents envelope around an alert."""
NAMES = (*VALUES, WEBHOOK)


@dataclass(frozen=True, slots=True)
class Channel:
    """A topic of the cluster: which value it carries, and by what its messages are keyed, since values that must meet share a key."""

    value: str
    key: str
    about: str


CHANNELS: Mapping[str, Channel] = {
    "news": Channel("item", "the feed", "Every entry of every feed, as cleaned text."),
    "stories": Channel("story", "the story", "Items that are not the same as one before, with the story they tell."),
    "events": Channel("event", "the dyad", "Coded acts, with the words they rest on."),
    "alerts": Channel("alert", "the incident", "What is worth waking somebody for."),
}
"""By entity; a topic is called `<prefix>.<entity>.v1`."""


def file_name(name: str) -> str:
    """The file of a schema in `docs/schemas/`.

    >>> file_name("alert")
    'alert.v1.json'
    """
    return f"{name}.v{VERSION}.json"


def json_schema(name: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a value, or of a webhook's body, by its name in `NAMES`.

    Raises:
        KeyError: there is none of that name.
    """
    told = _envelope() if name == WEBHOOK else _document(VALUES[name])
    return {"$schema": DIALECT, "$id": f"urn:tocsin:{name}:v{VERSION}", **told}


def asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3.0 document: the topics of the cluster, and the webhook."""
    channels = {entity: _channel(entity, channel) for entity, channel in CHANNELS.items()}
    channels[WEBHOOK] = {
        "address": None,
        "description": "The URL of a webhook sink: one POST an alert.",
        "messages": {WEBHOOK: {"$ref": f"#/components/messages/{WEBHOOK}"}},
    }
    schemas = dict(sorted(_components("#/components/schemas/{name}").items()))
    schemas["WebhookEvent"] = _cloud_event({"$ref": "#/components/schemas/Alert"})
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Tocsin",
            "version": f"{VERSION}.0.0",
            "description": "Alerts about escalation between states and armed groups, and the values they are made of.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": {f"send-{name}": {"action": "send", "channel": {"$ref": f"#/channels/{name}"}} for name in channels},
        "components": {"messages": {**dict(_messages()), WEBHOOK: _webhook_message()}, "schemas": schemas},
    }


def _channel(entity: str, channel: Channel) -> dict[str, Any]:
    prefix = {"default": "tocsin", "description": "What the topics of one installation begin with."}
    return {
        "address": f"{{prefix}}.{entity}.v{VERSION}",
        "description": f"{channel.about} Keyed by {channel.key}. A message without a value says that nothing comes from there: skip it.",
        "parameters": {"prefix": prefix},
        "messages": {channel.value: {"$ref": f"#/components/messages/{channel.value}"}},
    }


def _messages() -> Iterator[tuple[str, dict[str, Any]]]:
    for channel in CHANNELS.values():
        kind = VALUES[channel.value]
        yield (
            channel.value,
            {
                "name": channel.value,
                "title": kind.__name__,
                "headers": _cloud_event_headers(channel.value),
                "payload": {"$ref": f"#/components/schemas/{kind.__name__}"},
                "bindings": {"kafka": {"key": {"type": "string", "description": channel.key}, "bindingVersion": "0.5.0"}},
            },
        )


def _cloud_event_headers(value: str) -> dict[str, Any]:
    """CloudEvents 1.0 in Kafka's binary mode."""
    told = {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string"},
        "ce_source": {"const": "tocsin"},
        "ce_type": {"const": f"org.tocsin.{value}.v{VERSION}"},
        "ce_time": {"type": "string", "format": "date-time"},
        "content-type": {"const": "application/json"},
    }
    return {"type": "object", "properties": told, "required": list(told)}


def _webhook_message() -> dict[str, Any]:
    return {
        "name": WEBHOOK,
        "title": "WebhookEvent",
        "contentType": "application/cloudevents+json",
        "payload": {"$ref": "#/components/schemas/WebhookEvent"},
    }


def _envelope() -> dict[str, Any]:
    """The body of a webhook, with the alert's own schema inside."""
    parts = _components("#/$defs/{name}")
    named = _needed(parts, "Alert")
    return {**_cloud_event({"$ref": "#/$defs/Alert"}), "$defs": {name: parts[name] for name in named}}


def _cloud_event(data: dict[str, Any]) -> dict[str, Any]:
    told = {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "description": "The alert's id: the same at every attempt."},
        "source": {"const": "tocsin"},
        "type": {"const": EVENT_TYPE},
        "subject": {"type": "string", "description": "The incident's id."},
        "time": {"type": "string", "format": "date-time", "description": "The alert's `at`."},
        "datacontenttype": {"const": "application/json"},
        "data": data,
    }
    about = "A CloudEvents 1.0 event in structured JSON, as a webhook gets it."
    return {"title": "WebhookEvent", "description": about, "type": "object", "properties": told, "required": list(told)}


def _document(kind: type) -> dict[str, Any]:
    parts = _components("#/$defs/{name}")
    named = [name for name in _needed(parts, kind.__name__) if name != kind.__name__]
    return {**parts[kind.__name__], "$defs": {name: parts[name] for name in named}}


def _needed(parts: Mapping[str, Any], name: str) -> list[str]:
    """The part of that name and all it refers to, in the order of their names."""
    found, open_ends = {name}, [name]
    while open_ends:
        told = str(parts[open_ends.pop()])
        more = [other for other in parts if f"/{other}'" in told and other not in found]
        found.update(more)
        open_ends += more
    return sorted(found)


def _components(ref: str) -> dict[str, Any]:
    """The schema of every class that our values are made of, with what the code says of each field."""
    _, parts = msgspec.json.schema_components(list(VALUES.values()), ref_template=ref)
    for name, part in parts.items():
        kind = getattr(model, name)
        part["description"] = inspect.getdoc(kind)
        hints, said = get_type_hints(kind), _said()
        for field, told in part.get("properties", {}).items():
            if datetime in (hints[field], *get_args(hints[field])):
                for one in told.get("anyOf", [told]):
                    if one.get("type") == "string":
                        one["format"] = "date-time"
            if about := said.get((name, field)):
                told["description"] = about
    return parts


@cache
def _said() -> dict[tuple[str, str], str]:
    """What stands under the fields of the model's classes, by class and field."""
    said = {}
    for one in ast.parse(inspect.getsource(model)).body:
        if isinstance(one, ast.ClassDef):
            for field, below in zip(one.body, one.body[1:], strict=False):
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(below, ast.Expr):
                    said[one.name, field.target.id] = inspect.cleandoc(str(getattr(below.value, "value", "")))
    return said
