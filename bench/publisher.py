"""A publisher's side of the politeness bench: feeds on many hosts, on a clock of their own, that count what a reader does to them.

Twelve rules are counted (`RULES`). The clock is two doubles in a file that reader and publisher map: seconds since the beginning, and
by how much the reader's wall clock is wrong. What a crash kept a reader from keeping binds it to the floor alone: it never had it.
"""

from __future__ import annotations

import asyncio
import copy
import gzip
import json
import mmap
import random
import re
import struct
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import urlsplit

import brotli

RULES = {
    1: "no second request without validators that were given",
    2: "If-None-Match byte for byte",
    3: "If-Modified-Since byte for byte",
    4: "both where both were given",
    5: "not before the floor: 60 min, less where the feed says so, never below 5",
    6: "not before max-age, Expires, ttl (a day at most)",
    7: "nothing of the host before Retry-After (429, 503)",
    8: "nothing after 410",
    9: "no more of the old address once 301/308 is settled",
    10: "no cookie, referrer or query; a User-Agent with version and address",
    11: "one connection a host, a second between requests",
    12: "no request more for a restart, a crash or a clock that jumps",
}
BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
SLACK = 0.5
"""Seconds by which the two ends of a connection may differ about when it was."""


class VirtualTime:
    """The clock in a file."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(16))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 16)

    @property
    def now(self) -> float:
        return float(struct.unpack_from("d", self._map, 0)[0])

    @now.setter
    def now(self, seconds: float) -> None:
        struct.pack_into("d", self._map, 0, seconds)

    @property
    def wrong(self) -> float:
        """By how much the reader's wall clock is ahead."""
        return float(struct.unpack_from("d", self._map, 8)[0])

    @wrong.setter
    def wrong(self, seconds: float) -> None:
        struct.pack_into("d", self._map, 8, seconds)


KINDS = (
    "plain",
    "weak etag",
    "odd date",
    "no validators",
    "max-age",
    "expires",
    "ttl",
    "busy",
    "429",
    "503",
    "gone",
    "moved",
    "moved to another host",
    "flaky",
    "found elsewhere",
    "cookies",
    "daily",
    "delta",
    "compressed",
    "skips hours",
)
"""How feeds behave: feed n is of the kind n modulo their number."""


@dataclass(slots=True)
class Record:
    """What one URL has answered, and what a reader therefore owes it."""

    given: tuple[str, str] = ("", "")
    perhaps: tuple[str, str] | None = None
    asked: float | None = None
    failed: bool = False
    allowed: float = 0.0
    least: float = HOUR
    gone: bool = False
    redirected: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Host:
    held: float = 0.0
    ended: float = -10.0
    open: int = 0


class Publisher:
    """All feeds, and the counts of what was done to them."""

    def __init__(self, time: VirtualTime, feeds: int, hosts: Sequence[str], seed: int = 1) -> None:
        self._time, self._feeds, self.hosts, self._seed = time, feeds, list(hosts), seed
        self.port = 0
        self.violations: Counter[int] = Counter()
        self.examples: dict[int, str] = {}
        self.statuses: Counter[int] = Counter()
        self.bytes = self.requests = self.unconditional = self.lost = 0
        self._records: dict[str, Record] = {}
        self._before: dict[str, tuple[float, Record, float]] = {}
        self._state: dict[str, Host] = {}
        self._events: list[float] = []

    def urls(self) -> Iterator[str]:
        for number in range(self._feeds):
            yield f"http://{self.host(number)}:{self.port}/f/{number}"

    def host(self, number: int) -> str:
        return self.hosts[number % len(self.hosts)]

    async def serve(self) -> list[asyncio.Server]:
        """Listens on every host, at one port."""
        first = await asyncio.start_server(self._handle_at(self.hosts[0]), self.hosts[0], 0)
        self.port = first.sockets[0].getsockname()[1]
        return [first, *[await asyncio.start_server(self._handle_at(host), host, self.port) for host in self.hosts[1:]]]

    def event(self, kind: str) -> None:
        """A restart, a crash or a jump of the reader's clock. What it was told within the moment of a crash, it may never have had."""
        now = self._time.now
        self._events.append(now)
        if kind == "crash":
            for url, (at, record, held) in self._before.items():
                if at >= now - 5:
                    self.lost += 1
                    last = self._records[url]  # what it may have had, too
                    record.asked, record.perhaps = at, last.given
                    record.failed, record.least = record.failed or last.failed, min(record.least, last.least)
                    self._records[url] = record
                    self._host(url.split("/", 1)[0]).held = held

    def report(self) -> dict[str, object]:
        return {
            "violations": {rule: self.violations[rule] for rule in RULES},
            "examples": self.examples,
            "requests": self.requests,
            "bytes": self.bytes,
            "unconditional": self.unconditional,
            "answers lost to crashes": self.lost,
            "statuses": dict(sorted(self.statuses.items())),
        }

    def _host(self, host: str) -> Host:
        return self._state.setdefault(host, Host())

    def _handle_at(self, host: str):
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            state = self._host(host)
            state.open += 1
            if state.open > 1:
                await asyncio.sleep(0.05)  # for the end of one that was closed before this one was opened
                if state.open > 1:
                    self._count(11, f"{host}: a second connection")
            try:
                while head := await reader.readuntil(b"\r\n\r\n"):
                    answer = self._answer(host, head)
                    state.ended = self._time.now  # before it is sent: once it is read the reader may let time pass
                    writer.write(answer)
                    await writer.drain()
            except (asyncio.IncompleteReadError, ConnectionError):
                pass
            finally:
                state.open -= 1
                writer.close()

        return handle

    def _answer(self, host: str, head: bytes) -> bytes:
        line, *lines = head.decode("latin-1").split("\r\n")
        path = line.split(" ")[1]
        headers = {name.lower(): value for name, _, value in (told.partition(": ") for told in lines if told)}
        now, record = self._time.now, self._records.setdefault(host + path, Record())
        self._before[host + path] = (now, copy.deepcopy(record), self._host(host).held)
        self.requests += 1
        self._judge(now, host, path, headers, record)
        status, told, body = self._said(now, host, path, headers, record)
        if status in (301, 302, 308):
            record.given = ("", "")  # it holds nothing now that they could be of
        record.asked = now
        self.statuses[status] += 1
        answer = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        raw = f"HTTP/1.1 {status} X\r\nDate: {self._date(now)}\r\nContent-Length: {len(body)}\r\n{answer}\r\n".encode("latin-1") + body
        self.bytes += len(raw)
        return raw

    def _count(self, rule: int, what: str) -> None:
        self.violations[rule] += 1
        self.examples.setdefault(rule, what)

    def _judge(self, now: float, host: str, path: str, headers: dict[str, str], record: Record) -> None:
        inm, ims = headers.get("if-none-match", ""), headers.get("if-modified-since", "")
        etag, modified = record.perhaps if (inm, ims) == record.perhaps else record.given
        self.unconditional += not (inm or ims)
        where = f"{host}{path} at {now / HOUR:.2f} h"
        if (etag or modified) and not (inm or ims):
            self._count(1, where)
        elif etag and modified and not (inm and ims):
            self._count(4, where)
        if etag and inm and inm != etag:
            self._count(2, f"{where}: {inm} for {etag}")
        if modified and ims and ims != modified:
            self._count(3, f"{where}: {ims} for {modified}")
        if record.gone:
            self._count(8, where)
        if len(record.redirected) > 3 and record.redirected[-1] - record.redirected[0] > DAY + 2 * HOUR:
            self._count(9, where)
        agent = headers.get("user-agent", "")
        named = re.search(r"\S/\d", agent) and re.search(r"https?://|@", agent)
        if headers.keys() & {"cookie", "referer"} or urlsplit(path).query or not named:
            self._count(10, f"{where}: {agent}")
        if now - self._host(host).ended < 1 - SLACK:
            self._count(11, f"{where}: {now - self._host(host).ended:.2f} s after the last")
        self._judge_time(now, host, where, record)

    def _judge_time(self, now: float, host: str, where: str, record: Record) -> None:
        """Rules 5 to 7; 12 where something happened to the reader since it last asked."""
        asked = record.asked
        happened = asked is not None and any(asked <= event <= now for event in self._events)
        if now < self._host(host).held - SLACK:
            self._count(12 if happened else 7, f"{where}: {self._host(host).held - now:.0f} s too soon")
        if asked is None:
            return
        floor = 5 * MINUTE if record.failed else max(5 * MINUTE, min(HOUR, record.least))
        if now - asked < floor - MINUTE:  # who asks by the hour is not to the second
            self._count(12 if happened else 5, f"{where}: after {(now - asked) / MINUTE:.1f} min")
        elif now < record.allowed - SLACK:
            self._count(12 if happened else 6, f"{where}: {record.allowed - now:.0f} s too soon")

    def _date(self, now: float) -> str:
        return format_datetime(BEGIN + timedelta(seconds=now), usegmt=True)

    def _said(self, now: float, host: str, path: str, headers: dict[str, str], record: Record) -> tuple[int, dict[str, str], bytes]:
        """The answer, with what it binds the reader to kept in the record."""
        number = int(path.split("?", maxsplit=1)[0].rsplit("/", 1)[1])
        kind, original = KINDS[number % len(KINDS)], path.startswith("/f/")
        episode = random.Random(f"{self._seed} {host} {int(now // (6 * HOUR))}").random()
        record.failed = False
        if (kind == "429" or (kind == "503" and original)) and episode < 0.3:
            wait = 2 * HOUR if kind == "429" else 90 * MINUTE
            self._host(host).held = now + wait
            record.failed = True
            return int(kind), {"Retry-After": f"{wait:.0f}" if kind == "429" else self._date(now + wait)}, b""
        if kind == "gone" and now > 2 * DAY:
            record.gone = True
            return 410, {}, b""
        if kind == "moved" and original and now > DAY / 2:
            record.redirected.append(now)
            return 301, {"Location": f"/m/{number}"}, b""
        if kind == "moved to another host" and original and now > DAY / 2:
            record.redirected.append(now)
            return 308, {"Location": f"http://{self.host(number + 1)}:{self.port}/m/{number}"}, b""
        if kind == "found elsewhere" and original:
            return 302, {"Location": f"http://{self.host(number + 2)}:{self.port}/m/{number}"}, b""
        if kind == "flaky" and random.Random(f"{self._seed} {number} {int(now // (20 * MINUTE))}").random() < 0.2:
            record.failed = True
            return 500, {}, b""
        return self._feed(now, number, kind, headers, record)

    def _feed(self, now: float, number: int, kind: str, headers: dict[str, str], record: Record) -> tuple[int, dict[str, str], bytes]:
        every = 20 * MINUTE if kind == "busy" else 4 * HOUR
        offset = every * ((number * 7919) % 100) / 100
        version = int((now + offset) // every)
        etag, modified = self._validators(number, kind, version)
        told = {"Content-Type": "application/rss+xml"}
        told |= {"ETag": etag} if etag else {}
        told |= {"Last-Modified": modified} if modified else {}
        told |= {"Set-Cookie": "id=you; Max-Age=999999"} if kind == "cookies" else {}
        stated = 0.0
        if kind == "max-age":
            told["Cache-Control"], stated = "public, max-age=7200", 2 * HOUR
        elif kind == "expires":
            told["Expires"], stated = self._date(now + 3 * HOUR), 3 * HOUR
        elif kind in ("ttl", "busy", "daily"):
            stated = {"ttl": 3 * HOUR, "busy": 15 * MINUTE, "daily": DAY}[kind]
        record.given, record.allowed, record.least = (etag, modified), now + stated, stated or HOUR
        if (etag and headers.get("if-none-match") == etag) or (not etag and modified and headers.get("if-modified-since") == modified):
            return 304, told, b""
        last = [int(found.group(1)) for found in [re.search(r"v(\d+)", headers.get("if-none-match", ""))] if found]
        if kind == "delta" and headers.get("a-im") == "feed" and last:
            return 226, told | {"IM": "feed"}, self._body(number, kind, version, (every, offset), newer_than=last[0])
        body = self._body(number, kind, version, (every, offset))
        if kind == "compressed":
            accepted = headers.get("accept-encoding", "")
            coding = "br" if "br" in accepted else "gzip" if "gzip" in accepted else ""
            told |= {"Content-Encoding": coding} if coding else {}
            body = {"br": brotli.compress, "gzip": gzip.compress}.get(coding, bytes)(body)
        return 200, told, body

    def _validators(self, number: int, kind: str, version: int) -> tuple[str, str]:
        at = BEGIN + timedelta(hours=version)
        match kind:
            case "no validators":
                return "", ""
            case "weak etag":
                return f"W/\"v{version} 'odd'; x={number}\"", ""
            case "odd date":
                return "", f"{at:%a, %d %b %Y %H:%M:%S} +0000"
            case _:
                return f'"v{version}-{number}"', f"{at:%a, %d %b %Y %H:%M:%S} GMT"

    def _body(self, number: int, kind: str, version: int, rhythm: tuple[float, float], newer_than: int | None = None) -> bytes:
        every, offset = rhythm
        oldest = version - 10 if newer_than is None else max(newer_than, version - 10)
        entries = "".join(
            f"<item><guid isPermaLink='false'>{number}-{entry}</guid><title>Entry {entry} of feed {number}</title>"
            f"<pubDate>{self._date(entry * every - offset)}</pubDate><description>{'words ' * 40}</description></item>"
            for entry in range(version, oldest, -1)
        )
        wishes = {
            "ttl": "<ttl>180</ttl>",
            "busy": "<ttl>15</ttl>",
            "daily": "<sy:updatePeriod>daily</sy:updatePeriod>",
            "skips hours": "<skipHours><hour>1</hour><hour>2</hour></skipHours>",
        }.get(kind, "")
        return (
            "<rss version='2.0' xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'><channel>"
            f"<title>Feed {number}</title>{wishes}{entries}</channel></rss>"
        ).encode()


def publish(pipe: Connection, clock: Path, feeds: int, hosts: Sequence[str]) -> None:
    """A process of its own: tells its URLs, then answers `report`, and takes anything else for an event."""

    async def run() -> None:
        publisher = Publisher(VirtualTime(clock), feeds, hosts)
        listening = await publisher.serve()
        pipe.send(list(publisher.urls()))
        ended = asyncio.Event()

        def told() -> None:
            try:
                what = pipe.recv()
            except EOFError:
                ended.set()
                return
            if what == "report":
                pipe.send(json.loads(json.dumps(publisher.report())))
            else:
                publisher.event(what)
                pipe.send(None)

        asyncio.get_running_loop().add_reader(pipe.fileno(), told)
        await ended.wait()
        for server in listening:
            server.close()

    asyncio.run(run())
