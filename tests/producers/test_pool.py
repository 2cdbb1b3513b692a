"""Bodies that no parser survives cost a worker, never the pool; and nothing of a worker outlives what it is for."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from producers.fault import ParseError, ParseFault
from producers.parse import parse_body
from producers.pool import ParserPool, ParserSettings
from producers.warc import ArchivedBody
from tests.producers.server import FEED

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WHERE = {"feed": "https://news.example/rss", "url": "https://news.example/rss", "fetched": NOON}
SETTINGS = ParserSettings(workers=1, seconds=2)


def rss(item):
    return f"<rss version='2.0'><channel><title>T</title><item><title>A</title>{item}</item></channel></rss>".encode()


TOO_SLOW = rss("".join(f"<category>{n}</category>" for n in range(100_000)))
"""Quadratic in feedparser: minutes."""


@pytest.fixture
def pool():
    with ParserPool(SETTINGS) as pool:
        yield pool


def ask(pool, body, **more):
    return asyncio.run(pool.parse(body, **{**WHERE, **more}))


def test_a_worker_gives_what_parsing_gives(pool):
    assert ask(pool, FEED) == parse_body(FEED, **WHERE)
    assert ask(pool, FEED, baseline=True).items[0].baseline


def test_a_body_that_is_no_feed_is_refused_by_the_worker_which_lives_on(pool):
    pid = pool._workers[0]._process.pid
    with pytest.raises(ParseError) as wrong:
        ask(pool, b"<html></html>")
    assert wrong.value.kind is ParseFault.HTML
    assert wrong.value.reason == "an HTML page, not a feed"
    assert pool._workers[0]._process.pid == pid


def test_a_body_that_takes_too_long_costs_the_worker_and_the_next_feed_is_served(pool):
    process = pool._workers[0]._process
    with pytest.raises(ParseError) as wrong:
        ask(pool, TOO_SLOW)
    assert (wrong.value.kind, wrong.value.reason) == (ParseFault.TOO_SLOW, "not parsed within 2 s")
    assert process.poll() is not None
    assert len(ask(pool, FEED).items) == 1


def test_a_body_that_takes_too_much_memory_costs_the_worker():
    with ParserPool(ParserSettings(workers=1, seconds=60, megabytes=128)) as pool:
        with pytest.raises(ParseError) as wrong:
            ask(pool, rss("<description>\U0001f514" + "a" * 9_000_000 + "</description>"))
        assert wrong.value.kind in (ParseFault.TOO_MUCH_MEMORY, ParseFault.CRASHED)
        assert len(ask(pool, FEED).items) == 1


def test_the_event_loop_goes_on_while_a_worker_is_stuck():
    async def go():
        with ParserPool(ParserSettings(workers=2, seconds=2)) as pool:
            stuck = asyncio.create_task(pool.parse(TOO_SLOW, **WHERE))
            await asyncio.sleep(0)
            served = [len((await pool.parse(FEED, **WHERE)).items) for _ in range(20)]
            assert not stuck.done()
            with pytest.raises(ParseError):
                await stuck
            return served

    assert asyncio.run(go()) == [1] * 20


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_a_worker_that_dies_idle_is_replaced_unseen(pool, how):
    ask(pool, FEED)
    process = pool._workers[0]._process
    process.send_signal(how)
    process.wait()
    assert len(ask(pool, FEED).items) == 1


def test_a_worker_that_dies_at_work_is_the_feeds_trouble(pool):
    async def go():
        ask_for = asyncio.create_task(pool.parse(TOO_SLOW, **WHERE))
        await asyncio.sleep(1)
        pool._workers[0]._process.kill()
        await ask_for

    with pytest.raises(ParseError) as wrong:
        asyncio.run(go())
    assert wrong.value.kind is ParseFault.CRASHED


def test_a_worker_sees_nothing_of_our_environment(pool, monkeypatch):
    process = pool._workers[0]._process
    ask(pool, FEED)
    told = Path(f"/proc/{process.pid}/environ").read_bytes() if Path("/proc/self").exists() else b"PYTHONPATH="
    assert {name.partition(b"=")[0] for name in told.split(b"\0") if name} <= {b"PYTHONPATH", b"LC_CTYPE"}


def test_closing_the_pool_ends_the_workers():
    with ParserPool(ParserSettings(workers=2)) as pool:
        ask(pool, FEED)
        processes = [worker._process for worker in pool._workers]
    assert all(process.poll() is not None for process in processes)


def test_closing_the_pool_does_not_wait_for_a_stuck_worker():
    async def go():
        with ParserPool(ParserSettings(workers=1, seconds=60)) as pool:
            stuck = asyncio.create_task(pool.parse(TOO_SLOW, **WHERE))
            await asyncio.sleep(1)
        await stuck

    with pytest.raises(ParseError) as wrong:
        asyncio.run(go())
    assert wrong.value.kind is ParseFault.CRASHED


ORPHANS = """
import os, sys, time, threading
from datetime import UTC, datetime
from producers.pool import ParserPool, ParserSettings
pool = ParserPool(ParserSettings(workers=2, seconds=1)).__enter__()
where = dict(feed="f", url="", fetched=datetime(2026, 1, 1, tzinfo=UTC))
import asyncio
for worker in pool._workers:
    asyncio.run(pool.parse(b"<rss version='2.0'><channel><title>T</title></channel></rss>", **where))
print(*(worker._process.pid for worker in pool._workers), flush=True)
time.sleep(60)
"""


def test_workers_end_with_the_process_that_started_them():
    parent = subprocess.Popen([sys.executable, "-c", ORPHANS], stdout=subprocess.PIPE, text=True)
    pids = [int(pid) for pid in parent.stdout.readline().split()]
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert len(pids) == 2
    assert all(gone(pid) for pid in pids)


def gone(pid):
    """Whether the process ends; given half a minute on a busy machine."""
    for _ in range(300):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if "Z" in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:1]:
            return True
        time.sleep(0.1)
    return False


def archived(number, body=FEED, feed="f"):
    return ArchivedBody(feed=feed, fetched=NOON.replace(minute=number), body=body)


def test_an_archive_is_parsed_in_order_and_what_stood_before_is_counted(pool):
    bodies = [archived(n, FEED.replace(b"One", b"%d" % (n // 2))) for n in range(20)]
    told = [(body.fetched.minute, [item.title for item in parsed.items], parsed.unchanged) for body, parsed in pool.parse_all(bodies)]
    assert told == [(n, [] if n % 2 else [str(n // 2)], n % 2) for n in range(20)]


def test_the_answers_do_not_depend_on_how_many_workers_there_are():
    bodies = [archived(n % 60, FEED.replace(b"One", b"%d" % (n // 12 % 2)), feed=f"f{n % 6}") for n in range(60)]

    def told(workers):
        with ParserPool(ParserSettings(workers=workers)) as pool:
            return [(body.feed, parsed) for body, parsed in pool.parse_all(bodies)]

    assert told(1) == told(3)


def test_an_archive_that_is_not_read_to_its_end_gives_the_workers_back(pool):
    next(pool.parse_all(archived(n) for n in range(60)))
    assert len(ask(pool, FEED).items) == 1


def test_a_body_of_an_archive_that_cannot_be_parsed_is_told_in_its_place(pool):
    bodies = [archived(0), archived(1, b"<html>"), archived(2, TOO_SLOW), archived(3)]
    told = [parsed if isinstance(parsed, ParseError) else len(parsed.items) + parsed.unchanged for _, parsed in pool.parse_all(bodies)]
    assert (told[0], told[3]) == (1, 1)
    assert [wrong.kind for wrong in told[1:3]] == [ParseFault.HTML, ParseFault.TOO_SLOW]


WORDS = "\u0436" * 250
LARGE = "".join(
    f"<item><title>\u0416 {n}</title><guid isPermaLink='false'>{n}</guid><description>{WORDS}</description></item>" for n in range(16_000)
)


@pytest.mark.slow
def test_the_largest_feed_there_may_be_fits():
    body = f"<rss version='2.0'><channel><title>T</title>{LARGE}</channel></rss>".encode()
    assert 9_000_000 < len(body) < 10 * 1024 * 1024
    with ParserPool(ParserSettings(workers=1, seconds=60)) as pool:
        assert len(ask(pool, body).items) == 16_000


EVIL = {
    "100,000 categories": TOO_SLOW,
    "40,000 attributes": rss("<x " + " ".join(f"a{n}='1'" for n in range(40_000)) + "/>"),
    "comments in a marked section": rss("<description><![CDATA[" + "<!--" * 80_000 + "]]></description>"),
    "an address like an e-mail": rss("<author>" + "a." * 20_000 + "@</author>"),
    "80 KB of line feeds before the root": b"\n" * 80_000 + rss(""),
    "1 MB of line feeds before the root": b"\n" * 1_000_000 + rss(""),
    "a flood of entities": b"\n<!ENTITY" * 20_000 + rss(""),
    "a flood of doctypes": b"\n<!DOCTYPE" * 20_000 + rss(""),
    "nesting 100,000 deep": rss("<a>" * 100_000),
    "HTML nesting 100,000 deep": rss("<description>" + "&lt;div&gt;" * 100_000 + "</description>"),
    "a 9 MB attribute": rss(f"<x y='{'A' * 9_000_000}'/>"),
    "a 5 MB page": b"<!doctype html><html>" + b"<p>words</p>" * 400_000,
    "9 MB of zeros": b"\0" * 9_000_000,
    "50,000 name spaces": rss("".join(f"<x{n}:y xmlns:x{n}='u{n}'/>" for n in range(50_000))),
    "an entity used 50,000 times": f'<!DOCTYPE rss [\n<!ENTITY a "{"A" * 50_000}">\n]>'.encode() + rss("&a;" * 50_000),
    "unclosed quotes": rss("<description><![CDATA[" + "<a href='\"" * 100_000 + "]]></description>"),
    "broken markup": rss("<b" * 400_000),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", EVIL)
def test_whatever_comes_is_bounded_and_the_next_feed_served(name):
    with ParserPool(ParserSettings(workers=1, seconds=10)) as pool:
        try:
            assert len(ask(pool, EVIL[name]).items) <= 1
        except ParseError as wrong:
            assert wrong.reason  # noqa: PT017 -- either way is right
        assert len(ask(pool, FEED).items) == 1
