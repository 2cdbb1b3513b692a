"""Finds the feeds that a web page names, and where a site's feed would be when it names none."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urljoin, urlsplit

REACH = 512 * 1024
"""Characters of a page that are read: what names feeds stands in its head."""
MOST = 10
_LINK = re.compile(r"<link\b([^>]{1,2000})>", re.IGNORECASE)
_ANCHOR = re.compile(r"<a\b([^>]{1,2000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-zA-Z-]{1,20})\s{0,4}=\s{0,4}(?:"([^"]{0,2000})"|'([^']{0,2000})'|([^\s"'>]{1,2000}))""")
_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json", "application/json"})
_LOOKS_LIKE_ONE = re.compile(r"(?:[./_-]|^)(?:rss|atom|rdf|feeds?)(?:[./_?=-]|$)", re.IGNORECASE)
_NO_FEED = re.compile(r"\b(?:comments|oembed)\b|/wp-json/", re.IGNORECASE)
GUESSES = ("/feed/", "/rss.xml", "/rss", "/feed.xml", "/atom.xml", "/index.xml")


def feeds_named(page: str, base: str) -> tuple[str, ...]:
    """The URLs of the feeds a page names in its links, then those its anchors seem to lead to; feeds of comments last."""
    page = page[:REACH]
    named = [url for told in _attributes(_LINK, page) if _is_feed_link(told) and (url := _absolute(told.get("href", ""), base))]
    hrefs = (told.get("href", "") for told in _attributes(_ANCHOR, page))
    guessed = [url for href in hrefs if _LOOKS_LIKE_ONE.search(href) and (url := _absolute(href, base))]
    found = dict.fromkeys((*named, *guessed))
    return tuple(sorted(found, key=lambda url: bool(_NO_FEED.search(url))))[:MOST]


def feeds_guessed(url: str) -> tuple[str, ...]:
    """Where most sites keep their feed."""
    return tuple(urljoin(url, guess) for guess in GUESSES)


def _attributes(element: re.Pattern[str], page: str) -> list[dict[str, str]]:
    return [
        {name.lower(): unescape(double or single or bare) for name, double, single, bare in _ATTRIBUTE.findall(found.group(1))}
        for found in element.finditer(page)
    ]


def _is_feed_link(told: dict[str, str]) -> bool:
    rel = told.get("rel", "").lower().split()
    return "feed" in rel or ("alternate" in rel and told.get("type", "").partition(";")[0].strip().lower() in _TYPES)


def _absolute(href: str, base: str) -> str:
    try:
        url = urljoin(base, href.strip())
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.hostname else ""
