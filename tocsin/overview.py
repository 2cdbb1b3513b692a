"""Everything that came in and what became of it, in one reading of the store: for `status`, `top` and whoever else asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from tocsin.book import polled
from tocsin.store import Store

SEGMENTS = ("deduplicate", "tag", "assess")


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """items = stories + duplicates + dead letters of `deduplicate`; `dead` counts by segment, ever since the store was begun."""

    items: int
    stories: int
    duplicates: int
    events: int
    dead: Mapping[str, int]

    @property
    def adds_up(self) -> bool:
        return self.items == self.stories + self.duplicates + self.dead["deduplicate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """raised + digests = kept + removed (by retention)."""

    raised: int
    digests: int
    kept: int
    removed: int

    @property
    def adds_up(self) -> bool:
        return self.raised + self.digests == self.kept + self.removed


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """One sink: kept alerts = the deliveries in `states` + `elsewhere` (routed to other sinks only).

    `suppressed` says why, for those that are; `oldest` is when the oldest alert that still waits was raised.
    """

    states: Mapping[str, int]
    elsewhere: int
    suppressed: Mapping[str, int]
    oldest: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The whole ledger. `feeds` counts by state, `dead_letters` those that stand now."""

    news: News
    alerts: Alerts
    sinks: Mapping[str, Queue]
    feeds: Mapping[str, int]
    dead_letters: Mapping[str, int]

    @property
    def adds_up(self) -> bool:
        return self.news.adds_up and self.alerts.adds_up and all(queue.elsewhere >= 0 for queue in self.sinks.values())


def overview(store: Store, listed: Iterable[str] = ()) -> Overview:
    """The ledger as it stands: one snapshot, so that what is committed meanwhile does not unbalance it. `listed` are the feeds of the
    configuration.
    """
    with store.snapshot():
        sums, deliveries, oldest = store.sums(), store.deliveries(), store.oldest_pending()
        kept, digests = store.alert_counts()
        suppressed = store.suppressed()
        feeds: dict[str, int] = {}
        for state in polled(store, listed).values():
            feeds[str(state.status)] = feeds.get(str(state.status), 0) + 1
        letters = store.dead_letters_by_segment()
    return Overview(
        news=News(
            items=sums.get("items", 0),
            stories=sums.get("stories", 0),
            duplicates=sums.get("duplicates", 0),
            events=sums.get("events", 0),
            dead={segment: sums.get(f"dead.{segment}", 0) for segment in SEGMENTS},
        ),
        alerts=Alerts(
            raised=sums.get("alerts", 0),
            digests=digests + sums.get("removed.digests", 0),
            kept=kept,
            removed=sums.get("removed.alerts", 0),
        ),
        sinks={
            sink: Queue(
                states=states,
                elsewhere=kept - sum(states.values()),
                suppressed=suppressed.get(sink, {}),
                oldest=oldest.get(sink),
            )
            for sink, states in deliveries.items()
        },
        feeds=dict(sorted(feeds.items())),
        dead_letters=letters,
    )
