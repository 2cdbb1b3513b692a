"""`tocsin backup PATH`: a copy of the store, while the service runs or not."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tocsin.cli.exits import CommandError, Exit
from tocsin.cli.options import add_config, opened, say, settings_of


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("backup", help="copy the store, while the service runs or not", description=__doc__)
    parser.add_argument("path", type=Path, metavar="PATH", help="the file to make; it must not be there yet")
    add_config(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from tocsin.backup import BackupError, back_up

    settings = settings_of(arguments)
    source = settings.data_dir / "tocsin.db"
    if not source.exists():
        raise CommandError(f"there is no store at {source}; say --config, or set data_dir", Exit.NOTHING)
    with opened(settings) as store:
        try:
            size = back_up(store, arguments.path)
        except BackupError as wrong:
            raise CommandError(str(wrong)) from None
    say(f"tocsin: {size:,} bytes; the archive ({settings.data_dir / 'archive'}) only grows: copy it after this, with any tool")
    print(arguments.path)
    return Exit.OK
