"""The page over a store of many alerts: how long each page takes, and how late the event loop beside it wakes, with readers and without.

    python bench/page.py [ALERTS] [--seconds N]

Alerts are those of the sample archive again and again, each with an id of its own. The peer of the loop's lag is the same loop, in the
same process, while nobody reads.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx

from tests.dashboard.desk import fill, page
from tocsin.model import content_id
from tocsin.store import Store

PAGES = ("/", "/dyads", "/dyads/IRN-PAK", "/map?days=14", "/search?q=consulate", "/search?q=nowhere", "/feeds", "/letters")
READERS = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("alerts", type=int, nargs="?", default=50_000)
    parser.add_argument("--seconds", type=float, default=8)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tocsin.db"
        with closing(Store(path)) as store:
            fill(store)
            multiply(store, asked.alerts)
        with page(path) as (address, _):
            each(address)
            quiet = lag(asked.seconds)
            stop = threading.Event()
            readers = [threading.Thread(target=read, args=(address, stop)) for _ in range(READERS)]
            for reader in readers:
                reader.start()
            busy = lag(asked.seconds)
            stop.set()
            for reader in readers:
                reader.join()
    for name, late in (("nobody reads", quiet), (f"{READERS} readers without pause", busy)):
        print(f"loop lag, {name}: p50 {ms(statistics.median(late))}, p99 {ms(sorted(late)[int(len(late) * 0.99)])}, worst {ms(max(late))}")


def multiply(store: Store, wanted: int) -> None:
    """Put the alerts that are there into the store again under other ids, with a delivery each, until there are as many."""
    told = list(store.alerts())
    for start in range(0, wanted - len(told), 5_000):
        with store.transaction():
            for n in range(start, min(start + 5_000, wanted - len(told))):
                old = told[n % len(told)]
                incident = content_id(old.incident, str(n // len(told) // 4))
                store.add_alert(replace(old, id=content_id(old.id, str(n)), incident=incident), ["desk"])


def each(address: str) -> None:
    with httpx.Client(base_url=address, timeout=60) as reader:
        for path in PAGES:
            took = []
            for _ in range(7):
                began = time.perf_counter()
                reader.get(path).raise_for_status()
                took.append(time.perf_counter() - began)
            print(f"{path:24} first {ms(took[0])}, then {ms(statistics.median(took[1:]))}")


def read(address: str, stop: threading.Event) -> None:
    with httpx.Client(base_url=address, timeout=60) as reader:
        while not stop.is_set():
            for path in PAGES[:5]:
                reader.get(path)


def lag(seconds: float) -> list[float]:
    """How late a loop wakes that means to wake every 10 ms."""

    async def beat() -> list[float]:
        late, loop = [], asyncio.get_running_loop()
        end = loop.time() + seconds
        while (now := loop.time()) < end:
            await asyncio.sleep(0.01)
            late.append(loop.time() - now - 0.01)
        return late

    return asyncio.run(beat())


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


if __name__ == "__main__":
    main()
