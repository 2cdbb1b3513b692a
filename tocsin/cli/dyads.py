"""`tocsin dyads` and `tocsin dyad A B`: where every pair of sides stands on the ladder, and the history of one of them."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tocsin.cli.exits import CommandError, Exit
from tocsin.cli.options import add_config, add_json, opened, say, settings_of

if TYPE_CHECKING:
    from processors.assess import AssessSettings, DyadState
    from processors.assess.portrait import Move, Portrait
    from processors.assess.state import Day
    from tocsin.model import Dyad

_BARS = " ▁▂▃▄▅▆▇█"
_SHOWN_DAYS = 30
_SHOWN_MOVES = 10


def add(subparsers: Any) -> None:
    every = subparsers.add_parser("dyads", help="where every pair of sides stands on the ladder", description=__doc__)
    add_config(every)
    add_json(every)
    every.set_defaults(run=run_all)
    one = subparsers.add_parser("dyad", help="the history of one pair of sides, and what moved it", description=__doc__)
    one.add_argument("sides", nargs="+", metavar="SIDE", help="two sides (IRN PAK) or one dyad (IRN-PAK)")
    add_config(one)
    add_json(one)
    one.set_defaults(run=run_one)


def run_all(arguments: argparse.Namespace) -> int:
    from processors.assess.portrait import as_of, portrait
    from tocsin.clock import utc_now
    from tocsin.model import UNKNOWN_SIDE
    from tocsin.wire import dump

    settings = settings_of(arguments)
    with opened(settings) as store:
        states = dict(_states(store))
    at = as_of(states.values(), utc_now())
    known = {name: state for name, state in states.items() if UNKNOWN_SIDE not in name and state.incidents}
    told = [portrait(dyad_of([name]), state, at, settings.assess) for name, state in known.items()]
    told.sort(key=lambda one: (-one.rung, -sum(one.tension.values()), one.dyad))
    if arguments.json:
        print(dump(told).decode())
    elif told:
        _print_all(told, at)
    else:
        say("nothing is known of any pair of sides yet")
    return Exit.OK if told else Exit.NOTHING


def run_one(arguments: argparse.Namespace) -> int:
    from processors.assess.portrait import as_of, moves, portrait
    from tocsin.clock import utc_now
    from tocsin.wire import dump

    settings, dyad = settings_of(arguments), dyad_of(arguments.sides)
    with opened(settings) as store:
        states = dict(_states(store))
    state = states.get(str(dyad))
    if state is None:
        raise CommandError(f"nothing is known of {dyad}; `tocsin dyads` lists what is", Exit.NOTHING)
    at = as_of(states.values(), utc_now())
    about, what = portrait(dyad, state, at, settings.assess), moves(state, at, settings.assess)
    if arguments.json:
        print(dump({"portrait": about, "days": _days(state, settings.assess), "moves": what}).decode())
    else:
        _print_one(about, _days(state, settings.assess), what, at)
    return Exit.OK


def dyad_of(sides: Sequence[str]) -> Dyad:
    """The dyad two sides, or one name of both, stand for.

    Raises:
        CommandError: they are not two.
    """
    from tocsin.model import Dyad

    named = [side for side in re.split(r"-(?=[^-]*$)", sides[0]) if side] if len(sides) == 1 else list(sides)
    if len(named) != 2:
        raise CommandError("name two sides, as in IRN PAK or IRN-PAK", Exit.USAGE)
    return Dyad.of(*(side.upper() for side in named))


def _states(store: Any) -> Mapping[str, DyadState]:
    from processors.assess import DyadState

    table: Mapping[str, DyadState] = store.table("dyads", DyadState)
    return table


def _days(state: DyadState, settings: AssessSettings) -> Sequence[Day]:
    from processors.assess.portrait import days

    return days(state, settings)


def _print_all(told: Sequence[Portrait], at: datetime) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("dyad", "rung", "since", "tension", "trend", "reciprocity", "last force", title=f"as of {at:%Y-%m-%d %H:%M} UTC")
    for one in told:
        table.add_row(
            str(one.dyad),
            f"{one.rung.value} {one.rung.name.lower()}",
            f"{one.rung_since:%Y-%m-%d}" if one.rung > 1 else "-",
            " / ".join(f"{score:.1f}" for score in one.tension.values()),
            one.trend,
            f"{one.reciprocity:.2f}",
            str(one.last_force or "-"),
        )
    Console().print(table)


def _print_one(about: Portrait, days: Sequence[Day], moved: Sequence[Move], at: datetime) -> None:
    since = f" since {about.rung_since:%Y-%m-%d}" if about.rung > 1 else ""
    print(f"{about.dyad}: rung {about.rung.value} ({about.rung.name.lower()}){since}; tension {about.trend}; as of {at:%Y-%m-%d %H:%M} UTC")
    for line in plot(about.dyad, days, at.date()):
        print(line)
    print("what moved it:")
    for move in moved[:_SHOWN_MOVES]:
        told = move.incident
        doubt = f"  (merged into {told.merged_into[:8]})" if told.merged_into else "" if move.believed else "  (one source)"
        print(f"  {move.score:+6.2f}  {told.first:%Y-%m-%d %H:%M}  {told.by} > {told.against}  {told.headline[:80]}{doubt}")


def plot(dyad: Dyad, days: Sequence[Day], last: date) -> list[str]:
    """Thirty days of what each side did to the other, a column a day, all rows on one scale."""
    by_day = {day.on: day for day in days}
    shown = [last - timedelta(days=back) for back in reversed(range(_SHOWN_DAYS))]
    rows = {f"{side} acts": [abs(by_day[on].hostile.get(side, 0.0)) if on in by_day else 0.0 for on in shown] for side in (dyad.a, dyad.b)}
    rows["friendly"] = [by_day[on].friendly if on in by_day else 0.0 for on in shown]
    top = max((max(row) for row in rows.values()), default=0.0) or 1.0
    width = max(map(len, rows))
    lines = [f"  {name:{width}} {''.join(_bar(value / top) for value in row)}" for name, row in rows.items()]
    first, until = f"{shown[0]:%d %b}", f"{shown[-1]:%d %b}"
    return [*lines, f"  {'':{width}} {first}{until.rjust(_SHOWN_DAYS - len(first))}"]


def _bar(part: float) -> str:
    """A bar for a part of the whole in [0, 1]; what is there at all is seen."""
    return _BARS[max(round(part * (len(_BARS) - 1)), part > 0)]
