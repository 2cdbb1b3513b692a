"""What an item is recognised by: hashes of the names it goes under, and of what it says."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from zlib import crc32

from processors.deduplicate.seen import Contents
from tocsin.links import canonical_url
from tocsin.model import NewsItem

CONTENT_FIELDS = ("title", "summary", "text")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The names and the contents of one item.

    `telling` names this very item as it came, in 32 hex digits: a redelivery has it again, a re-fetch has not. `names` are
    the item's own id, its guid within the feed, and its canonical address, as 64-bit hashes, 0 for one it has not. `body` is
    the feed body it stood in.
    """

    telling: str
    names: tuple[int, int, int]
    body: int
    contents: Contents


def fingerprint(item: NewsItem) -> Fingerprint:
    """The fingerprint of an item: pure, and the same in every process."""
    fetched = repr(item.fetched.timestamp())
    published = repr(item.published.timestamp()) if item.published else ""
    parts = (item.id, item.feed, fetched, published, item.url, item.guid, item.title, item.summary, item.text)
    url = canonical_url(item.url)
    of_article = "/" in url or "?" in url  # a front page is the address of many articles
    return Fingerprint(
        telling=_digest(f"{[len(part) for part in parts]}{''.join(parts)}", 16).hex(),
        names=(
            hash64("id", item.id),
            hash64("guid", item.feed, item.guid) if item.guid else 0,
            hash64("url", url) if of_article else 0,
        ),
        body=hash32(item.feed + fetched),
        contents=(_said(item.title), _said(item.summary), _said(item.text)),
    )


def content_name(group: int, contents: Contents) -> int:
    """The name of one content of one item, to find out whether it was told before."""
    return hash64("content", f"{group:x} {contents[0]:x} {contents[1]:x} {contents[2]:x}")


def hash64(kind: str, *parts: str) -> int:
    """64 bits that name the parts; never 0."""
    return int.from_bytes(_digest("\0".join((kind, *parts)), 8), "little") or 1


def hash32(text: str) -> int:
    """32 bits of a text, to compare it with few others; never 0."""
    return crc32(text.encode("utf-8", "surrogatepass")) or 1


def _said(text: str) -> int:
    """The hash of a text, its spacing and case aside: an edit of no more than these tells nothing new."""
    words = text.split()
    return hash32(" ".join(words).casefold()) if words else 0


def _digest(text: str, size: int) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=size).digest()
