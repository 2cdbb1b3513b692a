"""Builds the rooms from the settings and runs them in this process."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

from processors.assess import Assessor, DyadState
from processors.deduplicate import Deduplicator, Seen
from producers.archive import ArchiveWriter
from producers.fetch import Fetcher
from producers.parse import ParserPool
from producers.poll import Polled, poll
from producers.schedule import FeedState
from sinks.deliver import drain
from sinks.sink import Sink
from tocsin.clock import Clock, utc_now
from tocsin.intake import Intake, Segments
from tocsin.settings import Settings
from tocsin.store import Store

log = logging.getLogger("tocsin")


def segments_of(settings: Settings) -> Callable[[Store], Segments]:
    """How to build the three segments over a store's mappings."""
    tagger = settings.lexicon.build()

    def build(store: Store) -> Segments:
        deduplicate = Deduplicator(store.table("seen", Seen), settings.deduplicate)
        return deduplicate, tagger, Assessor(store.table("dyads", DyadState), settings.assess)

    return build
