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

    from tocsin.logs import secrets_in, set_up

    settings = settings_of(arguments)
    set_up(settings.log, secrets_in(settings), verbose=arguments.verbose)
    if arguments.sample:
        _play_sample(settings)
    say(f"tocsin: polling {len(settings.feeds.listed())} feeds; alerts go to {', '.join(settings.sinks) or 'nobody'}; Ctrl-C ends")
    asyncio.run(_serve(settings))
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


async def _serve(settings: Settings) -> None:
    import asyncio
    import signal
    import sqlite3

    from tocsin.app import Service, SinkRefusedError
    from tocsin.dashboard.serve import PageRefusedError
    from tocsin.monitor import PortTakenError
    from tocsin.store import StoreError, StoreLockedError

    service = Service(settings)
    loop = asyncio.get_running_loop()
    for which in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(which, service.stop)
    try:
        await service.run()
    except StoreLockedError as wrong:
        raise CommandError(str(wrong), Exit.LOCKED) from None
    except (StoreError, SinkRefusedError, PortTakenError, PageRefusedError) as wrong:
        raise CommandError(str(wrong), Exit.CONFIG) from None
    except sqlite3.Error as wrong:  # before the first feed is asked, or while the service ends
        raise CommandError(f"{settings.data_dir / 'tocsin.db'}: {wrong}") from None
