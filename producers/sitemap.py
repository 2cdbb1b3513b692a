"""News sitemaps (sitemaps.org with the elements of `news:`) -> entries: what some publishers keep instead of a feed.

A sitemap has no guid and no summary: an entry is its address, its title and its time. Who publishes is told by the address, so that a
publisher's sitemap and his feeds count as one outlet. Only `<url>`s with a `news:news` are entries; the
others are pages of the site.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from xml.parsers import expat

from producers.document import DECLARATION, scrub
from producers.entry import Entry
from producers.fault import ParseError, ParseFault
from tocsin.text import NAME_LIMIT, TITLE_LIMIT, clean_text, clean_url

_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]{0,40}:)?(urlset|sitemapindex)(?=[\s>/])", re.IGNORECASE)
_NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
_FIELDS = {"loc": "url", f"{_NEWS} title": "title", f"{_NEWS} publication_date": "published"}
_LONGEST = 20_000
"""Characters of one element that are kept."""


def is_sitemap(text: str) -> bool:
    """Whether a document is one, from its root element on."""
    return _ROOT.match(text) is not None


def read(text: str) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """The entries of a sitemap, and what was wrong with it. What stands before a mistake in the XML is kept.

    Raises:
        ParseError: NOT_A_FEED, for a list of sitemaps, and for a sitemap without news.
    """
    root = _ROOT.match(text)
    if root and root.group(1).lower() == "sitemapindex":
        raise ParseError(ParseFault.NOT_A_FEED, "a list of sitemaps; name the one of them that holds the news")
    told, problem = _urls(text)
    entries = tuple(_entry(url) for url in told if "title" in url)
    if told and not entries:
        raise ParseError(ParseFault.NOT_A_FEED, "a sitemap without news: no <news:news> in it")
    return entries, (problem,) if problem else ()


def _urls(text: str) -> tuple[list[dict[str, str]], str]:
    """The fields of each `<url>`, and the mistake the parser stopped at, "" where it read to the end."""
    collector = _Collector()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = collector.start, collector.end
    parser.CharacterDataHandler = collector.data
    try:
        parser.Parse((DECLARATION + scrub(text)).encode("utf-8", "replace"), True)
    except expat.ExpatError as wrong:
        return collector.urls, f"malformed: {clean_text(str(wrong), NAME_LIMIT)}"
    return collector.urls, ""


class _Collector:
    """Holds what stands in the `<url>` that is read; pictures and videos have titles too, and are passed over by their namespaces."""

    def __init__(self) -> None:
        self.urls: list[dict[str, str]] = []
        self._open: dict[str, str] | None = None
        self._field = ""
        self._held: list[str] = []
        self._length = 0

    def start(self, name: str, _: object) -> None:
        local = _local(name)
        if local == "url":
            self._open = {}
        self._field, self._held, self._length = _FIELDS.get(local, "") if self._open is not None else "", [], 0

    def data(self, text: str) -> None:
        if self._field and self._length < _LONGEST:
            self._held.append(text[: _LONGEST - self._length])
            self._length += len(text)

    def end(self, name: str) -> None:
        if self._open is None:
            return
        if self._field:
            self._open.setdefault(self._field, "".join(self._held))
            self._field = ""
        if _local(name) == "url":
            self.urls.append(self._open)
            self._open = None


def _local(name: str) -> str:
    """An element's name: of the news' namespace whole, of sitemaps' own (and of none) without it."""
    space, _, local = name.rpartition(" ")
    return local if space in ("", "http://www.sitemaps.org/schemas/sitemap/0.9", "http://www.google.com/schemas/sitemap/0.84") else name


def _entry(url: dict[str, str]) -> Entry:
    return Entry(
        title=clean_text(url.get("title", ""), TITLE_LIMIT),
        url=clean_url(url.get("url", "").strip()),
        published=_moment(url.get("published", "").strip()),
    )


def _moment(written: str) -> datetime | None:
    """A W3C date or time; a date alone is its midnight, in UTC."""
    try:
        moment = datetime.fromisoformat(written)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
