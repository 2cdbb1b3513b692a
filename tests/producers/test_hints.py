"""How bodies ask to be left alone, when they were last alive, and which pages are none."""

from datetime import UTC, datetime, timedelta

import pytest

from producers.fault import ParseError, ParseFault
from producers.feed import Skip
from producers.hints import skip_of, ttl_of
from producers.page import kind_of_page
from producers.parse import parse_body
from producers.rhythm import rhythm_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("ttl", "period", "frequency", "wait"),
    [
        ("", "", "", None),
        ("30", "", "", 30 * MINUTE),
        ("9999999", "", "", DAY),
        ("soon", "", "", None),
        ("", "hourly", "", HOUR),
        ("", " Hourly\n", "4", 15 * MINUTE),
        ("", "hourly", "0", HOUR),
        ("", "weekly", "1", DAY),
        ("", "never", "1", None),
        ("90", "hourly", "1", 90 * MINUTE),
    ],
)
def test_how_long(ttl, period, frequency, wait):
    assert ttl_of(ttl, period, frequency) == wait


@pytest.mark.parametrize(
    ("text", "skip"),
    [
        ("", Skip()),
        ("<skipHours><hour>0</hour><hour> 23 </hour><hour>24</hour><hour>25</hour><hour>x</hour></skipHours>", Skip(hours=(0, 23))),
        ("<skipDays><day>Saturday</day><day>sunday</day><day>Funday</day></skipDays>", Skip(days=(5, 6))),
        ("<skipHours>" + "".join(f"<hour>{n}</hour>" for n in range(24)) + "</skipHours>", Skip()),
        ("<skipHours>" + " " * 10_000 + "<hour>1</hour></skipHours>", Skip()),
        ("<skipHours><hour>1</hour>", Skip()),
    ],
)
def test_when_not(text, skip):
    assert skip_of(text) == skip


def test_a_body_tells_both():
    body = (
        b"<rss version='2.0' xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'><channel><title>T</title><ttl>15</ttl>"
        b"<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>"
        b"<skipHours><hour>3</hour></skipHours><item><title>x</title></item></channel></rss>"
    )
    parsed = parse_body(body, feed="f", url="", fetched=NOON)
    assert (parsed.ttl, parsed.skip) == (30 * MINUTE, Skip(hours=(3,)))


def items(*ages):
    entries = "".join(
        f"<item><guid>{n}</guid><pubDate>{NOON - age:%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>" for n, age in enumerate(ages)
    )
    body = f"<rss version='2.0'><channel><title>T</title>{entries}<item><title>undated</title></item></channel></rss>"
    return parse_body(body.encode(), feed="f", url="", fetched=NOON).items


@pytest.mark.parametrize(
    ("ages", "gap", "newest"),
    [
        ([], None, None),
        ([HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR], HOUR, HOUR),
        ([n * DAY for n in range(1, 10)], 7 * DAY / 6, DAY),
        ([30 * DAY, 90 * DAY], 7 * DAY, 30 * DAY),
        ([HOUR, 4 * HOUR, 900 * DAY], 7 * DAY / 2, HOUR),
        ([-3 * DAY, HOUR, 2 * HOUR], HOUR, HOUR),
    ],
)
def test_the_rhythm_of_a_feed(ages, gap, newest):
    told = rhythm_of(items(*ages), NOON)
    assert (told.gap, told.newest) == (gap, newest and NOON - newest)


LOGIN = "<html><head><title>Members</title></head><body><form><input name=u><input type='password' name=p></form></body></html>"


@pytest.mark.parametrize(
    ("page", "kind"),
    [
        ("<html><head><title>Just a moment...</title></head><body></body></html>", "challenge"),
        ("<html><script>window._cf_chl_opt={}</script></html>", "challenge"),
        ("<html><iframe src='https://geo.captcha-delivery.com/captcha/'></iframe></html>", "challenge"),
        (LOGIN, "login"),
        ("<html><head><title>Sign in | The Wire</title></head></html>", "login"),
        (LOGIN.replace("<form>", "<a href=x>y</a>" * 30 + "<form>"), ""),
        ("<html><head><title>The Wire</title></head><script src='https://www.google.com/recaptcha/api.js'></script></html>", ""),
    ],
)
def test_what_a_page_is(page, kind):
    assert kind_of_page(page) == kind
    with pytest.raises(ParseError) as wrong:
        parse_body(page.encode(), feed="f", url="", fetched=NOON)
    assert wrong.value.kind is {"challenge": ParseFault.CHALLENGE, "login": ParseFault.LOGIN, "": ParseFault.HTML}[kind]
