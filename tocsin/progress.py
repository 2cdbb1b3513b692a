"""What has moved lately, and what has not: the facts by which a running service calls itself healthy or ready.

A thread that has died or hangs cannot say so; it stops beating, and that is what is judged here, from another thread. Times are of
the monotonic clock: a wall clock that jumps makes nothing look stuck.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class _Beat:
    within: float
    vital: bool
    at: float
    begun: bool = False


class Progress:
    """Beats that must recur, jobs that must end, troubles that must be cleared. Written and read by any thread.

    What is *vital* makes the service unhealthy (restart it: nothing else helps); everything else only makes it not ready.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._beats: dict[str, _Beat] = {}
        self._jobs: dict[str, _Beat] = {}
        self._troubles: dict[str, str] = {}
        self._alternatives: tuple[str, ...] = ()

    def expect(self, name: str, within: float, *, vital: bool = False) -> None:
        """From now on `name` must beat, again and again, at most so many seconds apart."""
        with self._lock:
            self._beats[name] = _Beat(within, vital, self._now())

    def forget(self, name: str) -> None:
        """`name` has ended as it should, and is not expected any more."""
        with self._lock:
            self._beats.pop(name, None)
            self._troubles.pop(name, None)

    def beat(self, name: str) -> None:
        """`name`, which is expected, has gone round once more."""
        with self._lock:
            if beat := self._beats.get(name):
                beat.at, beat.begun = self._now(), True

    @contextmanager
    def working(self, name: str, at_most: float, *, vital: bool = False) -> Iterator[None]:
        """While inside, `name` is at work, and stuck when that takes longer than so many seconds."""
        with self._lock:
            self._jobs[name] = _Beat(at_most, vital, self._now())
        try:
            yield
        finally:
            with self._lock:
                self._jobs.pop(name, None)

    def trouble(self, name: str, reason: str) -> None:
        """`name` cannot do its work for now; the reason is one of a bounded set, without address or secret."""
        with self._lock:
            self._troubles[name] = reason

    def clear(self, name: str) -> None:
        """`name` does its work again."""
        with self._lock:
            self._troubles.pop(name, None)

    def tolerate(self, names: Iterable[str]) -> None:
        """Trouble of one of these is none of the whole service, as long as another of them does its work."""
        with self._lock:
            self._alternatives = tuple(names)

    def unhealthy(self) -> list[str]:
        """What is vital and has stopped; nothing where the service is healthy."""
        with self._lock:
            return self._stopped(vital_only=True)

    def unready(self) -> list[str]:
        """All that has stopped, has not begun, or is in trouble; nothing where the service is ready."""
        with self._lock:
            unbegun = [f"{name}: not yet begun" for name, beat in self._beats.items() if not beat.begun]
            tolerated = self._tolerated()
            troubled = [f"{name}: {reason}" for name, reason in self._troubles.items() if name not in tolerated]
            return [*self._stopped(vital_only=False), *unbegun, *troubled]

    def strained(self) -> list[str]:
        """What is in trouble, and does not make the service unready."""
        with self._lock:
            return [f"{name}: {self._troubles[name]}" for name in self._tolerated()]

    def _tolerated(self) -> list[str]:
        troubled = [name for name in self._alternatives if name in self._troubles]
        return troubled if len(troubled) < len(self._alternatives) else []

    def _stopped(self, *, vital_only: bool) -> list[str]:
        now = self._now()
        judged = [("no sign of life", self._beats), ("stuck", self._jobs)]
        return [
            f"{name}: {what} for {now - beat.at:.0f} s"
            for what, beats in judged
            for name, beat in beats.items()
            if now - beat.at > beat.within and (beat.vital or not vital_only)
        ]
