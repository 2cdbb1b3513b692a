"""How long to wait between attempts at a service that does not answer."""

from __future__ import annotations

from collections.abc import Iterator

_PAUSES = (0.2, 0.5, 1, 2, 5)
"""In seconds; the last is repeated."""


def pauses() -> Iterator[float]:
    """The waits after the first, second, ... attempt, in seconds, without end."""
    yield from _PAUSES
    while True:
        yield _PAUSES[-1]
