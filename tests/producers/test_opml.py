"""Lists of feeds, in and out."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.opml import OpmlError, Outline, read_opml, write_opml

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def opml(body, head=""):
    return f"<?xml version='1.0'?>{head}<opml version='1.0'><head/><body>{body}</body></opml>".encode()


@pytest.mark.parametrize(
    ("body", "outlines"),
    [
        ("<outline text='T' xmlUrl='https://a.example/'/>", [Outline(url="https://a.example/", title="T")]),
        ("<OUTLINE TITLE='T' XMLURL=' https://a.example/ '/>", [Outline(url="https://a.example/", title="T")]),
        ("<outline xmlUrl='https://a.example/?a=1&b=2'/>", [Outline(url="https://a.example/?a=1&b=2")]),
        ("<outline xmlUrl='feed://a.example/x'/>", [Outline(url="https://a.example/x")]),
        ("<outline xmlUrl='feed:https://a.example/x'/>", [Outline(url="https://a.example/x")]),
        (
            "<outline text='World'><outline text='Asia'><outline text='T' xmlUrl='https://a.example/'/></outline></outline>",
            [Outline(url="https://a.example/", title="T", folders=("World", "Asia"))],
        ),
        (
            "<outline text='1' xmlUrl='https://a.example/'/><outline text='2' xmlUrl='https://a.example/'/>",
            [Outline(url="https://a.example/", title="1")],
        ),
        ("<outline text='only a folder'/><outline text='T' xmlUrl='https://a.example/'/>", [Outline(url="https://a.example/", title="T")]),
    ],
)
def test_what_is_nearly_opml_is_read_too(body, outlines):
    assert list(read_opml(opml(body))) == outlines


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "no XML"),
        (b"no list", "no XML"),
        (opml(""), "no outline"),
        (b"<rss><channel/></rss>", "no outline"),
        (opml("&a;", "<!DOCTYPE opml [<!ENTITY a 'b'>]>"), "defines entities"),
        (opml("&x;", "<!DOCTYPE opml [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"), "defines entities"),
        (b" " * (32 * 1024 * 1024 + 1), "bytes, more than"),
    ],
)
def test_what_is_no_list_is_refused_with_the_reason(raw, why):
    with pytest.raises(OpmlError, match=why):
        read_opml(raw)


def test_a_list_nested_without_end_is_read_or_refused():
    raw = opml("<outline text='f'>" * 50_000 + "<outline xmlUrl='https://a.example/'/>" + "</outline>" * 50_000)
    try:
        (outline,) = read_opml(raw)
    except OpmlError:
        return
    assert outline.url == "https://a.example/"


WORDS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=20)
OUTLINES = st.builds(
    Outline,
    url=st.builds("https://{}.example/{}".format, st.text("abc", min_size=1, max_size=8), st.text("xyz?&=%;'\"<>/", max_size=12)),
    title=WORDS,
    folders=st.lists(WORDS, max_size=3).map(tuple),
)


@given(st.lists(OUTLINES, min_size=1, max_size=20, unique_by=lambda outline: outline.url))
def test_a_list_survives_the_journey(outlines):
    from tocsin.text import clean_text

    cleaned = [
        Outline(
            url=one.url, title=clean_text(one.title, 500) or one.url, folders=tuple(filter(None, (clean_text(f, 200) for f in one.folders)))
        )
        for one in outlines
    ]
    back = read_opml(write_opml(cleaned, NOON))
    assert sorted(back, key=repr) == sorted(cleaned, key=repr)
    assert write_opml(back, NOON) == write_opml(read_opml(write_opml(back, NOON)), NOON)


def test_two_thousand_feeds_survive_the_journey():
    outlines = [
        Outline(url=f"https://{n}.example/rss?a={n}&b=<ü>", title=f"Feed № {n} “& co”", folders=(f"Ordner {n % 7}", f"{n % 3}")[: n % 3])
        for n in range(2_000)
    ]
    back = read_opml(write_opml(outlines, NOON))
    assert {one.url: one for one in back} == {one.url: one for one in outlines}
