"""An archive through the very code that live feeds go through: the same items, the same alerts, byte for byte, and nobody is woken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Self

from producers.archive import Archive, holds_items, read_items
from producers.fault import ParseError
from producers.parse import ParsedFeed
from producers.pool import ParserPool
from tocsin.app import segments_of
from tocsin.clock import utc_now
from tocsin.intake import Intake
from tocsin.model import Alert, NewsItem
from tocsin.settings import Settings
from tocsin.store import Store

ITEMS_AT_ONCE = 500
"""How many items of a file of JSON lines make one transaction."""


def _silent() -> None:
    """Nobody watches."""


class Replay:
    """One replay of some paths (archives of bodies, files of items) into a store that is gone afterwards.

    `alerts()` yields the alerts as they rise; `total`, `done`, `refused` and `sums()` tell how far it is and what became of everything. The
    first body of a feed is its baseline, as it was when the feed was first polled. To be closed.

    Raises:
        ArchiveError: a path is missing or of no known kind.
    """

    def __init__(self, settings: Settings, paths: Sequence[Path], report: Callable[[str], None]) -> None:
        self._report = report
        self._items = [path for path in paths if path.is_file() and holds_items(path)]
        self._open = ExitStack()
        self._archive = self._open.enter_context(Archive([path for path in paths if path not in self._items], report))
        self._pool = self._open.enter_context(ParserPool(settings.parse))
        self._store = Store.temporary()
        self._open.callback(self._store.close)
        self._intake = Intake(self._store, segments_of(settings), lambda alert: self._store.add_alert(alert, ()), utc_now)
        self.total, self.done, self.refused = len(self._archive), 0, Counter[str]()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def sums(self) -> dict[str, int]:
        return self._store.sums()

    def alerts(self, tick: Callable[[], None] = _silent) -> Iterator[Alert]:
        """The alerts in the order they rise, each as soon as its body is taken in; `tick` is called after each body."""
        polled: set[str] = set()
        for body, parsed in self._pool.parse_all(self._archive):
            if isinstance(parsed, ParseError):
                self.refused[parsed.kind] += 1
                self._report(f"{body.feed} {body.fetched:%Y-%m-%dT%H:%M:%SZ}: {parsed.kind}: {parsed.reason}")
            else:
                yield from self._take(parsed, baseline=body.feed not in polled)
                polled.add(body.feed)
            self.done += 1
            tick()
        items = read_items(self._items, utc_now)
        while some := list(islice(items, ITEMS_AT_ONCE)):
            yield from self._intake.take(some)

    def _take(self, parsed: ParsedFeed, *, baseline: bool) -> list[Alert]:
        """Take a body in; the entries that stood unchanged in the body before count as the duplicates they are."""
        items = (replace(item, baseline=True) for item in parsed.items) if baseline else parsed.items
        skipped = {"items": parsed.unchanged, "duplicates": parsed.unchanged, "unchanged": parsed.unchanged}
        return self._intake.take(items, also=lambda: self._store.add(skipped))


def archived(settings: Settings, paths: Sequence[Path], report: Callable[[str], None] = lambda _: None) -> Iterator[list[NewsItem]]:
    """The items of each body, and of files of items, in the order they were fetched; the first body of a feed is its baseline.

    Raises:
        ArchiveError: a path is missing or of no known kind.
    """
    files = [path for path in paths if path.is_file() and holds_items(path)]
    with Archive([path for path in paths if path not in files], report) as archive, ParserPool(settings.parse) as pool:
        polled: set[str] = set()
        for body, parsed in pool.parse_all(archive):
            if isinstance(parsed, ParseError):
                report(f"{body.feed} {body.fetched:%Y-%m-%dT%H:%M:%SZ}: {parsed.kind}: {parsed.reason}")
            else:
                yield [replace(item, baseline=item.baseline or body.feed not in polled) for item in parsed.items]
                polled.add(body.feed)
    items = read_items(files, utc_now)
    while some := list(islice(items, ITEMS_AT_ONCE)):
        yield some
