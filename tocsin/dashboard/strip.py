"""The strip above every page: whether the feeds answer, how late we are, what waits, when news came last."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from producers.feed import FeedState, FeedStatus
from tocsin.dashboard.source import Pulse, Source
from tocsin.dashboard.words import ago, span

LATE = timedelta(minutes=5)
"""A feed asked this long after it was due is worth a warning: the schedule spreads requests by minutes."""
WAITS = timedelta(minutes=2)
"""An alert that is undelivered for this long is."""
SILENT = timedelta(hours=6)
"""As is a time without any item."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One figure of the strip; `mood` is ok, warn or bad, `why` says more in a sentence."""

    name: str
    value: str
    mood: str = "ok"
    why: str = ""
    link: str = ""


def strip(source: Source, now: datetime) -> list[Reading]:
    """The readings, the most important first."""
    if not source.is_whole:
        return [_last_alert(source.pulse(), now)]
    return readings(source.feeds(), source.pulse(), now)


def readings(feeds: Iterable[FeedState], pulse: Pulse, now: datetime) -> list[Reading]:
    told = list(feeds)
    return [_feeds(told), _lag(told, now), _waiting(pulse, now), _last(pulse, now), *_dead(pulse)]


def is_failing(feed: FeedState) -> bool:
    return feed.status not in (FeedStatus.NEW, FeedStatus.OK, FeedStatus.PAUSED)


def _feeds(feeds: list[FeedState]) -> Reading:
    if not feeds:
        return Reading("feeds", "none", "warn", "No feed is polled: name some under [feeds] in tocsin.toml.", "/feeds")
    failing, new = sum(map(is_failing, feeds)), sum(feed.status is FeedStatus.NEW for feed in feeds)
    paused = sum(feed.status is FeedStatus.PAUSED for feed in feeds)
    counted = {"ok": len(feeds) - failing - new - paused, "failing": failing, "not asked yet": new, "paused": paused}
    value = ", ".join(f"{n} {name}" for name, n in counted.items() if n or name == "ok")
    mood = "bad" if failing * 2 > len(feeds) else "warn" if failing else "ok"
    return Reading("feeds", value, mood, f"Of {len(feeds)} feeds.", "/feeds")


def _lag(feeds: list[FeedState], now: datetime) -> Reading:
    due = [feed.next_check for feed in feeds if feed.next_check and feed.status not in (FeedStatus.GONE, FeedStatus.PAUSED)]
    late = max((now - moment for moment in due), default=timedelta(0))
    if late < timedelta(minutes=1):
        return Reading("lag", "none", why="Every feed is asked when it is due.")
    return Reading(
        "lag", span(late.total_seconds()), "warn" if late > LATE else "ok", "So long ago the most overdue feed should have been asked."
    )


def _waiting(pulse: Pulse, now: datetime) -> Reading:
    since = pulse.waiting_since
    if since is None:
        return Reading("undelivered", "none", why="Every alert has reached its sinks.")
    pending = sum(states.get("pending", 0) for states in pulse.deliveries.values())
    mood = "bad" if now - since > WAITS * 15 else "warn" if now - since > WAITS else "ok"
    return Reading("undelivered", f"{pending}, oldest {ago(since, now)}", mood, "Alerts that wait for a sink.")


def _last(pulse: Pulse, now: datetime) -> Reading:
    if pulse.last_item is None:
        return Reading("last item", "none yet", "warn", "No feed has brought anything yet.")
    return Reading(
        "last item", ago(pulse.last_item, now), "warn" if now - pulse.last_item > SILENT else "ok", "When the newest item was published."
    )


def _last_alert(pulse: Pulse, now: datetime) -> Reading:
    """All that is known of a cluster; the rest is told by each role's metrics."""
    value = ago(pulse.last_item, now) if pulse.last_item else "none yet"
    return Reading("last alert", value, why="Feeds, queues and dead letters of a cluster are told by the metrics of each role.")


def _dead(pulse: Pulse) -> list[Reading]:
    dead = sum(states.get("dead", 0) for states in pulse.deliveries.values())
    told = []
    if pulse.dead_letters:
        told.append(Reading("dead letters", str(pulse.dead_letters), "warn", "Values a segment could not take.", "/letters"))
    if dead:
        told.append(Reading("refused", str(dead), "bad", "Alerts that a sink will never take.", "/letters"))
    return told
