"""Messages kept apart, for services that take only so many a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from tocsin.clock import Clock


class Spacer:
    """Keeps messages `spacing` seconds apart, from the end of one to the beginning of the next.

    Waits at most that long, in the thread of the one sink it belongs to.
    """

    def __init__(self, clock: Clock, spacing: float, sleep: Callable[[float], None] = time.sleep) -> None:
        self._clock, self._spacing, self._sleep = clock, spacing, sleep
        self._free_at = clock()

    def __enter__(self) -> None:
        early = (self._free_at - self._clock()).total_seconds()
        if 0 < early <= self._spacing:  # a clock that was set back makes nobody wait longer
            self._sleep(early)

    def __exit__(self, *_: object) -> None:
        """The message has arrived: the next begins no sooner than `spacing` from now."""
        self._free_at = self._clock() + timedelta(seconds=self._spacing)
