"""`tocsin feeds`: add a feed, list them with their health, or check one without adding it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from tocsin.cli.exits import CommandError, Exit
from tocsin.cli.options import add_config, add_json, opened, settings_of

if TYPE_CHECKING:
    from producers.feed import FeedState
    from producers.fetch import Fetched
    from producers.parse import ParsedFeed
    from tocsin.settings import Settings


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("feeds", help="add, list and check feeds", description=__doc__)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    adding = commands.add_parser("add", help="poll a feed from now on; a running service takes it up within half a minute")
    adding.add_argument("url")
    adding.set_defaults(run=run_add)
    listing = commands.add_parser("list", help="all feeds with their health, the worst first")
    add_json(listing)
    listing.set_defaults(run=run_list)
    checking = commands.add_parser("check", help="fetch a feed once and show what Tocsin makes of it; nothing is kept")
    checking.add_argument("url")
    add_json(checking)
    checking.set_defaults(run=run_check)
    for command in (adding, listing, checking):
        add_config(command)


def run_add(arguments: argparse.Namespace) -> int:
    from tocsin.network import Refused, check_url

    settings = settings_of(arguments)
    try:
        check_url(arguments.url, settings.fetch.network)
    except Refused as no:
        raise CommandError(f"{arguments.url} cannot be polled: {no.reason}", Exit.USAGE) from None
    with opened(settings) as store:
        known = arguments.url in settings.feeds.listed()
        with store.transaction():
            new = not known and store.watch(arguments.url)
    print(f"{arguments.url} {'is polled from now on' if new else 'was polled already'}")
    return Exit.OK


def run_list(arguments: argparse.Namespace) -> int:
    from tocsin.book import FeedBook
    from tocsin.wire import dump, plain

    settings = settings_of(arguments)
    with opened(settings) as store:
        feeds = FeedBook(store, settings.feeds.listed())
        states = sorted(feeds.all(), key=lambda state: (-state.errors, state.url))
        feeds.close()
    if arguments.json:
        print(dump({"feeds": [plain(state) for state in states]}).decode())
    else:
        _print_table(states)
    return Exit.OK if states else Exit.NOTHING


def _print_table(states: list[FeedState]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for heading in ("feed", "health", "last answer", "next check", "why"):
        table.add_column(heading)
    for state in states:
        times = (f"{moment:%Y-%m-%d %H:%M}" if moment else "-" for moment in (state.last_ok, state.next_check))
        table.add_row(Text(state.url), Text(state.status), *times, Text(state.reason))
    Console().print(table)


def run_check(arguments: argparse.Namespace) -> int:
    import asyncio

    from producers.fault import FetchError, ParseError

    settings = settings_of(arguments)
    try:
        fetched, parsed = asyncio.run(_look(arguments.url, settings))
    except (FetchError, ParseError) as wrong:
        raise CommandError(f"{arguments.url}: {wrong.kind}: {wrong.reason}", Exit.UNAVAILABLE) from None
    told = _told(settings, fetched, parsed)
    if arguments.json:
        from tocsin.wire import dump

        print(dump(told).decode())
    else:
        for name, value in told.items():
            print(f"{name:14}{value if not isinstance(value, list) else ''}")
            for line in value if isinstance(value, list) else ():
                print(f"  {line}")
    return Exit.OK


async def _look(url: str, settings: Settings) -> tuple[Fetched, ParsedFeed]:
    from producers.fetch import Fetcher
    from producers.pool import ParserPool
    from tocsin.clock import utc_now

    with ParserPool(settings.parse) as pool:
        async with Fetcher(settings.fetch, utc_now) as fetcher:
            fetched = await fetcher.fetch(url)
            parsed = await pool.parse(
                fetched.body or b"", feed=url, url=fetched.url, fetched=fetched.fetched, content_type=fetched.content_type, baseline=False
            )
    return fetched, parsed


def _told(settings: Settings, fetched: Fetched, parsed: ParsedFeed) -> dict[str, Any]:
    """What a person wants to know of a feed before adding it."""
    tagger = settings.lexicon.build()
    coded = [
        f"{event.type}{'/' + event.mode if event.mode else ''}: {event.headline}" for item in parsed.items for event in tagger.tag(item)
    ]
    return {
        "url": fetched.url,
        "title": parsed.title,
        "bytes": len(fetched.body or b""),
        "etag": fetched.validators.etag or "none: every poll costs the whole body",
        "last-modified": fetched.validators.last_modified or "none",
        "asks to wait": str(parsed.ttl or fetched.fresh_for or "not said"),
        "items": len(parsed.items),
        "problems": list(parsed.problems),
        "newest": [item.title for item in parsed.items[:5]],
        "would be coded": coded,
    }
