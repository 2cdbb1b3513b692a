"""What a body's entries become, however little care its publisher took."""

import json
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.fault import ParseError, ParseFault
from producers.parse import BODY_LIMIT, parse_body
from tocsin.model import content_id
from tocsin.text import SUMMARY_LIMIT, TITLE_LIMIT

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
URL = "https://news.example/rss/world.xml"


def rss(*items, channel=""):
    return f"<?xml version='1.0'?><rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/' xmlns:media='http://search.yahoo.com/mrss/'><channel><title>World</title>{channel}{''.join(f'<item>{item}</item>' for item in items)}</channel></rss>".encode()


def parse(body, **more):
    return parse_body(body, **{"feed": URL, "url": URL, "fetched": NOON, **more})


def one(item, **more):
    (only,) = parse(rss(item), **more).items
    return only


def test_a_good_entry_becomes_an_item():
    item = one(
        "<title>Talks &amp;amp; &lt;b&gt;strikes&lt;/b&gt;</title><link>https://news.example/a?utm_source=rss</link><guid isPermaLink='false'>n-1</guid>"
        "<description>&lt;p&gt;Two sides met.&lt;/p&gt;</description><content:encoded><![CDATA[<p>Two sides met.</p><p>Nothing came of it.</p>]]></content:encoded>"
        "<pubDate>Sun, 01 Mar 2026 11:30:00 +0200</pubDate>"
    )
    assert item.title == "Talks & strikes"
    assert item.summary == "Two sides met."
    assert item.text == "Two sides met.\nNothing came of it."
    assert item.url == "https://news.example/a?utm_source=rss"
    assert item.guid == "n-1"
    assert item.id == content_id(URL, "n-1")
    assert item.published == datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    assert (item.feed, item.fetched, item.outlet, item.baseline) == (URL, NOON, "news.example", False)


def test_the_first_poll_marks_its_items():
    assert one("<title>Old</title>", baseline=True).baseline
    assert not parse_body(rss("<title>New</title>"), feed=URL, url=URL, fetched=NOON).items[0].baseline


ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://post.example/blog/"><title>Post</title>
<entry><id>urn:1</id><title type="html">Border &amp;lt;i&gt;closed&amp;lt;/i&gt;</title><link href="a/1"/><updated>2026-03-01T10:00:00Z</updated>
<summary>Short.</summary><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Long <b>text</b>.</p></div></content></entry></feed>"""


def test_atom():
    (item,) = parse(ATOM.encode()).items
    assert item.url == "https://post.example/blog/a/1"
    assert (item.summary, item.text) == ("Short.", "Long text.")
    assert item.published == datetime(2026, 3, 1, 10, tzinfo=UTC)


def test_rdf():
    body = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
    <channel rdf:about="x"><title>T</title><items><rdf:Seq/></items></channel>
    <item rdf:about="https://dw.example/1"><title>One</title><link>https://dw.example/1</link><dc:date>2026-03-01T10:00:00Z</dc:date></item></rdf:RDF>"""
    (item,) = parse(body).items
    assert (item.title, item.url, item.published) == ("One", "https://dw.example/1", datetime(2026, 3, 1, 10, tzinfo=UTC))


def test_json_feed():
    told = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "J",
        "items": [
            {"id": 7, "url": "/a", "title": "One", "content_html": "<p>Text</p>", "date_published": "2026-03-01T12:00:00+02:00"},
            {"id": "x", "content_text": "Only\ntext", "date_published": "soon", "url": ["no"]},
            {"id": True, "title": "True is no id"},
            "no item",
        ],
    }
    first, second, third = parse(json.dumps(told).encode()).items
    assert third.guid == ""
    assert (first.guid, first.url, first.title, first.text) == ("7", "https://news.example/a", "One", "Text")
    assert first.published == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert (second.text, second.published, second.url) == ("Only\ntext", None, "")


@pytest.mark.parametrize(
    ("item", "expected", "because"),
    [
        ("<title>T</title><link>https://n.example/a?utm_source=x</link>", content_id(URL, "n.example/a"), "no guid: the canonical link"),
        ("<title>T</title>", content_id(URL, "T"), "no link either: the title"),
        ("<title>T</title><guid>  </guid><link>https://n.example/a</link>", content_id(URL, "n.example/a"), "an empty guid is none"),
        (f"<title>T</title><guid isPermaLink='false'>{'g' * 2000}</guid>", None, "a long guid is hashed"),
    ],
)
def test_every_entry_has_an_id(item, expected, because):
    found = one(item)
    assert len(found.guid) < 1000
    assert found.id == expected or expected is None, because


@pytest.mark.parametrize(
    ("item", "url", "because"),
    [
        ("<link>/a/1</link>", "https://news.example/a/1", "relative to where the body was found"),
        ("<link>a</link>", "https://news.example/rss/a", "relative to its folder"),
        ("<guid>https://news.example/g</guid>", "https://news.example/g", "a guid that is a link"),
        ("<guid isPermaLink='false'>https://news.example/g</guid>", "https://news.example/g", "even if it denies it"),
        ("<link>javascript:alert(1)</link><guid isPermaLink='false'>1</guid>", "", "no link that does something"),
        ("<link>http://bbc.co.uk@evil.example/</link>", "", "no link that pretends"),
        ("<link>  https://news.example/a\n</link>", "https://news.example/a", "white space around it"),
        ("<link><![CDATA[https://news.example/?a=1&b=2]]></link>", "https://news.example/?a=1&b=2", "an ampersand stays one"),
    ],
)
def test_links(item, url, because):
    assert one(f"<title>T</title>{item}").url == url, because


def test_without_an_address_the_feeds_own_link_is_the_base():
    body = rss("<title>T</title><link>/a</link>", channel="<link>https://home.example/news/</link>")
    (item,) = parse_body(body, feed="home", url="", fetched=NOON).items
    assert item.url == "https://home.example/a"


@pytest.mark.parametrize(
    ("date", "published", "because"),
    [
        ("Sun, 01 Mar 2026 10:00:00 GMT", datetime(2026, 3, 1, 10, tzinfo=UTC), "RFC 822"),
        ("2026-03-01T10:00:00+05:30", datetime(2026, 3, 1, 4, 30, tzinfo=UTC), "RFC 3339"),
        ("", None, "none"),
        ("yesterday", None, "no date"),
        ("1700000000", None, "a count of seconds becomes the year 1699"),
        ("-62135596801", None, "a negative one"),
        ("0001-01-01T00:00:00+14:00", None, "the year 0"),
        ("9999-12-31T23:59:59-12:00", None, "the year 10000"),
        ("Sun, 01 Jan 2040 00:00:00 GMT", None, "further ahead than anyone announces"),
        ("Tue, 01 Jan 1980 00:00:00 GMT", None, "before the web"),
        ("32 Foo 2024", None, "no date"),
    ],
)
def test_dates_are_believed_or_missing(date, published, because):
    assert one(f"<title>T</title><pubDate>{date}</pubDate>").published == published, because


@pytest.mark.parametrize(
    ("item", "outlet", "because"),
    [
        ("<link>https://news.example/a</link>", "news.example", "the feed's own"),
        ("<link>https://www.other.example/a</link>", "other.example", "a link that leads elsewhere"),
        (
            "<link>https://news.example/r?x</link><source url='https://www.reuters.com'>Reuters</source>",
            "reuters.com",
            "the source an aggregator names",
        ),
        ("<link>https://news.example/r?x</link><source>Harbour Post</source>", "Harbour Post", "or only calls by name"),
        ("<link>https://www.other.example/a</link><source>Other</source>", "other.example", "a host says more than a name"),
        ("<link>https://news.example/a</link><source>Unknown</source>", "news.example", "nobody is no outlet"),
        ("", "news.example", "no link: the feed's host"),
    ],
)
def test_the_outlet_is_who_publishes(item, outlet, because):
    assert one(f"<title>T</title>{item}").outlet == outlet, because


def test_a_caption_is_not_the_text():
    item = one(
        "<title>T</title><description>Lead.</description><media:description type='plain'>A file picture of a tank.</media:description>"
    )
    assert (item.summary, item.text) == ("Lead.", "")


def test_unless_there_is_nothing_else():
    assert (
        one("<title>T</title><media:group><media:description>About the film.</media:description></media:group>").summary
        == "About the film."
    )


def test_a_whole_article_in_the_description_is_the_text():
    item = one(f"<title>T</title><description>{'Long words. ' * 1000}</description>")
    assert item.summary == ""
    assert len(item.text) > SUMMARY_LIMIT


def test_text_that_was_given_once_is_not_told_twice():
    item = one("<title>T</title><content:encoded>&lt;p&gt;Only here.&lt;/p&gt;</content:encoded>")
    assert (item.summary, item.text) == ("Only here.", "")


def ids(*items):
    return [item.id for item in parse(rss(*items)).items]


A, B, C = (
    "<title>A</title><guid isPermaLink='false'>1</guid>",
    "<title>B</title><guid isPermaLink='false'>1</guid>",
    "<title>C</title><guid isPermaLink='false'>1</guid>",
)


def test_one_guid_on_everything_gives_every_entry_an_id_that_stays():
    first, second = ids(A, B), ids(C, A, B)
    assert len(set(second)) == 3
    assert second[1:] == first


def test_broken_entries_anywhere_cost_no_other():
    entries = [f"<title>{n}</title><guid isPermaLink='false'>{n}</guid>" for n in range(40)]
    broken = {3, 4, 17, 39}
    items = parse(
        rss(*(f"<guid isPermaLink='false'>{n}</guid><title>x</titel>" if n in broken else entry for n, entry in enumerate(entries)))
    ).items
    assert [item.guid for item in items] == [str(n) for n in range(40)]


def test_a_malformed_feed_of_endless_entries_is_not_taken_apart(monkeypatch):
    body = rss(A, "<title>B</titel>", C)
    assert len(parse(body).items) == 3
    monkeypatch.setattr("producers.parse.MOST_SALVAGED", 2)
    assert len(parse(body).items) == 2


def test_links_that_tell_nothing_apart_either_leave_it_to_the_content():
    a, b = A + "<link>https://n.example/</link>", B + "<link>https://n.example/</link>"
    assert ids(a, b) == ids(b, a)[::-1]
    assert len(set(ids(a, b))) == 2


def test_links_tell_apart_what_a_guid_does_not_so_that_an_edit_keeps_its_id():
    at = "<link>https://n.example/{}</link>"
    before = ids(A + at.format(1), B + at.format(2))
    after = ids(A.replace(">A<", ">A, corrected<") + at.format(1), B + at.format(2))
    assert before == after
    assert len(set(before)) == 2


def test_an_entry_that_stands_twice_is_two_items():
    assert len(set(ids(A, A))) == 2
    assert ids(A, A)[0] == ids(A)[0], "and the first is the one it always was"


@pytest.mark.parametrize(
    ("body", "titles", "because"),
    [
        (rss("<title>A</title>", "<title>B")[:-25], ["A", ""], "cut off in transit"),
        (rss("<title>A</title>", "<title>B & C</title>"), ["A", "B & C"], "a bare ampersand"),
        (
            rss("<title>A</title>", "<title>B</titel>", "<title>C</title>"),
            ["A", "", "C"],
            "a tag that does not close costs its own entry only",
        ),
        (rss("<title>A&nbsp;&eacute;</title>"), ["A \u00e9"], "entities XML does not know"),
        (rss("<title>A&#xD800;&#0;</title>"), ["A\ufffd\ufffd"], "numbers of no character"),
        (rss("<title>A\x00\x0c</title>"), ["A"], "characters XML forbids"),
        (rss("<nothing/>"), [""], "an entry that says nothing"),
        (rss(), [], "no entries is a feed too"),
        (b"\xef\xbb\xbf" + rss("<title>A</title>"), ["A"], "a byte order mark"),
        (rss("<title>A</title>").decode().encode("utf-16"), ["A"], "UTF-16"),
    ],
)
def test_a_broken_feed_keeps_what_can_be_read(body, titles, because):
    assert [item.title for item in parse(body).items] == titles, because


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", ParseFault.EMPTY),
        (b"<html><body><rss/></body></html>", ParseFault.HTML),
        (b"{}", ParseFault.NOT_A_FEED),
        (b'{"items": [}', ParseFault.NOT_A_FEED),
        (b'{"items": []}', ParseFault.NOT_A_FEED),
        (b'{"version": "https://jsonfeed.org/version/1.1"}', ParseFault.NOT_A_FEED),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": {}}', ParseFault.NOT_A_FEED),
        (b"[" * 100_000, ParseFault.NOT_A_FEED),
        (b"{" + b'"a":[' * 100_000, ParseFault.NOT_A_FEED),
        (b"<channel/>", ParseFault.NOT_A_FEED),
        (b"<rss>" + b" " * BODY_LIMIT, ParseFault.TOO_BIG),
        (b"{" + b" " * BODY_LIMIT, ParseFault.TOO_BIG),
    ],
)
def test_what_is_no_feed_is_refused(body, kind):
    with pytest.raises(ParseError) as wrong:
        parse(body)
    assert wrong.value.kind is kind


@pytest.mark.parametrize(
    ("ttl", "expected"), [("60", timedelta(hours=1)), ("99999", timedelta(days=1)), ("-5", None), ("soon", None), ("9" * 5000, None)]
)
def test_ttl(ttl, expected):
    assert parse(rss("<title>A</title>", channel=f"<ttl>{ttl}</ttl>")).ttl == expected


def test_what_was_wrong_is_said():
    assert parse(rss("<title>A</title>")).problems == ()
    assert parse(rss("<title>B & C</title>")).problems[0].startswith("malformed: ")


LAUGHS = "<!DOCTYPE rss [" + "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9)) + "]>"
HOSTILE = {
    "billion laughs": (LAUGHS + rss("<title>&l9;</title>").decode().partition("?>")[2]).encode(),
    "billion laughs in UTF-16": (LAUGHS + rss("<title>&l9;</title>").decode().partition("?>")[2]).encode("utf-16"),
    "entities under every limit": (
        f'<!DOCTYPE rss [<!ENTITY a "{"A" * 800}">]>' + rss(f"<title>{'&a;' * 2_000}</title>").decode().partition("?>")[2]
    ).encode(),
    "a safe entity, used without end": (
        f'<!DOCTYPE rss [\n<!ENTITY a "{"A" * 50_000}">\n]>' + rss(f"<title>{'&a;' * 50_000}</title>").decode().partition("?>")[2]
    ).encode(),
    "an external entity": b'<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + rss("<title>&x;</title>"),
    "deep nesting": rss("<title>A</title><description>" + "<a>" * 20_000 + "</description>"),
    "deep nesting in HTML": rss("<title>A</title><description>" + "&lt;div&gt;" * 20_000 + "</description>"),
    "a long title": rss(f"<title>{'A' * 3_000_000}</title>"),
    "a long guid": rss(f"<title>A</title><guid>{'g' * 3_000_000}</guid>"),
    "a long attribute": rss(f"<title x='{'A' * 1_000_000}'>A</title>"),
    "name spaces": rss("<title>A</title>" + "".join(f"<x{n}:y xmlns:x{n}='u{n}'/>" for n in range(5_000))),
    "long character references": rss(f"<title>A&#{'9' * 5_000};&#x{'f' * 5_000};</title>"),
    "every encoding that raises": b"<?xml version='1.0' encoding='punycode'?>" + rss("<title>A</title>").partition(b"?>")[2],
    "white space before the root": b"\n" * 60_000 + rss("<title>A</title>"),
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_feed_is_read_in_bounds(name):
    items = parse(HOSTILE[name]).items
    assert len(items) == 1
    assert len(items[0].title) <= TITLE_LIMIT
    assert "root:" not in items[0].title


def sample(rng):
    """A feed with a little of everything, for mutation."""
    parts = [
        f"<title>{rng.choice(['Talks', 'A &amp; B', '<![CDATA[<b>x</b>]]>'])}</title>",
        f"<link>{rng.choice(['https://n.example/a', '/b', 'x:y'])}</link>",
        f"<guid>{rng.randrange(3)}</guid>",
        "<pubDate>Sun, 01 Mar 2026 10:00:00 GMT</pubDate>",
        "<description>&lt;p&gt;text&lt;/p&gt;</description>",
        "<source url='https://s.example'>S</source>",
    ]
    return rng.choice([rss(*("".join(rng.sample(parts, rng.randrange(1, 6))) for _ in range(3))), ATOM.encode()])


def mutated(rng):
    body = bytearray(sample(rng))
    for _ in range(rng.randrange(1, 12)):
        at = rng.randrange(len(body))
        match rng.randrange(5):
            case 0:
                body[at] = rng.randrange(256)
            case 1:
                del body[at : at + rng.randrange(1, 20)]
            case 2:
                body[at:at] = rng.choice(
                    [
                        b"<",
                        b"&",
                        b"]]>",
                        b"<![CDATA[",
                        b"&#",
                        b"<!--",
                        b"<item>",
                        b"</item>",
                        b"\xff",
                        b"xml:base='//['",
                        b"encoding='utf-16'",
                    ]
                )
            case 3:
                body[at:at] = body[at : at + rng.randrange(1, 60)]
            case _:
                body[at : at + 1] = rng.randbytes(3)
        if not body:
            return b""
    return bytes(body)


def holds_its_promises(body):
    try:
        parsed = parse(body)
    except ParseError:
        return
    assert len({item.id for item in parsed.items}) == len(parsed.items)
    for item in parsed.items:
        assert len(item.title) <= TITLE_LIMIT
        assert item.url == "" or item.url.startswith(("http://", "https://"))
        assert item.published is None or 1990 <= item.published.year <= 2027
        assert item.outlet
    assert parse(body) == parsed, "the same bytes, the same answer"


@pytest.mark.parametrize("seed", range(300))
def test_a_mutated_feed_is_a_feed_or_a_parse_error(seed):
    holds_its_promises(mutated(random.Random(seed)))


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("share", range(20))
def test_many_mutated_feeds(share):
    for seed in range(1000 + share * 1000, 2000 + share * 1000):
        holds_its_promises(mutated(random.Random(seed)))


@settings(deadline=None)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.text(max_size=200).map(rss),
        st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")),
    )
)
def test_any_bytes_are_a_feed_or_a_parse_error(body):
    holds_its_promises(body)


def test_an_item_does_not_depend_on_its_neighbours():
    alone, among = parse(rss(A)).items[0], parse(rss("<title>X</title>", A, "<title>Y</title>")).items[1]
    assert alone == among
