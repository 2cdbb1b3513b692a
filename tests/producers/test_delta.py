"""Delta parsing gives what parsing the whole body gives, less what stood in the body before."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.delta import DeltaParser
from producers.fault import ParseError
from producers.parse import parse_body
from producers.pieces import cut

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WHERE = {"feed": "f", "url": "https://n.example/rss"}


def rss(*items, head="", between="\n", tail=""):
    return f"<rss version='2.0'><channel><title>T</title>{head}{between.join(f'<item>{item}</item>' for item in items)}{tail}</channel></rss>".encode()


def entry(number, title="t"):
    return f"<title>{title} {number}</title><guid isPermaLink='false'>{number}</guid>"


def test_only_what_is_new_is_parsed_and_the_rest_is_counted():
    parser = DeltaParser()
    first = parser.parse(rss(entry(2), entry(1)), fetched=NOON, **WHERE)
    second = parser.parse(rss(entry(3), entry(2, "edited"), entry(1)), fetched=NOON, **WHERE)
    assert ([item.guid for item in first.items], first.unchanged) == (["2", "1"], 0)
    assert ([item.title for item in second.items], second.unchanged) == (["t 3", "edited 2"], 1)


def test_a_change_in_the_head_alone_is_nothing_new():
    parser = DeltaParser()
    parser.parse(rss(entry(1), head="<lastBuildDate>Sun</lastBuildDate><!-- 1 -->"), fetched=NOON, **WHERE)
    again = parser.parse(rss(entry(1), head="<lastBuildDate>Mon</lastBuildDate><!-- 2 -->"), fetched=NOON, **WHERE)
    assert (again.items, again.unchanged) == ((), 1)


def test_each_feed_has_a_memory_of_its_own():
    parser = DeltaParser()
    for feed in ("a", "b"):
        assert len(parser.parse(rss(entry(1)), feed=feed, url="", fetched=NOON).items) == 1


def test_another_address_for_relative_links_makes_all_new():
    parser = DeltaParser()
    body = rss(entry(1) + "<link>/a</link>")
    parser.parse(body, feed="f", url="https://one.example/", fetched=NOON)
    (item,) = parser.parse(body, feed="f", url="https://two.example/", fetched=NOON).items
    assert item.url == "https://two.example/a"


@pytest.mark.parametrize(
    ("body", "because"),
    [
        (rss(entry(1), entry(2), between=" loose words "), "words between entries"),
        (rss(entry(1), entry(2), between="<!-- <item>x</item> -->"), "an entry that is commented out"),
        (rss(entry(1) + "<description><![CDATA[</item><item>]]></description>"), "an entry's edge inside a marked section"),
        (rss(entry(1) + "<item>nested</item>"), "an entry in an entry"),
        (rss(entry(1))[:-30], "cut off"),
        (rss(), "no entries"),
        (rss(entry(1), head="<!-- <item>"), "a comment that swallows the beginning"),
    ],
)
def test_a_body_that_cannot_be_cut_without_doubt_is_parsed_whole(body, because):
    assert cut(body.decode()) is None, because
    parser = DeltaParser()
    for _ in range(2):
        parsed = parser.parse(body, fetched=NOON, **WHERE)
        assert parsed.unchanged == 0
        assert parsed == parse_body(body, fetched=NOON, **WHERE)


@pytest.mark.parametrize("body", [b"{" + b" " * (10 * 1024 * 1024), b"<rss>" + b" " * (10 * 1024 * 1024)])
def test_a_body_that_is_too_big_is_refused_before_it_is_cut(body):
    with pytest.raises(ParseError, match="more than"):
        DeltaParser().parse(body, fetched=NOON, **WHERE)


def test_a_json_feed_is_read_whole():
    body = b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "title": "One"}]}'
    parser = DeltaParser()
    for _ in range(2):
        assert [item.title for item in parser.parse(body, fetched=NOON, **WHERE).items] == ["One"]


def test_a_body_that_is_no_feed_leaves_the_memory_as_it_was():
    parser = DeltaParser()
    parser.parse(rss(entry(1)), fetched=NOON, **WHERE)
    with pytest.raises(ParseError):
        parser.parse(b"<html></html>", fetched=NOON, **WHERE)
    assert parser.parse(rss(entry(1)), fetched=NOON, **WHERE).unchanged == 1


PARTS = st.sampled_from(
    [
        entry(1),
        entry(2),
        entry(3),
        entry(1, "same guid, other words"),
        "<title>no guid</title><link>https://n.example/x</link>",
        "<title>bare & ampersand</title>",
        "<title><![CDATA[</item>]]></title>",
        "<description>&lt;p&gt;words</description>",
        "<title>unclosed",
        "",
    ]
)
BODIES = st.lists(
    st.builds(
        lambda items, head, between: rss(*items, head=head, between=between),
        st.lists(PARTS, max_size=5),
        st.sampled_from(["", "<ttl>5</ttl>", "<!--x-->"]),
        st.sampled_from(["\n", "", "<!-- -->"]),
    ),
    max_size=5,
)


@settings(deadline=None)
@given(BODIES)
def test_delta_and_whole_agree_poll_after_poll(bodies):
    parser = DeltaParser()
    for number, body in enumerate(bodies):
        at = NOON + timedelta(minutes=number)
        try:
            whole = parse_body(body, fetched=at, **WHERE)
        except ParseError:
            with pytest.raises(ParseError):
                parser.parse(body, fetched=at, **WHERE)
            continue
        delta = parser.parse(body, fetched=at, **WHERE)
        assert len(delta.items) + delta.unchanged == len(whole.items)
        assert set(delta.items) <= set(whole.items)
