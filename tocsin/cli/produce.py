"""`tocsin produce`: poll the feeds and put their items on the `news` topic, until stopped."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from tocsin.cli.exits import CommandError, Exit
from tocsin.cli.options import add_config, cluster, say, settings_of

if TYPE_CHECKING:
    from producers.shard import Shard


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("produce", help="on a cluster: poll the feeds, hand their items on", description=__doc__)
    add_config(parser)
    parser.add_argument(
        "--shard", metavar="N/OF", help="poll one of several shares of the hosts, such as 2/5, and those whose process is gone"
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="tell of every poll")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    import asyncio
    from functools import partial

    from tocsin.logs import secrets_in, set_up

    settings = settings_of(arguments)
    shard = _shard(arguments.shard)
    set_up(settings.log, secrets_in(settings), verbose=arguments.verbose)
    with cluster():
        from tocsin.cluster import Producing

        say(f"tocsin: polling {len(settings.feeds.listed())} feeds for {', '.join(settings.kafka.bootstrap)}; Ctrl-C ends")
        asyncio.run(_serve(partial(Producing, shard=shard), settings))
    return Exit.OK


def _shard(told: str | None) -> Shard | None:
    from producers.shard import Shard

    try:
        return Shard.parse(told) if told else None
    except ValueError as wrong:
        raise CommandError(f"--shard: {wrong}", Exit.USAGE) from None


async def _serve(role: Any, settings: Any) -> None:
    from producers.kafka import PublishError
    from tocsin.cli.serving import told_of, until_stopped

    try:
        with told_of(settings):
            await until_stopped(role(settings))
    except PublishError as wrong:
        raise CommandError(str(wrong), Exit.UNAVAILABLE) from None
