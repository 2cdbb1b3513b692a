"""One life of a reader in the politeness bench: Tocsin's own service on the virtual clock, or one of its peers.

    python -m bench.polite_reader tocsin FOLDER CLOCK UNTIL stop|kill
    python bench/polite_reader.py reader|feedparser FOLDER CLOCK UNTIL stop|kill

FOLDER holds `tocsin.toml` or `urls.json`, and what the reader keeps. It ends at the virtual second UNTIL, by itself or by SIGKILL.
"""

from __future__ import annotations

import asyncio
import json
import mmap
import os
import random
import signal
import struct
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)


STEP = 60.0
"""Virtual seconds that pass at least where nothing is under way: what falls due in one step is asked side by side, as on a real clock."""


class Clock:
    """The clock in the file, as `bench.publisher.VirtualTime`; apart from it, since the peers' environments lack what that imports."""

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 16)

    def now(self) -> float:
        return float(struct.unpack_from("d", self._map, 0)[0])

    def pass_to(self, seconds: float) -> None:
        struct.pack_into("d", self._map, 0, max(seconds, self.now()))

    def wall(self) -> datetime:
        return BEGIN + timedelta(seconds=self.now() + struct.unpack_from("d", self._map, 8)[0])


def kill_at(clock: Clock, until: float) -> None:
    """SIGKILL, wherever the process is by then."""

    def watch() -> None:
        while clock.now() < until:
            time.sleep(0.0002)
        time.sleep(random.uniform(0, 0.05))
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


def tocsin(folder: Path, clock: Clock, until: float) -> None:
    import tocsin.app
    from producers.hosts import Hosts
    from producers.poll import poll
    from tocsin.clock import Clocks
    from tocsin.settings import load_settings

    service: tocsin.app.Service

    async def pause(seconds: float) -> None:
        clock.pass_to(clock.now() + seconds)
        await asyncio.sleep(0)

    async def sleep(seconds: float) -> None:
        await pause(min(max(seconds, STEP), until - clock.now()))
        if clock.now() >= until:
            service.stop()

    tocsin.app.poll = lambda *told, **more: poll(*told, **more, sleep=sleep)  # type: ignore[assignment]
    tocsin.app.Hosts = lambda seconds, uptime: Hosts(seconds, uptime, pause)  # type: ignore[assignment,misc]
    service = tocsin.app.Service(load_settings(folder / "tocsin.toml", {}), clocks=Clocks(clock.wall, clock.now, "one boot"))
    asyncio.run(service.run())


def rounds(clock: Clock, until: float, visit, urls: list[str]) -> None:
    """Every hour all feeds, as from a cron job; the virtual clock goes at the pace of the real one meanwhile."""
    while clock.now() < until:
        begun, real = clock.now(), time.monotonic()
        for url in urls:
            clock.pass_to(begun + time.monotonic() - real)
            if clock.now() >= until:
                return
            visit(url)
        clock.pass_to(min((clock.now() // 3600 + 1) * 3600, until))


def feedparser(folder: Path, clock: Clock, until: float) -> None:
    import feedparser as library

    rounds(clock, until, library.parse, json.loads((folder / "urls.json").read_text()))


def reader(folder: Path, clock: Clock, until: float) -> None:
    import reader as library

    urls = json.loads((folder / "urls.json").read_text())
    kept = library.make_reader(str(folder / "reader.sqlite"))
    kept._now = clock.wall  # noqa: SLF001 -- the seam its own tests use
    for url in urls:
        kept.add_feed(url, exist_ok=True)

    def update(_: str) -> None:
        real, begun = time.monotonic(), clock.now()
        for _result in kept.update_feeds_iter(scheduled=True):
            clock.pass_to(begun + time.monotonic() - real)

    while clock.now() < until:
        update("")
        clock.pass_to(min((clock.now() // 300 + 1) * 300, until))  # its documentation: run it often, it knows what is due


if __name__ == "__main__":
    which, folder, path, until, end = sys.argv[1:]
    virtual, last = Clock(Path(path)), float(until)
    if end == "kill":
        kill_at(virtual, last)
        last = float("inf")
    {"tocsin": tocsin, "reader": reader, "feedparser": feedparser}[which](Path(folder), virtual, last)
