"""The three segments, built from the settings over a store: the same for live feeds and for an archive."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from processors.assess import DyadState
from processors.deduplicate import Seen
from processors.segments import assess, deduplicate, tag
from tocsin.intake import Segments
from tocsin.metrics import Metrics
from tocsin.settings import Settings
from tocsin.stage import Stage
from tocsin.store import Store
from tocsin.tracing import NoTracing, Tracing, traced

A = TypeVar("A")
B = TypeVar("B")


def segments_of(settings: Settings, metrics: Metrics | None = None, tracing: Tracing | None = None) -> Callable[[Store], Segments]:
    """How the three segments are built over a store's mappings, timed and traced. The tagger, which remembers nothing, is built once."""
    tagger = tag(settings.lexicon)

    def build(store: Store) -> Segments:
        segments = (
            deduplicate(store.table("seen", Seen), settings.deduplicate),
            tagger,
            assess(store.table("dyads", DyadState), settings.assess),
        )
        if metrics is None:
            return segments
        first, second, third = segments
        return watch("deduplicate", first), watch("tag", second), watch("assess", third)

    def watch(name: str, stage: Stage[A, B]) -> Stage[A, B]:
        assert metrics
        timed = metrics.timed(name, stage)
        return traced(tracing, name, timed) if tracing and not isinstance(tracing, NoTracing) else timed

    return build
