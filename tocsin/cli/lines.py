"""JSON lines on standard input, as items: what `tag` and `dedupe` read from a pipe."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from producers.lines import LineError, read_lines
from tocsin.cli.exits import CommandError, Exit
from tocsin.clock import Clock
from tocsin.model import NewsItem


def read_items(lines: Iterable[bytes], clock: Clock) -> Iterator[NewsItem]:
    """The items of the lines, one by one as they come; blank lines are passed over.

    Raises:
        CommandError: a line that is no item; says which line and why.
    """
    try:
        yield from read_lines(lines, clock)
    except LineError as wrong:
        raise CommandError(f"the input, {wrong}", Exit.USAGE) from None
