"""What has been told before: the mapping `seen`, found by every name of an item, forgotten by a window of event time.

The mapping is the whole state. Beside it stand numbered rows in order of time, and two indexes from names and keys to row
numbers; they are derived, and built anew from the mapping.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass

import numpy as np

from processors.deduplicate.names import ROWS, Names
from processors.deduplicate.neighbours import Neighbours
from processors.deduplicate.seen import FIXED, Print, Seen

_FORGOTTEN_AT_ONCE = 4
"""How many rows one new row may push out: more than one, so that a burst drains; few, so that nothing pauses."""
_CLOCK_WIDTH = 5
"""The event clock is the median of so many items: two wrong times among five cannot move it."""
_SLACK = 1 / 8
"""A row that is met again is renewed only after this share of the window, and kept for as much longer: few writes, no gap."""
_MOST = ROWS - (1 << 16)
"""Rows that can be told apart by the numbers the indexes hold; beyond, the oldest are forgotten before their time."""
_GONE = bytes(16)


@dataclass(frozen=True, slots=True)
class Known:
    """A row that was found: its key in the mapping, the row, and what is packed in it."""

    telling: str
    seen: Seen
    print: Print


class Memory:
    """Rows of `Seen` by telling, by name and by likeness, none much older than the window."""

    def __init__(self, seen: MutableMapping[str, Seen], window_seconds: float) -> None:
        self._seen, self._window = seen, window_seconds
        self._names, self._neighbours = Names(), Neighbours()
        self._recent: deque[int] = deque(maxlen=_CLOCK_WIDTH)
        self._now = 0
        self._oldest = self._next = 1
        self._tellings = bytearray(16 << 8)
        self._kept = np.zeros(1 << 8, np.uint32)
        self._rebuild()

    @property
    def now(self) -> int:
        """The event clock, in seconds since 1970."""
        return self._now

    @property
    def nbytes(self) -> int:
        """The room that the rows' numbers and the indexes take, in bytes."""
        return len(self._tellings) + self._kept.nbytes + self._names.nbytes + self._neighbours.nbytes

    def tick(self, at: int) -> None:
        """Move the event clock: the median of the last few times, which a few wrong ones cannot move.

        A time before the clock, by no more than the window, is that of a late item or a redelivered one and does not count:
        on a clock that it moved back, what is new would be kept as if it were old, and forgotten too soon. A clock that was
        wrong by more goes back.
        """
        if not 0 < self._now - at <= self._window:
            self._recent.append(at)
            self._now = sorted(self._recent)[(len(self._recent) - 1) // 2]

    def told(self, telling: str) -> Seen | None:
        """The row of this very item."""
        return self._seen.get(telling)

    def named(self, name: int) -> Known | None:
        """The latest row that goes under this name."""
        row = self._names.get(name) if name else None
        return self._known(row) if row is not None else None

    def alike(self, keys: bytes) -> Iterator[Known]:
        """The rows that share keys with these, the most shared first."""
        if keys:
            for row in self._neighbours.find(np.frombuffer(keys, np.uint32), self._next - 1, self._oldest):
                known = self._known(row)
                if known:
                    yield known

    def keep(self, telling: str, answer: Seen, print_: Print) -> Seen:
        """Remember an answer and what it was given to, under those names that are not another item's; forget what is due."""
        own, guid, url, said = (self._free(name, print_.group) for name in print_.names)
        number = self._next
        print_ = print_._replace(names=(own, guid, url, said), number=number, kept=self._now)
        row = Seen(story=answer.story, relation=answer.relation, changed=answer.changed, print=print_.pack())
        self._seen[telling] = row
        if self._next - self._oldest == len(self._kept):
            self._widen()
        place = self._place(number)
        self._tellings[16 * place : 16 * place + 16] = bytes.fromhex(telling)
        self._kept[place] = print_.kept
        self._next += 1
        for name in filter(None, print_.names):
            self._names.set(name, number & (ROWS - 1))
        if print_.keys:
            self._neighbours.add(np.frombuffer(print_.keys, np.uint32), number)
        self._forget()
        return row

    def renew(self, known: Known) -> None:
        """Keep a row that was met again for another window."""
        if abs(self._now - known.print.kept) > self._window * _SLACK:
            place = 16 * self._place(known.print.number)
            self._tellings[place : place + 16] = _GONE
            self._neighbours.drop(len(known.print.keys) // 4)
            del self._seen[known.telling]  # so that the mapping stays in order of time
            self.keep(known.telling, known.seen, known.print)

    def _telling(self, number: int) -> bytes:
        """The key of the row of that number, in binary; `_GONE` where it has been renewed under another number."""
        place = 16 * self._place(number)
        return bytes(self._tellings[place : place + 16])

    def _place(self, number: int) -> int:
        return number & (len(self._kept) - 1)

    def _known(self, row: int) -> Known | None:
        """The row of that number; None where it has been renewed under another."""
        number = self._next - 1 - ((self._next - 1 - row) & (ROWS - 1))
        telling = self._telling(number)
        if telling == _GONE or number < self._oldest:
            return None
        seen = self._seen[telling.hex()]
        return Known(telling.hex(), seen, Print.unpack(seen.print))

    def _free(self, name: int, group: int) -> int:
        """The name, if nothing of another group goes under it; else 0."""
        known = self.named(name)
        return name if known is None or known.print.group == group else 0

    def _forget(self) -> None:
        limit = self._window * (1 + _SLACK)
        for _ in range(_FORGOTTEN_AT_ONCE):
            telling = self._telling(self._oldest)
            if telling != _GONE:
                if abs(self._now - int(self._kept[self._place(self._oldest)])) <= limit and self._next - self._oldest < _MOST:
                    return
                gone = Print.unpack(self._seen.pop(telling.hex()).print)
                for name in filter(None, gone.names):
                    self._names.drop(name, self._oldest & (ROWS - 1))
                self._neighbours.drop(len(gone.keys) // 4)
            self._oldest += 1

    def _widen(self) -> None:
        """Twice the room for rows, each at its number modulo the room."""
        numbers = np.arange(self._oldest, self._next)
        old, new = numbers % len(self._kept), numbers % (2 * len(self._kept))
        tellings, kept = np.frombuffer(self._tellings, "V16"), self._kept
        self._tellings = bytearray(2 * len(self._tellings))
        self._kept = np.zeros(2 * len(kept), np.uint32)
        np.frombuffer(self._tellings, "V16")[new] = tellings[old]
        self._kept[new] = kept[old]

    def _rebuild(self) -> None:
        """Number the rows of the mapping in order of time, and index them."""
        rows = list(self._seen.items())
        if not rows:
            return
        tellings, prints = bytes.fromhex("".join([telling for telling, _ in rows])), [row.print for _, row in rows]
        fixed = np.frombuffer(b"".join([print_[: FIXED.itemsize] for print_ in prints]), FIXED)
        order = np.argsort(fixed["number"])
        fixed = fixed[order]
        numbers = fixed["number"].astype(np.int64)
        self._oldest, self._next, self._now = int(numbers[0]), int(numbers[-1]) + 1, int(fixed["kept"][-1])
        room = len(self._kept)
        while room < self._next - self._oldest:
            room *= 2
        self._tellings, self._kept = bytearray(16 * room), np.zeros(room, np.uint32)
        np.frombuffer(self._tellings, "V16")[numbers % room] = np.frombuffer(tellings, "V16")[order]
        self._kept[numbers % room] = fixed["kept"]
        self._recent.extend(fixed["kept"][-_CLOCK_WIDTH:].tolist())
        names, named = fixed["names"].ravel(), np.repeat(fixed["number"] % ROWS, fixed["names"].shape[1])
        self._names.fill(names[names != 0], named[names != 0])
        start, ends = FIXED.itemsize, (FIXED.itemsize + fixed["keys"]).tolist()
        keys = b"".join([prints[at][start:end] for at, end in zip(order.tolist(), ends, strict=True)])
        self._neighbours.fill(np.frombuffer(keys, np.uint32), np.repeat((fixed["number"] % ROWS).astype(np.uint32), fixed["keys"] // 4))
