"""`tocsin deliver`: what became of the alerts at their sinks; try again what was given up.

`tocsin deliver --sink NAME`, without a command: take alerts from the cluster and deliver them to that sink, until stopped.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tocsin.cli.exits import CommandError, Exit
from tocsin.cli.options import add_config, add_json, opened, settings_of

if TYPE_CHECKING:
    from tocsin.deliveries import Deliveries, Delivery

STATES = ("pending", "delivered", "held", "suppressed", "dead")


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("deliver", help="what became of alerts; try dead deliveries again", description=__doc__)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    parser.add_argument("--sink", metavar="NAME", help="on a cluster: deliver the alerts to this sink, until stopped")
    parser.add_argument("-v", "--verbose", action="store_true", help="tell of every delivery")
    add_config(parser)
    parser.set_defaults(run=run_worker)
    listing = commands.add_parser("list", help="deliveries in one state, with the reason (default: the dead ones)")
    listing.add_argument("--state", choices=STATES, default="dead")
    add_json(listing)
    listing.set_defaults(run=run_list)
    showing = commands.add_parser("show", help="one alert: what became of it at each sink, and the alert itself")
    showing.add_argument("alert", help="its id, or how it begins")
    add_json(showing)
    showing.set_defaults(run=run_show)
    retrying = commands.add_parser("retry", help="put dead deliveries back into the outbox; a running service takes them up in seconds")
    retrying.add_argument("alerts", nargs="*", metavar="ALERT", help="ids, or how they begin")
    retrying.add_argument("--all", action="store_true", help="all dead deliveries (with --sink: all of that sink)")
    retrying.set_defaults(run=run_retry)
    for command in (listing, showing, retrying):
        command.add_argument("--sink", help="only those of this sink; on a cluster, where its role runs")
        add_config(command)


def run_worker(arguments: argparse.Namespace) -> int:
    from tocsin.cli.delivering import run

    if arguments.sink is None:
        raise CommandError("say what to do (list, show, retry), or with --sink whom to deliver to", Exit.USAGE)
    return run(arguments)


def run_list(arguments: argparse.Namespace) -> int:
    from tocsin.deliveries import State
    from tocsin.wire import dump

    with _deliveries(arguments) as deliveries:
        found = list(deliveries.find(state=State(arguments.state), sink=arguments.sink))
    if arguments.json:
        print(dump({"deliveries": [_told(one) for one in found]}).decode())
    else:
        for one in found:
            print(f"{one.alert.id}  {_line(one)}  {one.alert.level.name} {one.alert.dyad}: {one.alert.headline}")
    return Exit.OK if found else Exit.NOTHING


def run_show(arguments: argparse.Namespace) -> int:
    from tocsin.wire import dump

    with _deliveries(arguments) as deliveries:
        found = _of_one_alert(deliveries, arguments.alert)
    if arguments.json:
        print(dump({"deliveries": [_told(one) for one in found], "alert": found[0].alert}).decode())
    else:
        for one in found:
            print(_line(one))
        print(dump(found[0].alert).decode())
    return Exit.OK


def run_retry(arguments: argparse.Namespace) -> int:
    if bool(arguments.alerts) == arguments.all:
        raise CommandError("say which alerts, or --all; see tocsin deliver list", Exit.USAGE)
    with _deliveries(arguments) as deliveries:
        named = [_of_one_alert(deliveries, name)[0].alert.id for name in arguments.alerts]
        revived = deliveries.revive(alerts=named, sink=arguments.sink)
    print(f"{revived} {'delivery' if revived == 1 else 'deliveries'} pending again")
    return Exit.OK if revived else Exit.NOTHING


@contextmanager
def _deliveries(arguments: argparse.Namespace) -> Iterator[Deliveries]:
    """The deliveries of the service, or of the role that serves the sink on a cluster and keeps a store of its own."""
    from contextlib import closing

    from tocsin.deliveries import Deliveries

    settings = settings_of(arguments)
    role = settings.data_dir / f"deliver-{arguments.sink}.db"
    if arguments.sink in settings.sinks and role.exists():
        with closing(Deliveries(role)) as deliveries:
            yield deliveries
        return
    with opened(settings) as store, closing(Deliveries(store.path)) as deliveries:
        yield deliveries


def _of_one_alert(deliveries: Deliveries, name: str) -> list[Delivery]:
    found = list(deliveries.find(alert=name))
    if not found:
        raise CommandError(f"no alert's id begins with {name!r}; see tocsin deliver list", Exit.NOTHING)
    if len({one.alert.id for one in found}) > 1:
        raise CommandError(f"more than one alert's id begins with {name!r}; write more of it", Exit.USAGE)
    return found


def _line(one: Delivery) -> str:
    changed = f" {one.changed:%Y-%m-%d %H:%M}" if one.changed else ""
    tried = f", {one.attempts} {'attempt' if one.attempts == 1 else 'attempts'}" if one.attempts else ""
    return f"{one.sink}: {one.state}{changed}{tried}{f' ({one.reason})' if one.reason else ''}"


def _told(one: Delivery) -> dict[str, Any]:
    return {
        "alert": one.alert.id,
        "incident": one.alert.incident,
        "sink": one.sink,
        "state": one.state,
        "reason": one.reason,
        "attempts": one.attempts,
        "changed": one.changed,
        "headline": one.alert.headline,
    }
