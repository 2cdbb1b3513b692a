"""`tocsin sink test`: does an alert arrive? Sends one that is marked as a test, and says what the service answered."""

from __future__ import annotations

import argparse
from typing import Any

from tocsin.cli.exits import CommandError, Exit
from tocsin.cli.options import add_config, settings_of


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("sink", help="try a sink", description=__doc__)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    testing = commands.add_parser("test", help="send one alert that is marked as a test, past all routes, and tell the answer")
    testing.add_argument("name", help="the sink's name in the configuration")
    add_config(testing)
    testing.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    import time

    from sinks.sink import DeliveryError, SinkGoneError
    from sinks.trial import trial
    from tocsin.clock import utc_now
    from tocsin.delivering import SinkRefusedError, build_sink

    settings, name = settings_of(arguments), arguments.name
    if name not in settings.sinks:
        raise CommandError(f"no sink is called {name!r}; there are: {', '.join(settings.sinks) or 'none'}", Exit.USAGE)
    try:
        sink = build_sink(name, settings.sinks[name], utc_now)
    except SinkRefusedError as wrong:
        raise CommandError(f"the configuration is wrong\n{wrong}", Exit.CONFIG) from None
    alert, begun = trial(name, utc_now()), time.perf_counter()
    try:
        sink.check()
        sink.send(alert)
    except DeliveryError as wrong:
        hopeless = not wrong.retry or isinstance(wrong, SinkGoneError)
        told = "the same would happen again" if hopeless else "an alert would be tried again"
        raise CommandError(f"sinks.{name}: not taken ({wrong}); {told}", Exit.CONFIG if hopeless else Exit.UNAVAILABLE) from None
    finally:
        sink.close()
    print(f"{name}: taken in {time.perf_counter() - begun:.2f} s; the test alert's id is {alert.id}")
    return Exit.OK
