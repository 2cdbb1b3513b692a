"""How soon news is at its receiver, whether a dead sink delays another, and how fast a queue empties when a sink returns.

    python bench/deliver.py [--rate 50] [--seconds 20] [--queued 1000]

The way measured is the service's own: a feed's body is parsed in a worker, its items go through the three segments in one transaction,
their alerts through routing and the outbox to a webhook; the receiver is another process on the loopback address. `fetched -> webhook`
runs from the moment a body has been fetched to the moment the alert's request has been read; one item in five is an alert. It is
measured once with a Redis beside the webhook that works and once with one that was killed: each is the other's peer. Needs
redis-server; without it, the webhook stands alone.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from email.utils import format_datetime
from ipaddress import ip_network
from multiprocessing.connection import Connection
from pathlib import Path

from producers.pool import ParserPool
from sinks.deliver import Bell, drain
from sinks.redis import RedisSettings
from sinks.sink import Sink
from sinks.webhook import WebhookSink
from tocsin.assembly import segments_of
from tocsin.clock import utc_now
from tocsin.delivering import delivering as delivering_of
from tocsin.dispatch import Dispatch
from tocsin.intake import Intake
from tocsin.metrics import Metrics
from tocsin.model import Alert, AlertKind, Dyad, EventType, Level, Quote, Sign, Status
from tocsin.network import NetworkPolicy
from tocsin.progress import Progress
from tocsin.settings import Settings
from tocsin.store import Store

ACTORS = ("Russian", "Turkish", "Israeli", "Iranian", "Saudi")
TOWNS = tuple("Kharkiv Aleppo Nabatieh Erbil Sanaa Kandahar Muzaffarabad Asmara Goma Tindouf Benghazi Timbuktu Mogadishu".split())


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


def body(number: int, items: int) -> bytes:
    """A feed of so many new items, every fifth of which tells of an act that no other does."""
    entries = []
    for n in range(number * items, (number + 1) * items):
        title = (
            f"Council debates bus lanes, part {n}" if n % 5 else f"{ACTORS[n // 5 % 5]} air strike on {TOWNS[n // 25 % 13]} kills {10 + n}"
        )
        at = format_datetime(utc_now())
        entries.append(
            f"<item><guid isPermaLink='false'>{n}</guid><title>{title}</title><description>{title}, officials said.</description>"
            f"<link>https://w{n % 40}.example/{n}</link><pubDate>{at}</pubDate></item>"
        )
    return f"<rss version='2.0'><channel><title>Wire</title>{''.join(entries)}</channel></rss>".encode()


def from_fetch(home: Path, rate: int, seconds: int, redis: str | None, *, told: str, trouble: Callable[[], None] = lambda: None) -> str:
    """Bodies of ten items, evenly spaced, through all that `tocsin run` is made of below the fetching."""
    with receiver() as (port, pipe), ExitStack() as ending:
        sinks = {
            "hook": {"type": "webhook", "url": f"http://127.0.0.1:{port}/", "network": {"allow_networks": ["127.0.0.0/8"], "ports": [port]}}
        }
        if redis:
            sinks["redis"] = {"type": "redis", "url": redis, "timeout": 1}
        settings = Settings.model_validate({"data_dir": home, "sinks": sinks, "parse": {"workers": 1}})
        store = ending.enter_context(closing(Store(home / f"{told}.db")))
        metrics = Metrics()
        bells = ending.enter_context(delivering_of(settings, store, utc_now, metrics, Progress(time.monotonic)))
        dispatch = Dispatch(store, settings.routing, list(settings.sinks), utc_now)
        intake = Intake(store, segments_of(settings, metrics), dispatch, utc_now, tell=metrics.taken)
        pool, runner = ending.enter_context(ParserPool(settings.parse)), ending.enter_context(asyncio.Runner())
        began: dict[str, float] = {}

        def take(number: int) -> None:
            at, raw = time.perf_counter(), body(number, 10)
            parsed = runner.run(pool.parse(raw, feed=f"https://feed{number % 50}.example/", url="", fetched=utc_now()))
            for one in intake.take(parsed.items):
                began[one.id] = at
            for bell in bells:
                bell.ring()

        take(10**6)  # warm
        trouble()
        start = time.perf_counter()
        for number in range(rate * seconds // 10):
            time.sleep(max(0.0, start + number * 10 / rate - time.perf_counter()))
            take(number)
        took = time.perf_counter() - start
        while store.deliveries()["hook"].get("delivered", 0) < len(began):
            time.sleep(0.01)
        pipe.send(True)
        came = pipe.recv()
        count = metrics.registry.get_sample_value("tocsin_time_to_alert_from_fetched_seconds_count", {"sink": "hook"})
    late = sorted(1000 * (came[name] - at) for name, at in began.items())
    cuts = statistics.quantiles(late, n=100)
    return (
        f"fetched -> webhook, {told}, {rate} items/s for {took:.0f} s, {len(late)} alerts: p50 {cuts[49]:.0f} ms, p95 {cuts[94]:.0f} ms, "
        f"max {late[-1]:.0f} ms; the service's own histogram counts {count:.0f}"
    )


@contextmanager
def redis_server(home: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]] | None]:
    binary = shutil.which("redis-server")
    if binary is None:
        yield None
        return
    socket = home / "redis.sock"
    told = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(home)]
    process = subprocess.Popen([binary, *told], stdout=subprocess.DEVNULL)
    while not socket.exists():
        time.sleep(0.05)
    try:
        yield f"unix://{socket}", process
    finally:
        process.kill()
        process.wait()


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
    asked = told.parse_args()
    with tempfile.TemporaryDirectory() as home:
        with redis_server(Path(home)) as redis:
            url, process = redis or (None, None)
            print(from_fetch(Path(home), asked.rate, asked.seconds, url, told="beside a Redis that works" if redis else "alone"))
            if url and process:
                sink = RedisSettings(url=url, prefix="tocsin-bench").build("redis")
                print(emptied(Path(home), sink, asked.queued))
                print(from_fetch(Path(home), asked.rate, asked.seconds, url, told="beside a Redis that was killed", trouble=process.kill))
        print(latency(Path(home), asked.rate, asked.seconds))
        with receiver() as (port, _):
            print(emptied(Path(home), webhook(port), asked.queued))


if __name__ == "__main__":
    main()
