"""The text of new articles, fetched from their pages: an extra, off by default, that may fail or be late without costing an item.

What was read is archived with the body that named the articles, so that a replay gives the same items and asks nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib.util import find_spec
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field, HttpUrl

from producers.article import is_about, is_reserved
from producers.fault import PATIENCE, FetchError, ParseError, ParseFault
from producers.fetch import Fetched
from producers.hosts import HeldError, Hosts
from tocsin.model import EPOCH, NewsItem

ENOUGH = 1_500
"""Characters of text with which a feed's own entry is an article already."""
HELD = timedelta(hours=1)
"""How long a host is left alone that asked for patience and did not say how long."""
ACCEPT = "text/html, application/xhtml+xml;q=0.9"
_PAGES = ("text/html", "application/xhtml+xml")


class FullTextMissingError(Exception):
    """Articles are wanted, and what reads them is not installed; the text says how to mend that."""


class FullTextSettings(BaseModel):
    """[fulltext] of tocsin.toml: the pages of new articles are fetched and read too. Needs the extra: `pip install 'tocsin[fulltext]'`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    every_feed: bool = False
    """Whether the articles of all feeds are fetched."""
    feeds: tuple[HttpUrl, ...] = ()
    """The feeds whose articles are fetched, where those of all are not."""
    most_per_body: int = Field(default=10, ge=1, le=100)
    """How many articles of one body of a feed are fetched at most, the newest first."""
    within_seconds: float = Field(default=30, gt=0, le=300)
    """How long a body waits for its articles; those that are not there by then go on without."""
    page_seconds: float = Field(default=10, gt=0)
    """How long one page may take."""
    page_bytes: int = Field(default=2 * 1024 * 1024, gt=0)
    """How large a page may be, as sent and unpacked."""

    @property
    def enabled(self) -> bool:
        return self.every_feed or bool(self.feeds)

    def wants(self, feed: str) -> bool:
        """Whether the articles of this feed are fetched."""
        return self.every_feed or feed in map(str, self.feeds)

    def check(self) -> None:
        """Raises `FullTextMissingError` where it is wanted and cannot work."""
        if self.enabled and find_spec("trafilatura") is None:
            raise FullTextMissingError("fulltext: reading articles needs the extra: pip install 'tocsin[fulltext]'")


class FetchesPages(Protocol):
    async def fetch(self, url: str) -> Fetched: ...


class Extracts(Protocol):
    async def extract(self, body: bytes, content_type: str) -> str: ...


REMEMBERED = 300
"""Items of a feed whose texts are kept for the next bodies: more than most feeds show."""


@dataclass(frozen=True, slots=True)
class FeedArticles:
    """What is known of a feed's articles, by the items' ids, the latest last: each one's text, "" where it has none for us."""

    texts: dict[str, str]

    def after(self, found: Mapping[str, str]) -> FeedArticles:
        """What is known once a body was read."""
        kept = {name: text for name, text in self.texts.items() if name not in found} | dict(found)
        return FeedArticles(dict(list(kept.items())[-REMEMBERED:]))


def candidates(items: Iterable[NewsItem], known: Container[str], most: int) -> list[NewsItem]:
    """The items whose articles are worth fetching: new ones that lead somewhere and do not bring their text, the newest first."""
    wanted = [item for item in items if item.id not in known and item.url.startswith(("http://", "https://")) and len(item.text) < ENOUGH]
    return sorted(wanted, key=lambda item: item.published or EPOCH, reverse=True)[:most]


def completed(items: Sequence[NewsItem], texts: Mapping[str, str]) -> tuple[NewsItem, ...]:
    """The items, those with a text here with that."""
    return tuple(replace(item, text=texts[item.id]) if texts.get(item.id) else item for item in items)


class Articles:
    """Fetches and reads the articles of a body's new items."""

    def __init__(
        self,
        settings: FullTextSettings,
        fetcher: FetchesPages,
        extractor: Extracts,
        hosts: Hosts,
        *,
        known: Callable[[str], FeedArticles | None],
        count: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`known` tells what is kept of a feed's articles, None where nothing is; `count` is told what became of each page."""
        self._settings, self._fetcher, self._extractor, self._hosts = settings, fetcher, extractor, hosts
        self._known, self._count = known, count

    async def texts(self, feed: str, items: Sequence[NewsItem]) -> dict[str, str] | None:
        """A text for each item of a body, "" where none could be had in time; None where nobody wants the feed's. Never raises for a page.

        What an item's article said when it was new it says in later bodies too. The first body holds what was there before: none of it is
        fetched.
        """
        if not self._settings.wants(feed):
            return None
        before = self._known(feed)
        if before is None:
            return {item.id: "" for item in items}
        new = await self._read(candidates(items, before.texts, self._settings.most_per_body))
        return {item.id: new.get(item.id) or before.texts.get(item.id, "") for item in items}

    async def _read(self, items: Sequence[NewsItem]) -> dict[str, str]:
        reading = {asyncio.create_task(self._text(item)): item.id for item in items}
        if not reading:
            return {}
        try:
            await asyncio.wait(reading, timeout=self._settings.within_seconds)
        finally:
            late = [task for task in reading if not task.done()]
            for task in late:
                task.cancel()
                self._count("late")
            await asyncio.gather(*reading, return_exceptions=True)
        return {name: task.result() for task, name in reading.items() if task not in late and not task.exception()}

    async def _text(self, item: NewsItem) -> str:
        try:
            page = await self._fetcher.fetch(item.url)
            if reason := _unread(page):
                self._count(reason)
                return ""
            text = await self._extractor.extract(page.body or b"", page.content_type)
        except HeldError:
            self._count("held")
            return ""
        except FetchError as wrong:
            if wrong.kind in PATIENCE and wrong.host:
                self._hosts.hold(wrong.host, wrong.retry_after or HELD)
            self._count(wrong.kind.value)
            return ""
        except ParseError as wrong:
            self._count(wrong.kind.value)
            return ""
        except Exception:
            self._count("internal")
            raise
        used = len(text) > len(item.text) and len(text) > len(item.summary) and is_about(item.title, text)
        self._count("ok" if used else "no_text")
        return text if used else ""


def _unread(page: Fetched) -> str:
    """Why a page is not read; "" where it is. Its publisher may have reserved that (`X-Robots-Tag`, or the TDM Reservation Protocol)."""
    told = {name.lower(): value for name, value in page.headers}
    if is_reserved(told.get("x-robots-tag", "")) or told.get("tdm-reservation", "").strip() == "1":
        return ParseFault.RESERVED.value
    return "" if page.content_type.partition(";")[0].strip().lower() in _PAGES else "no_page"
