"""How fast feed bodies become items: parsed whole, in a worker process, and only what is new since the body before.

    python bench/parse.py [PATH...] [--bodies 300] [--json]

PATH is what `tocsin replay` takes: directories, tar or WARC files of feed bodies. Without one the bodies are made up: ten feeds of
forty entries each, of which three are new at every poll. One run after the other in one process; the worker is one more.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from producers.archive import Archive
from producers.delta import DeltaParser
from producers.fault import ParseError
from producers.parse import ParsedFeed, parse_body
from producers.pool import ParserPool, ParserSettings
from producers.warc import ArchivedBody

START = datetime(2026, 1, 1, tzinfo=UTC)
ENTRIES, NEW, FEEDS = 40, 3, 10


def made_up() -> Iterator[ArchivedBody]:
    """Polls of some feeds in turns, without end."""
    dice = random.Random(1)
    words = ["".join(dice.choices("abcdefghijklmnoprstuvwz", k=dice.randint(3, 10))) for _ in range(5_000)]

    def entry(feed: int, number: int) -> str:
        title, lead = " ".join(dice.choices(words, k=9)), " ".join(dice.choices(words, k=35))
        at = START + timedelta(minutes=number)
        return (
            f"<item><title>{title}</title><link>https://feed{feed}.example/{number}?utm_source=rss</link><guid>{feed}-{number}</guid>"
            f"<pubDate>{at:%a, %d %b %Y %H:%M:%S} GMT</pubDate><description>&lt;p&gt;{lead}&lt;/p&gt;</description></item>"
        )

    shown = [[entry(feed, number) for number in range(ENTRIES)] for feed in range(FEEDS)]
    for poll in itertools.count():
        for feed, entries in enumerate(shown):
            entries[:] = [entry(feed, ENTRIES + poll * NEW + number) for number in range(NEW)] + entries[:-NEW]
            body = f"<rss version='2.0'><channel><title>Feed {feed}</title>{''.join(entries)}</channel></rss>"
            yield ArchivedBody(feed=f"https://feed{feed}.example/rss", fetched=START + timedelta(hours=poll), body=body.encode())


def whole(bodies: Iterable[ArchivedBody]) -> Iterator[ParsedFeed | ParseError]:
    return _each(parse_body, bodies)


def delta(bodies: Iterable[ArchivedBody]) -> Iterator[ParsedFeed | ParseError]:
    return _each(DeltaParser().parse, bodies)


def worker(bodies: Iterable[ArchivedBody]) -> Iterator[ParsedFeed | ParseError]:
    with ParserPool(ParserSettings(workers=1)) as pool:
        yield from (parsed for _, parsed in pool.parse_all(bodies))


def _each(parse: Callable[..., ParsedFeed], bodies: Iterable[ArchivedBody]) -> Iterator[ParsedFeed | ParseError]:
    for body in bodies:
        try:
            yield parse(body.body, feed=body.feed, url=body.url, fetched=body.fetched, content_type=body.content_type)
        except ParseError as wrong:
            yield wrong


def measured(
    way: Callable[[Iterable[ArchivedBody]], Iterator[ParsedFeed | ParseError]], bodies: Sequence[ArchivedBody]
) -> dict[str, object]:
    began = time.perf_counter()
    told = list(way(bodies))
    seconds = time.perf_counter() - began
    parsed = [each for each in told if isinstance(each, ParsedFeed)]
    entries = sum(len(each.items) + each.unchanged for each in parsed)
    return {
        "way": way.__name__,
        "bodies": len(told),
        "refused": len(told) - len(parsed),
        "entries": entries,
        "items": sum(len(each.items) for each in parsed),
        "entries_per_second": round(entries / seconds),
        "megabytes_per_second": round(sum(len(body.body) for body in bodies) / seconds / 1e6, 1),
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("paths", nargs="*", type=Path)
    arguments.add_argument("--bodies", type=int, default=300)
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    if chosen.paths:
        with Archive(chosen.paths, lambda sentence: print(sentence, file=sys.stderr)) as archive:
            bodies = list(itertools.islice(archive, chosen.bodies))
    else:
        bodies = list(itertools.islice(made_up(), chosen.bodies))
    for way in (whole, delta, worker):
        figures = measured(way, bodies)
        print(json.dumps(figures) if chosen.json else "  ".join(f"{name} {figure}" for name, figure in figures.items()), flush=True)


if __name__ == "__main__":
    main()
