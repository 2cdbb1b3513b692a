"""Keeps a service running, and puts another in its place when the configuration is to be read anew: all of it, or nothing.

What is wrong with a new configuration is told, and the service that runs goes on. One that reads well and cannot start (a sink refuses, a
port is taken) gives way to the one before.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import ExitStack

from producers.fulltext import FullTextMissingError
from tocsin.app import Service
from tocsin.clock import Clock, Clocks, utc_now
from tocsin.dashboard.serve import PageRefusedError
from tocsin.database import StoreError
from tocsin.delivering import SinkRefusedError, build_sinks
from tocsin.metrics import Metrics
from tocsin.monitor import PortTakenError
from tocsin.progress import Progress
from tocsin.settings import ConfigError, Settings
from tocsin.supervisor import attended
from tocsin.tracing import TracingMissingError
from tocsin.userfile import UserFileError

log = logging.getLogger("tocsin")

CANNOT_START = (StoreError, SinkRefusedError, PortTakenError, PageRefusedError, TracingMissingError, FullTextMissingError, UserFileError)


def verify(settings: Settings, clock: Clock = utc_now) -> None:
    """Check what can be checked without connecting to anything: the lexicons, the extras, and the secrets of the sinks.

    Raises:
        UserFileError, SinkRefusedError, FullTextMissingError: with what is wrong.
    """
    settings.fulltext.check()
    settings.lexicon.build()
    for sink in build_sinks(settings, clock):
        sink.close()


class Keeper:
    """One service after the other, until it is told to stop.

    Raises (from `run`): as `Service`; of a service that takes the place of another only where both cannot start.
    """

    def __init__(
        self, settings: Settings, read: Callable[[], Settings], adopt: Callable[[Settings], None], clocks: Clocks | None = None
    ) -> None:
        """`read` reads the configuration anew; `adopt` is told of settings that come into force."""
        self._settings, self._read, self._adopt, self._clocks = settings, read, adopt, clocks
        self._stopping, self._reloading = asyncio.Event(), asyncio.Event()
        self.metrics, self.progress = Metrics(), Progress()

    def stop(self) -> None:
        """Finish what was begun, and end."""
        self._stopping.set()

    def reload(self) -> None:
        """Read the configuration anew."""
        self._reloading.set()

    async def run(self) -> None:
        fallback: Settings | None = None
        with ExitStack() as ending:
            attending = False
            while True:
                service = Service(self._settings, clocks=self._clocks, metrics=self.metrics, progress=self.progress)
                running = asyncio.create_task(service.run())
                started = await _first(running, service.started)
                if started and not attending:
                    ending.enter_context(attended(self.progress))
                    attending = True
                if started and fallback:
                    self.metrics.reload_ok.set(1)
                    self._adopt(self._settings)
                    log.info("the new configuration is in force")
                new = await self._next(running) if started else None
                service.stop()
                try:
                    await running
                except CANNOT_START as wrong:
                    if started or fallback is None:
                        raise
                    self._refuse(wrong)
                    self._settings, fallback = fallback, None
                    continue
                if new is None:
                    return
                self._settings, fallback = new, self._settings

    async def _next(self, running: asyncio.Task[None]) -> Settings | None:
        """The settings to go on with once they are asked for and right; None when it is time to end."""
        while True:
            stopped = not await _first(running, self._stopping, self._reloading) or self._stopping.is_set()
            if stopped:
                return None
            self._reloading.clear()
            try:
                new = await asyncio.to_thread(self._read)
                await asyncio.to_thread(verify, new)
            except (ConfigError, UserFileError, SinkRefusedError, FullTextMissingError) as wrong:
                self._refuse(wrong)
            else:
                return new

    def _refuse(self, wrong: Exception) -> None:
        self.metrics.reload_ok.set(0)
        for line in str(wrong).splitlines():
            log.error("the new configuration is refused, the one before stays in force: %s", line)


async def _first(running: asyncio.Task[None], *events: asyncio.Event) -> bool:
    """Wait until one of the events is set; False where the task ended before."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait([running, *waits], return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    return not running.done()
