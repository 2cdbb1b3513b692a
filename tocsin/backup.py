"""A copy of the store while the service writes to it: of one moment, checked, and there whole or not at all."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from tocsin.store import Store

PAGES_AT_ONCE = 1024
"""How much is copied between two looks at the clock; nobody is locked out meanwhile."""
PARTIAL = ".partial"


class BackupError(Exception):
    """No backup was made; the text says why and what to do."""


def untold(left: int, total: int) -> None:
    """Who hears of a backup's progress, where nobody asks."""


def back_up(store: Store, target: Path, tell: Callable[[int, int], None] = untold) -> int:
    """Copy the store to a file that is not there yet; returns its size in bytes. `tell` hears of pages left and pages in all.

    What is being written stands beside it as `NAME.partial` and takes the name once it is whole, checked and on the disk: after a kill in
    the middle there is no file of that name, and the next backup takes the place of what was begun.

    Raises:
        BackupError: the file is there already, cannot be written, or the copy is damaged.
    """
    partial = target.with_name(target.name + PARTIAL)
    if target.exists():
        raise BackupError(f"{target} is there already; name another file")
    try:
        partial.unlink(missing_ok=True)
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        _copy(store, partial, tell)
        os.link(partial, target)  # refuses to replace what appeared meanwhile
        _flush(target.parent)
    except (OSError, sqlite3.Error) as wrong:
        why = wrong.strerror if isinstance(wrong, OSError) else wrong
        raise BackupError(f"{target}: {why}; nothing was kept") from None
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    return target.stat().st_size


def _copy(store: Store, partial: Path, tell: Callable[[int, int], None]) -> None:
    with closing(sqlite3.connect(partial, isolation_level=None)) as copy:
        store.copy_to(copy, PAGES_AT_ONCE, lambda _, left, total: tell(left, total))
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, with nothing beside it
        (told,) = copy.execute("PRAGMA quick_check(1)").fetchone()
    if told != "ok":
        raise sqlite3.DatabaseError(f"the store is damaged ({told})")
    _flush(partial)


def _flush(path: Path) -> None:
    """Wait until the file, or the names in a directory, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
