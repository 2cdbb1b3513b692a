"""`tocsin dlq`: dead letters, that is values a segment could not take: list them, look at one, have them tried again."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from tocsin.cli.exits import CommandError, Exit
from tocsin.cli.options import add_config, add_json, opened, settings_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tocsin.store import DeadLetter


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("dlq", help="dead letters: what a segment could not take; try it again", description=__doc__)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    listing = commands.add_parser("list", help="all of them, oldest first, with the reason")
    add_json(listing)
    listing.set_defaults(run=run_list)
    showing = commands.add_parser("show", help="one of them, with the value it holds as JSON")
    showing.add_argument("letter", help="its id, or how it begins")
    showing.set_defaults(run=run_show)
    retrying = commands.add_parser("retry", help="try them again; a running service does so within seconds, another at its next start")
    retrying.add_argument("letters", nargs="*", metavar="LETTER", help="ids, or how they begin")
    retrying.add_argument("--all", action="store_true", help="all of them")
    retrying.set_defaults(run=run_retry)
    for command in (listing, showing, retrying):
        add_config(command)


def run_list(arguments: argparse.Namespace) -> int:
    from tocsin.wire import dump

    with opened(settings_of(arguments)) as store:
        letters = list(store.dead_letters())
    if arguments.json:
        print(dump({"dead_letters": [_told(letter) for letter in letters]}).decode())
    else:
        for one in letters:
            attempts = f"{one.attempts} attempt{'s' * (one.attempts != 1)}"
            print(f"{one.id[:12]}  {one.at:%Y-%m-%d %H:%M}  {one.segment}  {one.kind}  {attempts}  {one.error}")
    return Exit.OK if letters else Exit.NOTHING


def run_show(arguments: argparse.Namespace) -> int:
    with opened(settings_of(arguments)) as store:
        (one,) = _named(list(store.dead_letters()), [arguments.letter])
    print(one.value.decode())
    return Exit.OK


def run_retry(arguments: argparse.Namespace) -> int:
    from tocsin.again import ask
    from tocsin.clock import utc_now

    if not arguments.letters and not arguments.all:
        raise CommandError("say which: ids, or --all; tocsin dlq list tells what there is", Exit.USAGE)
    with opened(settings_of(arguments)) as store:
        letters = list(store.dead_letters())
        wanted = letters if arguments.all else _named(letters, arguments.letters)
        with store.transaction():
            ask(store, (one.id for one in wanted), utc_now())
    print(f"{len(wanted)} to be tried again by the service")
    return Exit.OK if wanted else Exit.NOTHING


def _named(letters: Sequence[DeadLetter], names: Sequence[str]) -> list[DeadLetter]:
    found = []
    for name in names:
        fitting = [letter for letter in letters if letter.id.startswith(name)]
        if len(fitting) != 1:
            raise CommandError(f"{len(fitting) or 'no'} dead letters begin with {name!r}; see tocsin dlq list", Exit.NOTHING)
        found += fitting
    return found


def _told(letter: DeadLetter) -> dict[str, Any]:
    from tocsin.wire import plain

    told: dict[str, Any] = plain(letter)
    return told | {"value": letter.value.decode()}
