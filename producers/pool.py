"""Parses bodies in processes that can be killed: a feed that needs too long or too much memory costs one process, not the service.

A worker gets a body and gives back items, as frames over pipes; no pickled objects, so that a worker that was taken over can
lie, and no more. It gets none of our environment, caps its own memory, and ends when the pipe does.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import select
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Self
from zlib import crc32

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from producers.fault import HARMFUL, ParseError, ParseFault
from producers.fulltext import completed
from producers.job import FRAME, Job, Reply
from producers.parse import ParsedFeed
from producers.warc import ArchivedBody
from tocsin.model import EPOCH


class ParserSettings(BaseModel):
    """[parser] of tocsin.toml. `megabytes` bounds the address space of each worker."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    workers: int = Field(default=2, gt=0)
    """How many processes parse."""
    seconds: float = Field(default=10, gt=0)
    """How long one body may take before its worker is killed."""
    megabytes: int = Field(default=512, ge=128)
    """How much address space a worker may have."""


REPLY_LIMIT = 256 * 1024 * 1024
"""Bytes; more than the items of the largest body."""
_START_SECONDS = 60.0
"""For a worker to import what it needs: 0.3 s on an idle machine."""
AHEAD = 8
"""Bodies that `parse_all` has parsed before they are asked for."""


class ParserPool:
    """A few warm workers. For any number of threads, and for an event loop; use as a context manager."""

    def __init__(self, settings: ParserSettings) -> None:
        self._workers = [_Worker(settings) for _ in range(settings.workers)]
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._threads = ThreadPoolExecutor(settings.workers, thread_name_prefix="parse")

    def __enter__(self) -> Self:
        for worker in self._workers:
            worker.start()
            self._idle.put(worker)
        return self

    def __exit__(self, kind: type[BaseException] | None, wrong: BaseException | None, where: TracebackType | None) -> None:
        for worker in self._workers:
            worker.dismiss()
        self._threads.shutdown(cancel_futures=True)
        for worker in self._workers:
            worker.kill()

    async def parse(
        self, body: bytes, *, feed: str, url: str, fetched: datetime, content_type: str = "", baseline: bool = False
    ) -> ParsedFeed:
        """`parse_body` in a worker, without blocking the event loop.

        Raises:
            ParseError: as `parse_body`; and TOO_SLOW, TOO_MUCH_MEMORY or CRASHED, where the body cost the worker its life.
        """
        reply = await self._ask(Job(body, feed, url, fetched, content_type, baseline))
        return _parsed(reply)

    async def extract(self, body: bytes, content_type: str = "") -> str:
        """`producers.article.extract` in a worker, without blocking the event loop.

        Raises:
            ParseError: as `extract`; and where the page cost the worker its life.
        """
        return (await self._ask(Job(body, "", "", EPOCH, content_type, article=True))).text

    async def _ask(self, job: Job) -> Reply:
        return await asyncio.wrap_future(self._threads.submit(self._do, job))

    def parse_all(self, bodies: Iterable[ArchivedBody]) -> Iterator[tuple[ArchivedBody, ParsedFeed | ParseError]]:
        """Parses bodies in their order, some ahead of what is asked for; entries that stood in a feed's body before are only counted.

        All bodies of a feed go to one worker, which remembers the one before: so the answers do not depend on which worker is
        quick. Has all workers to itself until it ends.
        """
        lanes = [(self._idle.get(), ThreadPoolExecutor(1)) for _ in self._workers]
        ahead: deque[tuple[ArchivedBody, Future[Reply]]] = deque()
        try:
            for body in bodies:
                worker, thread = lanes[crc32(body.feed.encode()) % len(lanes)]
                job = Job(body.body, body.feed, body.url, body.fetched, body.content_type, delta=True)
                ahead.append((body, thread.submit(worker.ask, job)))
                if len(ahead) > AHEAD:
                    yield _told(*ahead.popleft())
            while ahead:
                yield _told(*ahead.popleft())
        finally:
            for worker, thread in lanes:
                thread.shutdown(cancel_futures=True)
                self._idle.put(worker)

    def _do(self, job: Job) -> Reply:
        worker = self._idle.get()
        try:
            return worker.ask(job)
        finally:
            self._idle.put(worker)


def _parsed(reply: Reply) -> ParsedFeed:
    """What a worker made of a feed's body.

    Raises:
        ParseError: it says neither that nor why not.
    """
    if reply.parsed is None:
        raise ParseError(ParseFault.CRASHED, "a worker answered nothing")
    return reply.parsed


def _told(body: ArchivedBody, parsing: Future[Reply]) -> tuple[ArchivedBody, ParsedFeed | ParseError]:
    """A body and its items, with the texts of articles that were archived beside it."""
    try:
        parsed = _parsed(parsing.result())
        return body, replace(parsed, items=completed(parsed.items, dict(body.texts))) if body.texts else parsed
    except ParseError as wrong:
        return body, wrong


class _TooLateError(Exception):
    """A worker did not answer in time."""


class _GoneError(Exception):
    """A worker closed its pipe."""


class _Worker:
    """One process, and the next one when it had to be killed. For one thread at a time."""

    def __init__(self, settings: ParserSettings) -> None:
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False
        self._dismissed = False

    def start(self) -> None:
        """Start a process; it imports what it needs while nobody waits."""
        self._process = subprocess.Popen(  # noqa: S603 -- our own interpreter and module
            [sys.executable, "-P", "-m", "producers.parser", str(self._settings.megabytes), str(self._settings.seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            bufsize=0,
        )
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe
            os.set_blocking(pipe.fileno(), False)
        self._ready = False

    def ask(self, job: Job) -> Reply:
        """What the job becomes.

        Raises:
            ParseError: the body is no feed, or the process is no more; then there is a new one already.
        """
        process = self._living()
        try:
            if not self._ready:
                _receive(process, time.monotonic() + _START_SECONDS)
                self._ready = True
            deadline = time.monotonic() + self._settings.seconds
            _send(process, msgspec.msgpack.encode(job), deadline)
            reply = msgspec.msgpack.decode(_receive(process, deadline), type=Reply)
        except _TooLateError:
            self._restart()
            raise ParseError(ParseFault.TOO_SLOW, f"not parsed within {self._settings.seconds:g} s") from None
        except (_GoneError, msgspec.MsgspecError):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(1)  # its pipe closes a moment before it has ended
            raise _why_gone(self._restart()) from None
        if reply.fault in HARMFUL:
            self._restart()
        if reply.fault is not None:
            raise ParseError(reply.fault, reply.reason)
        return reply

    def dismiss(self) -> None:
        """End the process for good, from any thread; whoever waits for its answer is told that it died."""
        self._dismissed = True
        if process := self._process:
            process.kill()

    def kill(self) -> int | None:
        """End the process; returns how it ended by itself (`Popen.returncode`), or None."""
        process, self._process = self._process, None
        if process is None:
            return None
        ended = process.poll()
        process.kill()
        with process:  # closes the pipes and waits
            return ended

    def _living(self) -> subprocess.Popen[bytes]:
        """The process, or another where it died while nobody asked it anything.

        Raises:
            ParseError: none can be started.
        """
        if self._process is None or self._process.poll() is not None:
            self._restart()
        if self._process is None:
            raise ParseError(ParseFault.CRASHED, "no process could be started to parse it")
        return self._process

    def _restart(self) -> int | None:
        ended = self.kill()
        if not self._dismissed:
            with contextlib.suppress(OSError):  # no memory or no more processes: tried again at the next job
                self.start()
        return ended


def _why_gone(ended: int | None) -> ParseError:
    if ended == -signal.SIGALRM:
        return ParseError(ParseFault.TOO_SLOW, "parsed until its alarm rang")
    return ParseError(ParseFault.CRASHED, "the process that parsed it died")


def _send(process: subprocess.Popen[bytes], frame: bytes, deadline: float) -> None:
    assert process.stdin
    pipe = process.stdin.fileno()
    left = memoryview(FRAME.pack(len(frame)) + frame)
    while left:
        _wait(pipe, select.POLLOUT, deadline)
        try:
            left = left[os.write(pipe, left[:_CHUNK]) :]
        except BlockingIOError:  # fewer bytes free than asked for
            continue
        except OSError:
            raise _GoneError from None


def _receive(process: subprocess.Popen[bytes], deadline: float) -> bytes:
    (length,) = FRAME.unpack(_exactly(process, FRAME.size, deadline))
    if length > REPLY_LIMIT:
        raise _GoneError
    return _exactly(process, length, deadline)


def _exactly(process: subprocess.Popen[bytes], count: int, deadline: float) -> bytes:
    assert process.stdout
    pipe = process.stdout.fileno()
    got = bytearray()
    while len(got) < count:
        _wait(pipe, select.POLLIN, deadline)
        chunk = os.read(pipe, min(_CHUNK, count - len(got)))
        if not chunk:
            raise _GoneError
        got += chunk
    return bytes(got)


_CHUNK = 65_536


def _wait(pipe: int, event: int, deadline: float) -> None:
    poll = select.poll()
    poll.register(pipe, event)
    if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
        raise _TooLateError
