"""Values that are read again and again, and decoded only when their bytes have changed: decoding holds up the other threads."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Generic, TypeVar

from tocsin.wire import load

T = TypeVar("T")


class Decoded(Generic[T]):
    """The last values of a mapping, by key, each with a hash of the bytes it came from. For any thread."""

    def __init__(self, kind: type[T]) -> None:
        self._kind = kind
        self._lock = threading.Lock()
        self._known: dict[str, tuple[int, T]] = {}

    def of(self, rows: Iterable[tuple[str, bytes]]) -> dict[str, T]:
        """The mapping these rows hold, in their order; what is not among them is forgotten."""
        with self._lock:
            told: dict[str, tuple[int, T]] = {}
            for key, raw in rows:
                known, mark = self._known.get(key), hash(raw)
                told[key] = known if known is not None and known[0] == mark else (mark, load(raw, self._kind))
            self._known = told
            return {key: value for key, (_, value) in told.items()}
