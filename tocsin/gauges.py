"""What stands in the store and on the disk, asked at every scrape: feeds by state, queues and their age, dead letters, room left."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from producers.feed import FeedStatus
from tocsin.book import polled, wished, wishes
from tocsin.clock import Clock
from tocsin.store import Store

SEGMENTS = ("deduplicate", "tag", "assess")
STATES = ("pending", "held", "dead")
"""The states of a delivery that somebody may have to do something about."""


class StoreGauges(Collector):
    """Reads through a connection of its own; a store that cannot be read is told by `tocsin_store_readable`, and the rest left out."""

    def __init__(self, store: Store, directory: Path, clock: Clock, listed: Iterable[str] = ()) -> None:
        """`listed` are the feeds of the configuration."""
        self._listed = tuple(listed)
        self._store, self._directory, self._clock = store.reader(), directory, clock
        self._lock = threading.Lock()

    def close(self) -> None:
        with self._lock:
            self._store.close()

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        readable = GaugeMetricFamily("tocsin_store_readable", "1 where the store can be read.", value=1)
        try:
            with self._lock:
                told = [*self._feeds(), *self._queues(), *self._disk()]
        except (sqlite3.Error, OSError):
            told = []
            readable = GaugeMetricFamily("tocsin_store_readable", "1 where the store can be read.", value=0)
        yield from (*told, readable)

    def _feeds(self) -> Iterator[Metric]:
        wish = dict(wishes(self._store).items())
        count = Counter(wished(state, wish.get(url)).status for url, state in polled(self._store, self._listed).items())
        yield _labelled("tocsin_feeds", "Feeds that are polled, by state.", "state", {str(state): count[state] for state in FeedStatus})

    def _queues(self) -> Iterator[Metric]:
        deliveries = self._store.deliveries()
        for state in STATES:
            n = {sink: states.get(state, 0) for sink, states in deliveries.items()}
            yield _labelled(f"tocsin_outbox_{state}", f"Deliveries that are {state}.", "sink", n)
        now, oldest = self._clock(), self._store.oldest_pending()
        age = {sink: max((now - oldest[sink]).total_seconds(), 0) if sink in oldest else 0 for sink in deliveries}
        yield _labelled("tocsin_outbox_oldest_seconds", "Age of the oldest alert that still waits for the sink.", "sink", age)
        letters = Counter(self._store.dead_letters_by_segment())
        names = {segment: letters[segment] for segment in SEGMENTS}
        yield _labelled("tocsin_dead_letters_kept", "Values that segments set aside and nobody has settled.", "segment", names)

    def _disk(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("tocsin_disk_free_bytes", "Room left on the data directory's disk.", value=free_bytes(self._directory))
        sizes = {part: size_of(self._directory / part) for part in ("archive", "tocsin.db", "tocsin.db-wal")}
        yield _labelled("tocsin_data_bytes", "What the data directory holds.", "part", sizes)


def _labelled(name: str, text: str, label: str, values: dict[str, int] | dict[str, float]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, n in values.items():
        family.add_metric([value], n)
    return family


def free_bytes(directory: Path) -> int:
    """How much room is left on the disk of a directory, or of the nearest one above it that is there."""
    while not directory.exists() and directory != directory.parent:
        directory = directory.parent
    return shutil.disk_usage(directory).free


def size_of(path: Path) -> int:
    """The bytes of a file, or of all files under a directory; 0 where there is none."""
    total = path.stat().st_size if path.is_file() else 0
    for root, _, names in os.walk(path):
        for name in names:
            with suppress(FileNotFoundError):  # removed meanwhile
                total += Path(root, name).stat().st_size
    return total
