"""The shape of a step of the stream, and how a step is guarded.

A stage is a callable from one value to an iterable of values: it yields nothing to drop a value, one to pass it, several
to split it. A test replaces a stage by a lambda.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")

Stage = Callable[[A], Iterable[B]]
SetAside = Callable[[object, Exception], None]
"""What is told of a value that a stage could not take: the value, and what was raised."""


def guard(stage: Stage[A, B], set_aside: SetAside) -> Stage[A, B]:
    """The stage, but a value that makes it raise is handed to `set_aside` and answered with nothing.

    Whole or not at all: what the stage yielded before it raised is not passed on, so that a value in the dead letters has
    left no half-done work downstream. What `set_aside` itself raises goes through: a dead letter that cannot be written must stop the work.
    """

    def guarded(value: A) -> Iterable[B]:
        try:
            return list(stage(value))
        except Exception as wrong:  # noqa: BLE001 -- the one place where any failure of pure code is caught
            set_aside(value, wrong)
            return ()

    return guarded
