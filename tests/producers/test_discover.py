"""Which feeds a page names."""

import pytest

from producers.discover import feeds_guessed, feeds_named

BASE = "https://wire.example/world/"


@pytest.mark.parametrize(
    ("page", "feeds"),
    [
        ('<link rel="alternate" type="application/rss+xml" href="/rss">', ["https://wire.example/rss"]),
        ("<LINK TYPE=application/atom+xml REL=Alternate HREF=feed.xml>", ["https://wire.example/world/feed.xml"]),
        ("<link rel='feed' href='//cdn.example/f?a=1&amp;b=2'>", ["https://cdn.example/f?a=1&b=2"]),
        ('<link rel="alternate" hreflang="de" href="/de/">', []),
        ('<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/2">', ["https://wire.example/wp-json/wp/v2/pages/2"]),
        ('<a href="https://wire.example/feeds/world.xml">RSS</a>', ["https://wire.example/feeds/world.xml"]),
        ('<a href="/feedback">write to us</a>', []),
        ('<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">', []),
        ('<link rel="alternate" type="application/rss+xml" href="http://[">', []),
        (
            "<link rel=alternate type=application/rss+xml href=/comments/feed/><link rel=alternate type=application/rss+xml href=/feed/>",
            ["https://wire.example/feed/", "https://wire.example/comments/feed/"],
        ),
        ("<link rel=alternate type=application/rss+xml href=/a>" * 50, ["https://wire.example/a"]),
        ("", []),
    ],
)
def test_feeds_named(page, feeds):
    assert list(feeds_named(page, BASE)) == feeds


def test_no_more_than_ten_are_taken():
    assert len(feeds_named("".join(f"<link rel=feed href=/{n}>" for n in range(99)), BASE)) == 10


def test_usual_places_are_of_the_same_host():
    assert all(url.startswith("https://wire.example/") for url in feeds_guessed(BASE))
