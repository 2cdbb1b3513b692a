"""Parses only the entries of a body that did not stand, byte for byte, in the feed's body before: for replays of archives.

Most of a feed's body is what the last one held. The entries are cut out of the text, and those that are new go to feedparser between
the head and the tail of the document. A body that cannot be cut without doubt, or that comes out malformed, is parsed whole.

Not for live feeds: what was parsed once counts as seen, although the transaction that should keep it may yet fail.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b

from producers import jsonfeed
from producers.document import Document, read_document
from producers.entry import Mark, identities
from producers.parse import BODY_LIMIT, ParsedFeed, Source, parse_body, parse_document, read_xml
from producers.pieces import Pieces, cut


class DeltaParser:
    """`parse_body` with a memory of each feed's last body. Needs some 200 bytes per entry of it."""

    def __init__(self) -> None:
        self._before: dict[str, _Before] = {}

    def parse(self, body: bytes, *, feed: str, url: str, fetched: datetime, content_type: str = "", baseline: bool = False) -> ParsedFeed:
        """The items whose entries are new or changed since the feed's body before; the others are counted in `unchanged`.

        Raises:
            ParseError: as `parse_body`; the memory of the feed stays what it was.
        """
        if len(body) > BODY_LIMIT or jsonfeed.is_json(body):
            return parse_body(body, feed=feed, url=url, fetched=fetched, content_type=content_type, baseline=baseline)
        source = Source(feed=feed, url=url, fetched=fetched, baseline=baseline)
        document = read_document(body, content_type)
        pieces = cut(document.text)
        if pieces is None:
            self._before.pop(feed, None)
            return parse_document(document, source)
        return self._parse_new(document, pieces, source)

    def _parse_new(self, document: Document, pieces: Pieces, source: Source) -> ParsedFeed:
        root = _digest(pieces.root + source.url)
        before = self._before.get(source.feed)
        marks = dict(before.marks) if before and before.root == root else {}
        digests = [_digest(entry) for entry in pieces.entries]
        new = [number for number, digest in enumerate(digests) if digest not in marks]
        if not new and pieces.entries:
            self._before[source.feed] = _Before(root, {digest: marks[digest] for digest in digests})
            return ParsedFeed(items=(), unchanged=len(digests))
        read = read_xml(pieces.around([pieces.entries[number] for number in new]), source.url)
        if not read.well_formed or len(read.entries) != len(new):
            self._before.pop(source.feed, None)
            return parse_document(document, source)
        marks |= {digests[number]: entry.mark for number, entry in zip(new, read.entries, strict=True)}
        self._before[source.feed] = _Before(root, {digest: marks[digest] for digest in digests})
        ids = identities(source.feed, [marks[digest] for digest in digests])
        items = tuple(source.item(entry, ids[number]) for number, entry in zip(new, read.entries, strict=True))
        return replace(read.parsed, items=items, problems=document.problems, unchanged=len(digests) - len(new))


@dataclass(frozen=True, slots=True)
class _Before:
    """A feed's last body: its root element, which may give names and base addresses to all below, and its entries by digest."""

    root: bytes
    marks: dict[bytes, Mark]


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
