"""`tocsin run` in a process of its own, with a fast clock and a trap: SIGKILL at the n-th passing of a named point.

    python service.py CONFIG BASE RATE POINT N

BASE is the wall clock (seconds) at which the fast clock agreed with it; RATE how much faster it runs. POINT "never" sets no trap.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import tocsin.app
import tocsin.delivering
from producers.warc import ArchiveWriter
from sinks.webhook import WebhookSink
from tocsin.intake import Intake
from tocsin.outbox import Outbox
from tocsin.settings import load_settings
from tocsin.store import Store

POINTS = {
    "before the body is archived": (ArchiveWriter, "write", "before"),
    "after the body is archived": (ArchiveWriter, "write", "after"),
    "in the transaction, with the items done": (Store, "save_feed", "before"),
    "in the transaction, with the validators saved": (Store, "save_feed", "after"),
    "after the commit": (Intake, "take", "after"),
    "before the post": (WebhookSink, "send", "before"),
    "after the post, before it is noted": (WebhookSink, "send", "after"),
    "after the delivery is noted": (Outbox, "delivered", "after"),
}


def set_trap(point: str, count: int) -> None:
    owner, name, when = POINTS[point]
    whole = getattr(owner, name)
    passed = 0

    def trapped(*told, **also):
        nonlocal passed
        passed += 1
        if passed == count and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        answer = whole(*told, **also)
        if passed == count:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    setattr(owner, name, trapped)


class FastBell(tocsin.delivering.Bell):
    rate = 1.0

    def wait(self, longest: timedelta) -> bool:
        return super().wait(longest / self.rate)


def main() -> None:
    config, base, rate, point, count = sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), sys.argv[4], int(sys.argv[5])
    if point != "never":
        set_trap(point, count)
    FastBell.rate = rate
    tocsin.delivering.Bell = FastBell
    tocsin.app.poll = partial(tocsin.app.poll, sleep=lambda seconds: asyncio.sleep(seconds / rate))
    logging.basicConfig(level=logging.WARNING)
    service = tocsin.app.Service(
        load_settings(Path(config), {}), clock=lambda: datetime.fromtimestamp(base + (time.time() - base) * rate, UTC)
    )
    asyncio.run(serve(service))


async def serve(service: tocsin.app.Service) -> None:
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, service.stop)
    await service.run()


if __name__ == "__main__":
    main()
