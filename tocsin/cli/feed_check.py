"""`tocsin feeds check` and `discover`: what a feed is and asks for, and which feeds a page has, without keeping anything."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tocsin.cli.exits import CommandError, Exit
from tocsin.cli.options import settings_of

if TYPE_CHECKING:
    from producers.fault import FetchError, ParseError
    from producers.fetch import Fetched, Fetcher
    from producers.parse import ParsedFeed
    from producers.pool import ParserPool
    from tocsin.settings import Settings

MANNERS = 1.0
"""Seconds between two requests to a host."""


def run(arguments: argparse.Namespace) -> int:
    import asyncio

    from producers.fault import FetchError, ParseError

    settings = settings_of(arguments)
    try:
        looked = asyncio.run(_look(arguments.url, settings))
    except (FetchError, ParseError) as wrong:
        raise CommandError(f"{arguments.url}: {_explained(wrong, arguments.url, settings)}", Exit.UNAVAILABLE) from None
    _tell(_told(settings, arguments.url, looked), as_json=arguments.json)
    return Exit.OK


def run_discover(arguments: argparse.Namespace) -> int:
    import asyncio

    from producers.fault import FetchError

    settings = settings_of(arguments)
    try:
        found = asyncio.run(_discover(arguments.url, settings))
    except FetchError as wrong:
        raise CommandError(f"{arguments.url}: {wrong.kind}: {wrong.reason}", Exit.UNAVAILABLE) from None
    if arguments.json:
        from tocsin.wire import dump

        print(dump({"feeds": found}).decode())
    else:
        for feed in found:
            print(f"{feed['url']}  {feed['title']} ({feed['items']} items)")
    if not found:
        raise CommandError(f"{arguments.url}: no feed was found; the site may name one in its footer", Exit.NOTHING)
    return Exit.OK


@dataclass(frozen=True, slots=True)
class _Looked:
    """A feed's answer and what is in it; `again` is what it answered when asked conditionally, None where that cannot be asked."""

    fetched: Fetched
    parsed: ParsedFeed
    again: Fetched | None


@asynccontextmanager
async def _tools(settings: Settings) -> AsyncIterator[tuple[Fetcher, ParserPool]]:
    from producers.fetch import Fetcher
    from producers.hosts import Hosts
    from producers.pool import ParserPool
    from tocsin.clock import utc_now

    with ParserPool(settings.parse) as pool:
        async with Fetcher(settings.fetch, utc_now, Hosts(MANNERS)) as fetcher:
            yield fetcher, pool


async def _parsed(pool: ParserPool, url: str, fetched: Fetched) -> ParsedFeed:
    body = fetched.body or b""
    return await pool.parse(body, feed=url, url=fetched.url, fetched=fetched.fetched, content_type=fetched.content_type, baseline=False)


async def _look(url: str, settings: Settings) -> _Looked:
    async with _tools(settings) as (fetcher, pool):
        fetched = await fetcher.fetch(url)
        parsed = await _parsed(pool, url, fetched)
        again = await fetcher.fetch(url, fetched.validators) if fetched.validators else None
    return _Looked(fetched, parsed, again)


async def _discover(url: str, settings: Settings) -> list[dict[str, Any]]:
    """The feeds of a page, each fetched once to see that it is one; those of usual places where the page names none."""
    from producers.discover import feeds_guessed, feeds_named
    from producers.document import decode
    from producers.fault import FetchError, ParseError
    from producers.hosts import HeldError

    async with _tools(settings) as (fetcher, pool):
        page = await fetcher.fetch(url)

        async def feed(at: str) -> dict[str, Any] | None:
            try:
                fetched = page if at == url else await fetcher.fetch(at)
                parsed = await _parsed(pool, at, fetched)
            except (FetchError, ParseError, HeldError):
                return None
            return {"url": fetched.moved or at, "title": parsed.title, "items": len(parsed.items)}

        if itself := await feed(url):
            return [itself]
        text, _ = decode(page.body or b"", page.content_type)
        found = [told for at in feeds_named(text, page.url) if (told := await feed(at))]
        for guess in () if found else feeds_guessed(page.url):
            if told := await feed(guess):
                return [told]
        return found


def _explained(wrong: FetchError | ParseError, url: str, settings: Settings) -> str:
    """What went wrong, and what a running service would do about it."""
    from producers.fault import PATIENCE
    from producers.feed import FeedState
    from producers.schedule import Failed, after
    from tocsin.clock import utc_now

    now, asked = utc_now(), getattr(wrong, "retry_after", None)
    state = after(FeedState(url=url), Failed(fault=wrong.kind, reason=wrong.reason, retry_after=asked), now, settings.poll.schedule)
    again = "would not ask again" if state.next_check is None else f"would ask again in {_minutes(state.next_check - now)}"
    held = ", and nothing of its host before" if wrong.kind in PATIENCE else ""
    return f"{wrong.kind}: {wrong.reason}; the feed would be {state.status}, and the service {again}{held}"


def _told(settings: Settings, url: str, looked: _Looked) -> dict[str, Any]:
    """What a person wants to know of a feed before adding it."""
    from producers.rhythm import rhythm_of

    fetched, parsed = looked.fetched, looked.parsed
    tagger = settings.lexicon.build()
    coded = [
        f"{event.type}{'/' + event.mode if event.mode else ''}: {event.headline}" for item in parsed.items for event in tagger.tag(item)
    ]
    rhythm = rhythm_of(parsed.items, fetched.fetched)
    headers = {name.lower(): value for name, value in fetched.headers}
    return {
        "url": fetched.url,
        "moved": fetched.moved or ("for now" if fetched.url != url else "no"),
        "status": fetched.status,
        "content type": fetched.content_type or "not said",
        "encoding": headers.get("content-encoding", "none: the body travels as it is"),
        "title": parsed.title,
        "bytes": len(fetched.body or b""),
        "etag": fetched.validators.etag or "none",
        "last-modified": fetched.validators.last_modified or "none",
        "asked again": _conditional(looked),
        "cache-control": headers.get("cache-control", "not said"),
        "asks to wait": str(max(filter(None, (parsed.ttl, fetched.fresh_for)), default="not said")),
        "asks to skip": _skipped(parsed),
        "pushed by": _hub(looked, url),
        "publishes": f"every {_minutes(rhythm.gap)}" if rhythm.gap else "nobody can tell: no dates",
        "newest entry": f"{rhythm.newest:%Y-%m-%d %H:%M} UTC" if rhythm.newest else "no date",
        "next check": _next_check(settings, url, looked),
        "items": len(parsed.items),
        "problems": list(parsed.problems),
        "newest": [item.title for item in parsed.items[:5]],
        "would be coded": coded,
    }


def _conditional(looked: _Looked) -> str:
    if looked.again is None:
        return "not possible: it gives no validators, so that every poll costs the whole body"
    if looked.again.body is None:
        return "it says that nothing has changed (304), as it should"
    return f"it sends {'what is new (226)' if looked.again.partial else 'the whole body again, although it gave validators'}"


def _hub(looked: _Looked, url: str) -> str:
    """The hub that the feed names, where one can be subscribed to."""
    from producers.websub import linked, usable

    hub, topic = linked(looked.fetched.headers, looked.fetched.url)
    hub, topic = hub or looked.parsed.hub, topic or looked.parsed.topic
    if not hub:
        return "no hub"
    return (
        f"{hub} as {topic}"
        if usable(hub, topic, url)
        else f"{hub}, which cannot be used: it needs a self link, and https where the feed has it"
    )


def _skipped(parsed: ParsedFeed) -> str:
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    told = [f"hours {', '.join(map(str, parsed.skip.hours))} UTC"] if parsed.skip.hours else []
    told += [", ".join(days[day] for day in parsed.skip.days)] if parsed.skip.days else []
    return "; ".join(told) or "nothing"


def _next_check(settings: Settings, url: str, looked: _Looked) -> str:
    """When a running service would ask again, and by whose wish."""
    from producers.feed import FeedState
    from producers.rhythm import rhythm_of
    from producers.schedule import Answered, after

    fetched, parsed = looked.fetched, looked.parsed
    answer = Answered(
        validators=fetched.validators,
        body_hash="new",
        fresh_for=fetched.fresh_for,
        ttl=parsed.ttl,
        skip=parsed.skip,
        rhythm=rhythm_of(parsed.items, fetched.fetched),
    )
    state = after(FeedState(url=url), answer, fetched.fetched, settings.poll.schedule)
    return f"in {_minutes(state.next_check - fetched.fetched)}" if state.next_check else "never"


def _minutes(wait: Any) -> str:
    minutes = max(round(wait.total_seconds() / 60), 1)
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.1f} h"


def _tell(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        from tocsin.wire import dump

        print(dump(told).decode())
        return
    for name, value in told.items():
        print(f"{name:15}{value if not isinstance(value, list) else ''}".rstrip())
        for line in value if isinstance(value, list) else ():
            print(f"  {line}")
