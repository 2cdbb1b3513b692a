"""`tocsin deliver --sink NAME`: take alerts from the cluster and deliver them to one sink, until stopped."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tocsin.cli.exits import CommandError, Exit
from tocsin.cli.options import cluster, say, settings_of

if TYPE_CHECKING:
    from tocsin.metrics import Metrics
    from tocsin.progress import Progress
    from tocsin.settings import Settings


def run(arguments: argparse.Namespace) -> int:
    import asyncio
    from functools import partial

    from tocsin.cli.serving import kept, log_as, unhurt_by_hangup

    unhurt_by_hangup()
    settings = settings_of(arguments)
    sink = arguments.sink
    if sink not in settings.sinks:
        raise CommandError(f"no sink is called {sink!r}; there are: {', '.join(settings.sinks) or 'none'}", Exit.CONFIG)
    log_as(arguments, settings)
    with cluster():
        from tocsin.desk import Delivering, check

        def make(told: Settings, metrics: Metrics, progress: Progress) -> Delivering:
            return Delivering(told, sink, metrics=metrics, progress=progress)

        say(f"tocsin: delivering to {sink} from {', '.join(settings.kafka.bootstrap)}; Ctrl-C ends")
        asyncio.run(kept(arguments, settings, make, partial(check, sink=sink)))
    return Exit.OK
