"""`tocsin check`: is the configuration right? Every mistake with its file, line, key and remedy."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tocsin.cli.exits import CommandError, Exit
from tocsin.cli.options import add_config, say, settings_of


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("check", help="check the configuration, the lexicons and the secrets it names", description=__doc__)
    add_config(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from producers.fulltext import FullTextMissingError
    from tocsin.delivering import SinkRefusedError
    from tocsin.keeper import verify
    from tocsin.settings import DEFAULT_FILE

    settings = settings_of(arguments)
    try:
        verify(settings)
    except (SinkRefusedError, FullTextMissingError) as wrong:
        raise CommandError(f"the configuration is wrong\n{_placed(arguments.config or DEFAULT_FILE, str(wrong))}", Exit.CONFIG) from None
    if not settings.fetch.contact and settings.feeds.listed():
        say("tocsin: publishers cannot tell whom to write to: set [fetch] contact to a page or an address of yours")
    print(f"The configuration is right: {len(settings.sinks)} sinks, {len(settings.feeds.listed())} feeds.")
    return Exit.OK


def _placed(file: Path, wrong: str) -> str:
    """What is wrong with a sink (`sinks.NAME: ...`), with the line on which the file names it."""
    from tocsin.settings import line_of

    line = line_of(file.read_text(encoding="utf-8"), tuple(wrong.partition(":")[0].split("."))) if file.exists() else None
    return f"{file}:{line}: {wrong}" if line else wrong
