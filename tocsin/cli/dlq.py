"""`tocsin dlq`: the dead letters, values that a segment could not take. List them, show one, try them again, or give them up.

Without `--cluster`, those of this data directory; with it, those of the cluster's `dead` topic.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from tocsin.cli.exits import CommandError, Exit
from tocsin.cli.options import add_config, add_json, cluster, opened, say, settings_of, there


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("dlq", help="the dead letters: list, show, retry, purge", description=__doc__)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    told = {
        "list": ("one line each", run_list),
        "show": ("one letter, with its bytes", run_show),
        "retry": ("try letters again; one that fails again comes back with one attempt more", run_retry),
        "purge": ("give letters up", run_purge),
    }
    for name, (about, act) in told.items():
        command = commands.add_parser(name, help=about, description=about)
        add_config(command)
        command.add_argument("--cluster", action="store_true", help="those of the cluster's `dead` topic")
        if name in ("list", "show"):
            add_json(command)
        if name == "show":
            command.add_argument("id", help="its id, or how it begins")
        if name in ("retry", "purge"):
            command.add_argument("ids", nargs="*", metavar="ID", help="ids, or how they begin")
            command.add_argument("--all", action="store_true", help="all of them")
        command.set_defaults(run=act)


class Letters(Protocol):
    """Dead letters wherever they lie. Each letter has `id`, `segment`, `error`, `attempts`, `at`, `version` and `value`."""

    def letters(self) -> Sequence[Any]: ...
    def retry(self, letters: Sequence[Any]) -> str:
        """Ask for another try, and say what comes of it."""

    def purge(self, letters: Sequence[Any], *, everything: bool) -> None: ...


def run_list(arguments: argparse.Namespace) -> int:
    from tocsin.wire import dump

    with _letters(arguments) as dead:
        found = dead.letters()
    if arguments.json:
        print(dump({"dead_letters": [_told(letter) for letter in found]}).decode())
    else:
        for letter in found:
            print(f"{letter.id}  {letter.at:%Y-%m-%d %H:%M:%S}  {letter.segment}  {letter.attempts}x  {_why(letter)}")
    return Exit.OK if found else Exit.NOTHING


def run_show(arguments: argparse.Namespace) -> int:
    from tocsin.wire import dump

    with _letters(arguments) as dead:
        (letter,) = _chosen(dead.letters(), [arguments.id])
    if arguments.json:
        print(dump(_told(letter)).decode())
        return Exit.OK
    for name, value in _told(letter).items():
        print(f"{name:<9} {value}")
    return Exit.OK


def run_retry(arguments: argparse.Namespace) -> int:
    with _letters(arguments) as dead:
        chosen = _wanted(arguments, dead.letters)
        if not chosen:
            return Exit.NOTHING
        say(dead.retry(chosen))
    return Exit.OK


def run_purge(arguments: argparse.Namespace) -> int:
    with _letters(arguments) as dead:
        chosen = _wanted(arguments, dead.letters)
        dead.purge(chosen, everything=arguments.all)
    say(f"{len(chosen)} given up")
    return Exit.OK if chosen else Exit.NOTHING


def _wanted(arguments: argparse.Namespace, letters: Callable[[], Sequence[Any]]) -> Sequence[Any]:
    if arguments.all == bool(arguments.ids):
        raise CommandError("name the letters by their ids, or say --all", Exit.USAGE)
    return letters() if arguments.all else _chosen(letters(), arguments.ids)


def _chosen(letters: Sequence[Any], names: Sequence[str]) -> Sequence[Any]:
    chosen = []
    for name in names:
        fits = [letter for letter in letters if str(letter.id) == name] or [letter for letter in letters if str(letter.id).startswith(name)]
        if not fits:
            raise CommandError(f"there is no dead letter {name}", Exit.NOTHING)
        if len(fits) > 1:
            raise CommandError(f"{name} fits {len(fits)} dead letters; say more of the id", Exit.USAGE)
        chosen += fits
    return chosen


def _why(letter: Any) -> str:
    from tocsin.text import clean_text

    reason = getattr(letter, "reason", "")
    return clean_text(f"{letter.error}: {reason}" if reason else letter.error, 500)


def _told(letter: Any) -> dict[str, Any]:
    """The letter as JSON: bytes as text, with what is no UTF-8 escaped."""
    names = ("id", "topic", "partition", "offset", "segment", "kind", "error", "reason", "attempts", "version", "at", "value")
    told = {name: getattr(letter, name) for name in names if hasattr(letter, name)}
    value = told["value"]
    return told | {"at": letter.at.isoformat(), "value": None if value is None else value.decode("utf-8", "backslashreplace")}


@contextmanager
def _letters(arguments: argparse.Namespace) -> Iterator[Letters]:
    settings = settings_of(arguments)
    if not arguments.cluster:
        with opened(settings) as store:
            yield InStore(store)
        return
    with cluster():
        from tocsin.dead import DeadTopic, DeadTopicError

        there(settings)
        try:
            yield InTopic(DeadTopic(settings.kafka))
        except DeadTopicError as wrong:
            raise CommandError(f"{', '.join(settings.kafka.bootstrap)}: {wrong}", Exit.UNAVAILABLE) from None


class InStore:
    """Those of a data directory. A running service does the work: it alone writes the news."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def letters(self) -> Sequence[Any]:
        return list(self._store.dead_letters())

    def retry(self, letters: Sequence[Any]) -> str:
        from tocsin.again import ask
        from tocsin.clock import utc_now

        with self._store.transaction():
            ask(self._store, (letter.id for letter in letters), utc_now())
        return f"{len(letters)} to be tried again by the service"

    def purge(self, letters: Sequence[Any], *, everything: bool) -> None:  # noqa: ARG002 -- a row is gone when it is deleted
        with self._store.transaction():
            for letter in letters:
                self._store.drop_dead_letter(letter.id)


class InTopic:
    """Those of a cluster."""

    def __init__(self, topic: Any) -> None:
        self._topic = topic

    def letters(self) -> Sequence[Any]:
        found: Sequence[Any] = self._topic.letters()
        return found

    def retry(self, letters: Sequence[Any]) -> str:
        sent = self._topic.retry(letters)
        left = f"; {len(letters) - sent} do not say where they came from, and stay" if sent < len(letters) else ""
        return f"{sent} sent back to their topics{left}"

    def purge(self, letters: Sequence[Any], *, everything: bool) -> None:
        if everything and letters:
            self._topic.delete_to(max(letter.id for letter in letters))
        else:
            self._topic.give_up(letters)
