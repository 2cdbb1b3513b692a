"""Bytes of a feed -> news items: no network, no clock, and never another exception than `ParseError`.

feedparser reads the XML, from memory only; it is given a document whose prolog is gone (`producers.document`), because its own
clean-up of prologs needs quadratic time. Some documents still take it minutes or gigabytes: bodies from outside are therefore
parsed in a process that can be killed (`producers.pool`).
"""

from __future__ import annotations

import io
from calendar import timegm
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser
import feedparser.api
from feedparser.namespaces import mediarss

from producers import jsonfeed, sitemap
from producers.document import DECLARATION, Document, read_document, scrub
from producers.entry import Entry, identities
from producers.fault import ParseError, ParseFault
from producers.feed import NO_SKIP, Skip
from producers.hints import skip_of, ttl_of
from producers.pieces import Pieces, cut
from tocsin.links import outlet_of
from tocsin.model import EPOCH, NewsItem
from tocsin.text import NAME_LIMIT, SUMMARY_LIMIT, TEXT_LIMIT, TITLE_LIMIT, clean_guid, clean_text, clean_url

feedparser.api.PREFERRED_XML_PARSERS[:] = []  # expat, whatever else is installed: its limits are the ones that were tested


def _start_caption(parser: Any, _: object) -> None:
    """Keeps the words under a picture (`media:description`) apart; feedparser takes them for a second text of the entry."""
    parser.push("media_description", 1)


def _end_caption(parser: Any) -> None:
    parser.pop("media_description")


mediarss.Namespace._start_media_description = _start_caption  # noqa: SLF001 -- the one seam there is for the meaning of an element
mediarss.Namespace._end_media_description = _end_caption  # noqa: SLF001


BODY_LIMIT = 10 * 1024 * 1024
"""Bytes; a feed of this size holds some 17,000 entries."""
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LATEST_AHEAD = timedelta(days=366)
"""A publication time before EARLIEST, or further ahead of the fetch than this, is a mistake and treated as missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """What one body holds.

    `unchanged` counts the entries that were not parsed again because they stood in the body before (`producers.delta`); `ttl` is how
    long the feed asks to be left alone, `skip` when; `hub` and `topic` are its links of those kinds (WebSub); `problems` are sentences for
    the feed's health, none of them fatal.
    """

    items: tuple[NewsItem, ...]
    title: str = ""
    problems: tuple[str, ...] = ()
    ttl: timedelta | None = None
    skip: Skip = NO_SKIP
    unchanged: int = 0
    hub: str = ""
    topic: str = ""


def parse_body(body: bytes, *, feed: str, url: str, fetched: datetime, content_type: str = "", baseline: bool = False) -> ParsedFeed:
    """All items of one body: RSS 0.9x-2.0, RDF, Atom, CDF, JSON Feed or a news sitemap.

    `feed` names the feed in the items; `url` is where the body was found, against which relative links are resolved ("" where
    nobody knows: then the feed's own link serves). A missing guid or date, a guid that comes twice, a broken entry cost no item.

    Raises:
        ParseError: the body is empty, HTML, no feed, or breaks the parser.
    """
    source = Source(feed=feed, url=url, fetched=fetched, baseline=baseline)
    if len(body) > BODY_LIMIT:
        raise ParseError(ParseFault.TOO_BIG, f"{len(body)} bytes, more than {BODY_LIMIT}")
    if jsonfeed.is_json(body):
        told = jsonfeed.read(body, url)
        return ParsedFeed(items=source.items(told.entries), title=told.title, hub=told.hub, topic=told.topic)
    return parse_document(read_document(body, content_type), source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a body came from, and so what its entries become."""

    feed: str
    url: str
    fetched: datetime
    baseline: bool = False

    def items(self, entries: Sequence[Entry]) -> tuple[NewsItem, ...]:
        return tuple(map(self.item, entries, identities(self.feed, [entry.mark for entry in entries])))

    def item(self, entry: Entry, identity: str) -> NewsItem:
        return NewsItem(
            id=identity,
            feed=self.feed,
            fetched=self.fetched,
            title=entry.title,
            summary=entry.summary,
            text=entry.text,
            url=entry.url,
            guid=entry.guid,
            outlet=self.outlet(entry),
            published=self.believed(entry.published),
            baseline=self.baseline,
        )

    def outlet(self, entry: Entry) -> str:
        """Who publishes: the host of the source an aggregator names, else of a link that leads elsewhere, else the source's name."""
        here, linked = outlet_of(self.url), outlet_of(entry.url)
        return entry.source or (linked != here and linked) or entry.credit or linked or here or self.feed

    def believed(self, published: datetime | None) -> datetime | None:
        return published if published and EARLIEST <= published <= self.fetched + LATEST_AHEAD else None


def parse_document(document: Document, source: Source) -> ParsedFeed:
    """The items of a document.

    Raises:
        ParseError: BROKEN, where the parser raises; NOT_A_FEED, where it finds nothing that a feed has.
    """
    if sitemap.is_sitemap(document.text):
        entries, problems = sitemap.read(document.text)
        return ParsedFeed(items=source.items(entries), problems=document.problems + problems)
    read = read_xml(document.text, source.url)
    if not read.well_formed:
        read = _salvaged(document.text, source.url, read)
    return replace(read.parsed, items=source.items(read.entries), problems=document.problems + read.parsed.problems)


@dataclass(frozen=True, slots=True)
class Read:
    """What feedparser made of a document: the feed without its items, the entries, and whether it was well-formed."""

    parsed: ParsedFeed
    entries: tuple[Entry, ...]
    well_formed: bool


def read_xml(text: str, url: str) -> Read:
    """The entries of a document's text.

    Raises:
        ParseError: BROKEN or NOT_A_FEED.
    """
    raw = (DECLARATION + scrub(text)).encode("utf-8", "replace")
    try:
        result = feedparser.parse(io.BytesIO(raw), sanitize_html=False, resolve_relative_uris=False)
    except MemoryError:
        raise
    except Exception as wrong:  # noqa: BLE001 -- feedparser raises what its input makes it raise
        raise ParseError(ParseFault.BROKEN, f"the parser gave up: {type(wrong).__name__}") from None
    if not result.get("version") and not result.entries:
        raise ParseError(ParseFault.NOT_A_FEED, "a feed's element, but nothing of a feed in it")
    base = url or clean_url(_string(result.feed.get("link")))
    parsed = ParsedFeed(
        items=(),
        title=clean_text(_string(result.feed.get("title")), TITLE_LIMIT),
        problems=(f"malformed: {clean_text(str(result.get('bozo_exception', '')), NAME_LIMIT)}",) if result.bozo else (),
        ttl=ttl_of(*(_string(result.feed.get(name)) for name in ("ttl", "sy_updateperiod", "sy_updatefrequency"))),
        skip=skip_of(text),
        hub=_linked(result.feed, "hub", base),
        topic=_linked(result.feed, "self", base),
    )
    return Read(parsed, tuple(_entry(raw_entry, base) for raw_entry in result.entries), well_formed=not result.bozo)


def _linked(feed: Any, rel: str, base: str) -> str:
    """The address of the feed's first link of that kind."""
    hrefs = (_string(link.get("href")) for link in feed.get("links") or () if rel in _string(link.get("rel")).lower().split())
    return next((url for href in hrefs if (url := clean_url(href, base))), "")


MOST_SALVAGED = 1_000
"""Entries; a malformed document with more of them is taken as the parser gives it, since each may cost a parse of its own."""


def _salvaged(text: str, url: str, read: Read) -> Read:
    """What a malformed document holds, where the parser lost entries: from the first broken one on it may see none."""
    pieces = cut(text)
    if pieces is None or len(pieces.entries) == len(read.entries) or len(pieces.entries) > MOST_SALVAGED:
        return read
    return replace(read, entries=tuple(_read_apart(pieces, pieces.entries, url)))


def _read_apart(pieces: Pieces, entries: Sequence[str], url: str) -> Iterator[Entry]:
    """The entries, halved until each part is well-formed or a single entry."""
    read = read_xml(pieces.around(entries), url)
    if read.well_formed or len(entries) == 1:
        yield from read.entries
    else:
        middle = len(entries) // 2
        yield from _read_apart(pieces, entries[:middle], url)
        yield from _read_apart(pieces, entries[middle:], url)


def _entry(raw: Any, base: str) -> Entry:
    url = clean_url(_string(raw.get("feedburner_origlink")), base) or clean_url(_string(raw.get("link")), base)
    guid = clean_guid(_string(raw.get("id")))
    summary, text = _lead_and_text(_string(raw.get("summary")) or _string(raw.get("media_description")), _content(raw))
    return Entry(
        guid=guid,
        title=clean_text(_string(raw.get("title")), TITLE_LIMIT),
        summary=summary,
        text=text,
        url=url or (clean_url(guid) if guid.startswith(("http://", "https://")) else ""),
        source=_source_host(raw.get("source")),
        credit=_credit(raw.get("source")),
        published=_published(raw),
    )


def _lead_and_text(description: str, content: str) -> tuple[str, str]:
    """Summary and text of an entry. A description too long for a summary is a whole article, and stands as the text."""
    if content == description:  # feedparser copies the one into the other where only one was given
        content = ""
    if not content and len(description) > SUMMARY_LIMIT:
        whole = clean_text(description, TEXT_LIMIT, lines=True)
        if len(whole) > SUMMARY_LIMIT:
            return "", whole
    return clean_text(description, SUMMARY_LIMIT), clean_text(content, TEXT_LIMIT, lines=True)


def _content(raw: Any) -> str:
    """The longest of an entry's contents that is text."""
    contents = [content for content in raw.get("content") or () if content.get("type", "text/html") in _TEXT_TYPES]
    return max((_string(content.get("value")) for content in contents), key=len, default="")


_TEXT_TYPES = frozenset({"text/plain", "text/html", "application/xhtml+xml"})


def _source_host(source: Any) -> str:
    return outlet_of(clean_url(_string(source.get("href")) or _string(source.get("link")))) if source else ""


def _credit(source: Any) -> str:
    name = clean_text(_string(source.get("title")), NAME_LIMIT) if source else ""
    return "" if name.casefold() in _NOBODY else name


_NOBODY = frozenset({"unknown", "none", "null", "n/a", "-"})


def _published(raw: Any) -> datetime | None:
    for name in ("published_parsed", "updated_parsed", "created_parsed"):
        moment = dict.get(raw, name)  # past feedparser's own look-up, which answers one name with another's value
        if moment:
            try:
                return EPOCH + timedelta(seconds=timegm(moment))
            except (ValueError, OverflowError):  # the years 0 and 10000 come out of time zones
                return None
    return None


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""
