"""How feeds are asked for, and what a hostile server gets us to do: nothing."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from producers.fault import FetchError, FetchFault
from producers.feed import Validators
from producers.fetch import Fetcher, FetchSettings, fresh_for, retry_after
from tests.producers.server import FEED, MEGABYTE, serving

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def fetched(*paths, validators=None, **settings):
    """The answers to some paths, in turn, by one fetcher; and the server."""

    async def ask():
        async with serving() as server, Fetcher(server.settings(**settings), lambda: NOON) as fetcher:
            return [await fetcher.fetch(server.url(path), validators) for path in paths], server

    return asyncio.run(ask())


def refused(path, **settings):
    """Why a path was refused; and that the fetcher serves the next feed."""

    async def ask():
        async with serving() as server, Fetcher(server.settings(**settings), lambda: NOON) as fetcher:
            with pytest.raises(FetchError) as wrong:
                await fetcher.fetch(server.url(path))
            assert (await fetcher.fetch(server.url("/feed"))).body == FEED
            return wrong.value, server

    return asyncio.run(ask())


def test_an_answer_is_what_the_server_gave():
    ((answer,), server) = fetched("/feed")
    assert answer.body == FEED
    assert (answer.status, answer.url, answer.fetched, answer.moved) == (200, server.url("/feed"), NOON, "")
    assert answer.content_type == "application/rss+xml"
    assert answer.validators == Validators(etag="W/\"a-'b'\"", last_modified="Wed, 21 Oct 2015 07:28:00 +0000")
    assert ("Content-Type", "application/rss+xml") in answer.headers


def test_validators_go_back_byte_for_byte_and_nothing_comes():
    validators = Validators(etag="W/\"a-'b'\"", last_modified="Wed, 21 Oct 2015 07:28:00 +0000")
    ((answer,), server) = fetched("/feed", validators=validators)
    ((_, headers),) = server.asked
    assert headers[b"If-None-Match"] == b"W/\"a-'b'\""
    assert headers[b"If-Modified-Since"] == b"Wed, 21 Oct 2015 07:28:00 +0000"
    assert (answer.status, answer.body) == (304, None)
    assert answer.validators == Validators(etag=validators.etag, last_modified="Thu, 22 Oct 2015 07:28:00 GMT"), (
        "what the 304 says is newer"
    )


def test_a_request_says_who_asks_and_nothing_else():
    (_, server) = fetched("/cookies", "/cookies", user_agent="tocsin/1 (+https://example.org/contact)")
    for _, headers in server.asked:
        assert headers[b"User-Agent"] == b"tocsin/1 (+https://example.org/contact)"
        assert headers[b"Accept-Encoding"] == b"gzip, deflate, br"
        assert headers.keys() <= {b"Host", b"User-Agent", b"Accept", b"Accept-Encoding", b"Connection"}


def test_a_contact_is_told_with_every_request():
    assert FetchSettings(contact="https://example.org/bot").introduction.endswith(" (+https://example.org/bot)")
    with pytest.raises(ValueError, match="contact"):
        FetchSettings(contact="a\r\nX: y")


def test_only_what_is_new_is_asked_for_where_the_server_knows_how():
    ((whole,), _) = fetched("/delta")
    ((delta,), server) = fetched("/delta", validators=whole.validators)
    assert (whole.partial, delta.partial, delta.status) == (False, True, 226)
    assert (b"Two" in delta.body, delta.validators.etag) == (True, '"2"')
    assert server.asked[0][1][b"A-IM"] == b"feed"
    (_, server) = fetched("/feed", validators=Validators(last_modified="Wed, 21 Oct 2015 07:28:00 +0000"))
    assert b"A-IM" not in server.asked[0][1], "it means nothing without an ETag"


@pytest.mark.parametrize("agent", ["", " x", "a\r\nX: y", "caf\u00e9"])
def test_a_user_agent_is_one_line_of_ascii(agent):
    with pytest.raises(ValueError, match="user_agent"):
        FetchSettings(user_agent=agent)


@pytest.mark.parametrize("path", ["/gzip", "/x-gzip", "/deflate", "/bare-deflate", "/br", "/two-gzips", "/gzip-and-junk", "/identity"])
def test_every_coding_that_is_asked_for_is_read(path):
    ((answer,), _) = fetched(path)
    assert answer.body == FEED


@pytest.mark.parametrize(
    ("path", "moved"),
    [("/moved", "/feed"), ("/moved-twice", "/feed"), ("/found", ""), ("/feed", "")],
)
def test_redirects_are_followed_and_permanent_ones_remembered(path, moved):
    ((answer,), server) = fetched(path)
    assert answer.body == FEED
    assert answer.url == server.url("/feed")
    assert answer.moved == (server.url(moved) if moved else "")


def test_a_validator_that_could_not_be_sent_back_is_not_kept():
    ((answer,), _) = fetched("/nonsense-etag")
    assert answer.validators == Validators()


def test_how_long_an_answer_stays_good_is_told():
    ((answer,), _) = fetched("/fresh")
    assert answer.fresh_for == timedelta(hours=2)


@pytest.mark.parametrize(
    ("path", "kind", "reason"),
    [
        ("/gone", FetchFault.GONE, "gone for good"),
        ("/missing", FetchFault.CLIENT_ERROR, "refuses (404)"),
        ("/failing", FetchFault.SERVER_ERROR, "fails (500)"),
        ("/busy", FetchFault.RATE_LIMITED, "patience (429)"),
        ("/busy-until", FetchFault.UNAVAILABLE, "patience (503)"),
        ("/down", FetchFault.UNAVAILABLE, "patience (503)"),
        ("/for-good-gone", FetchFault.GONE, "gone for good"),
        ("/for-now-gone", FetchFault.CLIENT_ERROR, "refuses (410)"),
        ("/locked", FetchFault.LOGIN, "a name and a password (401)"),
        ("/challenge", FetchFault.CHALLENGE, "a browser"),
        ("/challenge-page", FetchFault.CHALLENGE, "a browser (403)"),
        ("/forbidden-page", FetchFault.CLIENT_ERROR, "refuses (403)"),
        ("/nothing", FetchFault.PROTOCOL, "without a feed (204)"),
        ("/partial", FetchFault.PROTOCOL, "without a feed (206)"),
        ("/unasked", FetchFault.PROTOCOL, "without a feed (304)"),
        ("/to-ftp", FetchFault.REFUSED, "not http or https but 'ftp'"),
        ("/to-file", FetchFault.REFUSED, "not http or https but 'file'"),
        ("/to-metadata", FetchFault.REFUSED, "a cloud's metadata service"),
        ("/to-loopback", FetchFault.REFUSED, "port 6379"),
        ("/to-loopback-6", FetchFault.REFUSED, "a loopback address"),
        ("/to-private", FetchFault.REFUSED, "a private address"),
        ("/to-user", FetchFault.REFUSED, "a user name"),
        ("/to-number", FetchFault.REFUSED, "not an IP address"),
        ("/to-nowhere", FetchFault.REFUSED, "not a URL"),
        ("/loop", FetchFault.REDIRECTS, "more than 5 redirects"),
        ("/50-megabytes", FetchFault.TOO_BIG, "more than 10485760 bytes"),
        ("/50-megabytes-announced", FetchFault.TOO_BIG, "announces 52428800 bytes"),
        ("/endless", FetchFault.TOO_BIG, "more than 10485760 bytes"),
        ("/bomb-gzip", FetchFault.TOO_BIG, "when unpacked"),
        ("/bomb-deflate", FetchFault.TOO_BIG, "when unpacked"),
        ("/bomb-bare-deflate", FetchFault.TOO_BIG, "when unpacked"),
        ("/bomb-br", FetchFault.TOO_BIG, "when unpacked"),
        ("/brotli", FetchFault.INCOMPLETE, "before its end"),
        ("/no-br", FetchFault.ENCODING, "no br"),
        ("/half-br", FetchFault.INCOMPLETE, "before its end"),
        ("/zstd", FetchFault.ENCODING, "not asked for"),
        ("/stacked", FetchFault.ENCODING, "one inside the other"),
        ("/stacked-apart", FetchFault.ENCODING, "one inside the other"),
        ("/no-gzip", FetchFault.ENCODING, "no gzip"),
        ("/half-gzip", FetchFault.INCOMPLETE, "before its end"),
        ("/too-short", FetchFault.INCOMPLETE, "before its end"),
        ("/many-headers", FetchFault.PROTOCOL, "not an HTTP answer"),
        ("/long-header", FetchFault.PROTOCOL, "not an HTTP answer"),
        ("/bad-length", FetchFault.PROTOCOL, "not an HTTP answer"),
        ("/two-lengths", FetchFault.PROTOCOL, "not an HTTP answer"),
        ("/no-http", FetchFault.PROTOCOL, "not an HTTP answer"),
        ("/closes", FetchFault.CONNECT, "no connection"),
        ("/silent", FetchFault.TIMEOUT, "silence for 1 s"),
        ("/drip", FetchFault.TIMEOUT, "within 3 s"),
        ("/drip-headers", FetchFault.TIMEOUT, "within 3 s"),
    ],
)
def test_a_hostile_or_failing_server_is_refused_with_the_reason_and_the_next_feed_served(path, kind, reason):
    wrong, server = refused(path)
    assert wrong.kind is kind
    assert reason in wrong.reason
    assert server.base not in wrong.reason


def test_no_more_requests_than_redirects_allow():
    _, server = refused("/loop", max_redirects=2)
    assert [path for path, _ in server.asked] == ["/loop"] * 3 + ["/feed"]


def test_nothing_is_asked_of_an_address_that_a_redirect_leads_to_inside():
    _, server = refused("/to-private")
    assert [path for path, _ in server.asked] == ["/to-private", "/feed"]


@pytest.mark.parametrize(
    ("path", "wait"),
    [
        ("/busy", timedelta(minutes=2)),
        ("/busy-until", timedelta(minutes=5)),
        ("/fresh-error", timedelta(hours=2)),
        ("/missing", None),
    ],
)
def test_what_the_server_asks_to_wait_is_told(path, wait):
    wrong, _ = refused(path)
    assert wrong.retry_after == wait


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://127.0.0.1/feed", FetchFault.REFUSED),
        ("http://localhost/feed", FetchFault.REFUSED),
        ("ftp://example.org/feed", FetchFault.REFUSED),
        ("http://" + "a" * 300 + ".example/", FetchFault.REFUSED),
        ("no url", FetchFault.REFUSED),
        ("", FetchFault.REFUSED),
    ],
)
def test_an_address_that_may_not_be_reached_is_refused_before_anything_is_sent(url, kind):
    async def ask():
        async with Fetcher(FetchSettings(total_seconds=3), lambda: NOON) as fetcher:
            await fetcher.fetch(url)

    with pytest.raises(FetchError) as wrong:
        asyncio.run(ask())
    assert wrong.value.kind is kind


def test_a_port_where_nobody_listens():
    async def ask():
        async with serving() as server:
            settings = server.settings()
        async with Fetcher(settings, lambda: NOON) as fetcher:
            await fetcher.fetch(server.url("/feed"))

    with pytest.raises(FetchError) as wrong:
        asyncio.run(ask())
    assert wrong.value.kind is FetchFault.CONNECT


def test_the_limit_is_a_limit_to_the_byte():
    ((answer,), _) = fetched("/feed", max_bytes=len(FEED))
    assert answer.body == FEED
    wrong, _ = refused_at_one_less()
    assert wrong.kind is FetchFault.TOO_BIG


def refused_at_one_less():
    async def ask():
        async with serving() as server, Fetcher(server.settings(max_bytes=len(FEED) - 1), lambda: NOON) as fetcher:
            with pytest.raises(FetchError) as wrong:
                await fetcher.fetch(server.url("/gzip"))
            return wrong.value, server

    return asyncio.run(ask())


@pytest.mark.parametrize("path", ["/bomb-gzip", "/bomb-deflate", "/bomb-br"])
def test_a_bomb_is_never_unpacked(path):
    """A hundred megabytes of zeros behind a hundred kilobytes: what is unpacked stays near the limit."""
    import tracemalloc

    tracemalloc.start()
    try:
        refused_bomb(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * MEGABYTE


def refused_bomb(path):
    async def ask():
        async with serving() as server, Fetcher(server.settings(max_bytes=MEGABYTE), lambda: NOON) as fetcher:
            with pytest.raises(FetchError):
                await fetcher.fetch(server.url(path))

    asyncio.run(ask())


@pytest.mark.parametrize(
    ("raw", "wait"),
    [
        ("120", timedelta(minutes=2)),
        (" 0 ", timedelta()),
        ("Sun, 01 Mar 2026 13:00:00 GMT", timedelta(hours=1)),
        ("Sun, 01 Mar 2026 11:00:00 GMT", timedelta()),
        ("9" * 50, timedelta(days=365)),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("\u0661\u0662", None),
        ("Sun, 99 Mar 2026 11:00:00 GMT", None),
    ],
)
def test_retry_after(raw, wait):
    assert retry_after(raw, NOON) == wait


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"Cache-Control": "public, max-age=600"}, timedelta(minutes=10)),
        ({"Cache-Control": 'MAX-AGE="5"'}, timedelta(seconds=5)),
        ({"Cache-Control": "s-maxage=600"}, None),
        ({"Cache-Control": "no-cache", "Expires": "Sun, 01 Mar 2026 13:00:00 GMT"}, None),
        ({"Expires": "Sun, 01 Mar 2026 13:00:00 GMT"}, timedelta(hours=1)),
        ({"Expires": "Sun, 01 Mar 2026 13:00:00 GMT", "Date": "Sun, 01 Mar 2026 12:50:00 GMT"}, timedelta(minutes=10)),
        ({"Expires": "0"}, None),
        ({"Expires": "Thu, 01 Jan 1970 00:00:00 GMT"}, timedelta()),
    ],
)
def test_fresh_for(headers, wait):
    assert fresh_for(headers, NOON) == wait
