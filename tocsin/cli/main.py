"""`tocsin`: reads the arguments, finds the command, turns failures into a sentence and an exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from tocsin import __version__
from tocsin.cli.exits import CommandError, Exit

COMMANDS = ("run", "replay", "tag", "dedupe", "feeds", "dyads", "chain", "route", "silence", "status", "check", "score")
"""The command groups, in the order help lists them: one module of this package each, with `add(subparsers)`."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parser = build_parser()
    arguments = parser.parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except CommandError as wrong:
        print(f"tocsin: {wrong}", file=sys.stderr)
        return wrong.code
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone (`tocsin tag | head`): not our failure, and nothing may be flushed at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK


def build_parser() -> argparse.ArgumentParser:
    """The whole command line, without importing what the commands do."""
    parser = argparse.ArgumentParser(prog="tocsin", description="An alarm bell for the news.")
    parser.add_argument("--version", action="version", version=f"tocsin {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in COMMANDS:
        import_module(f"tocsin.cli.{name}").add(subparsers)
    return parser


if __name__ == "__main__":
    sys.exit(main())
