"""Counts and times, for Prometheus. The rooms know nothing of it: their parts are wrapped here, and `app` hands the wrapped ones in.

Names follow Prometheus' rules: prefix `tocsin_`, base units, `_total` for what only grows. Labels come from bounded sets: sinks and
segments by name, faults by code; never an address, never a feed. Each process has one `Metrics` with a registry of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, ParamSpec, Protocol, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from producers.fault import FetchError, ParseError
from producers.visit import Fetches, Parses
from sinks.deliver import Outbox, Pending
from sinks.sink import DeliveryError, Sink
from tocsin import __version__
from tocsin.model import Alert, Origin
from tocsin.progress import Progress
from tocsin.stage import Stage

A = TypeVar("A")
B = TypeVar("B")
P = ParamSpec("P")

QUICK = (0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5)
"""Seconds; for what happens in this process."""
NETWORK = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
"""Seconds; for what is asked of others."""
ALERTING = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 1800, 3600, 7200, 21600, 86400)
"""Seconds; from the news to the one who is told: feeds are asked every few minutes to an hour."""
RESULTS = ("story", "duplicate", "dead")
SEGMENTS = ("deduplicate", "tag", "assess")
SENDING_AT_MOST = 120
"""Seconds after which an attempt to deliver is called stuck: sinks give up by themselves long before."""


class Metrics:
    """All that one process counts, in a registry of its own."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=registry)
        Gauge("tocsin_build_info", "The version that runs.", ["version"], registry=registry).labels(__version__).set(1)

        self.fetches = Counter("tocsin_feed_fetches_total", "Feeds asked for, by what came of it.", ["result"], registry=registry)
        self.fetch_seconds = Histogram("tocsin_feed_fetch_duration_seconds", "One fetch.", buckets=NETWORK, registry=registry)
        self.parses = Counter("tocsin_feed_parses_total", "New bodies parsed, by what came of it.", ["result"], registry=registry)
        self.parse_seconds = Histogram("tocsin_feed_parse_duration_seconds", "One parse.", buckets=QUICK, registry=registry)

        self.pushes = Counter(
            "tocsin_websub_pushes_total", "What came for subscriptions, by what became of it.", ["result"], registry=registry
        )
        self.pages = Counter("tocsin_articles_total", "Pages of articles asked for, by what became of it.", ["result"], registry=registry)
        self.pushed_feeds = Gauge("tocsin_websub_feeds", "Feeds that a hub pushes.", registry=registry)

        self.items = Counter("tocsin_items_total", "Items taken in, by what became of them.", ["result"], registry=registry)
        self.events = Counter("tocsin_events_total", "Events coded.", registry=registry)
        self.alerts = Counter("tocsin_alerts_total", "Alerts raised.", ["kind", "level"], registry=registry)
        self.dead_letters = Counter("tocsin_dead_letters_total", "Values a segment set aside.", ["segment"], registry=registry)
        self.segment_seconds = Histogram(
            "tocsin_segment_duration_seconds", "One value in one segment.", ["segment"], buckets=QUICK, registry=registry
        )
        self.commits = Counter("tocsin_commits_total", "Feed bodies taken in, by what came of it.", ["result"], registry=registry)
        self.commit_seconds = Histogram(
            "tocsin_commit_duration_seconds",
            "A feed body archived and taken in, to its commit.",
            buckets=QUICK,
            registry=registry,
        )
        self.last_commit = Gauge("tocsin_last_commit_timestamp_seconds", "When news or a feed's state was last kept.", registry=registry)
        self.last_round = Gauge("tocsin_last_round_timestamp_seconds", "When the feeds were last looked through.", registry=registry)
        self.paused = Gauge("tocsin_intake_paused", "1 while no news is taken in, since it could not be kept.", registry=registry)
        self.loop_lag = Histogram("tocsin_loop_lag_seconds", "How late the event loop wakes.", buckets=QUICK, registry=registry)

        self.attempts = Counter("tocsin_delivery_attempts_total", "Attempts to deliver.", ["sink", "result"], registry=registry)
        self.delivery_seconds = Histogram(
            "tocsin_delivery_duration_seconds", "One attempt to deliver.", ["sink"], buckets=NETWORK, registry=registry
        )
        self.buried = Counter("tocsin_deliveries_dead_total", "Deliveries given up.", ["sink", "reason"], registry=registry)
        self.time_to_alert = {
            since: Histogram(
                f"tocsin_time_to_alert_from_{since}_seconds",
                f"From when the item was {since} until its alert was delivered.",
                ["sink"],
                buckets=ALERTING,
                registry=registry,
            )
            for since in ("published", "fetched", "processed")
        }
        where = ["group", "topic", "partition"]
        self.lag_messages = Gauge("tocsin_consumer_lag_messages", "Messages of a topic that are not done.", where, registry=registry)
        self.lag_seconds = Gauge(
            "tocsin_consumer_lag_seconds",
            "How old the last message is that is done, while there are others; 0 where there are none.",
            where,
            registry=registry,
        )
        self.reload_ok = Gauge(
            "tocsin_config_last_reload_successful", "1 where the configuration that was last read is in force.", registry=registry
        )
        self.reload_ok.set(1)
        certain = ((self.items, RESULTS), (self.dead_letters, SEGMENTS), (self.commits, ("ok", "failed")), (self.parses, ("ok",)))
        for counter, labels in certain:
            for label in labels:  # from the start, so that the first of a kind is an increase that an alarm sees
                counter.labels(label)

    def text(self) -> bytes:
        """All of it, in Prometheus' text format."""
        return generate_latest(self.registry)

    def add(self, collector: Collector) -> None:
        """Ask this collector too, at every scrape."""
        self.registry.register(collector)

    @contextmanager
    def asking(self, collector: Collector) -> Iterator[None]:
        """While inside, this collector is asked too, at every scrape."""
        self.add(collector)
        try:
            yield
        finally:
            self.registry.unregister(collector)

    def taken(self, sums: Mapping[str, int], alerts: Sequence[Alert]) -> None:
        """One body was taken in: what its transaction added to the sums of the store, and the alerts that are new."""
        self.items.labels("story").inc(sums.get("stories", 0))
        self.items.labels("duplicate").inc(sums.get("duplicates", 0))
        self.items.labels("dead").inc(sums.get("dead.deduplicate", 0))
        self.events.inc(sums.get("events", 0))
        for name, n in sums.items():
            if name.startswith("dead."):
                self.dead_letters.labels(name.removeprefix("dead.")).inc(n)
        for alert in alerts:
            self.alerts.labels(alert.kind.value, alert.level.name.lower()).inc()

    def delivered(self, sink: str, origin: Origin, now: datetime) -> None:
        """An alert reached a sink: how long that took since its item was published, fetched and processed, where that is known."""
        for since, histogram in self.time_to_alert.items():
            if (then := getattr(origin, since)) is not None:
                histogram.labels(sink).observe(max((now - then).total_seconds(), 0))

    def timed(self, segment: str, stage: Stage[A, B]) -> Stage[A, B]:
        """The stage, but each value is timed."""
        seconds = self.segment_seconds.labels(segment)

        def measured(value: A) -> Iterable[B]:
            with seconds.time():
                return list(stage(value))

        return measured

    @contextmanager
    def committing(self, now: Callable[[], datetime]) -> Iterator[None]:
        """While inside, a body is being kept; what raises is a commit that failed."""
        begun = time.perf_counter()
        try:
            yield
        except Exception:
            self.commits.labels("failed").inc()
            raise
        self.commits.labels("ok").inc()
        self.commit_seconds.observe(time.perf_counter() - begun)
        self.last_commit.set(now().timestamp())


class MeasuredFetcher:
    """A fetcher whose answers are counted and timed."""

    def __init__(self, fetcher: Fetches, metrics: Metrics) -> None:
        self.fetch = _counted(fetcher.fetch, metrics.fetches, metrics.fetch_seconds)


class MeasuredParser:
    """A parser whose answers are counted and timed."""

    def __init__(self, parser: Parses, metrics: Metrics) -> None:
        self.parse = _counted(parser.parse, metrics.parses, metrics.parse_seconds)


def _counted(act: Callable[P, Coroutine[Any, Any, A]], results: Counter, seconds: Histogram) -> Callable[P, Coroutine[Any, Any, A]]:
    async def counted(*args: P.args, **kwargs: P.kwargs) -> A:
        with seconds.time():
            try:
                answer = await act(*args, **kwargs)
            except (FetchError, ParseError) as wrong:
                results.labels(wrong.kind.value).inc()
                raise
        results.labels("not_modified" if getattr(answer, "body", answer) is None else "ok").inc()
        return answer

    return counted


class MeasuredSink:
    """A sink whose attempts are counted, timed, and known to be stuck when they do not end."""

    def __init__(self, sink: Sink, metrics: Metrics, progress: Progress) -> None:
        self._sink, self._metrics, self._progress = sink, metrics, progress
        self.name = sink.name
        self.check, self.close = sink.check, sink.close

    def send(self, alert: Alert) -> None:
        """As the sink's own."""
        result = "fault"
        try:
            with self._progress.working(f"sink {self.name}", SENDING_AT_MOST), self._metrics.delivery_seconds.labels(self.name).time():
                self._sink.send(alert)
            result = "ok"
            self._progress.clear(f"sink {self.name}")
        except DeliveryError as wrong:
            result = wrong.reason
            self._progress.trouble(f"sink {self.name}", wrong.reason)
            raise
        finally:
            self._metrics.attempts.labels(self.name, result).inc()


class OriginalPending(Pending, Protocol):
    """A delivery that knows where its alert comes from."""

    @property
    def origin(self) -> Origin: ...


class OriginalOutbox(Outbox, Protocol):
    """An outbox whose deliveries know where their alerts come from."""

    def next(self, sink: str, now: datetime) -> OriginalPending | None: ...

    def waiting(self, sink: str, now: datetime, most: int) -> Sequence[OriginalPending]: ...


class MeasuredOutbox:
    """An outbox that measures how long each delivered alert took, and counts those given up."""

    def __init__(self, outbox: OriginalOutbox, metrics: Metrics) -> None:
        self._outbox, self._metrics = outbox, metrics
        self._origins: dict[tuple[str, str], Origin] = {}
        """Of what was handed out and not yet settled: as many as are sent at one time."""
        self.next_due, self.hasten = outbox.next_due, outbox.hasten

    def next(self, sink: str, now: datetime) -> OriginalPending | None:
        if pending := self._outbox.next(sink, now):
            self._origins[sink, pending.alert_id] = pending.origin
        return pending

    def waiting(self, sink: str, now: datetime, most: int) -> Sequence[OriginalPending]:
        waiting = self._outbox.waiting(sink, now, most)
        self._origins = {(sink, pending.alert_id): pending.origin for pending in waiting}
        return waiting

    def origin_of(self, sink: str, alert_id: str) -> Origin:
        """Where an alert comes from that was handed out; of a digest made here nothing is known."""
        return self._origins.get((sink, alert_id), Origin())

    def delivered(self, sink: str, alert_id: str, now: datetime) -> None:
        self._outbox.delivered(sink, alert_id, now)
        if origin := self._origins.pop((sink, alert_id), None):
            self._metrics.delivered(sink, origin, now)

    def postpone(self, sink: str, alert_id: str, until: datetime, reason: str) -> None:
        self._outbox.postpone(sink, alert_id, until, reason)
        self._origins.pop((sink, alert_id), None)

    def bury(self, sink: str, alert_id: str, reason: str, now: datetime) -> None:
        self._outbox.bury(sink, alert_id, reason, now)
        self._origins.pop((sink, alert_id), None)
        self._metrics.buried.labels(sink, reason).inc()
