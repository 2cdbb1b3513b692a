"""The live stream: every alert from where a reader left off, as server-sent events, and the strip as it changes.

A stream's events carry the place of their alert in the store as their id. A browser that reconnects says the last one it had
(`Last-Event-ID`), and gets all that came after: nothing rests on what this process remembers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

from starlette.concurrency import run_in_threadpool

from tocsin.dashboard.choose import fits
from tocsin.dashboard.source import Kept, Source, SourceError, Wanted

_T = TypeVar("_T")

log = logging.getLogger("tocsin")

LOOK_SECONDS = 0.5
"""How often it is looked whether something was written."""
QUIET_SECONDS = 15.0
"""After how long without news a stream says that it is still there."""
STRIP_SECONDS = 5.0
MOST_STREAMS = 64
AT_ONCE = 100
RETRY_MS = 2000
"""How long a browser waits before it comes back."""


class Live:
    """Wakes the streams when the source has changed, and ends them when the service stops. Lives in one event loop."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._changed = asyncio.Condition()
        self._beat = 0
        self._over = False
        self.streams = 0

    async def watch(self) -> None:
        """Look for changes until cancelled."""
        known = -1
        while True:
            with suppress(SourceError):  # the store may not be there yet
                version = await run_in_threadpool(self._source.version)
                if version != known or self._over:
                    known = version
                    await self._wake()
            await asyncio.sleep(LOOK_SECONDS)

    def end(self) -> None:
        """Let every stream end at its next look. May be called by any thread."""
        self._over = True

    async def _wake(self) -> None:
        async with self._changed:
            self._beat += 1
            self._changed.notify_all()

    async def stream(
        self, after: int, wanted: Wanted, tell: Callable[[Kept], tuple[str, str]], strip: Callable[[], str]
    ) -> AsyncIterator[bytes]:
        """Events for one reader: `tell` makes an alert's HTML and its sentence for the ear, `strip` the strip's HTML."""
        self.streams += 1
        try:
            yield f"retry: {RETRY_MS}\n\n".encode()
            loop, shown, looked = asyncio.get_running_loop(), "", 0.0
            while not self._over:
                beat = self._beat
                some: list[Kept] = await self._ask(partial(self._source.after, after, AT_ONCE), [])
                for kept in some:
                    after = kept.seq
                    if fits(wanted, kept.alert):
                        html, spoken = tell(kept)
                        yield _event("alert", html, after, spoken)
                if len(some) == AT_ONCE:
                    continue
                if loop.time() - looked >= STRIP_SECONDS:
                    looked, told = loop.time(), await self._ask(strip, shown)
                    if told != shown:
                        shown = told
                        yield _event("strip", told, after)
                if not await self._news(beat):
                    yield b": here\n\n"
        finally:
            self.streams -= 1

    async def _ask(self, what: Callable[[], _T], otherwise: _T) -> _T:
        try:
            return await run_in_threadpool(what)
        except SourceError as wrong:
            log.debug("page: %s", wrong)
            return otherwise

    async def _news(self, beat: int) -> bool:
        """Wait until something was written after that beat; False where nothing was for a while."""
        try:
            async with asyncio.timeout(QUIET_SECONDS), self._changed:
                await self._changed.wait_for(lambda: self._beat != beat or self._over)
        except TimeoutError:
            return False
        return True


def _event(name: str, html: str, seq: int, spoken: str = "") -> bytes:
    """One server-sent event; a line break inside it would end it, and a stranger's text has none left by now."""
    lines = "\n".join(f"data: {line}" for line in html.splitlines() if line.strip())
    first = f"data: {spoken}\n" if name == "alert" else ""
    return f"event: {name}\nid: {seq}\n{first}{lines}\n\n".encode()
