"""The process behind `producers.pool`: reads jobs from standard input, writes what they become to standard output.

    python -m producers.parser MEGABYTES SECONDS

It bounds itself besides being watched: no more address space than it is given, no files, and an alarm that ends it should the
process that started it be gone in the middle of a job.
"""

from __future__ import annotations

import contextlib
import resource
import signal
import sys
from collections.abc import Callable

import msgspec

from producers.article import extract
from producers.delta import DeltaParser
from producers.fault import ParseError, ParseFault
from producers.job import FRAME, Job, Reply
from producers.parse import ParsedFeed, parse_body

GRACE_SECONDS = 5.0
"""What a job may take beyond its time before the alarm: the pool kills sooner."""


def main() -> None:
    megabytes, seconds = int(sys.argv[1]), float(sys.argv[2])
    bound(megabytes * 1024 * 1024)
    delta = DeltaParser()
    write(b"")
    while raw := read():
        signal.setitimer(signal.ITIMER_REAL, seconds + GRACE_SECONDS)
        reply = answer(msgspec.msgpack.decode(raw, type=Job), delta)
        signal.setitimer(signal.ITIMER_REAL, 0)
        write(msgspec.msgpack.encode(reply))


def bound(address_space: int) -> None:
    """Take from this process what parsing does not need."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one that started us, who will close the pipe
    with contextlib.suppress(ValueError):  # macOS knows no such limit
        resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def answer(job: Job, delta: DeltaParser) -> Reply:
    """What a job becomes. After TOO_MUCH_MEMORY this process is not to be trusted with another."""
    parse: Callable[..., ParsedFeed] = delta.parse if job.delta else parse_body
    try:
        if job.article:
            return Reply(text=extract(job.body, job.content_type))
        parsed = parse(job.body, feed=job.feed, url=job.url, fetched=job.fetched, content_type=job.content_type, baseline=job.baseline)
        return Reply(parsed=parsed)
    except ParseError as wrong:
        return Reply(fault=wrong.kind, reason=wrong.reason)
    except MemoryError:
        return Reply(fault=ParseFault.TOO_MUCH_MEMORY, reason="more memory than a feed needs")
    except Exception as wrong:  # noqa: BLE001 -- a mistake of ours must not look like a dead worker
        return Reply(fault=ParseFault.BROKEN, reason=f"our own mistake: {type(wrong).__name__}")


def read() -> bytes:
    """The next frame; nothing at the end of the pipe."""
    header = sys.stdin.buffer.read(FRAME.size)
    return sys.stdin.buffer.read(*FRAME.unpack(header)) if len(header) == FRAME.size else b""


def write(frame: bytes) -> None:
    sys.stdout.buffer.write(FRAME.pack(len(frame)) + frame)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
