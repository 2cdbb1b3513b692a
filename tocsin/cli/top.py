"""`tocsin top`: the running service at a glance, in the terminal, as it goes."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tocsin.cli.exits import Exit
from tocsin.cli.options import add_config, opened, settings_of
from tocsin.cli.status import age

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import RenderableType
    from rich.table import Table

    from producers.feed import FeedState
    from tocsin.model import Alert
    from tocsin.overview import Overview
    from tocsin.store import Store

SHOWN = 8
"""How many alerts, and how many feeds."""


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("top", help="the running service at a glance, as it goes (Ctrl-C ends)", description=__doc__)
    add_config(parser)
    parser.add_argument("--once", action="store_true", help="print it once and end")
    parser.add_argument("--every", type=float, default=2.0, metavar="SECONDS", help="how often it is drawn anew (default: 2)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    import time

    from rich.console import Console
    from rich.live import Live

    from tocsin.clock import utc_now

    console = Console()
    settings = settings_of(arguments)
    listed = settings.feeds.listed()
    with opened(settings) as store:
        if arguments.once or not console.is_terminal:
            console.print(frame(store, utc_now(), None, listed))
            return Exit.OK
        before = None
        with Live(console=console, screen=True, auto_refresh=False) as live:
            while True:
                now = utc_now()
                view, before = drawn(store, now, before, listed)
                live.update(view, refresh=True)
                time.sleep(max(arguments.every, 0.2))


def frame(store: Store, now: datetime, before: tuple[datetime, Overview] | None, listed: Sequence[str] = ()) -> RenderableType:
    """One picture of the store; rates are since `before`."""
    return drawn(store, now, before, listed)[0]


def drawn(
    store: Store, now: datetime, before: tuple[datetime, Overview] | None, listed: Sequence[str] = ()
) -> tuple[RenderableType, tuple[datetime, Overview]]:
    """The picture, and what the next one is compared with."""
    from rich.console import Group
    from rich.text import Text

    from tocsin.book import polled
    from tocsin.overview import overview

    told = overview(store, listed)
    head = Text(f"tocsin  {now:%Y-%m-%d %H:%M:%S} UTC   ", style="bold")
    head.append("everything adds up" if told.adds_up else "THE SUMS DO NOT ADD UP", style="green" if told.adds_up else "bold red")
    feeds = sorted(polled(store, listed).values(), key=lambda state: (-state.errors, state.url))
    latest = store.latest_alerts(SHOWN)
    parts: list[RenderableType] = [head, _news(told, now, before), _sinks(told, now), _alerts(latest, now), _feeds(told.feeds, feeds)]
    spaced = [each for part in parts for each in (part, Text(""))]
    return Group(*spaced), (now, told)


def _table(*headings: str) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="left" if number == 0 else "right", no_wrap=True)
    return table


def _news(told: Overview, now: datetime, before: tuple[datetime, Overview] | None) -> Table:
    table = _table("news", "items", "stories", "duplicates", "set aside", "events", "alerts")
    table.add_row("in all", *(f"{n:,}" for n in _numbers(told)))
    if before and (minutes := (now - before[0]).total_seconds() / 60) > 0:
        rates = [(n - old) / minutes for n, old in zip(_numbers(told), _numbers(before[1]), strict=True)]
        table.add_row("a minute", *(f"{rate:,.1f}" for rate in rates))
    return table


def _numbers(told: Overview) -> tuple[int, ...]:
    news = told.news
    return news.items, news.stories, news.duplicates, sum(news.dead.values()), news.events, told.alerts.raised


def _sinks(told: Overview, now: datetime) -> Table:
    states = ("delivered", "pending", "held", "suppressed", "dead")
    table = _table("sink", *states, "oldest waits")
    for sink, queue in told.sinks.items():
        waits = age((now - queue.oldest).total_seconds()) if queue.oldest else "-"
        table.add_row(sink, *(f"{queue.states.get(state, 0):,}" for state in states), waits)
    return table


def _alerts(alerts: list[Alert], now: datetime) -> Table:
    from rich.text import Text

    from sinks.message import compose

    table = _table("alert", "age", "level", "who", "what")
    for alert in alerts:
        words = compose(alert)
        line = Text(words.title, overflow="ellipsis", no_wrap=True)
        line.truncate(70)
        table.add_row(line, age((now - alert.at).total_seconds()), alert.level.name, Text(words.who), Text(words.what))
    return table


def _feeds(states: Mapping[str, int], feeds: list[FeedState]) -> Table:
    from rich.text import Text

    table = _table(f"feeds: {', '.join(f'{n} {state}' for state, n in states.items()) or 'none polled yet'}", "failed", "why")
    for feed in [feed for feed in feeds if feed.errors][:SHOWN]:
        table.add_row(Text(feed.url), f"{feed.errors} times", Text(feed.reason))
    return table
