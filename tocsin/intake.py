"""Takes the news of one feed body into the store: all of it, or nothing.

The one place where the three segments, the outbox, the sums and a feed's state meet in a transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from tocsin import __version__
from tocsin.clock import Clock
from tocsin.model import Alert, AlertKind, EscalationEvent, NewsItem, Origin, Story, content_id
from tocsin.stage import Stage, guard
from tocsin.store import DeadLetter, Store
from tocsin.wire import dump, load

A = TypeVar("A")
B = TypeVar("B")

Segments = tuple[Stage[NewsItem, Story], Stage[Story, EscalationEvent], Stage[EscalationEvent, Alert]]
"""`deduplicate`, `tag` and `assess`, over state mappings of the store."""


def nothing_more() -> None:
    """What a transaction does besides, where there is nothing to do besides."""


def nobody_told(sums: Mapping[str, int], alerts: Sequence[Alert]) -> None:
    """Who is told of a body that was taken in, where nobody counts."""


@dataclass(frozen=True, slots=True)
class Flood:
    """What becomes of more alerts than one body may raise: a feed that was taken over must not be able to ring all night.

    `most` of them go their way one by one; `keep` is given the others together, inside the transaction, and returns those that are new.
    """

    most: int
    keep: Callable[[Sequence[Alert]], Sequence[Alert]]


class Intake:
    """The way in. Not for two threads at once: the store has one writer."""

    def __init__(
        self,
        store: Store,
        build: Callable[[Store], Segments],
        keep: Callable[[Alert], bool],
        clock: Clock,
        *,
        tell: Callable[[Mapping[str, int], Sequence[Alert]], None] = nobody_told,
        trace: Callable[[], str] = str,
        flood: Flood | None = None,
    ) -> None:
        """`keep` keeps an alert and sees to its delivery, inside the transaction; False where the alert was there already. `tell` is told
        of every body that was taken in, after the commit: what it added to the sums, and the alerts that are new.
        `trace` says under which trace this is done, "" where nobody traces; `flood` what becomes of too many alerts of one body.
        """
        self._store, self._build, self._keep, self._clock, self._tell, self._trace = store, build, keep, clock, tell, trace
        self._flood = flood
        self.flooded = 0
        """How many alerts of the last body were too many."""
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
                raised = list(self._raised(items))
                self._sums["alerts"] += len(raised)
                also()
                self._store.add(self._sums)
        except BaseException:
            self._build_segments()
            raise
        self._tell(self._sums, raised)
        return raised

    def _raised(self, items: Iterable[NewsItem]) -> Iterator[Alert]:
        """The new alerts of a body, kept. What escalates a dyad is never held for being one of many."""
        count, over = 0, list[tuple[Alert, NewsItem]]()
        for item in items:
            for alert in self._alerts(item):
                if self._flood and count >= self._flood.most and alert.kind is not AlertKind.ESCALATED:
                    over.append((alert, item))
                elif self._kept(alert, item):
                    count += 1
                    yield alert
        self.flooded = len(over)
        if self._flood and over:
            new = self._flood.keep([alert for alert, _ in over])
            ids = {alert.id for alert in new}
            for alert, item in over:
                if alert.id in ids:
                    self._note_origin(alert, item)
            yield from new

    def retry(self, letter: DeadLetter, also: Callable[[], None] = nothing_more) -> list[Alert]:
        """Put a dead letter through its segment again, and what comes of it through the rest; returns the alerts that are new.

        One that is taken is a dead letter no more; one that fails again stays, with one attempt more.

        Raises:
            WireError: its bytes are no value of this version any more.
        """
        value, count = load(letter.value, _KINDS[letter.kind]), f"dead.{letter.segment}"
        self._sums.clear()
        try:
            with self._store.transaction():
                raised = [alert for alert in self._from(letter.segment, value) if self._kept(alert, _item_of(value))]
                if not self._sums[count] or content_id(letter.segment, letter.kind, dump(value).decode()) != letter.id:
                    self._store.drop_dead_letter(letter.id)
                self._sums[count] -= 1
                self._sums["alerts"] += len(raised)
                also()
                self._store.add(self._sums)
        except BaseException:
            self._build_segments()
            raise
        self._tell(+self._sums, raised)
        return raised

    def _from(self, segment: str, value: Any) -> Iterator[Alert]:
        """The alerts of a value that goes in at this segment."""
        if segment == "assess":
            yield from self._assess(value)
            return
        for story in self._stories(value) if segment == "deduplicate" else [value]:
            for event in self._counted("events", self._tag, story):
                yield from self._assess(event)

    def _kept(self, alert: Alert, item: NewsItem | EscalationEvent) -> bool:
        if not self._keep(alert):
            return False
        self._note_origin(alert, item)
        return True

    def _note_origin(self, alert: Alert, item: NewsItem | EscalationEvent) -> None:
        published = item.published if isinstance(item, NewsItem) else None
        origin = Origin(published=published, fetched=item.fetched, processed=self._clock(), trace=self._trace())
        self._store.note_origin(alert.id, origin)

    def _alerts(self, item: NewsItem) -> Iterator[Alert]:
        self._sums["items"] += 1
        yield from self._from("deduplicate", item)

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


_KINDS: Mapping[str, type[Any]] = {kind.__name__: kind for kind in (NewsItem, Story, EscalationEvent)}
"""What a segment may have been given, by the name under which a dead letter keeps it."""


def _item_of(value: NewsItem | Story | EscalationEvent) -> NewsItem | EscalationEvent:
    return value.item if isinstance(value, Story) else value
