"""How soon a committed alert is at its receiver, and how fast a queue empties when a sink returns.

    python bench/deliver.py [--rate 50] [--seconds 20] [--queued 1000] [--redis redis://localhost:6379/0]

The way measured is the service's own: store, outbox, the thread that delivers, a webhook; the receiver is another process on the
loopback address. Latency runs from the moment before the alert's transaction begins to the moment its request has been read. With
--redis, the emptying of the queue is measured into that Redis too, under the prefix `tocsin-bench`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from ipaddress import ip_network
from multiprocessing.connection import Connection
from pathlib import Path

from sinks.deliver import Bell, drain
from sinks.redis import RedisSettings
from sinks.sink import Sink
from sinks.webhook import WebhookSink
from tocsin.clock import utc_now
from tocsin.model import Alert, AlertKind, Dyad, EventType, Level, Quote, Sign, Status
from tocsin.network import NetworkPolicy
from tocsin.store import Store


def receive(pipe: Connection) -> None:
    """Another process: answers 200, and tells when each alert had been read as soon as it is asked."""
    came: dict[str, float] = {}

    async def serve(into: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            while head := await into.readuntil(b"\r\n\r\n"):
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                event = json.loads(await into.readexactly(length))
                came[event["id"]] = time.perf_counter()
                out.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                await out.drain()

    async def run() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        asyncio.get_running_loop().add_reader(pipe.fileno(), lambda: pipe.send(came) if pipe.recv() else None)
        await server.serve_forever()

    asyncio.run(run())


@contextmanager
def receiver() -> Iterator[tuple[int, Connection]]:
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=receive, args=(there,), daemon=True)
    process.start()
    yield here.recv(), here
    process.kill()
    process.join()


def alert(n: int) -> Alert:
    quotes = tuple(
        Quote(text="Nine people were killed in the strikes. " * 3, outlet="o.example", url="https://o.example/1") for _ in range(3)
    )
    return Alert(
        id=f"{n:032x}",
        incident=f"i{n % 100}",
        revision=n,
        kind=AlertKind.OPENED,
        level=Level.FORCE,
        at=datetime(2026, 1, 1, tzinfo=UTC),
        dyad=Dyad("IRN", "PAK"),
        type=EventType.ASSAULT,
        sign=Sign.ESCALATION,
        status=Status.REPORTED,
        intensity=-9.5,
        headline="A headline of ordinary length about an ordinary border",
        reason="First report of an air strike.",
        quotes=quotes,
    )


@contextmanager
def delivering(store: Store, sink: Sink) -> Iterator[Bell]:
    bell, outbox = Bell(), store.outbox()
    thread = threading.Thread(target=drain, args=(outbox, sink, utc_now, bell.wait))
    thread.start()
    yield bell
    bell.stop()
    thread.join()
    outbox.close()
    sink.close()


def put(store: Store, sink: str, numbers: range) -> None:
    with store.transaction():
        for n in numbers:
            store.add_alert(alert(n), [sink])


def webhook(port: int) -> Sink:
    policy = NetworkPolicy(allow_networks=(ip_network("127.0.0.0/8"),), ports=frozenset({port}))
    return WebhookSink("hook", f"http://127.0.0.1:{port}/", [bytes(32)], policy)


def latency(home: Path, rate: int, seconds: int) -> str:
    """One alert a transaction, evenly spaced."""
    store = Store(home / "latency.db")
    began: dict[str, float] = {}
    with receiver() as (port, pipe), delivering(store, webhook(port)) as bell:
        start = time.perf_counter()
        for n in range(rate * seconds):
            time.sleep(max(0.0, start + n / rate - time.perf_counter()))
            began[alert(n).id] = time.perf_counter()
            put(store, "hook", range(n, n + 1))
            bell.ring()
        while store.deliveries()["hook"].get("delivered", 0) < len(began):
            time.sleep(0.01)
        pipe.send(True)
        came = pipe.recv()
    store.close()
    took = sorted(1000 * (came[name] - at) for name, at in began.items())
    cuts = statistics.quantiles(took, n=100)
    return f"committed -> webhook, {rate}/s for {seconds} s: p50 {cuts[49]:.1f} ms, p95 {cuts[94]:.1f} ms, max {took[-1]:.1f} ms"


def emptied(home: Path, sink: Sink, queued: int) -> str:
    """A queue that stood while the sink was away."""
    store = Store(home / f"{sink.name}.db")
    put(store, sink.name, range(queued))
    start = time.perf_counter()
    with delivering(store, sink):
        while store.deliveries()[sink.name].get("delivered", 0) < queued:
            time.sleep(0.01)
        took = time.perf_counter() - start
    store.close()
    return f"{queued} queued alerts into {sink.name}: {took:.2f} s, {queued / took:.0f}/s"


def main() -> None:
    told = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    told.add_argument("--rate", type=int, default=50)
    told.add_argument("--seconds", type=int, default=20)
    told.add_argument("--queued", type=int, default=1000)
    told.add_argument("--redis", help="a Redis that may be written to")
    asked = told.parse_args()
    with tempfile.TemporaryDirectory() as home:
        print(latency(Path(home), asked.rate, asked.seconds))
        with receiver() as (port, _):
            print(emptied(Path(home), webhook(port), asked.queued))
        if asked.redis:
            sink = RedisSettings(url=asked.redis, prefix="tocsin-bench").build("redis")
            print(emptied(Path(home), sink, asked.queued))


if __name__ == "__main__":
    main()
