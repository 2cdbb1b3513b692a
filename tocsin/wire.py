"""Value <-> bytes: the one serialisation, for topics, the archive, the state, webhooks and standard output.

JSON by msgspec over the frozen dataclasses of `model`. Unknown fields are ignored when reading, so that an older process
reads what a newer one wrote; fields are only ever added, with a default.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_ENCODER = msgspec.json.Encoder(order="deterministic")


class WireError(ValueError):
    """Bytes that are not the value they should be; the text says where and why."""


def dump(value: object) -> bytes:
    """One value as one line of JSON: UTF-8, keys in the order of the fields, no line break; the same value, the same bytes."""
    return _ENCODER.encode(value)


_decoder = lru_cache(maxsize=64)(msgspec.json.Decoder)


def load(raw: bytes | str, kind: type[T]) -> T:
    """The value of type `kind` these bytes hold.

    Raises:
        WireError: not JSON, a field missing, or a field of another type.
    """
    try:
        value: T = _decoder(kind).decode(raw)  # type: ignore[arg-type]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise WireError(f"not a {getattr(kind, '__name__', kind)}: {wrong}") from None
    return value


def plain(value: object) -> Any:
    """The value as dicts, lists, strings and numbers, for templates and for JSON that is put together elsewhere."""
    return msgspec.to_builtins(value)
