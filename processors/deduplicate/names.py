"""Names to numbers in few bytes: which row goes under this 64-bit name?

Open addressing over one array of 64-bit cells: the upper 40 bits of the name, then the row's number modulo 2^24. Two names agree in 40
bits by chance once in 10^12 looks. A dict of ints takes fifteen times the room.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ROW_BITS = 24
ROWS = 1 << ROW_BITS
_ROW = ROWS - 1
_LEAST_BITS = 10
_OVERHANG = 1 << 10
"""Cells behind the last home, so that no chain has to wrap around."""
_FULL = 0.6


class Names:
    """A map from names to row numbers. Homes are in order of the names' upper bits, so growing is one sorted copy."""

    def __init__(self) -> None:
        self._bits = _LEAST_BITS
        self._cells = np.zeros((1 << self._bits) + _OVERHANG, np.uint64)
        self._view = self._cells.data
        self._used = 0

    def __len__(self) -> int:
        return self._used

    @property
    def nbytes(self) -> int:
        return int(self._cells.nbytes)

    def get(self, name: int) -> int | None:
        """The row that goes under this name."""
        cell = self._view[self._place(name)]
        return cell & _ROW if cell else None

    def set(self, name: int, row: int) -> None:
        if self._used >= _FULL * (1 << self._bits):
            self._grow()
        place = self._place(name)
        self._used += not self._view[place]
        self._view[place] = (name >> ROW_BITS << ROW_BITS) | row

    def drop(self, name: int, row: int) -> None:
        """Take the name away, if it still stands for that row."""
        place = self._place(name)
        if not self._view[place] or self._view[place] & _ROW != row:
            return
        view, shift = self._view, 64 - self._bits
        # Close the gap: what stands behind it in the chain moves up, unless it is at home already.
        behind = place + 1
        while view[behind]:
            if view[behind] >> shift <= place:
                view[place] = view[behind]
                place = behind
            behind += 1
        view[place] = 0
        self._used -= 1

    def fill(self, names: NDArray[np.uint64], rows: NDArray[np.uint64]) -> None:
        """Put in many at once; of two rows with one name the later wins. Only for an empty map."""
        cells = (names >> np.uint64(ROW_BITS) << np.uint64(ROW_BITS)) | rows
        order = np.argsort(names, kind="stable")
        last = np.append(np.diff(names[order] >> np.uint64(ROW_BITS)) != 0, True) if len(order) else order.astype(bool)
        self._lay_out(cells[order][last])

    def _place(self, name: int) -> int:
        """Where the name stands, or the free cell where it would."""
        view, tag = self._view, name >> ROW_BITS
        place = name >> (64 - self._bits)
        while view[place] and view[place] >> ROW_BITS != tag:
            place += 1
        return place

    def _grow(self) -> None:
        self._lay_out(np.sort(self._cells[self._cells != 0]))

    def _lay_out(self, cells: NDArray[np.uint64]) -> None:
        """Make room for twice the cells, given in order of their homes, and put each at its home or right behind the one before."""
        while len(cells) * 2 >= _FULL * (1 << self._bits):
            self._bits += 1
        homes = (cells >> np.uint64(64 - self._bits)).astype(np.int64)
        steps = np.arange(len(cells))
        places = np.maximum.accumulate(homes - steps) + steps
        beyond = max(int(places[-1]) + 2 - (1 << self._bits), 0) if len(cells) else 0
        self._cells = np.zeros((1 << self._bits) + max(_OVERHANG, beyond), np.uint64)
        self._cells[places] = cells
        self._view = self._cells.data
        self._used = len(cells)
