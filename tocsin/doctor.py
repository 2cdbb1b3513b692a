"""Looks over the machine and the services that Tocsin rests on: what is wrong, and what to do about it. Changes nothing.

Each check yields findings, and none of them raises: what cannot be looked at is a finding too.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import pyexpat
import shutil
import socket
import sqlite3
import stat
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel

from producers.fault import FetchError
from producers.feed import FeedState
from producers.fetch import Fetcher
from sinks.sink import DeliveryError
from tocsin.clock import Clock
from tocsin.database import StoreError
from tocsin.delivering import SinkRefusedError, build_sink
from tocsin.settings import Settings
from tocsin.store import Store

EXPAT = (2, 6, 0)
"""The first that is safe from documents that make it work in vain (CVE-2023-52425)."""
SQLITE = (3, 35, 0)
FREE_FEW, FREE_LEAST = 5 << 30, 1 << 30
"""Bytes left on the disk: below the first it is time to think of it, below the second to act."""
CLOCK_OFF, CLOCK_WRONG = timedelta(seconds=30), timedelta(minutes=10)
"""How far our clock may be from what servers say: beyond the second, publication times are no longer believed as claimed."""
SLOW_LOOKUP = 2.0
ASKED = 3
"""How many hosts of feeds are looked up, and how many feeds asked for the time."""
_NETWORK_DISKS = frozenset({"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "ceph", "glusterfs"})
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Grade(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; `remedy` says what to do where it is not ok. No secret stands in either."""

    check: str
    grade: Grade
    text: str
    remedy: str = ""


Check = Callable[[], Iterable[Finding]]


def examine(settings: Settings, config: Path | None, clock: Clock, *, offline: bool = False) -> Iterator[Finding]:
    """All findings, check after check. `config` is the configuration's file; `offline` asks no other machine."""
    path = settings.data_dir / "tocsin.db"
    checks: list[Check] = [
        lambda: python(sys.version_info[:3], pyexpat.version_info, sqlite3.sqlite_version_info),
        synchronised,
        lambda: disk(settings.data_dir),
        lambda: rights(settings, config),
        lambda: store(path),
        lambda: ahead(path, clock),
    ]
    if not offline:
        hosts = [host for url in settings.feeds.listed() if (host := urlsplit(url).hostname)]
        checks += [
            lambda: names(list(dict.fromkeys(hosts))[:ASKED]),
            lambda: times(settings, clock),
            lambda: sinks(settings, clock),
            lambda: topics(settings),
        ]
    for check in checks:
        try:
            yield from check()
        except Exception as wrong:  # noqa: BLE001 -- a check that fails must not hide the others
            yield Finding("doctor", Grade.WARN, f"a check could not be made: {type(wrong).__name__}", "report it")


def python(interpreter: tuple[int, ...], expat: tuple[int, ...], sqlite: tuple[int, ...]) -> Iterator[Finding]:
    """The versions of what Python is built with."""
    yield Finding("python", Grade.OK, _dotted(interpreter))
    if expat < EXPAT:
        remedy = f"use a Python with libexpat {_dotted(EXPAT)} or newer; until then [parse] seconds ends a parse that works in vain"
        yield Finding("expat", Grade.WARN, _dotted(expat), remedy)
    else:
        yield Finding("expat", Grade.OK, _dotted(expat))
    if sqlite < SQLITE:
        yield Finding("sqlite", Grade.FAIL, _dotted(sqlite), f"use a Python with SQLite {_dotted(SQLITE)} or newer")
    else:
        yield Finding("sqlite", Grade.OK, _dotted(sqlite))


class _Timex(ctypes.Structure):
    """The beginning of `struct timex`, and room for the rest."""

    _fields_ = (("modes", ctypes.c_int), ("rest", ctypes.c_long * 64))


_UNSYNCHRONISED = 5


def synchronised() -> Iterator[Finding]:
    """Whether the kernel knows of anything that keeps its clock right."""
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(_Timex()))
    except (OSError, AttributeError):
        return
    if state == _UNSYNCHRONISED:
        yield Finding("clock", Grade.WARN, "nothing keeps this machine's clock right", "start chrony or systemd-timesyncd")
    elif state >= 0:
        yield Finding("clock", Grade.OK, "is kept right by the system")


def ahead(path: Path, clock: Clock) -> Iterator[Finding]:
    """Whether the clock stands before a time that was written down already."""
    if not path.exists():
        return
    with suppress(StoreError, sqlite3.Error), closing(Store(path, lock=False)) as opened:
        checked = [state.last_checked for state in opened.feeds(FeedState).values() if state.last_checked]
        last, now = max(checked, default=None), clock()
        if last and last > now + CLOCK_OFF:
            text = f"a feed was polled at {last:%Y-%m-%d %H:%M} UTC, and now it is {now:%Y-%m-%d %H:%M}"
            yield Finding("clock", Grade.FAIL, text, "set the clock; it is or was wrong")


def disk(directory: Path) -> Iterator[Finding]:
    """Room and kind of the data directory's disk."""
    there = next(folder for folder in (directory.resolve(), *directory.resolve().parents) if folder.exists())
    free = shutil.disk_usage(there).free
    text = f"{free / 1e9:,.1f} GB free for {directory}"
    if free < FREE_FEW:
        grade = Grade.FAIL if free < FREE_LEAST else Grade.WARN
        yield Finding("disk", grade, text, "make room, or set [retention] lower")
    else:
        yield Finding("disk", Grade.OK, text)
    if (kind := _kind_of_disk(there)) in _NETWORK_DISKS:
        yield Finding("disk", Grade.FAIL, f"{directory} is on {kind}", "the store needs a local disk: set data_dir to one")


def _kind_of_disk(path: Path) -> str:
    best, kind = "", ""
    with suppress(OSError):
        for line in Path("/proc/mounts").read_text(encoding="utf-8", errors="replace").splitlines():
            _, point, found, *_ = line.split(" ")
            if path.is_relative_to(point) and len(point) >= len(best):
                best, kind = point, found
    return kind


def rights(settings: Settings, config: Path | None) -> Iterator[Finding]:
    """Who may read and write what: the data is ours alone, and so are the secrets."""
    directory = settings.data_dir
    if directory.exists():
        if not os.access(directory, os.R_OK | os.W_OK | os.X_OK):
            remedy = f"chown it to the user that runs Tocsin (uid {os.getuid()})"
            yield Finding("rights", Grade.FAIL, f"{directory} cannot be written", remedy)
        elif directory.stat().st_mode & _OTHERS:
            yield Finding("rights", Grade.WARN, f"others can look into {directory}", f"chmod 700 {directory}")
        else:
            yield Finding("rights", Grade.OK, f"{directory} is ours alone")
    secret = [config] if config and config.exists() and _holds_secrets(settings) else []
    for file in [*secret, *_secret_files(settings)]:
        if not os.access(file, os.R_OK):
            yield Finding("rights", Grade.FAIL, f"{file} cannot be read", f"let uid {os.getuid()} read it")
        elif file.stat().st_mode & stat.S_IRWXO:
            yield Finding("rights", Grade.WARN, f"{file} holds secrets and everybody can read it", f"chmod 600 {file}")


def _holds_secrets(settings: Settings) -> bool:
    return any("url" in sink.model_fields_set or "secrets" in sink.model_fields_set for sink in settings.sinks.values())


def _secret_files(told: Any) -> Iterator[Path]:
    """Every file that settings name under a key that ends in `_file`."""
    if isinstance(told, BaseModel):
        for name in type(told).model_fields:
            value = getattr(told, name)
            if name.endswith("_file") and isinstance(value, Path):
                yield value
            else:
                yield from _secret_files(value)
    elif isinstance(told, dict):
        for value in told.values():
            yield from _secret_files(value)


def store(path: Path) -> Iterator[Finding]:
    """Whether the store is whole, and of a version that this Tocsin knows."""
    if not path.exists():
        yield Finding("store", Grade.OK, f"{path} is made at the first start")
        return
    try:
        with closing(Store(path, lock=False)) as opened:
            damage = opened.damage()
    except (StoreError, sqlite3.Error) as wrong:
        yield Finding("store", Grade.FAIL, str(wrong), "stop the service and restore a backup, or make room where the disk is full")
        return
    if damage:
        yield Finding("store", Grade.FAIL, f"{path} is damaged: {damage}", "stop the service and restore a backup")
    else:
        yield Finding("store", Grade.OK, f"{path} is whole ({path.stat().st_size / 1e6:,.1f} MB)")


def names(hosts: list[str]) -> Iterator[Finding]:
    """Whether the name server answers, and how fast."""
    failed, slowest = [], 0.0
    for host in hosts:
        begun = time.monotonic()
        try:
            socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
        except OSError:
            failed.append(host)
        slowest = max(slowest, time.monotonic() - begun)
    if not hosts:
        return
    if failed:
        grade = Grade.FAIL if len(failed) == len(hosts) else Grade.WARN
        remedy = "look at the name servers in /etc/resolv.conf, and at the network"
        yield Finding("dns", grade, f"no address for {', '.join(failed)}", remedy)
    elif slowest > SLOW_LOOKUP:
        yield Finding("dns", Grade.WARN, f"the slowest of {len(hosts)} look-ups took {slowest:.1f} s", "use a nearer name server")
    else:
        yield Finding("dns", Grade.OK, f"{len(hosts)} hosts looked up, the slowest in {slowest * 1000:.0f} ms")


def times(settings: Settings, clock: Clock) -> Iterator[Finding]:
    """Our clock against what the servers of some feeds say."""
    urls = settings.feeds.listed()[:ASKED]
    offsets = asyncio.run(_offsets(settings, urls, clock))
    if not offsets:
        if urls:
            yield Finding("feeds", Grade.WARN, f"none of {len(urls)} feeds answered", "`tocsin feeds check URL` says why")
        return
    off = sorted(offsets, key=abs)[len(offsets) // 2]
    text = f"{abs(off.total_seconds()):.0f} s {'behind' if off > timedelta(0) else 'ahead of'} the servers of {len(offsets)} feeds"
    if abs(off) > CLOCK_OFF:
        yield Finding("clock", Grade.FAIL if abs(off) > CLOCK_WRONG else Grade.WARN, text, "set the clock, and let something keep it right")
    else:
        yield Finding("clock", Grade.OK, text)


async def _offsets(settings: Settings, urls: Iterable[str], clock: Clock) -> list[timedelta]:
    """Server's time minus ours, of those that answered and said it."""
    told = []
    async with Fetcher(settings.fetch, clock) as fetcher:
        for url in urls:
            with suppress(FetchError, ValueError, TypeError):
                fetched = await fetcher.fetch(url)
                said = next((value for name, value in fetched.headers if name.lower() == "date"), "")
                told.append(parsedate_to_datetime(said) - clock())
    return told


def sinks(settings: Settings, clock: Clock) -> Iterator[Finding]:
    """What each sink's service says to a check that sends nothing: for Redis its policy, its rights and its version."""
    for name, chosen in settings.sinks.items():
        check = f"sink {name}"
        try:
            sink = build_sink(name, chosen, clock)
        except SinkRefusedError as wrong:
            yield Finding(check, Grade.FAIL, str(wrong), "mend the configuration; `tocsin check` says more")
            continue
        try:
            sink.check()
        except DeliveryError as wrong:
            remedy = wrong.remedy or "look whether the service runs and can be reached from here"
            yield Finding(check, Grade.WARN if wrong.retry else Grade.FAIL, wrong.reason, remedy)
        else:
            yield Finding(check, Grade.OK, "would take alerts")
        finally:
            sink.close()


def topics(settings: Settings) -> Iterator[Finding]:
    """Whether the cluster's topics are there and set as they must be; asked only where the configuration speaks of Kafka."""
    if "kafka" not in settings.model_fields_set:
        return
    try:
        from tocsin.admin import BrokerError, Topics
    except ModuleNotFoundError:
        yield Finding("kafka", Grade.FAIL, "the libraries for a cluster are not installed", "pip install 'tocsin[cluster]'")
        return
    try:
        with closing(Topics(settings.kafka)) as there:
            faults = there.faults()
    except BrokerError as wrong:
        yield Finding("kafka", Grade.FAIL, str(wrong), "look whether the broker runs and can be reached from here")
        return
    for fault in faults:
        yield Finding("kafka", Grade.FAIL, f"{fault.topic} {fault.what}", fault.remedy)
    if not faults:
        yield Finding("kafka", Grade.OK, "all topics are there and set as they must be")


def _dotted(version: Iterable[int]) -> str:
    return ".".join(map(str, version))
