"""What ten thousand feeds an hour cost, and how late the event loop wakes while hostile bodies are parsed.

    python -m bench.feeds [--feeds 10000] [--hosts 4000] [--pace 10] [--changed 0.1] [--json]
    python -m bench.feeds --lag [--seconds 20]

The feeds are served by a process of its own, on as many addresses of the loopback as there are hosts. The service runs one hour of a
clock that goes `--pace` times as fast; CPU seconds are those of the service and its parsers, and are set against the 3,600 s of that
hour. It starts from the state a running service would have: every feed was asked within the last hour. One answer in ten is a body of
fifty entries that were never seen, the others are 304.

With --lag a coroutine that wants to wake every 5 ms is watched, alone, while the parser pool is given hostile bodies, and while feedparser
is given the same ones in a thread, as most readers do.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import os
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

HOUR = 3600.0
BEGIN = datetime(2026, 3, 2, 12, tzinfo=UTC)
ENTRIES = 50
SPAWN = multiprocessing.get_context("spawn")


def farm(pipe: Connection, changed: float) -> None:
    """All hosts: answers 304, or now and then a new body; counts connections and when requests came."""
    chance, began = random.Random(1), time.monotonic()
    open_now: dict[str, set[asyncio.StreamReader]] = {}
    most: Counter[str] = Counter()
    moments: list[float] = []
    asked: Counter[str] = Counter()
    words = ["".join(chance.choices("abcdefghijklmnoprstuvwz", k=chance.randint(3, 10))) for _ in range(5_000)]

    def body(path: str) -> bytes:
        now = datetime.now(UTC)
        entries = "".join(
            f"<item><guid isPermaLink='false'>{path}-{asked[path]}-{number}</guid><title>{' '.join(chance.choices(words, k=9))}</title>"
            f"<pubDate>{BEGIN:%a, %d %b %Y %H:%M:%S} GMT</pubDate><description>{' '.join(chance.choices(words, k=35))}</description></item>"
            for number in range(ENTRIES)
        )
        return f"<rss version='2.0'><channel><title>{path}</title><!-- {now} -->{entries}</channel></rss>".encode()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host = writer.get_extra_info("sockname")[0]
        here = open_now.setdefault(host, set())
        here.add(reader)
        try:
            await asyncio.sleep(0.01)  # for the end of one that was closed before this one was opened
            most[host] = max(most[host], sum(not one.at_eof() for one in here))
            while head := await reader.readuntil(b"\r\n\r\n"):
                moments.append(time.monotonic() - began)
                path = head.split(b" ", 2)[1].decode()
                asked[host + path] += 1
                if b"If-None-Match" in head and chance.random() >= changed:
                    writer.write(b'HTTP/1.1 304 X\r\nETag: "1"\r\n\r\n')
                else:
                    told = body(path)
                    writer.write(b'HTTP/1.1 200 X\r\nETag: "1"\r\nContent-Length: %d\r\n\r\n' % len(told) + told)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            here.discard(reader)
            writer.close()

    async def run() -> None:
        server = await asyncio.start_server(handle, "0.0.0.0", 0, backlog=1000)
        pipe.send(server.sockets[0].getsockname()[1])
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        loop.add_reader(pipe.fileno(), ended.set)
        await ended.wait()
        pipe.recv()
        pipe.send({"requests": len(moments), "moments": moments, "connections": max(most.values(), default=0), "feeds": len(asked)})

    asyncio.run(run())


def serve(pipe: Connection, folder: Path, pace: float) -> None:
    """The service, on a clock that is `pace` times as fast; tells how late its loop woke when it is told to end."""
    import tocsin.app
    from producers.hosts import Hosts
    from producers.poll import poll
    from tocsin.clock import Clocks
    from tocsin.settings import load_settings

    began = time.monotonic()

    def uptime() -> float:
        return (time.monotonic() - began) * pace

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(seconds / pace)

    tocsin.app.poll = lambda *told, **more: poll(*told, **more, sleep=sleep)  # type: ignore[assignment]
    tocsin.app.Hosts = lambda seconds, now: Hosts(seconds, now, sleep)  # type: ignore[assignment,misc]
    clocks = Clocks(lambda: BEGIN + timedelta(seconds=uptime()), uptime, "one boot")
    service = tocsin.app.Service(load_settings(folder / "tocsin.toml", {}), clocks=clocks)

    async def run() -> list[float]:
        lags: list[float] = []
        watching = asyncio.create_task(watch(lags))
        asyncio.get_running_loop().add_reader(pipe.fileno(), service.stop)
        pipe.send("running")
        await service.run()
        watching.cancel()
        return lags

    lags = asyncio.run(run())
    pipe.recv()
    pipe.send(lags)


async def watch(lags: list[float]) -> None:
    """How late, in seconds, a coroutine wakes that asks for every five milliseconds."""
    while True:
        due = time.perf_counter() + 0.005
        await asyncio.sleep(0.005)
        lags.append(time.perf_counter() - due)


def idle(pipe: Connection) -> None:
    """A loop that does nothing but wake, on the same machine meanwhile: how late it does is not the service's doing."""

    async def run() -> list[float]:
        lags: list[float] = []
        watching = asyncio.create_task(watch(lags))
        ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(pipe.fileno(), ended.set)
        await ended.wait()
        watching.cancel()
        return lags

    lags = asyncio.run(run())
    pipe.recv()
    pipe.send(lags)


def seed(folder: Path, urls: list[str], port: int) -> None:
    """The store of a service that has asked every feed within the last hour."""
    from producers.feed import FeedState, FeedStatus, Rhythm, Validators
    from producers.schedule import share
    from tocsin.store import Store

    (folder / "tocsin.toml").write_text(
        f'data_dir = "{folder}/data"\nsinks = {{}}\n[feeds]\ndefaults = false\n[parse]\nworkers = 1\n[monitor]\nlisten = "off"\n'
        f'[dashboard]\nlisten = "off"\n[fetch.network]\nallow_networks = ["127.0.0.0/8"]\nports = [{port}]\n'
    )
    with closing(Store(folder / "data" / "tocsin.db")) as store, store.transaction():
        for url in urls:
            state = FeedState(
                url=url,
                status=FeedStatus.OK,
                validators=Validators('"1"'),
                last_checked=BEGIN - timedelta(hours=1),
                last_ok=BEGIN - timedelta(hours=1),
                next_check=BEGIN + timedelta(hours=share(url)),
                rhythm=Rhythm(timedelta(hours=1), BEGIN - timedelta(hours=1)),
            )
            store.watch(url)
            store.save_feed(url, state)


def family(pid: int) -> list[int]:
    """A process and those below it."""
    pids = [pid]
    for one in pids:
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{one}/task").iterdir():
                pids += map(int, (task / "children").read_text().split())
    return pids


def cpu(pid: int) -> float:
    """CPU seconds of a process and all below it, those that have ended too."""
    ticks = 0
    for one in family(pid):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> float:
    """Megabytes (proportional set size) of a process and all below it."""
    kilobytes = 0
    for one in family(pid):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
                kilobytes += int(line.split()[1]) if line.startswith("Pss:") else 0
    return kilobytes / 1024


@contextmanager
def started(target: Callable[..., None], *arguments: object) -> Iterator[tuple[Connection, int]]:
    ours, theirs = SPAWN.Pipe()
    process = SPAWN.Process(target=target, args=(theirs, *arguments))
    process.start()
    try:
        yield ours, process.pid or 0
    finally:
        process.kill()
        process.join()


def measure(feeds: int, hosts: int, pace: float, changed: float) -> dict[str, object]:
    """One hour of that many feeds."""
    with tempfile.TemporaryDirectory() as name, started(farm, changed) as (publishers, _):
        folder, port = Path(name), publishers.recv()
        names = [f"127.{2 + number // 62_500}.{number // 250 % 250}.{number % 250 + 1}" for number in range(hosts)]
        urls = [f"http://{names[number % hosts]}:{port}/{number}" for number in range(feeds)]
        seed(folder, urls, port)
        with started(serve, folder, pace) as (service, pid), started(idle) as (beside, _):
            service.recv()
            time.sleep(5)  # what starting costs is not what an hour costs
            begun, peak, until = cpu(pid), 0.0, time.monotonic() + HOUR / pace
            began = time.monotonic()
            while time.monotonic() < until:
                time.sleep(2)
                peak = max(peak, memory(pid))
            used, real = cpu(pid) - begun, time.monotonic() - began
            service.send("end")
            lags = service.recv()
            beside.send("end")
            bare = beside.recv()
        publishers.send("end")
        told = publishers.recv()
    minutes = Counter(int(moment * pace // 60) for moment in told["moments"])
    whole = [minutes[minute] for minute in range(2, 58)]
    return {
        "feeds": feeds,
        "hosts": hosts,
        "pace": pace,
        "requests": told["requests"],
        "feeds asked": told["feeds"],
        "cpu seconds": round(used, 1),
        "cpu % of a core": round(100 * used / (real * pace), 1),
        "memory MB": round(peak),
        "connections per host": told["connections"],
        "requests a minute, most / mean": round(max(whole) / statistics.mean(whole), 2),
        "loop lag ms, p50": round(quantile(lags, 0.5), 2),
        "loop lag ms, p99": round(quantile(lags, 0.99), 2),
        "an idle loop beside it, p50": round(quantile(bare, 0.5), 2),
        "an idle loop beside it, p99": round(quantile(bare, 0.99), 2),
    }


def quantile(lags: list[float], share: float) -> float:
    """In milliseconds."""
    ordered = sorted(lags)
    return 1000 * ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def hostile() -> list[bytes]:
    """Bodies that cost feedparser seconds: what stands before the root, attributes, comments, categories."""
    item = "<item><title>x</title></item>"
    attributes = " ".join(f"a{number}='1'" for number in range(20_000))
    return [
        b"\n" * 20_000 + f"<rss version='2.0'><channel>{item}</channel></rss>".encode(),
        b"\n<!DOCTYPE" * 3_000 + b"<rss/>",
        f"<rss version='2.0'><channel><item {attributes}/></channel></rss>".encode(),
        f"<rss version='2.0'><channel><item>{'<category>c</category>' * 20_000}</item></channel></rss>".encode(),
        f"<rss version='2.0'><channel><item><description><![CDATA[{'<!--' * 20_000}]]></description></item></channel></rss>".encode(),
    ]


def lag(seconds: float) -> dict[str, dict[str, float]]:
    """How late a loop wakes: alone, beside the pool, and beside feedparser in a thread."""
    import feedparser

    from producers.fault import ParseError
    from producers.pool import ParserPool, ParserSettings

    bodies = hostile()

    async def watched(work: Callable[[bytes], Awaitable[object]]) -> dict[str, float]:
        lags: list[float] = []
        watching, end = asyncio.create_task(watch(lags)), time.monotonic() + seconds
        number = 0
        while time.monotonic() < end:
            with contextlib.suppress(ParseError):
                await work(bodies[number % len(bodies)])
            number += 1
        watching.cancel()
        return {"p50": round(quantile(lags, 0.5), 2), "p99": round(quantile(lags, 0.99), 2), "max": round(1000 * max(lags), 1)}

    async def run() -> dict[str, dict[str, float]]:
        loop = asyncio.get_running_loop()

        async def nothing(_: bytes) -> None:
            await asyncio.sleep(0.1)

        with ParserPool(ParserSettings(workers=1)) as pool, ThreadPoolExecutor(1) as threads:

            async def pooled(body: bytes) -> object:
                return await pool.parse(body, feed="f", url="", fetched=BEGIN, baseline=False)

            async def threaded(body: bytes) -> object:
                return await loop.run_in_executor(threads, feedparser.parse, body)

            return {"alone": await watched(nothing), "pool": await watched(pooled), "feedparser in a thread": await watched(threaded)}

    return asyncio.run(run())


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("--feeds", type=int, default=10_000)
    arguments.add_argument("--hosts", type=int, default=4_000)
    arguments.add_argument("--pace", type=float, default=10)
    arguments.add_argument("--changed", type=float, default=0.1)
    arguments.add_argument("--lag", action="store_true")
    arguments.add_argument("--seconds", type=float, default=20)
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    told = lag(chosen.seconds) if chosen.lag else measure(chosen.feeds, chosen.hosts, chosen.pace, chosen.changed)
    if chosen.json:
        json.dump(told, sys.stdout)
    else:
        for name, value in told.items():
            print(f"{name:32}{value}")


if __name__ == "__main__":
    main()
