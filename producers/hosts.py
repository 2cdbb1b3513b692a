"""The manners kept towards each host: one request at a time, a pause between two, and none while it asked for patience.

Shared by the agenda, which picks a feed of a host that is free, and the fetcher, which may be led to other hosts by redirects.
Times are those of the clock that never jumps.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from tocsin.clock import Uptime
from tocsin.clock import uptime as steady


def host_of(url: str) -> str:
    """The host of a URL, in lower case; "" of what has none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


class HeldError(Exception):
    """Nothing was asked: the host asked for patience before, and for `wait` longer."""

    def __init__(self, host: str, wait: timedelta) -> None:
        super().__init__("its host asked for patience")
        self.host = host
        self.wait = wait


@dataclass(slots=True)
class _Host:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    free: float = 0.0
    held: float = 0.0
    waiting: int = 0


_SWEEP = 1_000
"""After how many requests the hosts that owe nothing are forgotten."""


class Hosts:
    """For one event loop. `pause` is in seconds."""

    def __init__(self, pause: float = 0.0, uptime: Uptime = steady, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._pause, self._uptime, self._sleep = pause, uptime, sleep
        self._hosts: dict[str, _Host] = {}
        self._turns = 0

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """The right to ask the host, waited for.

        Raises:
            HeldError: the host is to be left alone; told without waiting.
        """
        entry = self._hosts.setdefault(host, _Host())
        entry.waiting += 1
        try:
            async with entry.lock:
                self._heed(host, entry)
                if (wait := entry.free - self._uptime()) > 0:
                    await self._sleep(wait)
                    self._heed(host, entry)  # the answer before may have asked for patience, and is read while we wait
                try:
                    yield
                finally:
                    entry.free = self._uptime() + self._pause
        finally:
            entry.waiting -= 1
            self._sweep()

    def hold(self, host: str, wait: timedelta) -> None:
        """Ask nothing of the host for so long."""
        entry = self._hosts.setdefault(host, _Host())
        entry.held = max(entry.held, self._uptime() + wait.total_seconds())

    def free_at(self, host: str) -> float:
        """From when on the host may be asked."""
        entry = self._hosts.get(host)
        return max(entry.free, entry.held) if entry else 0.0

    def _heed(self, host: str, entry: _Host) -> None:
        left = entry.held - self._uptime()
        if left > 0:
            raise HeldError(host, timedelta(seconds=left))

    def _sweep(self) -> None:
        self._turns += 1
        if self._turns % _SWEEP == 0:
            now = self._uptime()
            self._hosts = {host: entry for host, entry in self._hosts.items() if entry.waiting or max(entry.free, entry.held) > now}
