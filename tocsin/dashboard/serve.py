"""The page in a thread of its own beside the service: the bell rings whether the page could be served or not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from starlette.routing import BaseRoute

from tocsin.clock import Clock
from tocsin.dashboard.app import build
from tocsin.dashboard.desk import Desk
from tocsin.dashboard.settings import DashboardSettings
from tocsin.dashboard.source import Source
from tocsin.monitor import HttpServer, PortTakenError

log = logging.getLogger("tocsin")


class PageRefusedError(Exception):
    """The page cannot be served as it is configured; the text says why and what to do."""


@contextmanager
def beside(source: Source, clock: Clock, settings: DashboardSettings, also: Sequence[BaseRoute] = (), **told: Any) -> Iterator[None]:
    """The page is served meanwhile. Where its address cannot be had, and nobody asked for that very one, there is none, and that is said.

    Raises:
        PageRefusedError: its token cannot be read, or the address that was asked for cannot be had.
    """
    try:
        desk = Desk(source=source, clock=clock, settings=settings, token=settings.token(), **told)
    except ValueError as wrong:
        raise PageRefusedError(f"dashboard: {wrong}") from None
    serving = served(desk, also)
    try:
        url = serving.__enter__()
    except PortTakenError as wrong:
        if "listen" in settings.model_fields_set:
            raise PageRefusedError(f"dashboard.listen: {wrong}") from None
        log.warning('there is no page: %s with [dashboard] listen, or "off"; alerts are delivered all the same', wrong)
        yield
        return
    log.info("the page is at %s/", url)
    try:
        yield
    finally:
        serving.__exit__(None, None, None)


@contextmanager
def served(desk: Desk, also: Sequence[BaseRoute] = ()) -> Iterator[str]:
    """The page of a desk is served meanwhile; yields its address.

    Raises:
        PortTakenError: it cannot listen there.
    """
    with HttpServer(build(desk, also), desk.settings.listen, "page", lifespan="on") as server:
        try:
            yield server.url
        finally:
            desk.live.end()


class Alone:
    """The page as all that a process does, until it is told to stop.

    Raises (from `run`):
        PortTakenError: it cannot listen there.
    """

    def __init__(self, desk: Desk, say: Callable[[str], None], also: Sequence[BaseRoute] = ()) -> None:
        self._desk, self._say, self._also = desk, say, also
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        self._stopping.set()

    async def run(self) -> None:
        with served(self._desk, self._also) as url:
            self._say(f"tocsin: the page is at {url}/; Ctrl-C ends")
            await self._stopping.wait()
