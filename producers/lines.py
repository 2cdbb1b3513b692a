"""JSON lines -> items: what `tag`, `dedupe` and `replay` read from a pipe or a file."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from datetime import MAXYEAR, MINYEAR, UTC, datetime

import msgspec

from tocsin.clock import Clock
from tocsin.links import outlet_of
from tocsin.model import NewsItem
from tocsin.wire import WireError, load


class LineError(ValueError):
    """A line that is no item; the text says which and why."""


class PipedItem(msgspec.Struct, frozen=True):
    """One line of input. Only `id` must be there; a missing time of fetching is the time of publication, else now."""

    id: str
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    url: str | None = None
    guid: str | None = None
    feed: str | None = None
    outlet: str | None = None
    published: datetime | None = None
    fetched: datetime | None = None


def read_lines(lines: Iterable[bytes], clock: Clock) -> Iterator[NewsItem]:
    """The items of the lines, one by one as they come; blank lines are passed over.

    Raises:
        LineError: a line that is no item.
    """
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield as_item(load(line.removeprefix(BOM_UTF8), PipedItem), clock)
            except WireError as wrong:
                told = str(wrong).removeprefix(f"not a {PipedItem.__name__}: ")
                raise LineError(f"line {number}: no item: {told}") from None
            except OverflowError:
                raise LineError(f"line {number}: a time before the year 2 or after the year 9998") from None


def as_item(piped: PipedItem, clock: Clock) -> NewsItem:
    """A piped item with its gaps filled. Texts are left to the letter: evidence offsets count in them.

    Raises:
        OverflowError: a time to which a year cannot be added, or from which none can be taken.
    """
    published = _aware(piped.published)
    return NewsItem(
        id=piped.id,
        feed=piped.feed or "",
        fetched=_aware(piped.fetched) or published or clock(),
        title=piped.title or "",
        summary=piped.summary or "",
        text=piped.text or "",
        url=piped.url or "",
        guid=piped.guid or "",
        outlet=piped.outlet or outlet_of(piped.url or "") or piped.feed or "",
        published=published,
    )


def _aware(moment: datetime | None) -> datetime | None:
    """In UTC; a time without a zone is taken for UTC."""
    if moment is None:
        return None
    if not MINYEAR < moment.year < MAXYEAR:
        raise OverflowError
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC)
