"""`tocsin chain A B`: who answered whom, after how many hours, in whose words."""

from __future__ import annotations

import argparse
from typing import Any

from tocsin.cli.dyads import dyad_of
from tocsin.cli.exits import Exit
from tocsin.cli.options import add_config, add_json, opened, say, settings_of


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("chain", help="who answered whom, after how many hours", description=__doc__)
    parser.add_argument("sides", nargs="+", metavar="SIDE", help="two sides (IRN PAK) or one dyad (IRN-PAK)")
    add_config(parser)
    add_json(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from processors.assess import DyadState
    from processors.assess.portrait import chains
    from tocsin.wire import dump

    dyad = dyad_of(arguments.sides)
    with opened(settings_of(arguments)) as store:
        steps = chains(store.table("dyads", DyadState), dyad)
    if arguments.json:
        print(dump(steps).decode())
    for step in () if arguments.json else steps:
        print(_line(step))
    if not steps:
        say(f"no act of {dyad} that is remembered is said to answer another")
    return Exit.OK if steps else Exit.NOTHING


def _line(step: Any) -> str:
    told = step.incident
    after = f"{step.hours:g} h later  " if step.hours is not None else ""
    words = f'  "{told.responds_to.quote}"' if step.depth and told.responds_to else ""
    return f"{'   ' * step.depth}{told.first:%Y-%m-%d %H:%M}  {after}{told.by} > {told.against}  {told.headline}{words}"
