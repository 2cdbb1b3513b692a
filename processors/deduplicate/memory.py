"""What has been told before: the mapping `seen`, found by every name of an item, forgotten by a window of event time.

The mapping is the whole state; the lookups beside it are derived, and built anew from it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import MutableMapping
from dataclasses import dataclass, replace

from processors.deduplicate.fingerprint import Contents, content_name
from tocsin.model import Relation

_FORGOTTEN_AT_ONCE = 4
"""How many rows one new row may push out: more than one, so that a burst drains; few, so that nothing pauses."""
_CLOCK_WIDTH = 5
"""The event clock is the median of so many items: two wrong times among five cannot move it."""
_SLACK = 1 / 8
"""A row that is met again is renewed only after this share of the window, and kept for as much longer: few writes, no gap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is remembered of one item, as it came, and the answer it got.

    `group` is shared by all tellings of one item (its edits, its addresses); `kept` is the event clock, in seconds since
    1970, when it was last met; the other numbers are those of its `Fingerprint`.
    """

    story: str
    relation: Relation
    changed: tuple[str, ...]
    group: int
    kept: int
    names: tuple[int, ...]
    body: int
    contents: Contents


class Memory:
    """Rows of `Seen`, by telling, by name and by content, none much older than the window."""

    def __init__(self, seen: MutableMapping[str, Seen], window_seconds: float) -> None:
        self._seen, self._window = seen, window_seconds
        self._found: dict[int, str] = {}
        self._order: deque[tuple[int, str]] = deque()
        self._recent: deque[int] = deque(maxlen=_CLOCK_WIDTH)
        self._now = 0
        for key, row in sorted(seen.items(), key=lambda kept: kept[1].kept):
            self._now = row.kept
            self._index(key, row)

    @property
    def now(self) -> int:
        return self._now

    def tick(self, at: int) -> None:
        """Move the event clock: the median of the last few times, which a few wrong ones cannot move."""
        self._recent.append(at)
        self._now = sorted(self._recent)[(len(self._recent) - 1) // 2]

    def told(self, telling: str) -> Seen | None:
        """The row of this very item."""
        return self._seen.get(telling)

    def named(self, name: int) -> Seen | None:
        """The latest row that goes under this name."""
        key = self._found.get(name)
        return self._seen.get(key) if key else None

    def keep(self, telling: str, row: Seen) -> None:
        """Remember a row, and forget what is due."""
        self._seen[telling] = row
        self._index(telling, row)
        self._forget()

    def renew(self, name: int) -> None:
        """Keep the row of this name, which was met again, for another window."""
        key = self._found.get(name)
        row = self._seen.get(key) if key else None
        if key and row and abs(self._now - row.kept) > self._window * _SLACK:
            self._seen.pop(key)  # so that the mapping stays in order of time
            self.keep(key, replace(row, kept=self._now))

    def _index(self, key: str, row: Seen) -> None:
        self._order.append((row.kept, key))
        self._found[content_name(row.group, row.contents)] = key
        for name in row.names:
            known = self.named(name)
            if known is None or known.group == row.group:
                self._found[name] = key

    def _forget(self) -> None:
        limit = self._window * (1 + _SLACK)
        for _ in range(_FORGOTTEN_AT_ONCE):
            kept, key = self._order[0]
            if abs(self._now - kept) <= limit:
                return
            self._order.popleft()
            row = self._seen.get(key)
            if row and row.kept == kept:
                del self._seen[key]
                for name in (*row.names, content_name(row.group, row.contents)):
                    if self._found.get(name) == key:
                        del self._found[name]
