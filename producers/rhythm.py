"""How often a feed publishes, read from the dates of its entries; and whether it has fallen silent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import blake2b

from producers.feed import FeedState, Rhythm
from tocsin.model import NewsItem

WINDOW = timedelta(days=7)
AHEAD = timedelta(minutes=10)
"""How far a publisher's clock may be ahead of ours; a date beyond is no date of something new."""
SILENT_AT_LEAST, SILENT_GAPS = timedelta(hours=24), 6
SILENT_UNDATED = timedelta(days=7)
"""The patience with a feed whose entries have no dates, so that nobody knows its usual gap."""


def rhythm_of(items: Sequence[NewsItem], fetched: datetime) -> Rhythm:
    """The rhythm of one whole body: over the last week, or over as much of it as the body reaches back.

    A feed shows its newest entries only, so that their number says less than the time they span.
    """
    dates = sorted(item.published for item in items if item.published and item.published <= fetched + AHEAD)
    if not dates:
        return Rhythm()
    recent = [date for date in dates if date > fetched - WINDOW]
    if len(recent) < 2:
        return Rhythm(WINDOW, dates[-1])
    span = WINDOW if len(recent) < len(dates) else min(fetched - recent[0], WINDOW)
    return Rhythm(max(span, timedelta()) / len(recent), dates[-1])


def ids_hash(items: Sequence[NewsItem]) -> str:
    """What tells whether a body holds other entries than the one before, in whatever order."""
    return blake2b("\n".join(sorted(item.id for item in items)).encode(), digest_size=8).hexdigest()


def silent_since(state: FeedState, now: datetime) -> datetime | None:
    """When the newest entry came of a feed that has brought nothing new for a day and for six times its usual gap; else None.

    A source that answers and says nothing is the commonest way for a monitor to go blind.
    """
    newest = state.rhythm.newest
    if newest is None or state.last_ok is None:
        return None
    gap = state.rhythm.gap
    patience = SILENT_UNDATED if gap is None else max(SILENT_AT_LEAST, SILENT_GAPS * gap)
    return newest if now - newest > patience else None
