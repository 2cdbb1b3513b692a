"""How bytes become a document: encodings, prologs, and what is scrubbed."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.document import PROLOG_LIMIT, decode, read_document, scrub
from producers.fault import ParseError, ParseFault

FEED = "<rss version='2.0'><channel><title>Caf\u00e9 \u2014 \u0416</title></channel></rss>"


@pytest.mark.parametrize(
    ("body", "content_type", "because"),
    [
        (FEED.encode(), "", "UTF-8 where nothing is said"),
        (codecs.BOM_UTF8 + FEED.encode(), "", "a byte order mark"),
        (codecs.BOM_UTF16_LE + FEED.encode("utf-16-le"), "", "a byte order mark"),
        (codecs.BOM_UTF16_BE + FEED.encode("utf-16-be"), "", "a byte order mark"),
        (codecs.BOM_UTF32_LE + FEED.encode("utf-32-le"), "", "a byte order mark"),
        (FEED.encode("utf-16-le"), "", "no mark, but the pattern of UTF-16"),
        (FEED.encode("utf-16-be"), "", "no mark, but the pattern of UTF-16"),
        (FEED.encode("utf-32-be"), "", "no mark, but the pattern of UTF-32"),
        (
            b"<?xml version='1.0' encoding='utf-8'?>" + FEED.encode(),
            "text/xml; charset=us-ascii",
            "the document knows better than the server",
        ),
        (FEED.encode(), 'text/xml; charset="UTF-8"', "the server's charset"),
        (b"<?xml version='1.0' encoding='x-unknown'?>" + FEED.encode(), "", "a name nobody knows counts as none"),
        (b"<?xml version='1.0' encoding='undefined'?>" + FEED.encode(), "", "a codec that only raises is no encoding"),
        (b"<?xml version='1.0' encoding='rot13'?>" + FEED.encode(), "", "nor is one that is no encoding of text"),
        (b"<?xml version='1.0' encoding='us-ascii'?>" + FEED.encode(), "", "what claims to be less, and is good UTF-8, is UTF-8"),
    ],
)
def test_the_encoding_is_found(body, content_type, because):
    assert read_document(body, content_type).text == FEED, because


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("iso-8859-1", "\u201cquotes\u201d and a dash \u2013"),  # what windows-1252 adds is meant
        ("windows-1251", "\u041a\u0438\u0435\u0432"),
        ("koi8-r", "\u041c\u043e\u0441\u043a\u0432\u0430"),
        ("shift_jis", "\u6771\u4eac"),
        ("gb2312", "\u5317\u4eac"),
        ("big5", "\u53f0\u5317"),
        ("euc-kr", "\uc11c\uc6b8"),
    ],
)
def test_a_declared_encoding_is_honoured(encoding, text):
    raw = text.encode("cp1252" if encoding == "iso-8859-1" else encoding)
    body = f"<?xml version='1.0' encoding='{encoding}'?><rss>".encode() + raw + b"</rss>"
    document = read_document(body)
    assert document.text == f"<rss>{text}</rss>"
    assert document.problems == ()


@pytest.mark.parametrize(
    ("declared", "text", "problems"),
    [
        ("us-ascii", "caf\u00e9", ("declared as us-ascii, read as utf-8",)),
        ("us-ascii", "cafe", ()),
        ("utf-8", "caf\u00e9", ()),
        ("x-unknown", "caf\u00e9", ("declared as x-unknown, read as utf-8",)),
        ("x-unknown", "cafe", ()),
    ],
)
def test_a_declaration_that_is_wrong_is_told_where_it_matters(declared, text, problems):
    assert decode(f"<?xml version='1.0' encoding='{declared}'?>{text}".encode(), "")[1] == problems


def test_one_bad_byte_costs_one_character():
    text, problems = decode("\u0416 ".encode() * 50 + b"\xff", "")
    assert text == "\u0416 " * 50 + "\ufffd"
    assert problems


def test_latin_text_that_claims_to_be_utf8_is_read_as_windows_1252():
    text, problems = decode("<?xml version='1.0' encoding='utf-8'?><rss>caf\u00e9 \u2013 \u00fcber</rss>".encode("cp1252"), "")
    assert text.endswith("caf\u00e9 \u2013 \u00fcber</rss>")
    assert problems == ("not the encoding it claims to be, read as windows-1252",)


LAUGHS = "<!DOCTYPE rss [" + "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9)) + "]>"


@pytest.mark.parametrize(
    ("prolog", "because"),
    [
        ("", "nothing"),
        ("<?xml version='1.0'?>\n", "a declaration"),
        ("<?xml version='1.0'?><!-- <rss> --><?php <feed> ?>", "what stands in comments and instructions is not the root"),
        ('<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://my.netscape.com/rss-0.91.dtd">', "a public doctype"),
        (LAUGHS, "entities that expand without end"),
        ("<!-- <a -->" + LAUGHS, "hidden behind a comment"),
        ('<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>', "an external entity"),
        ("\n" * 60_000, "white space that takes a backtracking parser half a minute"),
        ("\n<!ENTITY" * 6_000, "a flood of beginnings"),
        ("<!--" * 15_000, "a flood of comments"),
        ("<br />\n<b>Warning</b>: something in line 7<br />", "a server's warning before the feed"),
    ],
)
def test_the_document_begins_with_its_root(prolog, because):
    assert read_document((prolog + FEED).encode()).text == FEED, because


@pytest.mark.parametrize(
    ("prolog", "told"),
    [
        ("<?xml version='1.0'?><!-- x --><!DOCTYPE rss>\n", ()),
        (LAUGHS, ()),
        ("<br/>", ("something stands before the root element",)),
        ("Warning: <b>line 7</b>\n", ("something stands before the root element",)),
    ],
)
def test_what_a_server_put_before_the_feed_is_told(prolog, told):
    assert read_document((prolog + FEED).encode()).problems == told


@pytest.mark.parametrize(
    ("body", "kind", "because"),
    [
        (b"", ParseFault.EMPTY, "nothing"),
        (b" \r\n\t\x00", ParseFault.EMPTY, "nothing to see"),
        (b"<!DOCTYPE html><html><rss></rss></html>", ParseFault.HTML, "a page is a page, whatever it holds"),
        (b"<html lang='en'><body>Log in</body></html>", ParseFault.HTML, "a page"),
        (b"\n\n<!-- x --><HEAD><title>", ParseFault.HTML, "a page without its first tag"),
        (b"<opml version='2.0'></opml>", ParseFault.NOT_A_FEED, "a list of feeds is no feed"),
        (b"<svg><title>x</title></svg>", ParseFault.NOT_A_FEED, "another XML"),
        (b"%PDF-1.4", ParseFault.NOT_A_FEED, "no XML"),
        (b"\n" * PROLOG_LIMIT + FEED.encode(), ParseFault.NOT_A_FEED, "a root that begins too far in"),
        (b"\x00" * 1_000_000 + b"x", ParseFault.NOT_A_FEED, "zeros"),
    ],
)
def test_what_is_no_feed_is_refused_with_its_reason(body, kind, because):
    with pytest.raises(ParseError) as wrong:
        read_document(body)
    assert wrong.value.kind is kind, because


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a &amp; b &lt;p&gt; &quot;&apos;", "a &amp; b &lt;p&gt; &quot;&apos;"),
        ("&nbsp;&eacute;&hellip;", "&#160;&#233;&#8230;"),
        ("&amp;nbsp;", "&amp;nbsp;"),
        ("&nosuchname;", "&nosuchname;"),
        ("?a=1&b=2", "?a=1&b=2"),
        ("&#8217;&#x2019;", "&#8217;&#8217;"),
        ("&#xD800;&#55296;&#0;&#8;&#xFFFF;&#x110000;", "\ufffd" * 6),
        ("&#" + "9" * 5_000 + ";", "\ufffd"),
        ("&#x" + "0" * 5_000 + "41;", "&#65;"),
        ("a\x00b\x0bc\x1bd", "abcd"),
        ("&#9;&#x20;&#xE000;&#x10000;&#x10FFFF;", "&#9;&#32;&#57344;&#65536;&#1114111;"),
    ],
)
def test_scrub(text, clean):
    assert scrub(text) == clean


@given(st.binary(max_size=200), st.text(max_size=40))
def test_any_bytes_are_a_document_or_a_parse_error(body, content_type):
    try:
        document = read_document(body, content_type)
    except ParseError:
        return
    assert document.text.startswith("<")
