"""`tocsin`: reads the arguments, finds the command, turns failures into a sentence and an exit code."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from tocsin import __version__
from tocsin.cli.exits import CommandError, Exit
from tocsin.userfile import UserFileError

COMMANDS = (
    "run",
    "replay",
    "tag",
    "dedupe",
    "feeds",
    "dyads",
    "chain",
    "route",
    "silence",
    "sink",
    "deliver",
    "dlq",
    "dashboard",
    "status",
    "health",
    "top",
    "doctor",
    "backup",
    "check",
    "score",
    "schema",
    "topics",
    "produce",
    "process",
)
"""The command groups, in the order help lists them: one module of this package each, with `add(subparsers)`."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    _open_closed_streams()
    _write_utf8()
    try:
        arguments = build_parser().parse_args(argv)
        code = int(arguments.run(arguments))
        sys.stdout.flush()  # here, where a full disk can still be told
    except CommandError as wrong:
        print(f"tocsin: {wrong}", file=sys.stderr)
        return wrong.code
    except UserFileError as wrong:
        print(f"tocsin: a file of the configuration is wrong\n{wrong}", file=sys.stderr)
        return Exit.CONFIG
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone (`tocsin tag | head`): not our failure, and nothing may be flushed at exit.
        _discard_output()
        return Exit.OK
    except OSError as wrong:  # what the commands do not tell better: a full disk, a file that is gone
        _discard_output()
        print(f"tocsin: {wrong}", file=sys.stderr)
        return Exit.FAILED
    return code


def _open_closed_streams() -> None:
    """Let a stream that is closed (`>&-`) read and write nothing, so that no file of ours is opened in its place and written to."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            if (opened := os.open(os.devnull, os.O_RDWR)) != number:
                os.dup2(opened, number)
                os.close(opened)
            setattr(sys, name, open(number, "w" if number else "r", encoding="utf-8", closefd=False))  # noqa: SIM115 -- open to the end


def _write_utf8() -> None:
    """What is piped is UTF-8 under any locale, as JSON must be; a terminal that cannot show a character shows a question mark."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        if sys.stdout.isatty():
            sys.stdout.reconfigure(errors="replace")
        else:
            sys.stdout.reconfigure(encoding="utf-8")


def _discard_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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
