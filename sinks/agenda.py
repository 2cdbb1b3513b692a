"""What is to be looked at when: keys by their time, the earliest found without looking at the others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from heapq import heappop, heappush


class Agenda:
    """Times by key. Kept in memory; whoever keeps it can make it anew from what the keys stand for."""

    def __init__(self) -> None:
        self._times: dict[str, datetime] = {}
        self._heap: list[tuple[datetime, str]] = []
        """Holds outdated entries too, which are thrown away when they come up."""

    def put(self, key: str, at: datetime | None) -> None:
        """The key is to be looked at then, and not when it was to be before; None: not at all."""
        if at is None:
            self._times.pop(key, None)
        elif self._times.get(key) != at:
            self._times[key] = at
            heappush(self._heap, (at, key))

    def next(self) -> datetime | None:
        """The earliest time; None where nothing is to be looked at."""
        while self._heap and self._times.get(self._heap[0][1]) != self._heap[0][0]:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def due(self, now: datetime) -> Iterator[str]:
        """The keys whose time has come, the earliest first; they are taken off."""
        while (at := self.next()) and at <= now:
            key = heappop(self._heap)[1]
            del self._times[key]
            yield key
