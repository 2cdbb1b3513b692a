"""Which rows may be near-duplicates of this one: those that share a key with it.

One table of buckets of eight cells; a cell holds eight bits of the key and the row's number modulo 2^24. A full bucket loses its
oldest cell, so that words of the day cannot make it slow, and nothing is deleted: what has left the window is overwritten. When
the table grows, a bucket and its new twin hold the same cells, and the oldest rows may lose a few keys to the wrong copies.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from processors.deduplicate.names import ROWS

Keys = NDArray[np.uint32]

_WAYS = 8
_LEAST_BUCKETS = 1 << 12
_FILL = 5
"""Live cells per bucket, on average, before the table is doubled."""
_SHARED = 2
"""So many keys near-duplicates share at least: of a thousand hand-read pairs, none had fewer than three."""
_FEW = 8
"""Of so few keys, sharing one is enough."""
_ROW = np.uint32(ROWS - 1)
_TAG = np.uint32(0xFFFFFFFF - (ROWS - 1))


class Neighbours:
    """A multimap from 32-bit keys to row numbers that may forget, and now and then names a row too many."""

    def __init__(self) -> None:
        self._table = np.zeros((_LEAST_BUCKETS, _WAYS), np.uint32)
        self._live = 0

    @property
    def nbytes(self) -> int:
        return int(self._table.nbytes)

    def find(self, keys: Keys, newest: int, oldest: int) -> list[int]:
        """The rows from `oldest` to `newest` that share enough keys with these: the most shared first, then the oldest."""
        cells = self._table[keys & self._mask]
        hits = cells[((cells ^ keys[:, None]) & _TAG == 0) & (cells != 0)]
        if not len(hits):
            return []
        enough = _SHARED if len(keys) > _FEW else 1
        ages = ((np.uint32(newest & (ROWS - 1)) - hits) & _ROW).tolist()
        shared = [(-times, newest - age) for age, times in Counter(ages).items() if times >= enough and newest - age >= oldest]
        return [row for _, row in sorted(shared)]

    def add(self, keys: Keys, row: int) -> None:
        """Let the row be found by these keys; where a bucket is full, its oldest cell goes."""
        self._live += len(keys)
        if self._live > self._table.shape[0] * _FILL:
            self._table = np.concatenate((self._table, self._table))  # what was in a bucket is now in it or in its twin
        buckets = keys & self._mask
        cells = self._table[buckets]
        ages = (np.uint32(row & (ROWS - 1)) - cells) & _ROW
        ages[cells == 0] = _ROW
        self._table[buckets, ages.argmax(axis=1)] = (keys & _TAG) | np.uint32(row & (ROWS - 1))

    def drop(self, keys: int) -> None:
        """So many keys have left the window; their cells go when they are the oldest."""
        self._live -= keys

    def fill(self, keys: Keys, rows: Keys) -> None:
        """Put in many at once, in order of age. Only for an empty table."""
        buckets = _LEAST_BUCKETS
        while len(keys) > buckets * _FILL:
            buckets *= 2
        self._live = len(keys)
        self._table = np.zeros((buckets, _WAYS), np.uint32)
        home = keys & self._mask
        order = np.argsort(home, kind="stable")
        home, cells = home[order], ((keys & _TAG) | (rows & _ROW))[order]
        ends = np.append(np.flatnonzero(np.diff(home)), len(home) - 1) if len(home) else home.astype(np.int64)
        from_end = np.repeat(ends, np.diff(ends, prepend=-1)) - np.arange(len(home))
        newest = from_end < _WAYS
        self._table[home[newest], from_end[newest]] = cells[newest]

    @property
    def _mask(self) -> np.uint32:
        return np.uint32(self._table.shape[0] - 1)
