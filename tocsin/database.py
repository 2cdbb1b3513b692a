"""The file of the store: opened, kept to one process that writes, and told plainly where it cannot be used."""

from __future__ import annotations

import fcntl
import sqlite3
from pathlib import Path
from typing import Any

_BUSY_SECONDS = 30
"""How long a writer waits for another: longer than any single transaction of ours, shorter than a night."""


class StoreError(Exception):
    """The store cannot be used; the text says why and what to do."""


class StoreLockedError(StoreError):
    """Another process has the store."""


def connect(path: Path | None) -> sqlite3.Connection:
    """A connection that commits each statement by itself unless a transaction is begun; with no path, to a database of its own.

    Raises:
        StoreError: the file cannot be opened, or is no database.
    """
    db = None
    try:
        db = sqlite3.connect(path or "", isolation_level=None, check_same_thread=False, timeout=_BUSY_SECONDS)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
    except sqlite3.Error as wrong:
        if db is not None:
            db.close()
        raise unusable(path, wrong) from None
    return db


def unusable(path: Path | None, wrong: sqlite3.Error) -> StoreError:
    return StoreError(f"{path}: {wrong}; make room where the disk is full, else restore it from a backup, or move it away to start empty")


def make_directory(directory: Path) -> None:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, ValueError) as wrong:  # ValueError: a NUL in the name
        why = wrong.strerror if isinstance(wrong, OSError) else wrong
        raise StoreError(f"{directory} cannot be made: {why}; set data_dir to a directory of yours") from None


def take_lock(path: Path) -> Any:
    """The lock file beside the store, held until it is closed or the process ends."""
    try:
        held = path.with_suffix(".lock").open("w")
    except OSError as wrong:
        raise StoreError(f"{path.parent} cannot be written: {wrong.strerror}; set data_dir to a directory of yours") from None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        held.close()
        raise StoreLockedError(f"{path.parent} is in use by another tocsin process; stop it, or set another data_dir") from None
    return held
