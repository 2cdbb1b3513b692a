"""An answer that is good for a moment, so that many who ask at once cost what one does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Brief(Generic[T]):
    """For any thread. What raises is not kept."""

    def __init__(self, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._now = seconds, now
        self._lock = threading.Lock()
        self._kept: tuple[float, T] | None = None

    def get(self, make: Callable[[], T]) -> T:
        """What was made last, or a new one where that is too old."""
        with self._lock:
            if self._kept is None or self._now() - self._kept[0] >= self._seconds:
                self._kept = (self._now(), make())
            return self._kept[1]
