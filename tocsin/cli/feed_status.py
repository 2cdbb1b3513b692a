"""`tocsin feeds status`: how each feed is, the worst first."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tocsin.cli.exits import Exit
from tocsin.cli.options import opened, settings_of

if TYPE_CHECKING:
    from producers.feed import FeedState
    from producers.websub import Subscription


def run(arguments: argparse.Namespace) -> int:
    from producers.rhythm import silent_since
    from producers.websub import lengthened
    from tocsin.book import FeedBook
    from tocsin.clock import utc_now
    from tocsin.pushing import subscriptions
    from tocsin.wire import dump, plain

    settings = settings_of(arguments)
    with opened(settings) as store:
        book = FeedBook(store, settings.feeds.listed())
        states = book.all()
        book.close()
        hubs = {one.feed: one for one in subscriptions(store).values() if one.wanted and settings.websub.callback}
    now = utc_now()
    seldom = timedelta(minutes=settings.websub.poll_minutes)
    states = [lengthened(state, hubs.get(state.url), now, seldom) for state in states]
    pushed = {feed: _pushed(one, now) for feed, one in hubs.items()}
    silent = {state.url: since for state in states if (since := silent_since(state, now))}
    states.sort(key=lambda state: (*badness(state, silent=state.url in silent), state.url))
    if arguments.json:
        told = [plain(state) | {"silent_since": plain(silent.get(state.url)), "pushed": pushed.get(state.url, "")} for state in states]
        print(dump({"feeds": told, "counts": counts(states, silent)}).decode())
    else:
        _print(states, silent, pushed)
    return Exit.OK if states else Exit.NOTHING


def _pushed(subscription: Subscription, now: datetime) -> str:
    """What there is to say of a feed's hub."""
    from producers.hosts import host_of

    hub = host_of(subscription.hub)
    if subscription.holds(now) and subscription.until:
        told = f"pushed by {hub} until {subscription.until:%Y-%m-%d %H:%M}"
        return f"{told}, which missed what a poll found" if subscription.missed else told
    return f"its hub {hub}: {subscription.reason or 'asked, has not asked back'}"


_ORDER = ("gone", "quarantined", "failing", "rate_limited", "silent", "paused", "new", "ok")


def badness(state: FeedState, *, silent: bool) -> tuple[int, int]:
    """By what feeds are sorted: how bad the state is, then how often it failed."""
    name = "silent" if silent and state.status == "ok" else state.status.value
    return _ORDER.index(name), -state.errors


def counts(states: Sequence[FeedState], silent: dict[str, datetime]) -> dict[str, int]:
    """How many feeds are in each state, those that answer and say nothing besides."""
    return dict(sorted(Counter(state.status.value for state in states).items())) | {"silent": len(silent)}


_PIPE_WIDTH = 240
"""Columns of what is not read on a terminal, where nothing must be cut."""


def _print(states: Sequence[FeedState], silent: dict[str, datetime], pushed: dict[str, str]) -> None:
    import sys

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for heading in ("feed", "health", "last answer", "next check", "why"):
        table.add_column(heading, overflow="fold")
    for state in states:
        times = (f"{moment:%Y-%m-%d %H:%M}" if moment else "-" for moment in (state.last_ok, state.next_check))
        health = state.status.value + (f" ({state.errors})" if state.errors else "")
        table.add_row(Text(state.url), Text(health), *times, Text(_why(state, silent.get(state.url), pushed.get(state.url, ""))))
    console = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH)
    console.print(table)
    told = counts(states, silent)
    console.print(Text(f"{len(states)} feeds: " + ", ".join(f"{n} {name}" for name, n in told.items() if n)))


def _why(state: FeedState, silent: datetime | None, pushed: str) -> str:
    parts = [f"{state.fault}: {state.reason}" if state.fault else ""]
    parts += [f"nothing new since {silent:%Y-%m-%d %H:%M}"] if silent else []
    parts += [f"asked for at {state.address}"] if state.address else []
    parts += [pushed]
    return "; ".join(filter(None, parts))
