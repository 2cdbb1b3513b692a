"""Puts what several taggers answered back into the order of the news.

`assess` must see events as one process would: an act and its answer in the order they were told. Stories are spread over workers, so
their events come back in any order; each says which stretch of the news it answers (`Place`), and waits until all before it is answered.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from typing import Generic, TypeVar

from tocsin.envelope import Place

T = TypeVar("T")


class Order(Generic[T]):
    """Values in, in any order; values out in the order of their places.

    `covered` is the offset up to which all news is answered. What is at or before it comes again after a crash and passes at once,
    as does what has no place.
    """

    def __init__(self, covered: int = -1) -> None:
        self.covered = covered
        self._waiting: list[tuple[int, int, int, Place, T]] = []
        self._came = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, place: Place | None, value: T) -> Iterator[T]:
        """Take a value, and hand out all whose turn it is."""
        if place is None:
            yield value
            return
        self._came += 1
        heappush(self._waiting, (place.after, place.last, self._came, place, value))
        yield from self._ready()

    def give_up(self) -> Iterator[T]:
        """Go on without what is missing: take the first that waits as if all before it were answered."""
        if self._waiting:
            self.covered = max(self.covered, self._waiting[0][0])
        yield from self._ready()

    def _ready(self) -> Iterator[T]:
        while self._waiting and self._waiting[0][0] <= self.covered:
            *_, place, value = heappop(self._waiting)
            yield value
            if not place.more:
                self.covered = max(self.covered, place.last)
