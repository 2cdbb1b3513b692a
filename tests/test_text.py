"""What any string from outside becomes: a table of texts, a table of links, and the laws both keep."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.text import GUID_LIMIT, RAW_LIMIT, SUMMARY_LIMIT, TITLE_LIMIT, URL_LIMIT, clean_guid, clean_text, clean_url

FORBIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U000e007f]"
)


@pytest.mark.parametrize(
    ("raw", "clean", "because"),
    [
        (None, "", "a field that is not there is empty"),
        ("  Talks \t\n fail  ", "Talks fail", "white space collapses"),
        ("Army <b>shells</b> town", "Army shells town", "inline tags leave nothing"),
        ("<p>Talks fail</p><p>Border closed</p>", "Talks fail Border closed", "blocks part words"),
        ("one<br/>two", "one two", "a break parts words"),
        ("<a title='a > b' href=\"x>y\">link</a>", "link", "a tag does not end inside quotes"),
        ("<a title='broken>word</a> end", "word end", "with quotes out of balance, a tag ends at the first >"),
        ("<SCRIPT>alert(1)</script>Fire", "Fire", "scripts go with their contents"),
        ("<style>p{}</style >Fire", "Fire", "styles too"),
        ("<script>alert(1)", "alert(1)", "contents of an element that never ends are text"),
        ("a<!-- <p>b</p> -->c", "ac", "comments go"),
        ("a<!-- b", "a", "a comment that never ends takes the rest"),
        ("a<!-- b > c", "a c", "unless a > comes: that is where browsers give up too"),
        ("<![CDATA[x]]>y", "y", "marked sections are tags to a reader"),
        ("3 < 5 and 7 > 5", "3 < 5 and 7 > 5", "a lone < is text"),
        ("rate <5%", "rate <5%", "so is one before a number"),
        ("we <3 peace", "we <3 peace", "or a heart"),
        ('Read more <a href="http://exam', "Read more", "a tag that was cut off goes"),
        ("x <y and then some words", "x <y and then some words", "what only begins like a tag is text"),
        ("AT&amp;T", "AT&T", "entities are decoded"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;", "once"),
        ("&lt;script&gt;", "<script>", "so a text about a tag keeps its words"),
        ("It&#8217;s 5&nbsp;km", "It\u2019s 5 km", "by number and by name"),
        ("&#xD800;&#0;&#x110000;", "\ufffd\ufffd\ufffd", "a number that is no character is the replacement character"),
        ("&#" + "9" * 5000 + ";x", "\ufffdx", "even with more digits than Python converts"),
        ("a\x1b[31mb\x07", "a[31mb", "terminal escapes lose their escape"),
        ("a\u202egnp.exe", "agnp.exe", "no text runs backwards"),
        ("Ukra\u00adine\u200b", "Ukraine", "invisible characters do not hide a name"),
        ("x\U000e0041\U000e007fy", "xy", "tag characters go"),
        ("a\ud800b\ufffec\ufdd0", "abc", "so do surrogates and noncharacters"),
        ("e\u0301", "\u00e9", "composed (NFC)"),
        ("\u0646\u200c\u0647", "\u0646\u200c\u0647", "the joiners Persian needs stay"),
        ("line\u2028sep\x85next\rlast", "line sep next last", "all that breaks a line is one space"),
        ("[/nope] [link=x]", "[/nope] [link=x]", "markup of other tools is text, for them to escape"),
    ],
)
def test_clean_text(raw, clean, because):
    assert clean_text(raw, TITLE_LIMIT) == clean, because


def test_lines_keeps_one_line_feed_between_blocks():
    assert clean_text("<div><p>One </p>\n\n<p> two</p></div><ul><li>three</li></ul>", 100, lines=True) == "One\ntwo\nthree"


@pytest.mark.parametrize(
    ("raw", "limit", "clean", "because"),
    [
        ("abcdef", 3, "abc", "cut at the limit"),
        ("abc def", 4, "abc", "no space is left at the end"),
        ("abx\u0323\u0307", 3, "ab", "a letter goes with its marks"),
        ("ab\U0001f468\u200d\U0001f469\u200d\U0001f467", 4, "ab", "a family is one sign"),
        ("ab\U0001f44d\U0001f3fd", 3, "ab", "a thumb goes with its colour"),
        ("\U0001f1eb\U0001f1f7\U0001f1e9\U0001f1ea", 3, "\U0001f1eb\U0001f1f7", "half a flag is no flag"),
        ("a\u0301\u0302\u0303bc", 4, "\u00e1\u0302\u0303b", "whole letters stay"),
    ],
)
def test_a_cut_never_falls_inside_a_sign(raw, limit, clean, because):
    assert clean_text(raw, limit) == clean, because


def test_a_letter_keeps_no_more_than_thirty_marks():
    assert clean_text("q" + "\u0301" * 100 + "r" + "\u0301" * 5, 500) == "q" + "\u0301" * 30 + "\u0155" + "\u0301" * 4


FLOODS = {
    "opening brackets": "<" * RAW_LIMIT,
    "opening tags": "<a" * RAW_LIMIT,
    "tags with open quotes": "<a '\"" * RAW_LIMIT,
    "balanced quotes without an end": "<a\"<b'\"<c'" * RAW_LIMIT,
    "comments": "<!--" * RAW_LIMIT,
    "scripts": "<script>" * RAW_LIMIT,
    "divs": "<div>" * RAW_LIMIT,
    "ampersands": "&" * RAW_LIMIT,
    "character references": "&#x" + "f" * RAW_LIMIT,
    "marks in the wrong order": "a" + "\u0316\u0301" * RAW_LIMIT,
    "joiners": "\u200d" * RAW_LIMIT,
    "flags": "\U0001f1e6" * RAW_LIMIT,
    "line feeds": "\n " * RAW_LIMIT,
}


@pytest.mark.timeout(10)  # each takes some milliseconds; one quadratic step would take minutes
@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_takes_linear_time(name):
    assert len(clean_text(FLOODS[name], SUMMARY_LIMIT)) <= SUMMARY_LIMIT


PIECES = st.lists(
    st.one_of(
        st.text(max_size=8),
        st.sampled_from(
            [
                "<",
                ">",
                "</",
                "<a ",
                "'",
                '"',
                "<!--",
                "-->",
                "&",
                "&#",
                ";",
                "<script>",
                "</script>",
                "\u0301",
                "\u200d",
                "\u202e",
                "\x1b",
                "\ud800",
            ]
        ),
    ),
    max_size=40,
).map("".join)


@given(PIECES, st.integers(1, 60), st.booleans())
def test_whatever_comes_the_result_is_short_composed_and_harmless(raw, limit, lines):
    clean = clean_text(raw, limit, lines=lines)
    assert len(clean) <= limit
    assert not FORBIDDEN.search(clean)
    assert unicodedata.is_normalized("NFC", clean)
    assert clean == clean.strip()
    assert "  " not in clean
    assert lines or "\n" not in clean


@given(st.text(st.characters(categories=("L", "N")), max_size=60))
def test_plain_words_stay_as_they_are(words):
    assert clean_text(words, 1000) == unicodedata.normalize("NFC", words)


@pytest.mark.parametrize(
    ("raw", "clean", "because"),
    [
        (None, "", "none"),
        ("tag:example.org,2026:1", "tag:example.org,2026:1", "kept"),
        (" a\n b\x00 ", "a b", "one line, no controls"),
        ("https://example.org/?a=1&amp;b=2", "https://example.org/?a=1&amp;b=2", "an identifier is compared, not read"),
    ],
)
def test_clean_guid(raw, clean, because):
    assert clean_guid(raw) == clean, because


def test_a_long_guid_becomes_a_hash_of_the_whole():
    long, other = "x" * (GUID_LIMIT + 1), "x" * (GUID_LIMIT + 2)
    assert clean_guid(long) != clean_guid(other)
    assert len(clean_guid(long)) < 60
    assert clean_guid("x" * GUID_LIMIT) == "x" * GUID_LIMIT


BASE = "https://news.example/rss/world.xml"


@pytest.mark.parametrize(
    ("raw", "clean", "because"),
    [
        ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d", "a good link stays to the letter"),
        ("HTTP://Example.ORG/A", "http://example.org/A", "scheme and host in lower case"),
        ("/a/1", "https://news.example/a/1", "relative to the feed"),
        ("../b", "https://news.example/b", "and its folder"),
        ("//other.example/c", "https://other.example/c", "relative to the scheme"),
        (" https://example.org/\n a ", "https://example.org/%20a", "line feeds go, spaces are encoded"),
        ("https://example.org/caf\u00e9?q=\u00fc", "https://example.org/caf%C3%A9?q=%C3%BC", "only ASCII comes out"),
        ("https://m\u00fcnchen.example/", "https://xn--mnchen-3ya.example/", "the host too"),
        ("https://example.org/100%25", "https://example.org/100%25", "what is encoded is not encoded again"),
        ("https://example.org/|Click><!channel>", "https://example.org/%7CClick%3E%3C!channel%3E", "nothing breaks out of a chat's link"),
        ('https://example.org/"onclick="x', "https://example.org/%22onclick=%22x", "or out of an attribute"),
        ("https://example.org:8443/a", "https://example.org:8443/a", "a port may be there"),
        ("https://[2001:db8::1]/a", "https://[2001:db8::1]/a", "so may an address"),
        ("javascript:alert(1)", "", "no other scheme"),
        ("data:text/html,x", "", "no other scheme"),
        ("vbscript:x", "", "no other scheme"),
        ("file:///etc/passwd", "", "no other scheme"),
        ("java\nscript:alert(1)", "", "not even one in pieces"),
        ("http://bbc.co.uk@evil.example/", "", "no user name before the host"),
        ("http://evil.example\\@bbc.co.uk/", "", "and no trick with it"),
        ("http://a b.example/", "", "no host with a space"),
        ("http://ex<ample.org/", "", "no host with a bracket"),
        ("http:///path", "", "no link without a host"),
        ("https://example.org:port/", "", "no port in words"),
        ("https://example.org:99999/", "", "no port out of range"),
        ("http://[::1", "", "no broken address"),
        ("http://" + "a" * 70 + "\u00e9.example/", "", "no host IDNA refuses"),
        ("https://example.org/" + "a" * URL_LIMIT, "", "no endless link"),
        ("", "", "nothing is nothing"),
    ],
)
def test_clean_url(raw, clean, because):
    assert clean_url(raw, BASE) == clean, because


@given(
    st.one_of(st.text(), st.tuples(st.sampled_from(["http://", "https://", "//", "/"]), st.text()).map("".join)),
    st.sampled_from(["", BASE, "http://[", "\ud800"]),
)
def test_a_link_is_http_in_ascii_or_nothing(raw, base):
    url = clean_url(raw, base)
    assert url == "" or (url.startswith(("http://", "https://")) and url.isascii() and not set(url) & set(' <>"|\\^`{}\n\x7f'))
    assert clean_url(url) == url, "a clean link stays as it is"
