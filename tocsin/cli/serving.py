"""What the commands share that run until they are stopped: their signals, and their failures in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from tocsin.cli.exits import CommandError, Exit
from tocsin.cli.options import say

if TYPE_CHECKING:
    import argparse

    from tocsin.keeper import Make
    from tocsin.settings import Settings


STOP_SECONDS = 19
"""How long the whole may take to end: a second less than supervisors are told to wait."""


class Role(Protocol):
    """What runs until it is stopped."""

    def stop(self) -> None: ...
    async def run(self) -> None: ...


async def until_stopped(role: Role) -> None:
    """Run the role until a signal stops it. It reads no configuration anew."""
    _obey(role.stop, lambda: say("tocsin: the configuration is read at the start only; restart to change it"))
    await role.run()


async def kept(arguments: argparse.Namespace, settings: Settings, make: Make, check: Callable[[Settings], None]) -> None:
    """Run a role until a signal stops it; one asks it to read its configuration anew, all of it or nothing.

    Raises:
        CommandError: it cannot run so.
    """
    import os

    from tocsin.broker import UnusableError
    from tocsin.keeper import Keeper
    from tocsin.settings import load_settings
    from tocsin.waiting import RefusedError

    refusals = (RefusedError, UnusableError)
    keeper = Keeper(
        settings,
        lambda: load_settings(arguments.config, os.environ),
        lambda new: log_as(arguments, new),
        make=make,
        check=check,
        refusals=refusals,
    )
    _obey(keeper.stop, keeper.reload)
    with told_of(settings):
        check(settings)
        await keeper.run()


def _obey(stop: Callable[[], None], reload: Callable[[], None]) -> None:
    """Let signals stop what runs, and reload it."""
    import asyncio
    import signal

    def end() -> None:
        end_at_the_latest()
        stop()

    loop = asyncio.get_running_loop()
    for which in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(which, end)
    loop.add_signal_handler(signal.SIGHUP, reload)


def unhurt_by_hangup() -> None:
    """Until there is something that can read its configuration anew, the signal that asks for it is not heard."""
    import signal

    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def log_as(arguments: argparse.Namespace, settings: Settings) -> None:
    """Log as the settings and the arguments say."""
    from tocsin.logs import secrets_in, set_up

    set_up(settings.log, secrets_in(settings), verbose=arguments.verbose)


@contextmanager
def told_of(settings: Settings) -> Iterator[None]:
    """What may go wrong with a service, a store, a sink or a port, as a sentence and an exit code."""
    import sqlite3

    from kafka.errors import KafkaError

    from producers.fulltext import FullTextMissingError
    from producers.kafka import PublishError
    from tocsin.broker import UnusableError
    from tocsin.dashboard.serve import PageRefusedError
    from tocsin.database import StoreError, StoreLockedError
    from tocsin.delivering import SinkRefusedError
    from tocsin.monitor import PortTakenError
    from tocsin.tracing import TracingMissingError
    from tocsin.waiting import RefusedError

    try:
        yield
    except (RefusedError, PublishError) as wrong:
        raise CommandError(str(wrong), Exit.UNAVAILABLE) from None
    except KafkaError as wrong:
        raise CommandError(f"{', '.join(settings.kafka.bootstrap)}: {type(wrong).__name__}: {wrong}", Exit.UNAVAILABLE) from None
    except StoreLockedError as wrong:
        raise CommandError(str(wrong), Exit.LOCKED) from None
    except (
        StoreError,
        SinkRefusedError,
        PortTakenError,
        PageRefusedError,
        TracingMissingError,
        FullTextMissingError,
        UnusableError,
    ) as wrong:
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
