"""`tocsin route test`: which path an alert takes through the routes, and why; nothing is sent."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tocsin.cli.exits import CommandError, Exit
from tocsin.cli.options import add_config, add_json, settings_of

if TYPE_CHECKING:
    from tocsin.model import Alert


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("route", help="try the routes on an alert", description=__doc__)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    testing = commands.add_parser("test", help="the path of one alert, and why it is taken; nothing is sent")
    testing.add_argument("alert", metavar="ALERT.json", help="an alert as a sink gets it (the data of a webhook); - for standard input")
    add_config(testing)
    add_json(testing)
    testing.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from sinks.route import Tree
    from tocsin.wire import dump

    settings = settings_of(arguments)
    branches, steps = Tree(settings.routing, settings.sinks).walk(_read(arguments.alert))
    if arguments.json:
        ends = [{"path": branch.path, "sinks": branch.sinks} for branch in branches]
        print(dump({"asked": [{"path": step.path, "why_not": step.why_not} for step in steps], "branches": ends}).decode())
        return Exit.OK
    for step in steps:
        print(f"{step.path}: {f'no, {step.why_not}' if step.why_not else 'fits'}")
    for branch in branches:
        print(f"-> {branch.path}: {', '.join(branch.sinks) or 'no sink'}")
    return Exit.OK


def _read(name: str) -> Alert:
    from tocsin.model import Alert
    from tocsin.wire import WireError, load

    try:
        return load(sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes(), Alert)
    except OSError as wrong:
        raise CommandError(f"{name} cannot be read: {wrong.strerror}", Exit.USAGE) from None
    except WireError as wrong:
        raise CommandError(f"{name} holds no alert: {wrong}", Exit.USAGE) from None
