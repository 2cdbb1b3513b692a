"""The exit codes, as documented in the README; scripts rely on them."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """What a `tocsin` command says to the shell. 64-78 follow sysexits(3)."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOTHING = 4
    """Nothing was found."""
    UNAVAILABLE = 69
    """A service that is needed cannot be reached."""
    LOCKED = 75
    """Another process has the data directory; try again later."""
    CONFIG = 78
    """The configuration is wrong; the message names file, line, key and remedy."""
    INTERRUPTED = 130


class CommandError(Exception):
    """A failure a person should read: one sentence with its remedy, and the exit code."""

    def __init__(self, message: str, code: Exit = Exit.FAILED) -> None:
        super().__init__(message)
        self.code = code
