"""`tocsin feeds`: add, import and export feeds, see how they are, pause or remove them, find and check one without adding it."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tocsin.cli import feed_check, feed_status
from tocsin.cli.exits import CommandError, Exit
from tocsin.cli.options import add_config, add_json, opened, say, settings_of

if TYPE_CHECKING:
    from tocsin.settings import Settings
    from tocsin.store import Store


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("feeds", help="add, list and check feeds", description=__doc__)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(name: str, run: Any, text: str, *arguments: str, json: bool = False) -> Any:
        made = commands.add_parser(name, help=text)
        for argument in arguments:
            made.add_argument(argument)
        if json:
            add_json(made)
        add_config(made)
        made.set_defaults(run=run)
        return made

    command("add", run_add, "poll a feed from now on; a running service takes it up within seconds", "url")
    command("status", feed_status.run, "all feeds with their health, the worst first", json=True)
    command("list", feed_status.run, "the same as status", json=True)
    command("pause", run_pause, "do not poll a feed until it is resumed", "url")
    command("resume", run_resume, "poll a paused feed again; try one that is gone or failing anew", "url")
    command("remove", run_remove, "forget a feed that was added", "url")
    importing = command("import", run_import, "add all feeds of an OPML file")
    importing.add_argument("file", help="the file; - reads standard input")
    command("export", run_export, "print all feeds as OPML")
    command("check", feed_check.run, "fetch a feed once and explain what Tocsin makes of it; nothing is kept", "url", json=True)
    command("discover", feed_check.run_discover, "find the feeds of a web page; nothing is kept", "url", json=True)


def run_add(arguments: argparse.Namespace) -> int:
    from tocsin.book import say_changed

    settings = settings_of(arguments)
    if reason := _refusal(arguments.url, settings):
        raise CommandError(f"{arguments.url} cannot be polled: {reason}", Exit.USAGE)
    with opened(settings) as store:
        known = arguments.url in settings.feeds.listed()
        with store.transaction():
            new = not known and store.watch(arguments.url)
            say_changed(store)
    print(f"{arguments.url} {'is polled from now on' if new else 'was polled already'}")
    return Exit.OK


def run_pause(arguments: argparse.Namespace) -> int:
    return _wish(arguments, "is not polled until `tocsin feeds resume`", paused=True)


def run_resume(arguments: argparse.Namespace) -> int:
    return _wish(arguments, "is polled; where it was gone or failing it is tried again as soon as manners allow", paused=False)


def _wish(arguments: argparse.Namespace, told: str, *, paused: bool) -> int:
    from tocsin.book import FeedWish, say_changed, wishes
    from tocsin.clock import utc_now

    settings = settings_of(arguments)
    with opened(settings) as store:
        url = _polled(arguments.url, store, settings)
        table = wishes(store)
        with store.transaction():
            table[url] = FeedWish(paused=True) if paused else FeedWish(again=utc_now())
            say_changed(store)
    print(f"{url} {told}")
    return Exit.OK


def run_remove(arguments: argparse.Namespace) -> int:
    from tocsin.book import outlines, say_changed, wishes
    from tocsin.pushing import articles_of

    settings = settings_of(arguments)
    with opened(settings) as store:
        url = _polled(arguments.url, store, settings)
        if url in settings.feeds.listed():
            where = "take it out of [feeds] urls" if url in map(str, settings.feeds.urls) else "set [feeds] defaults = false"
            raise CommandError(f"{url} is named by the configuration: {where}, or `tocsin feeds pause` it", Exit.USAGE)
        tables = wishes(store), outlines(store), articles_of(store)
        with store.transaction():
            store.unwatch(url)
            for table in tables:
                table.pop(url, None)
            say_changed(store)
    print(f"{url} is polled no more")
    return Exit.OK


def _polled(url: str, store: Store, settings: Settings) -> str:
    """The URL, where it is one of the feeds that are polled.

    Raises:
        CommandError: with the feed that was probably meant.
    """
    from difflib import get_close_matches

    urls = (*settings.feeds.listed(), *store.watched())
    if url in urls:
        return url
    near = get_close_matches(url, urls, n=1)
    raise CommandError(f"{url} is not polled" + (f"; did you mean {near[0]}?" if near else ""), Exit.NOTHING)


def run_import(arguments: argparse.Namespace) -> int:
    from producers.opml import OpmlError, read_opml
    from tocsin.book import outlines, say_changed

    settings = settings_of(arguments)
    try:
        feeds = read_opml(_contents(arguments.file))
    except OpmlError as wrong:
        raise CommandError(f"{arguments.file}: {wrong}", Exit.USAGE) from None
    bad = {feed.url: reason for feed in feeds if (reason := _refusal(feed.url, settings))}
    listed, added = frozenset(settings.feeds.listed()), 0
    with opened(settings) as store:
        table = outlines(store)
        with store.transaction():
            for feed in feeds:
                if feed.url not in bad:
                    added += feed.url not in listed and store.watch(feed.url)
                    table[feed.url] = feed
            say_changed(store)
    for url, reason in bad.items():
        say(f"tocsin: {url} is left out: {reason}")
    print(f"{added} feeds added, {len(feeds) - added - len(bad)} were polled already, {len(bad)} left out")
    return Exit.OK if len(bad) < len(feeds) else Exit.NOTHING


def run_export(arguments: argparse.Namespace) -> int:
    import sys

    from producers.feed import FeedState
    from producers.opml import Outline, write_opml
    from tocsin.book import FeedBook, outlines
    from tocsin.clock import utc_now

    settings = settings_of(arguments)
    with opened(settings) as store:
        known = dict(outlines(store).items())
        book = FeedBook(store, settings.feeds.listed())
        states: Iterable[FeedState] = book.all()
        book.close()
    told = [known.get(state.url) or Outline(url=state.url, title=state.title) for state in states]
    sys.stdout.buffer.write(write_opml(told, utc_now()))
    return Exit.OK if told else Exit.NOTHING


def _contents(name: str) -> bytes:
    import sys
    from pathlib import Path

    from producers.opml import SIZE_LIMIT

    if name == "-":
        return sys.stdin.buffer.read(SIZE_LIMIT + 1)
    try:
        with Path(name).open("rb") as file:
            return file.read(SIZE_LIMIT + 1)
    except OSError as wrong:
        raise CommandError(f"{name} cannot be read: {wrong.strerror}", Exit.USAGE) from None


def _refusal(url: str, settings: Settings) -> str:
    """Why a URL cannot be polled; "" where it can."""
    from tocsin.network import Refused, check_url

    try:
        check_url(url, settings.fetch.network)
    except Refused as no:
        return no.reason
    return ""
