"""`tocsin run`: poll the feeds, take their news in, deliver the alerts, until stopped."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from tocsin.cli.exits import CommandError, Exit
from tocsin.cli.options import add_config, say, settings_of

if TYPE_CHECKING:
    from tocsin.settings import Settings


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("run", help="poll the feeds and deliver alerts, in this one process", description=__doc__)
    add_config(parser)
    parser.add_argument("--sample", action="store_true", help="first play the sample archive that ships with Tocsin, on the terminal only")
    parser.add_argument("-v", "--verbose", action="store_true", help="tell of every poll and every delivery")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    import asyncio
    import signal

    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until there is a service that can read its configuration anew
    settings = settings_of(arguments)
    _log_as(arguments, settings)
    if arguments.sample:
        _play_sample(settings)
    say(f"tocsin: polling {len(settings.feeds.listed())} feeds; alerts go to {', '.join(settings.sinks) or 'nobody'}; Ctrl-C ends")
    asyncio.run(_serve(arguments, settings))
    return Exit.OK


def _play_sample(settings: Settings) -> None:
    import sys

    from sinks.console import ConsoleSink
    from tocsin.cli.replay import sample_path, summary
    from tocsin.replay import Replay

    say("tocsin: the sample archive: feeds of January 2024 and others, in our own words; its alerts as they would have risen")
    console = ConsoleSink("sample", sys.stdout)
    with Replay(settings, [sample_path()], say) as replay:
        for alert in replay.alerts():
            console.send(alert)
        say(f"tocsin: sample: {summary(replay)}")


async def _serve(arguments: argparse.Namespace, settings: Settings) -> None:
    import asyncio
    import os
    import signal
    import sqlite3

    from tocsin.cli.serving import end_at_the_latest
    from tocsin.database import StoreLockedError
    from tocsin.keeper import CANNOT_START, Keeper
    from tocsin.settings import load_settings

    keeper = Keeper(settings, lambda: load_settings(arguments.config, os.environ), lambda new: _log_as(arguments, new))
    loop = asyncio.get_running_loop()

    def stop() -> None:
        end_at_the_latest()
        keeper.stop()

    for which in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(which, stop)
    loop.add_signal_handler(signal.SIGHUP, keeper.reload)
    try:
        await keeper.run()
    except StoreLockedError as wrong:
        raise CommandError(str(wrong), Exit.LOCKED) from None
    except CANNOT_START as wrong:
        raise CommandError(str(wrong), Exit.CONFIG) from None
    except sqlite3.Error as wrong:  # before the first feed is asked, or while the service ends
        raise CommandError(f"{settings.data_dir / 'tocsin.db'}: {wrong}") from None


def _log_as(arguments: argparse.Namespace, settings: Settings) -> None:
    from tocsin.logs import secrets_in, set_up

    set_up(settings.log, secrets_in(settings), verbose=arguments.verbose)
