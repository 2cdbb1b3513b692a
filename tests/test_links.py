"""Two addresses of one article have one canonical form; two articles have two."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.links import canonical_url, outlet_of

ONE = [
    ("a tracking parameter", "https://example.org/a?utm_source=rss&utm_medium=x", "https://example.org/a"),
    ("two values of one tracking parameter", "https://example.org/a?at_medium=RSS", "https://example.org/a?at_medium=custom"),
    ("the order of parameters", "https://example.org/a?x=1&y=2", "https://example.org/a?y=2&x=1"),
    ("http and https", "http://example.org/a", "https://example.org/a"),
    ("www", "https://www.example.org/a", "https://example.org/a"),
    ("a mobile host", "https://m.example.org/a", "https://mobile.example.org/a"),
    ("a mobile label inside the host", "https://en.m.example.org/a", "https://en.example.org/a"),
    ("an AMP host", "https://amp.example.org/a", "https://example.org/a"),
    ("an AMP path at the end", "https://example.org/a/amp/", "https://example.org/a"),
    ("an AMP path in front", "https://example.org/amp/a", "https://example.org/a"),
    ("an AMP suffix", "https://example.org/a.amp", "https://example.org/a"),
    ("an AMP suffix before .html", "https://example.org/a.amp.html", "https://example.org/a.html"),
    ("an AMP parameter", "https://example.org/a?outputType=amp", "https://example.org/a?amp=1"),
    ("a fragment", "https://example.org/a#comments", "https://example.org/a"),
    ("a closing slash", "https://example.org/a/", "https://example.org/a"),
    ("doubled slashes", "https://example.org//a", "https://example.org/a"),
    ("an escaped letter", "https://example.org/caf%C3%A9", "https://example.org/café"),
    ("the host's case and point", "https://Example.ORG./a", "https://example.org/a"),
    ("the default port", "https://example.org:443/a", "http://example.org:80/a"),
    ("Google's AMP viewer", "https://www.google.com/amp/s/www.example.org/a/amp", "https://example.org/a"),
    ("the AMP cache", "https://www-example-org.cdn.ampproject.org/c/s/www.example.org/a", "https://example.org/a"),
    ("Google's redirector", "https://www.google.com/url?rct=j&url=https://example.org/a%3Fid%3D7&ct=ga", "https://example.org/a?id=7"),
    ("an archive's link out", "https://archive.is/o/ab12C/https://www.example.org/a?x=1", "https://example.org/a?x=1"),
    (
        "an archive of an archive",
        "https://archive.ph/2026/https://web.archive.org/web/20260301/https:/example.org/a",
        "https://example.org/a",
    ),
    ("two hosts of one publisher", "https://www.bbc.co.uk/news/articles/c1", "https://www.bbc.com/news/articles/c1"),
    ("a short link whose target it names", "https://youtu.be/abc123?si=x", "https://www.youtube.com/watch?v=abc123"),
]
TWO = [
    ("another path", "https://example.org/a", "https://example.org/b"),
    ("another number in the query", "https://example.org/?id=1", "https://example.org/?id=2"),
    ("another host", "https://example.org/a", "https://example.com/a"),
    ("another port", "http://127.0.0.1:8001/a", "http://127.0.0.1:8002/a"),
    ("a word that only begins like AMP", "https://example.org/amplify", "https://example.org/lify"),
    ("a host that only begins like m.", "https://mexample.org/a", "https://example.org/a"),
    ("two archived articles", "https://archive.is/o/x/https://example.org/a", "https://archive.is/o/x/https://example.org/b"),
]


@pytest.mark.parametrize(("why", "one", "other"), ONE, ids=[why for why, *_ in ONE])
def test_addresses_of_one_article_are_one(why, one, other):
    assert canonical_url(one) == canonical_url(other)


@pytest.mark.parametrize(("why", "one", "other"), TWO, ids=[why for why, *_ in TWO])
def test_addresses_of_two_articles_are_two(why, one, other):
    assert canonical_url(one) != canonical_url(other)


@pytest.mark.parametrize(
    ("url", "outlet"),
    [
        ("https://www.Example.org/a", "example.org"),
        ("https://amp.example.org/a", "example.org"),
        ("https://archive.is/o/x/https://www.example.org/a", "example.org"),
        ("https://www.bbc.co.uk/news", "bbc.com"),
        ("no address", ""),
        ("http://[", ""),
        ("", ""),
    ],
)
def test_the_outlet_is_the_publishers_host(url, outlet):
    assert outlet_of(url) == outlet


@given(st.one_of(st.text(), st.from_regex(r"https?://[a-z.]{1,12}(:[0-9a-z]{1,3})?/[a-z/.#?=&%]{0,20}")))
@settings(deadline=None)
def test_any_text_has_a_canonical_form_that_stays(url):
    assert canonical_url(canonical_url(url)) == canonical_url(url)
