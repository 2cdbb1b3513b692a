"""What the commands share that run until they are stopped: their signals, and their failures in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from tocsin.cli.exits import CommandError, Exit
from tocsin.cli.options import say

if TYPE_CHECKING:
    from tocsin.settings import Settings


STOP_SECONDS = 19
"""How long the whole may take to end: a second less than supervisors are told to wait."""


class Role(Protocol):
    """What runs until it is stopped."""

    def stop(self) -> None: ...
    async def run(self) -> None: ...


async def until_stopped(role: Role) -> None:
    """Run the role until a signal stops it."""
    import asyncio
    import signal

    def stop() -> None:
        end_at_the_latest()
        role.stop()

    loop = asyncio.get_running_loop()
    for which in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(which, stop)
    await role.run()


@contextmanager
def told_of(settings: Settings) -> Iterator[None]:
    """What may go wrong with a service, a store, a sink or a port, as a sentence and an exit code."""
    import sqlite3

    from producers.fulltext import FullTextMissingError
    from tocsin.dashboard.serve import PageRefusedError
    from tocsin.database import StoreError, StoreLockedError
    from tocsin.delivering import SinkRefusedError
    from tocsin.monitor import PortTakenError
    from tocsin.waiting import RefusedError

    try:
        yield
    except RefusedError as wrong:
        raise CommandError(str(wrong), Exit.UNAVAILABLE) from None
    except StoreLockedError as wrong:
        raise CommandError(str(wrong), Exit.LOCKED) from None
    except (StoreError, SinkRefusedError, PortTakenError, PageRefusedError, FullTextMissingError) as wrong:
        raise CommandError(str(wrong), Exit.CONFIG) from None
    except sqlite3.Error as wrong:
        raise CommandError(f"{settings.data_dir}: {wrong}") from None


def end_at_the_latest() -> None:
    """End the process after `STOP_SECONDS`, whatever still hangs: what is committed is kept, and what is not comes again."""
    import os
    import threading

    def end() -> None:
        say(f"tocsin: not everything ended within {STOP_SECONDS} s; what was cut is done again at the next start")
        os._exit(Exit.OK)

    timer = threading.Timer(STOP_SECONDS, end)
    timer.daemon = True
    timer.start()
