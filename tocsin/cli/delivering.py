"""`tocsin deliver --sink NAME`: take alerts from the cluster and deliver them to one sink, until stopped."""

from __future__ import annotations

import argparse

from tocsin.cli.exits import CommandError, Exit
from tocsin.cli.options import cluster, say, settings_of


def run(arguments: argparse.Namespace) -> int:
    import signal

    from tocsin.cli.serving import end_at_the_latest, told_of
    from tocsin.logs import secrets_in, set_up

    settings = settings_of(arguments)
    if arguments.sink not in settings.sinks:
        raise CommandError(f"no sink is called {arguments.sink!r}; there are: {', '.join(settings.sinks) or 'none'}", Exit.CONFIG)
    set_up(settings.log, secrets_in(settings), verbose=arguments.verbose)
    with cluster():
        from kafka.errors import KafkaError

        from tocsin.cluster import Delivering

        role = Delivering(settings, arguments.sink)

        def stop(*_: object) -> None:
            end_at_the_latest()
            role.stop()

        for which in (signal.SIGTERM, signal.SIGINT):
            signal.signal(which, stop)
        say(f"tocsin: delivering to {arguments.sink} from {', '.join(settings.kafka.bootstrap)}; Ctrl-C ends")
        try:
            with told_of(settings):
                role.run()
        except KafkaError as wrong:
            raise CommandError(f"{', '.join(settings.kafka.bootstrap)}: {type(wrong).__name__}: {wrong}", Exit.UNAVAILABLE) from None
    return Exit.OK
