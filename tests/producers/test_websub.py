"""What a hub's questions, signatures and leases decide, as values; and which hubs are asked at all."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.fault import FetchError, FetchFault
from producers.feed import FeedState, FeedStatus
from producers.fetch import FetchSettings
from producers.hosts import Hosts
from producers.hub import HubClient
from producers.parse import parse_body
from producers.websub import (
    LONGEST_LEASE,
    NotMeantError,
    Subscription,
    asking,
    confirmed,
    due,
    ending,
    is_over,
    is_signed,
    lengthened,
    linked,
    usable,
)
from tests.producers.server import answer, serving
from tests.test_network import FORBIDDEN, Rebinding
from tests.values import NOON

NEW = Subscription(
    feed="https://a.example/feed",
    hub="https://hub.example/",
    topic="https://a.example/t",
    callback="https://me.example/",
    token="t",
    secret="s",
)
PENDING = asking(NEW, NOON)
MEANT = {"hub.mode": "subscribe", "hub.topic": NEW.topic, "hub.lease_seconds": "36000"}
LIVE = confirmed(PENDING, MEANT, NOON)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize("lease", ["", "0", "-1", "59", "soon", "1e9", "\u0663\u0666\u0660\u0660", " 3600", "9" * 13])
def test_a_lease_that_cannot_be_kept_is_refused(lease):
    with pytest.raises(NotMeantError):
        confirmed(PENDING, MEANT | {"hub.lease_seconds": lease}, NOON)


def test_a_lease_without_end_is_cut():
    assert confirmed(PENDING, MEANT | {"hub.lease_seconds": "999999999999"}, NOON).until == NOON + LONGEST_LEASE


@pytest.mark.parametrize(
    ("state", "other"),
    [
        (PENDING, {"hub.topic": "https://b.example/t"}),
        (PENDING, {"hub.mode": "unsubscribe"}),
        (PENDING, {"hub.mode": "Subscribe"}),
        (NEW, {}),
        (LIVE, {}),
        (asking(ending(LIVE), NOON), {}),
        (LIVE, {"hub.mode": "unsubscribe"}),
    ],
    ids=["another topic", "the contrary", "another mode", "never asked", "asked and answered", "to be ended", "ended by somebody else"],
)
def test_what_was_not_asked_for_is_not_meant(state, other):
    with pytest.raises(NotMeantError):
        confirmed(state, MEANT | other, NOON)


def test_a_hub_is_asked_again_ever_more_seldom_until_it_asks_back():
    one, now, waits = NEW, NOON, []
    assert due(one, now)
    for _ in range(6):
        one = asking(one, now)
        asked = now
        while not due(one, now):
            now += 10 * MINUTE
        waits.append(now - asked)
    assert waits == [HOUR, 4 * HOUR, 16 * HOUR, DAY, DAY, DAY]


def test_a_lease_is_renewed_after_four_fifths_and_lost_at_its_end():
    assert not due(LIVE, NOON + 7 * HOUR)
    assert due(LIVE, NOON + 8 * HOUR)
    assert LIVE.holds(NOON + 9 * HOUR)
    assert not LIVE.holds(NOON + 10 * HOUR)


def test_what_a_clock_ahead_by_years_has_kept_is_not_believed():
    ahead = confirmed(asking(NEW, NOON + 3650 * DAY), MEANT, NOON + 3650 * DAY)
    assert not ahead.holds(NOON)
    assert due(ahead, NOON)


def test_a_goodbye_is_said_three_times_at_most():
    one = ending(LIVE)
    assert due(one, NOON)
    assert not is_over(one, NOON)
    for times in range(3):
        one = asking(one, NOON + times * MINUTE)
    assert not is_over(one, NOON + 4 * HOUR)
    assert is_over(one, NOON + 10 * HOUR)
    assert is_over(confirmed(asking(ending(LIVE), NOON), MEANT | {"hub.mode": "unsubscribe"}, NOON), NOON)
    assert is_over(ending(PENDING), NOON)


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
@given(body=st.binary(max_size=50), secret=st.text(min_size=1, max_size=20))
def test_only_who_knows_the_secret_can_sign(method, body, secret):
    import hmac

    signature = f"{method}={hmac.new(secret.encode(), body, method).hexdigest()}"
    assert is_signed(secret, body, signature)
    assert is_signed(secret, body, signature.upper())
    assert not is_signed(secret + "x", body, signature)
    assert not is_signed(secret, body + b"x", signature)
    assert not is_signed(secret, body, signature[:-1])


@pytest.mark.parametrize("signature", ["", "=", "sha256", "sha256=", "md5=d41d8cd98f00b204e9800998ecf8427e", "sha256=\xfc", "\u0416=1"])
def test_what_is_no_signature_signs_nothing(signature):
    assert not is_signed("s", b"", signature)


HEADERS = {
    '<https://h.example/>; rel="hub", <https://a.example/f>; rel="self"': ("https://h.example/", "https://a.example/f"),
    "<https://h.example/>;rel=hub,<f?a,b;c>;rel=self": ("https://h.example/", "https://news.example/f?a,b;c"),
    '<https://h.example/>; title="a, b; rel=self"; rel="x HUB"': ("https://h.example/", ""),
    '<https://one.example/>; rel="hub", <https://two.example/>; rel="hub"': ("https://one.example/", ""),
    "<https://h.example/>": ("", ""),
    "<https://h.example/>; rel=next": ("", ""),
    "nonsense; rel=hub": ("", ""),
    "<http://[>; rel=hub": ("", ""),
    "<" * 9000: ("", ""),
    "<a>;" + " " * 9000: ("", ""),
}


@pytest.mark.parametrize(("header", "found"), HEADERS.items(), ids=[header[:40] for header in HEADERS])
def test_hub_and_topic_are_read_from_link_headers(header, found):
    assert linked([("Content-Type", "x"), ("link", header)], "https://news.example/rss") == found


ATOM = "<link rel='hub' href='https://h.example/'/><link rel='self' href='https://a.example/f'/>"
BODIES = {
    "atom": f"<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title>{ATOM}<entry><id>1</id><title>t</title></entry></feed>",
    "rss": "<rss version='2.0' xmlns:atom='http://www.w3.org/2005/Atom'><channel><title>T</title>"
    + ATOM.replace("<link", "<atom:link")
    + "<item><title>t</title></item></channel></rss>",
    "json": '{"version": "https://jsonfeed.org/version/1.1", "feed_url": "https://a.example/f", "items": [],'
    ' "hubs": [{"type": "rssCloud", "url": "https://x.example/"}, {"type": "WebSub", "url": "https://h.example/"}]}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_hub_and_topic_are_read_from_the_feed(body):
    parsed = parse_body(body.encode(), feed="f", url="https://a.example/f", fetched=NOON)
    assert (parsed.hub, parsed.topic) == ("https://h.example/", "https://a.example/f")


@pytest.mark.parametrize(
    ("hub", "topic", "url", "fit"),
    [
        ("https://h.example/", "https://a.example/f", "https://a.example/f", True),
        ("http://h.example/", "http://a.example/f", "http://a.example/f", True),
        ("http://h.example/", "https://a.example/f", "https://a.example/f", False),
        ("https://h.example/", "", "https://a.example/f", False),
        ("", "https://a.example/f", "https://a.example/f", False),
        ("ftp://h.example/", "http://a.example/f", "http://a.example/f", False),
        ("javascript:1", "http://a.example/f", "http://a.example/f", False),
    ],
)
def test_a_feed_that_travels_encrypted_is_not_pushed_in_the_open(hub, topic, url, fit):
    assert usable(hub, topic, url) is fit


def test_a_feed_is_asked_more_seldom_only_while_it_is_pushed_and_well():
    state = FeedState(url=NEW.feed, status=FeedStatus.OK, last_checked=NOON, next_check=NOON + HOUR)
    later = lengthened(state, LIVE, NOON, 4 * HOUR).next_check
    assert 4 * HOUR <= later - NOON <= 4.4 * HOUR
    assert lengthened(state, LIVE, NOON + 11 * HOUR, 4 * HOUR) == state
    assert lengthened(state, replace(LIVE, missed=True), NOON, 4 * HOUR) == state
    assert lengthened(state, None, NOON, 4 * HOUR) == state
    failing = replace(state, status=FeedStatus.FAILING)
    assert lengthened(failing, LIVE, NOON, 4 * HOUR) == failing
    rare = replace(state, next_check=NOON + 20 * HOUR)
    assert lengthened(rare, LIVE, NOON, 4 * HOUR) == rare


ADDRESSES = [address for addresses in FORBIDDEN.values() for address in addresses]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_hub_at_a_forbidden_address_is_never_asked(address):
    async def ask():
        async with HubClient(FetchSettings(), lambda: NOON, Hosts()) as client:
            await client.ask(replace(PENDING, hub=f"http://[{address}]/" if ":" in address else f"http://{address}/"))

    with pytest.raises(FetchError) as wrong:
        asyncio.run(ask())
    assert wrong.value.kind in (FetchFault.REFUSED, FetchFault.DNS)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "64:ff9b::7f00:1"])
def test_a_hub_whose_name_leads_inside_is_refused_at_the_socket(address):
    async def ask():
        async with HubClient(FetchSettings(), lambda: NOON, Hosts()) as client:
            client._session.connector._resolver = Rebinding(address)
            await client.ask(PENDING)

    with pytest.raises(FetchError) as wrong:
        asyncio.run(ask())
    assert wrong.value.kind is FetchFault.REFUSED


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (answer(b"", "202 Accepted"), None),
        (answer(b"", "204 No Content"), None),
        (answer(b"x" * 50_000_000, "200 OK"), None),
        (answer(b"", "302 Found", "Location: /hub"), FetchFault.SERVER_ERROR),
        (answer(b"", "307 Moved", "Location: http://10.0.0.1/"), FetchFault.REFUSED),
        (answer(b"", "308 Moved", "Location: /hub"), FetchFault.REDIRECTS),
        (answer(b"", "400 Bad"), FetchFault.CLIENT_ERROR),
        (answer(b"", "500 Oops"), FetchFault.SERVER_ERROR),
        (answer(b"", "429 Slow", "Retry-After: 60"), FetchFault.RATE_LIMITED),
        (b"220 smtp\r\n", FetchFault.PROTOCOL),
        (b"", FetchFault.CONNECT),
    ],
)
def test_what_a_hub_answers_is_what_it_means(said, kind):
    async def ask():
        async with serving() as server:

            async def respond(path, request, writer):
                assert request.startswith(b"POST ")
                writer.write(said)

            server.answer = respond
            hosts = Hosts()
            async with HubClient(server.settings(), lambda: NOON, hosts) as client:
                try:
                    await client.ask(replace(PENDING, hub=server.url("/hub")))
                except FetchError as wrong:
                    return wrong.kind, hosts._hosts["127.0.0.1"].held > 0
            return None, False

    told, held = asyncio.run(ask())
    assert told is kind
    assert held == (kind is FetchFault.RATE_LIMITED)
