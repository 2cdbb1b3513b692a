"""What goes over the pipes between `producers.pool` and its workers: frames of MessagePack, each after its length."""

from __future__ import annotations

import struct
from datetime import datetime

import msgspec

from producers.fault import ParseFault
from producers.parse import ParsedFeed


class Job(msgspec.Struct, frozen=True):
    """What a worker is asked: the arguments of `parse_body`; with `delta`, those of a `DeltaParser` it keeps; with
    `article`, the page of one.
    """

    body: bytes
    feed: str
    url: str
    fetched: datetime
    content_type: str = ""
    baseline: bool = False
    delta: bool = False
    article: bool = False


class Reply(msgspec.Struct, frozen=True):
    """What a worker answers: what it parsed (of an article its text), or why it did not."""

    parsed: ParsedFeed | None = None
    fault: ParseFault | None = None
    reason: str = ""
    text: str = ""


FRAME = struct.Struct(">I")
"""The length that goes before each frame."""
