"""Mutated feeds through the parser: does anything but a refusal come out, or take longer than a feed may?

    python -m bench.fuzz_feeds [CORPUS] [--mutations 100000] [--seed 1] [--processes 2]

CORPUS is a folder of feed bodies, read whole with what is below it; each is parsed as it is, then mutated ones are. Without one the
seeds are made up: one feed of each kind. Each process has the limits of a parser's worker (512 MB of address space, 10 s a body).
Prints a table; exits with 1 where an exception escaped or a body took too long, and names its seed, by which it is made again.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from producers.fault import ParseError
from producers.parse import BODY_LIMIT, parse_body

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
URL = "https://news.example/feed"
SECONDS = 10
MEMORY = 512 * 1024 * 1024
LARGEST = 200_000
"""Bytes of a seed that are mutated: what is slow to parse is met among the smaller ones, and sooner."""
CHUNK = 500

MADE_UP = tuple(
    "".join(line.strip() for line in feed.splitlines()).encode()
    for feed in (
        """<?xml version='1.0'?><rss version='2.0'><channel><title>W</title><item><title>One &amp; two</title>
        <link>https://a.example/1</link><guid>1</guid><pubDate>Sun, 01 Mar 2026 11:30:00 +0200</pubDate>
        <description>&lt;p&gt;Text&lt;/p&gt;</description></item></channel></rss>""",
        """<feed xmlns='http://www.w3.org/2005/Atom'><title>W</title><entry><id>urn:1</id><title type='html'>One</title>
        <link href='a/1'/><updated>2026-03-01T10:00:00Z</updated><content type='xhtml'>
        <div xmlns='http://www.w3.org/1999/xhtml'><p>T</p></div></content></entry></feed>""",
        """<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'><channel><title>T</title>
        </channel><item rdf:about='https://a.example/1'><title>One</title><link>https://a.example/1</link></item></rdf:RDF>""",
        """{"version": "https://jsonfeed.org/version/1.1", "title": "J",
        "items": [{"id": 7, "url": "/a", "title": "One", "content_html": "<p>T</p>"}]}""",
        """<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'>
        <url><loc>https://a.example/1</loc><n:news><n:title>One</n:title><n:publication_date>2026-03-01</n:publication_date>
        </n:news></url></urlset>""",
    )
)
TOKENS = (
    *b"< > & ' \" { } &#x0; &#99999999; &lol; <![CDATA[ ]]> <!-- --> <?xml </item> <item> <entry> </channel> xmlns:a='b'".split(),
    *(b"<!DOCTYPE html>", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"encoding='utf-7'", b"encoding='cp037'"),
    *(b"9999-99-99T99:99:99Z", b"Mon, 32 Foo 10000 25:61:61 +9999"),
    *(b"\n" * 50, b" " * 400, b"<a " * 60, b"<b>" * 200, b"[" * 300),
)


class OverTimeError(Exception):
    """A body that took longer than a feed may."""


def mutated(seeds: Sequence[bytes], number: int) -> bytes:
    """The mutation of this number: a few of cut, repeat, overwrite, insert, splice."""
    dice = random.Random(number)
    body = bytearray(dice.choice(seeds)[:LARGEST])
    for _ in range(dice.choice((1, 1, 2, 3, 5, 8))):
        start = dice.randrange(len(body) + 1)
        end = min(len(body), start + dice.choice((1, 2, 8, 40, 300, 3000)))
        match dice.randrange(6):
            case 0:
                del body[start:end]
            case 1:
                body[start:start] = body[start:end] * dice.choice((1, 2, 20))
            case 2:
                body[start:end] = dice.randbytes(end - start)
            case 3:
                body[start:start] = dice.choice(TOKENS)
            case 4:
                other = dice.choice(seeds)
                cut = dice.randrange(len(other) + 1)
                body[start:end] = other[cut : cut + 2000]
            case _:
                del body[start:]
    return bytes(body[:BODY_LIMIT])


def tried(body: bytes) -> tuple[str, float]:
    """What became of a body, and the seconds it took."""
    began = time.perf_counter()
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        parse_body(body, feed=URL, url=URL, fetched=NOON)
        told = "parsed"
    except ParseError as wrong:
        told = f"refused: {wrong.kind}"
    except OverTimeError:
        told = "OVER TIME"
    except MemoryError:
        told = "refused: too_much_memory"
    except Exception as wrong:  # noqa: BLE001 -- this is what is looked for
        told = f"ESCAPED: {type(wrong).__name__}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return told, time.perf_counter() - began


def bound() -> None:
    def over(*_: object) -> None:
        raise OverTimeError

    signal.signal(signal.SIGALRM, over)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


_seeds: Sequence[bytes] = ()


def begin(seeds: Sequence[bytes]) -> None:
    global _seeds  # noqa: PLW0603 -- what a process of the pool is given once
    _seeds = seeds
    bound()


def chunk(numbers: range) -> tuple[Counter[str], float, list[str]]:
    counts, longest, bad = Counter[str](), 0.0, []
    for number in numbers:
        told, seconds = tried(mutated(_seeds, number))
        counts[told] += 1
        longest = max(longest, seconds)
        if told.isupper() or told.startswith("ESCAPED"):
            bad.append(f"{told}: seed {number}")
    return counts, longest, bad


def chunks(first: int, count: int) -> Iterator[range]:
    for start in range(first, first + count, CHUNK):
        yield range(start, min(start + CHUNK, first + count))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="?", type=Path)
    parser.add_argument("--mutations", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1, help="the number of the first mutation")
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    files = sorted(path for path in arguments.corpus.rglob("*") if path.is_file()) if arguments.corpus else []
    seeds = [body for path in files if (body := path.read_bytes())] or list(MADE_UP)
    counts, longest, bad = Counter[str](), 0.0, list[str]()
    with multiprocessing.get_context("spawn").Pool(arguments.processes, begin, (seeds,)) as pool:
        whole = zip(files, pool.imap(tried, seeds, 20), strict=True) if files else ()
        for path, (told, seconds) in whole:
            counts[told] += 1
            longest = max(longest, seconds)
            if told == "OVER TIME" or told.startswith("ESCAPED"):
                bad.append(f"{told}: {path}")
        for some, slowest, wrong in pool.imap_unordered(chunk, chunks(arguments.seed, arguments.mutations)):
            counts += some
            longest = max(longest, slowest)
            bad += wrong
    print(f"{len(files)} bodies as they are, {arguments.mutations:,} mutated, of {len(seeds)} seeds")
    for told, count in counts.most_common():
        print(f"  {told:<28}{count:>10,}")
    print(f"  longest{longest:>28.2f} s")
    for line in bad:
        print(line, file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
