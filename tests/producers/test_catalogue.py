"""Lists of feeds, and the one that ships."""

from ipaddress import ip_network
from urllib.parse import urlsplit

import pytest

from producers.catalogue import CatalogueError, Feed, default_feeds, read_catalogue
from tocsin.network import NetworkPolicy, check_url

GOOD = b'[[feed]]\nname = "a"\nurl = "https://a.example/rss"\n'


def test_a_list_is_read():
    assert read_catalogue(GOOD) == (Feed(name="a", url="https://a.example/rss"),)
    assert read_catalogue(b"") == ()


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"[[feed", "not a list of feeds"),
        (b"\xff", "not a list of feeds"),
        (b'[[feed]]\nname = "a"\n', "missing required field `url`"),
        (GOOD + b'ulr = "x"\n', "unknown field `ulr`"),
        (GOOD + GOOD.replace(b"a.example", b"b.example"), "two feeds have the name 'a'"),
        (GOOD + GOOD.replace(b'"a"', b'"b"'), "two feeds have the url"),
    ],
)
def test_a_list_that_cannot_be_meant_is_refused(raw, says):
    with pytest.raises(CatalogueError, match=says):
        read_catalogue(raw)


def test_the_default_feeds_are_of_many_publishers_and_may_be_reached():
    feeds = default_feeds()
    assert len(feeds) >= 25
    assert len({urlsplit(feed.url).hostname for feed in feeds}) == len(feeds)
    for feed in feeds:
        assert feed.url.startswith("https://")
        assert feed.title
        check_url(feed.url, NetworkPolicy(allow_networks=(ip_network("127.0.0.0/8"),)))
