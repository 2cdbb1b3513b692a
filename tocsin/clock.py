"""The one place that reads clocks: the wall's, and the one that never jumps. Everything else is handed a `Clock`, or the time itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

Clock = Callable[[], datetime]
Uptime = Callable[[], float]


def utc_now() -> datetime:
    """The present, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 -- the banned call's one home


def uptime() -> float:
    """Seconds since some moment of this boot. Never set back or forth, and going on while the machine sleeps where the system can tell."""
    return time.clock_gettime(_STEADY)


_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


@cache
def boot() -> str:
    """What tells this boot from others, so that an `uptime` that was kept can be compared; "" where the system does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


@dataclass(frozen=True, slots=True)
class Clocks:
    """The wall's clock, the one that never jumps, and which boot the latter counts in."""

    wall: Clock = utc_now
    uptime: Uptime = uptime
    boot: str = ""

    @classmethod
    def of_this_machine(cls, wall: Clock = utc_now) -> Clocks:
        return cls(wall, uptime, boot())

    @classmethod
    def by(cls, wall: Clock) -> Clocks:
        """All by one clock, which does not jump: for tests and for clocks that run fast."""
        return cls(wall, lambda: wall().timestamp())
