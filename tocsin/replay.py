"""An archive through the very code that live feeds go through: the same items, the same alerts, byte for byte, and nobody is woken."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Self

from producers.archive import Archive, holds_items, read_items
from producers.fault import ParseError
from producers.parse import ParsedFeed
from producers.pool import ParserPool
from tocsin.assembly import segments_of
from tocsin.clock import utc_now
from tocsin.intake import Intake
from tocsin.model import Alert, NewsItem
from tocsin.settings import Settings
from tocsin.store import Store

ITEMS_AT_ONCE = 500
"""How many items of a file of JSON lines make one transaction."""


def _silent() -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What was fetched from `since` on and before `until`; None is no limit."""

    since: datetime | None = None
    until: datetime | None = None

    def __contains__(self, fetched: datetime) -> bool:
        return (self.since is None or self.since <= fetched) and (self.until is None or fetched < self.until)


class Pace:
    """Waits between what was fetched one after the other, as long as it took then, divided by `speed`. The time the work takes is added."""

    def __init__(self, speed: float, wait: Callable[[float], None] = time.sleep) -> None:
        self._speed, self._wait = speed, wait
        self._last: datetime | None = None

    def __call__(self, fetched: datetime) -> None:
        if self._last is not None and fetched > self._last:
            self._wait((fetched - self._last).total_seconds() / self._speed)
        self._last = max(fetched, self._last or fetched)


EVERYTHING = Stretch()


class Replay:
    """One replay of some paths (archives of bodies, files of items) into a store that is gone afterwards.

    `alerts()` yields the alerts as they rise; `total`, `done`, `refused` and `sums()` tell how far it is and what became of everything. The
    first body of a feed is its baseline, as it was when the feed was first polled. `stretch` leaves out what was fetched at other times;
    `pace` is asked to wait before each body and item. To be closed.

    Raises:
        ArchiveError: a path is missing or of no known kind.
    """

    def __init__(
        self,
        settings: Settings,
        paths: Sequence[Path],
        report: Callable[[str], None],
        *,
        stretch: Stretch = EVERYTHING,
        pace: Pace | None = None,
    ) -> None:
        self._report, self._stretch, self._pace = report, stretch, pace
        self._items = [path for path in paths if path.is_file() and holds_items(path)]
        self._open = ExitStack()
        self._archive = self._open.enter_context(Archive([path for path in paths if path not in self._items], report))
        self._archive.keep(stretch.__contains__)
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
            self._wait(body.fetched)
            if isinstance(parsed, ParseError):
                self.refused[parsed.kind] += 1
                self._report(f"{body.feed} {body.fetched:%Y-%m-%dT%H:%M:%SZ}: {parsed.kind}: {parsed.reason}")
            else:
                yield from self._take(parsed, baseline=body.feed not in polled)
                polled.add(body.feed)
            self.done += 1
            tick()
        items = (item for item in read_items(self._items, utc_now) if item.fetched in self._stretch)
        while some := list(islice(items, 1 if self._pace else ITEMS_AT_ONCE)):
            self._wait(some[0].fetched)
            yield from self._intake.take(some)

    def _wait(self, fetched: datetime) -> None:
        if self._pace:
            self._pace(fetched)

    def _take(self, parsed: ParsedFeed, *, baseline: bool) -> list[Alert]:
        """Take a body in; the entries that stood unchanged in the body before count as the duplicates they are."""
        items = (replace(item, baseline=True) for item in parsed.items) if baseline else parsed.items
        skipped = {"items": parsed.unchanged, "duplicates": parsed.unchanged, "unchanged": parsed.unchanged}
        return self._intake.take(items, also=lambda: self._store.add(skipped))


def archived(
    settings: Settings, paths: Sequence[Path], report: Callable[[str], None] = lambda _: None, *, stretch: Stretch = EVERYTHING
) -> Iterator[list[NewsItem]]:
    """The items of each body, and of files of items, in the order they were fetched; the first body of a feed is its baseline.

    `stretch` leaves out what was fetched at other times.

    Raises:
        ArchiveError: a path is missing or of no known kind.
    """
    files = [path for path in paths if path.is_file() and holds_items(path)]
    with Archive([path for path in paths if path not in files], report) as archive, ParserPool(settings.parse) as pool:
        archive.keep(stretch.__contains__)
        polled: set[str] = set()
        for body, parsed in pool.parse_all(archive):
            if isinstance(parsed, ParseError):
                report(f"{body.feed} {body.fetched:%Y-%m-%dT%H:%M:%SZ}: {parsed.kind}: {parsed.reason}")
            else:
                yield [replace(item, baseline=item.baseline or body.feed not in polled) for item in parsed.items]
                polled.add(body.feed)
    items = (item for item in read_items(files, utc_now) if item.fetched in stretch)
    while some := list(islice(items, ITEMS_AT_ONCE)):
        yield some
