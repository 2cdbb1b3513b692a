"""News sitemaps become items like feeds do; what is no news in them, and what is broken, costs nothing else."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers import sitemap
from producers.fault import ParseError, ParseFault
from producers.parse import parse_body
from tocsin.model import content_id

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADDRESS = "https://news.example/sitemap-news.xml"
SPACES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9" '
    'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
)


def url(address, title, when="2026-03-01T10:30:00+01:00", more=""):
    news = f"<n:news><n:publication><n:name>The Post</n:name><n:language>en</n:language></n:publication><n:publication_date>{when}</n:publication_date><n:title>{title}</n:title></n:news>"
    return f"<url><loc>{address}</loc>{news if title else ''}{more}</url>"


def body(*urls, spaces=SPACES, end="</urlset>"):
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- made by a robot -->\n<urlset {spaces}>{"".join(urls)}{end}'.encode()


def parse(text):
    return parse_body(text, feed=ADDRESS, url=ADDRESS, fetched=NOON)


def test_a_news_entry_becomes_an_item():
    (item,) = parse(body(url("https://news.example/a", "Shells fall on a border town &amp; a bridge"))).items
    assert item.title == "Shells fall on a border town & a bridge"
    assert item.url == "https://news.example/a"
    assert item.published == datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    assert item.outlet == "news.example"
    assert item.id == content_id(ADDRESS, "news.example/a")


@pytest.mark.parametrize(
    ("when", "published"),
    [
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01T10:00:00Z", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("9999-01-01", None),  # no feed of today tells of that year
        ("yesterday", None),
        ("", None),
    ],
)
def test_the_time_is_that_of_the_news(when, published):
    assert parse(body(url("https://news.example/a", "T", when))).items[0].published == published


def test_pages_without_news_are_no_entries_and_a_picture_has_no_say():
    picture = "<image:image><image:loc>https://news.example/p.jpg</image:loc><image:title>A bridge</image:title></image:image>"
    items = parse(body(url("https://news.example/about", ""), url("https://news.example/a", "One", more=picture))).items
    assert [(item.url, item.title) for item in items] == [("https://news.example/a", "One")]


def test_what_stands_before_a_mistake_is_kept_and_the_mistake_told():
    parsed = parse(body(url("https://news.example/a", "One"), url("https://news.example/b", "Two"), end="<url><loc>x</lo"))
    assert [item.title for item in parsed.items] == ["One", "Two"]
    assert parsed.problems[0].startswith("malformed: ")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (body(url("https://news.example/about", "")), "a sitemap without news: no <news:news> in it"),
        (
            b"<sitemapindex><sitemap><loc>https://news.example/1.xml</loc></sitemap></sitemapindex>",
            "a list of sitemaps; name the one of them that holds the news",
        ),
    ],
)
def test_what_holds_no_news_says_so(text, reason):
    with pytest.raises(ParseError) as wrong:
        parse(text)
    assert (wrong.value.kind, wrong.value.reason) == (ParseFault.NOT_A_FEED, reason)


def test_an_empty_sitemap_is_a_feed_with_nothing_in_it():
    assert parse(body()).items == ()


@given(st.text(alphabet=st.sampled_from(list("<>/=\"'&;:#x0aurlsetnewsloctitle \n]!-[CDATA")), max_size=300))
def test_any_text_is_read_or_refused(rest):
    text = f"<urlset {SPACES}>{rest}"
    with suppress(ParseError):
        sitemap.read(text)
