"""A mapping that the store keeps: what stages and wishes remember."""

from __future__ import annotations

import sqlite3
from collections.abc import ItemsView, Iterable, Iterator, MutableMapping
from typing import Generic, TypeVar

from tocsin.wire import dump, load

T = TypeVar("T")


class Table(MutableMapping[str, T], Generic[T]):
    """A mapping kept in one table of the store, in order of insertion.

    What is set or deleted shows at once and is written when the transaction commits; a transaction that fails takes it back.
    """

    def __init__(self, db: sqlite3.Connection, name: str, kind: type[T]) -> None:
        self._db, self._table, self._kind = db, f"state_{name}", kind
        self._changed: dict[str, T | None] = {}
        self._moved: set[str] = set()
        """Keys that were deleted and set again: as in a dict, they come last."""
        if not name.isidentifier():
            raise ValueError(f"{name!r} is no name for a table")

    def __getitem__(self, key: str) -> T:
        if key in self._changed:
            changed = self._changed[key]
            if changed is None:
                raise KeyError(key)
            return changed
        row = self._db.execute(f"SELECT value FROM {self._table} WHERE key = ?", (key,)).fetchone()  # noqa: S608 -- an identifier
        if row is None:
            raise KeyError(key)
        return load(row[0], self._kind)

    def __setitem__(self, key: str, value: T) -> None:
        if self._changed.get(key, value) is None:
            del self._changed[key]
            self._moved.add(key)
        self._changed[key] = value

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        self._changed[key] = None

    def __contains__(self, key: object) -> bool:
        if key in self._changed:
            return self._changed[str(key)] is not None
        return self._db.execute(f"SELECT 1 FROM {self._table} WHERE key = ?", (key,)).fetchone() is not None  # noqa: S608

    def __iter__(self) -> Iterator[str]:
        kept = self._db.execute(f"SELECT key FROM {self._table} ORDER BY rowid").fetchall()  # noqa: S608
        return self._ordered(key for (key,) in kept)

    def _ordered(self, kept: Iterable[str]) -> Iterator[str]:
        """The keys there are, given those that are written: without the deleted ones, those that are new or moved last."""
        new = dict(self._changed)
        for key in kept:
            if key not in self._moved and new.pop(key, self) is not None:
                yield key
        yield from (key for key, value in new.items() if value is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def items(self) -> ItemsView[str, T]:
        """All pairs in one reading, where a loop over the keys would ask for every value by itself."""
        return _Items(self)

    def _pairs(self) -> Iterator[tuple[str, T]]:
        written = dict(self._db.execute(f"SELECT key, value FROM {self._table} ORDER BY rowid").fetchall())  # noqa: S608
        for key in self._ordered(written):
            yield key, self[key] if key in self._changed else load(written[key], self._kind)

    def flush(self) -> None:
        """Write what has changed; the store calls it before it commits."""
        gone = [(key,) for key, value in self._changed.items() if value is None or key in self._moved]
        kept = [(key, dump(value)) for key, value in self._changed.items() if value is not None]
        self._db.executemany(f"DELETE FROM {self._table} WHERE key = ?", gone)  # noqa: S608
        self._db.executemany(
            f"INSERT INTO {self._table} (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",  # noqa: S608
            kept,
        )
        self.forget_changes()

    def forget_changes(self) -> None:
        """Take back what was not written."""
        self._changed.clear()
        self._moved.clear()


class _Items(ItemsView[str, T]):
    """The pairs of a table."""

    def __init__(self, table: Table[T]) -> None:
        super().__init__(table)
        self._table = table

    def __iter__(self) -> Iterator[tuple[str, T]]:
        return self._table._pairs()  # noqa: SLF001 -- the two are one
