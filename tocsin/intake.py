"""Takes the news of one feed body into the store: all of it, or nothing.

The one place where the three segments, the outbox, the sums and a feed's state meet in a transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from tocsin import __version__
from tocsin.clock import Clock
from tocsin.model import Alert, EscalationEvent, NewsItem, Story
from tocsin.stage import Stage, guard
from tocsin.store import Store

A = TypeVar("A")
B = TypeVar("B")

Segments = tuple[Stage[NewsItem, Story], Stage[Story, EscalationEvent], Stage[EscalationEvent, Alert]]
"""`deduplicate`, `tag` and `assess`, over state mappings of the store."""


def nothing_more() -> None:
    """What a transaction does besides, where there is nothing to do besides."""


class Intake:
    """The way in. Not for two threads at once: the store has one writer."""

    def __init__(self, store: Store, build: Callable[[Store], Segments], keep: Callable[[Alert], bool], clock: Clock) -> None:
        """`keep` keeps an alert and sees to its delivery, inside the transaction; False where the alert was there already."""
        self._store, self._build, self._keep, self._clock = store, build, keep, clock
        self._sums: Counter[str] = Counter()
        self._build_segments()

    def take(self, items: Iterable[NewsItem], also: Callable[[], None] = nothing_more) -> list[Alert]:
        """Put the items through the segments and keep what they changed; `also` is part of the same transaction.

        Returns the alerts that are new. What raises leaves the store as it was, and the segments are built anew, since what
        they derived from their state may be ahead of it.
        """
        self._sums.clear()
        try:
            with self._store.transaction():
                raised = [alert for alert in self._alerts(items) if self._keep(alert)]
                self._sums["alerts"] += len(raised)
                also()
                self._store.add(self._sums)
        except BaseException:
            self._build_segments()
            raise
        return raised

    def _alerts(self, items: Iterable[NewsItem]) -> Iterator[Alert]:
        for item in items:
            self._sums["items"] += 1
            for story in self._stories(item):
                for event in self._counted("events", self._tag, story):
                    yield from self._assess(event)

    def _stories(self, item: NewsItem) -> Iterable[Story]:
        dead = self._sums["dead.deduplicate"]
        stories = list(self._counted("stories", self._deduplicate, item))
        self._sums["duplicates"] += not stories and dead == self._sums["dead.deduplicate"]
        return stories

    def _counted(self, name: str, stage: Stage[A, B], value: A) -> Iterator[B]:
        for answer in stage(value):
            self._sums[name] += 1
            yield answer

    def _build_segments(self) -> None:
        deduplicate, tag, assess = self._build(self._store)
        self._deduplicate = guard(deduplicate, self._set_aside("deduplicate"))
        self._tag = guard(tag, self._set_aside("tag"))
        self._assess = guard(assess, self._set_aside("assess"))

    def _set_aside(self, segment: str) -> Callable[[object, Exception], None]:
        def set_aside(value: object, wrong: Exception) -> None:
            self._sums[f"dead.{segment}"] += 1
            self._store.set_aside(segment, value, wrong, self._clock(), __version__)

        return set_aside
