"""What is kept how long: the archive by age and size, alerts and dead letters by age and number. Items are forgotten by `deduplicate`
itself.

Decides which go (`outdated`, and the queries of the store) and removes them a few at a time, so that news is never kept waiting. An alert
that still has to go out is never removed, and what is removed stays in the sums.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from tocsin.clock import Clock
from tocsin.store import Store

log = logging.getLogger("tocsin")

AT_ONCE = 500
"""How many rows one transaction removes."""
EVERY = timedelta(minutes=10)


class RetentionSettings(BaseModel):
    """[retention] of tocsin.toml. 0 keeps for ever. Items are remembered as long as `[deduplicate]` says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    archive_days: float = Field(default=90, ge=0)
    """How long the bodies of feeds stay in the archive."""
    archive_gigabytes: float = Field(default=10, ge=0)
    """What the archive may hold; the oldest files go first."""
    alerts_days: float = Field(default=365, ge=0)
    """How long an alert stays after it was raised, once nothing waits for its delivery."""
    alerts: int = Field(default=200_000, ge=0)
    """How many alerts are kept; the oldest go first."""
    dead_letters_days: float = Field(default=90, ge=0)
    """How long dead letters are kept."""
    dead_letters: int = Field(default=10_000, ge=0)
    """How many dead letters are kept."""


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """A file of the archive: when it was last written to, and how large it is (bytes)."""

    path: Path
    written: datetime
    size: int


def outdated(files: Iterable[ArchiveFile], settings: RetentionSettings, now: datetime) -> list[ArchiveFile]:
    """The files to remove, oldest first: those that are too old, and as many more as make the rest fit. The newest, which may still be
    written to, stays.
    """
    ordered = sorted(files, key=lambda file: (file.written, file.path))[:-1]
    most = settings.archive_gigabytes * 1e9 or float("inf")
    since = now - timedelta(days=settings.archive_days) if settings.archive_days else datetime.min.replace(tzinfo=UTC)
    total = sum(file.size for file in ordered)
    gone = []
    for file in ordered:
        if file.written >= since and total <= most:
            break
        gone.append(file)
        total -= file.size
    return gone


class Retention:
    """Enforces the settings on one data directory. For the thread that writes the store."""

    def __init__(self, settings: RetentionSettings, store: Store, archive: Path, clock: Clock) -> None:
        self._settings, self._store, self._archive, self._clock = settings, store, archive, clock
        self._due: datetime | None = None

    def enforce_when_due(self) -> None:
        """`enforce` where it was not done lately, and again at once while there is more to remove than goes at once."""
        now = self._clock()
        if self._due is not None and now < self._due:
            return
        self._due = now if self.enforce() else now + EVERY

    def enforce(self) -> bool:
        """Remove what is too old or too much, at most `AT_ONCE` rows of a kind; whether there may be more.

        Raises:
            OSError, sqlite3.Error: it could not be removed; it is tried again.
        """
        now, settings = self._clock(), self._settings
        files = outdated(archive_files(self._archive), settings, now)
        for file in files:
            file.path.unlink(missing_ok=True)
        removed = []
        for table, days, most in (
            ("alerts", settings.alerts_days, settings.alerts),
            ("dead_letters", settings.dead_letters_days, settings.dead_letters),
        ):
            before = now - timedelta(days=days) if days else None
            if not self._store.has_outdated(table, before, most or None):
                removed.append(0)
                continue
            with self._store.transaction():
                removed.append(self._store.remove_outdated(table, before, most or None, AT_ONCE))
        if files or any(removed):
            log.info("retention: removed %d files of the archive, %d alerts, %d dead letters", len(files), *removed)
        return max(removed) >= AT_ONCE


def archive_files(directory: Path) -> list[ArchiveFile]:
    """The files of our own archive in that directory; what else lies there is not ours to remove."""
    found = []
    for path in directory.glob("feeds-*.warc.gz"):
        told = path.stat()
        found.append(ArchiveFile(path, datetime.fromtimestamp(told.st_mtime, UTC), told.st_size))
    return found
