"""Keeps a service running, and puts another in its place when the configuration is to be read anew: all of it, or nothing.

What is wrong with a new configuration is told, and the service that runs goes on. One that reads well and cannot start (a sink refuses, a
port is taken) gives way to the one before.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Protocol

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


class Role(Protocol):
    """What is kept running: a whole service, or one role of a cluster."""

    started: asyncio.Event

    def stop(self) -> None: ...
    async def run(self) -> None: ...


Make = Callable[[Settings, Metrics, Progress], Role]


class Keeper:
    """One service after the other, until it is told to stop.

    Raises (from `run`): as the service; of one that takes the place of another only where both cannot start.
    """

    def __init__(
        self,
        settings: Settings,
        read: Callable[[], Settings],
        adopt: Callable[[Settings], None],
        clocks: Clocks | None = None,
        *,
        make: Make | None = None,
        check: Callable[[Settings], None] = verify,
        refusals: tuple[type[Exception], ...] = (),
    ) -> None:
        """`read` reads the configuration anew; `adopt` is told of settings that come into force.

        `make` builds what is kept, the whole service unless said. One that is built so may wait for others before it has started, and the
        supervisor hears at once that it is ready. `check` raises what is wrong with settings, and `refusals` are what it may raise, or
        the start of what is kept, besides `CANNOT_START`.
        """
        self._settings, self._read, self._adopt = settings, read, adopt
        self._make = make or partial(_service, clocks)
        self._waits, self._check = make is not None, check
        self._refusals: tuple[type[Exception], ...] = (ConfigError, *CANNOT_START, *refusals)
        self._before: Settings | None = None
        self._attended = self._waits
        self._stopping, self._reloading = asyncio.Event(), asyncio.Event()
        self.metrics, self.progress = Metrics(), Progress()

    def stop(self) -> None:
        """Finish what was begun, and end."""
        self._stopping.set()

    def reload(self) -> None:
        """Read the configuration anew."""
        self._reloading.set()

    async def run(self) -> None:
        with ExitStack() as ending:
            attend = partial(ending.enter_context, attended(self.progress))
            if self._waits:
                attend()
            while True:
                role = self._make(self._settings, self.metrics, self.progress)
                running = asyncio.create_task(role.run())
                new = await self._next(running, role, attend)
                role.stop()
                try:
                    await running
                except self._refusals as wrong:
                    if role.started.is_set() or self._before is None:
                        raise
                    self._refuse(wrong)
                    self._settings, self._before = self._before, None
                    continue
                if new is None:
                    return
                self._settings = new

    async def _next(self, running: asyncio.Task[None], role: Role, attend: Callable[[], object]) -> Settings | None:
        """The settings to go on with once they are asked for and right; None when it is time to end."""
        noted = False
        while await _first(running, self._stopping, self._reloading, *([] if noted else [role.started])):
            if self._stopping.is_set():
                return None
            if role.started.is_set() and not noted:
                noted = True
                self._note_start(attend)
            if not self._reloading.is_set():
                continue
            self._reloading.clear()
            try:
                new = await asyncio.to_thread(self._read)
                await asyncio.to_thread(self._check, new)
            except self._refusals as wrong:
                self._refuse(wrong)
            else:
                return new
        return None

    def _note_start(self, attend: Callable[[], object]) -> None:
        if self._before:
            self.metrics.reload_ok.set(1)
            self._adopt(self._settings)
            log.info("the new configuration is in force")
        elif not self._attended:
            attend()
        self._attended, self._before = True, self._settings

    def _refuse(self, wrong: Exception) -> None:
        self.metrics.reload_ok.set(0)
        for line in str(wrong).splitlines():
            log.error("the new configuration is refused, the one before stays in force: %s", line)


def _service(clocks: Clocks | None, settings: Settings, metrics: Metrics, progress: Progress) -> Role:
    return Service(settings, clocks=clocks, metrics=metrics, progress=progress)


async def _first(running: asyncio.Task[None], *events: asyncio.Event) -> bool:
    """Wait until one of the events is set; False where the task ended before."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait([running, *waits], return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    return not running.done()
