"""Whether the disk has room for more news; and the pause while it has none.

A full disk is met in two ways: the room left is asked for before each round, and a write that failed is believed. The pause ends when a
real write succeeds, since a quota or a limit of the process is not told by the room left.
"""

from __future__ import annotations

import errno
import logging
import os
import sqlite3
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from tocsin.gauges import free_bytes
from tocsin.metrics import Metrics
from tocsin.progress import Progress

log = logging.getLogger("tocsin")

PROBE_BYTES = 1 << 20
"""What must be writable before news is taken in again: more than most feed bodies."""
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
FULL = "disk_full"
INTAKE_FAILURES = (OSError, sqlite3.Error)
"""What may go wrong with keeping the news without a mistake of ours: the disk."""


class StorageSettings(BaseModel):
    """[storage] of tocsin.toml: when to stop taking in news because the disk is nearly full."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pause_below_megabytes: int = Field(default=100, ge=0)
    """Room left on the disk of `data_dir` under which no feed is asked; alerts that are known are still delivered, and noted as
    delivered."""


def is_full(wrong: BaseException) -> bool:
    """Whether a write failed because there is no room."""
    if isinstance(wrong, OSError):
        return wrong.errno in _FULL
    return isinstance(wrong, sqlite3.Error) and getattr(wrong, "sqlite_errorname", "") in {"SQLITE_FULL", "SQLITE_IOERR_WRITE"}


class Room:
    """The room of one data directory. `paused` says whether news is refused for now."""

    def __init__(self, directory: Path, settings: StorageSettings, metrics: Metrics, progress: Progress) -> None:
        self._directory, self._least = directory, settings.pause_below_megabytes << 20
        self._metrics, self._progress = metrics, progress
        self.paused = False
        metrics.paused.set(0)

    def look(self) -> bool:
        """Whether there is room now; begins or ends the pause."""
        if free_bytes(self._directory) < self._least:
            self.pause(f"less than {self._least >> 20} MB are left")
        elif self.paused and self._can_write():
            self._resume()
        return not self.paused

    def pause(self, why: str) -> None:
        """Take in nothing until there is room."""
        if self.paused:
            return
        self.paused = True
        self._metrics.paused.set(1)
        self._progress.trouble("intake", FULL)
        log.error(
            "the disk of %s is full (%s): no feed is asked until there is room; make some, or set [retention]",
            self._directory,
            why,
            extra={"reason": FULL},
        )

    def _resume(self) -> None:
        self.paused = False
        self._metrics.paused.set(0)
        self._progress.clear("intake")
        log.warning("the disk of %s has room again: feeds are asked again", self._directory)

    def _can_write(self) -> bool:
        probe = self._directory / ".room"
        try:
            with probe.open("wb", buffering=0) as file:
                written = file.write(bytes(PROBE_BYTES))
                os.fsync(file.fileno())
        except OSError:
            return False
        else:
            return written == PROBE_BYTES
        finally:
            probe.unlink(missing_ok=True)
