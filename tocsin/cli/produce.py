"""`tocsin produce`: poll the feeds and put their items on the `news` topic, until stopped."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from tocsin.cli.exits import CommandError, Exit
from tocsin.cli.options import add_config, cluster, say, settings_of

if TYPE_CHECKING:
    from producers.shard import Shard
    from tocsin.metrics import Metrics
    from tocsin.progress import Progress
    from tocsin.settings import Settings


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

    from tocsin.cli.serving import kept, log_as, unhurt_by_hangup

    unhurt_by_hangup()
    settings = settings_of(arguments)
    shard = _shard(arguments.shard)
    log_as(arguments, settings)
    with cluster():
        from tocsin.producing import Producing, check_producing

        def make(told: Settings, metrics: Metrics, progress: Progress) -> Producing:
            return Producing(told, shard=shard, metrics=metrics, progress=progress)

        say(f"tocsin: polling {len(settings.feeds.listed())} feeds for {', '.join(settings.kafka.bootstrap)}; Ctrl-C ends")
        asyncio.run(kept(arguments, settings, make, check_producing))
    return Exit.OK


def _shard(told: str | None) -> Shard | None:
    from producers.shard import Shard

    try:
        return Shard.parse(told) if told else None
    except ValueError as wrong:
        raise CommandError(f"--shard: {wrong}", Exit.USAGE) from None
