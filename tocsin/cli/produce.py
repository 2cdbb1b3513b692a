"""`tocsin produce`: poll the feeds and put their items on the `news` topic, until stopped."""

from __future__ import annotations

import argparse
from typing import Any

from tocsin.cli.exits import CommandError, Exit
from tocsin.cli.options import add_config, cluster, say, settings_of


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("produce", help="on a cluster: poll the feeds, hand their items on", description=__doc__)
    add_config(parser)
    parser.add_argument("-v", "--verbose", action="store_true", help="tell of every poll")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    import asyncio

    from tocsin.logs import secrets_in, set_up

    settings = settings_of(arguments)
    set_up(settings.log, secrets_in(settings), verbose=arguments.verbose)
    with cluster():
        from tocsin.cluster import Producing

        say(f"tocsin: polling {len(settings.feeds.listed())} feeds for {', '.join(settings.kafka.bootstrap)}; Ctrl-C ends")
        asyncio.run(_serve(Producing, settings))
    return Exit.OK


async def _serve(role: Any, settings: Any) -> None:
    from producers.kafka import PublishError
    from tocsin.cli.serving import told_of, until_stopped

    try:
        with told_of(settings):
            await until_stopped(role(settings))
    except PublishError as wrong:
        raise CommandError(str(wrong), Exit.UNAVAILABLE) from None
