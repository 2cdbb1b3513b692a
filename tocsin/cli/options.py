"""Options that several commands share, and the way from a failure below to a sentence with its remedy."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tocsin.cli.exits import CommandError, Exit

if TYPE_CHECKING:
    from tocsin.settings import Settings
    from tocsin.store import Store


def add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-c", "--config", type=Path, metavar="FILE", help="the configuration (default: tocsin.toml, where there is one)")


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object, for scripts")


def settings_of(arguments: argparse.Namespace) -> Settings:
    """The settings the arguments name.

    Raises:
        CommandError: with every mistake on a line of its own.
    """
    from tocsin.settings import ConfigError, load_settings

    try:
        return load_settings(arguments.config, os.environ)
    except ConfigError as wrong:
        raise CommandError(f"the configuration is wrong\n{wrong}", Exit.CONFIG) from None


@contextmanager
def opened(settings: Settings, *, lock: bool = False) -> Iterator[Store]:
    """The store of the settings' data directory, closed at the end.

    Raises:
        CommandError: another process has it, it cannot be used, or it fails meanwhile (a full or damaged disk).
    """
    import sqlite3

    from tocsin.database import StoreError, StoreLockedError
    from tocsin.store import Store

    path = settings.data_dir / "tocsin.db"
    try:
        store = Store(path, lock=lock)
    except StoreLockedError as wrong:
        raise CommandError(str(wrong), Exit.LOCKED) from None
    except StoreError as wrong:
        raise CommandError(str(wrong), Exit.CONFIG) from None
    try:
        yield store
    except sqlite3.Error as wrong:
        raise CommandError(f"{path}: {wrong}") from None
    finally:
        store.close()


@contextmanager
def cluster() -> Iterator[None]:
    """For what needs the clients of the broker, which are an extra.

    Raises:
        CommandError: they are not installed, or a file that [kafka] names cannot be used.
    """
    from tocsin.broker import UnusableError

    try:
        yield
    except UnusableError as wrong:
        raise CommandError(f"the configuration is wrong\n{wrong}", Exit.CONFIG) from None
    except ModuleNotFoundError as wrong:
        if (wrong.name or "").partition(".")[0] in ("tocsin", "producers", "processors", "sinks"):
            raise
        raise CommandError(f"{wrong.name} is missing: this command needs pip install 'tocsin[cluster]'", Exit.CONFIG) from None


def there(settings: Settings, *, redis: bool = False) -> None:
    """See, before a command begins, that the broker lets us in, and Redis where it is needed too.

    Raises:
        CommandError: with what is wrong and the remedy.
    """
    import asyncio

    from tocsin.waiting import RefusedError, ask_now, broker, memory

    try:
        asyncio.run(ask_now([broker(settings.kafka, []), *([memory(settings.kafka)] if redis else [])]))
    except RefusedError as wrong:
        raise CommandError(str(wrong), Exit.UNAVAILABLE) from None


def say(line: str) -> None:
    """One line for the person who runs the command, on standard error."""
    print(line, file=sys.stderr, flush=True)
