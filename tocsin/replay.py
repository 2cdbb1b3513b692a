"""An archive through the very code that live feeds go through: the same items, the same alerts, byte for byte, and nobody is woken."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Self

from producers.archive import Archive, holds_items, read_items
from producers.fault import ParseError
from producers.parse import ParsedFeed
from producers.pool import ParserPool
from producers.warc import ArchivedBody
from tocsin.app import segments_of
from tocsin.clock import utc_now
from tocsin.intake import Intake
from tocsin.model import Alert
from tocsin.settings import Settings
from tocsin.store import Store

PARSED_AHEAD = 16
"""How many bodies are parsed ahead of the one that is taken in: enough to keep every worker busy."""
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
        self._intake = Intake(self._store, segments_of(settings), (), utc_now)
        self.total, self.done, self.refused = len(self._archive), 0, Counter[str]()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def sums(self) -> dict[str, int]:
        return self._store.sums()

    def alerts(self, tick: Callable[[], None] = _silent) -> Iterator[Alert]:
        """The alerts in the order they rise, each as soon as its body is taken in; `tick` is called after each body."""
        parsed = self._parsed()
        with asyncio.Runner() as runner:
            try:
                while (feed := runner.run(_next(parsed))) is not None:
                    yield from self._take(feed)
                    self.done += 1
                    tick()
            finally:
                runner.run(parsed.aclose())
        items = read_items(self._items, utc_now)
        while some := list(islice(items, ITEMS_AT_ONCE)):
            yield from self._intake.take(some)

    def _take(self, feed: ParsedFeed) -> list[Alert]:
        """Take a body in; the entries that stood unchanged in the body before count as the duplicates they are."""
        skipped = {"items": feed.unchanged, "duplicates": feed.unchanged, "unchanged": feed.unchanged}
        return self._intake.take(feed.items, also=lambda: self._store.add(skipped))

    async def _parsed(self) -> AsyncGenerator[ParsedFeed, None]:
        """What the bodies hold, in their order; several are parsed at once."""
        ahead: deque[asyncio.Task[ParsedFeed]] = deque()
        seen: set[str] = set()
        try:
            for body in self._archive:
                ahead.append(asyncio.create_task(self._parse(body, baseline=body.feed not in seen)))
                seen.add(body.feed)
                if len(ahead) >= PARSED_AHEAD:
                    yield await ahead.popleft()
            while ahead:
                yield await ahead.popleft()
        finally:
            for task in ahead:
                task.cancel()
            await asyncio.gather(*ahead, return_exceptions=True)

    async def _parse(self, body: ArchivedBody, *, baseline: bool) -> ParsedFeed:
        """What a body holds; nothing where it is no feed, which is reported and counted."""
        try:
            return await self._pool.parse(
                body.body, feed=body.feed, url=body.url, fetched=body.fetched, content_type=body.content_type, baseline=baseline
            )
        except ParseError as wrong:
            self.refused[wrong.kind] += 1
            self._report(f"{body.feed} {body.fetched:%Y-%m-%dT%H:%M:%SZ}: {wrong.kind}: {wrong.reason}")
            return ParsedFeed(items=())


async def _next(parsed: AsyncIterator[ParsedFeed]) -> ParsedFeed | None:
    return await anext(parsed, None)
