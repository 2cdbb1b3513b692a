"""Links as identities: which two addresses are one article, and who publishes it.

Pure string work; nothing is fetched. `text.clean_url` decides whether a link may be shown, this module what it names.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

_TRACKING_PREFIXES = ("utm_", "at_", "ns_", "mc_", "pk_", "hsa_", "guce_", "soc_", "__")
_TRACKING = frozenset(
    "fbclid gclid dclid msclkid yclid igshid cmpid cmp ocid ref refsrc refsec src sref smid smtyp xtor feedtype feedname partner rss "
    "ftag ito taid mbid icid ncid wt_mc spm guccounter outputtype maca traffic_source mod emc tsrc .tsrc int_cmp _ga feature si amp".split()
)
"""Parameters that say where a reader came from, not what is read; as publishers and the large trackers name them."""
_RENDERINGS = frozenset("www www2 m mobile amp edition".split())
"""Labels of a host that choose a rendering of the same pages."""
_ALIASES = {
    "bbc.co.uk": "bbc.com",
    "abcnews.go.com": "abcnews.com",
    "uk.reuters.com": "reuters.com",
    "in.reuters.com": "reuters.com",
    "us.cnn.com": "cnn.com",
}
"""Hosts that serve the pages of another host under the same paths."""
_ARCHIVES = re.compile(r"archive\.(?:is|ph|today|li|vn|fo|md|org)|web\.archive\.org")
_INNER_ADDRESS = re.compile(r"https?:/{1,2}[^/].*", re.IGNORECASE | re.DOTALL)
_AMP_VIEWER = re.compile(r"/(?:amp|c|v)/(?:s/)?(?P<inner>[^/.]+\.[^/]+/.+)", re.DOTALL)
"""google.com/amp/s/HOST/PATH and HOST.cdn.ampproject.org/c/s/HOST/PATH."""
_REDIRECTORS = {"google.com/url": ("q", "url"), "l.facebook.com/l.php": ("u",), "bing.com/news/apiclick.aspx": ("url",)}
"""Pages that lead to the address in one of their parameters."""
_AMP_PATH = re.compile(r"(?:/amp|\.amp|/index\.(?:html?|php))+$|\.amp(?=\.html?$)|^/amp(?=/)")
_MAX_WRAPPERS = 3
"""How many wrappers are taken off one address; more is somebody's joke."""


def canonical_url(url: str) -> str:
    """The address by which two links to one article are the same.

    No scheme, no wrapper (archives, AMP viewers, redirectors), host without www, mobile or AMP and under its first name, no
    tracking, no fragment. Not for fetching. An address that cannot be read is returned as it is.

    >>> canonical_url("https://www.example.org/a/amp/?utm_source=x#top") == canonical_url("http://m.example.org/a")
    True
    """
    parts = _unwrapped(url)
    host = _bare_host(parts) if parts else ""
    if not parts or not host:
        return url
    path, query = unquote(parts.path), parts.query
    if host == "youtu.be":
        host, path, query = "youtube.com", "/watch", f"v={path[1:]}"
    path = _AMP_PATH.sub("", re.sub("/{2,}", "/", path).rstrip("/")).rstrip("/")
    kept = [(key, value) for key, value in parse_qsl(query, keep_blank_values=True) if not _is_tracking(key)]
    return f"{host}{path}?{urlencode(sorted(kept))}" if kept else f"{host}{path}"


def outlet_of(url: str) -> str:
    """The host that stands for the publisher: no wrapper, lower case, without www, m and amp; "" where there is none."""
    parts = _unwrapped(url)
    return _bare_host(parts) if parts else ""


def _unwrapped(url: str) -> SplitResult | None:
    """The parts of the address inside all wrappers; None for what is no address."""
    try:
        parts = urlsplit(url.strip())
        for _ in range(_MAX_WRAPPERS):
            inner = _inside(parts)
            if not inner:
                break
            parts = urlsplit(inner)
        _ = parts.port  # raises where it is no number
    except ValueError:
        return None
    return parts


def _inside(parts: SplitResult) -> str:
    """The address this address wraps, "" where it wraps none."""
    host = _bare_host(parts)
    if _ARCHIVES.fullmatch(host):
        found = _INNER_ADDRESS.search(f"{parts.path}?{parts.query}" if parts.query else parts.path)
        return re.sub("^(https?:)/+", r"\1//", found.group(), flags=re.IGNORECASE) if found else ""
    if host == "google.com" or host.endswith(".cdn.ampproject.org"):
        viewed = _AMP_VIEWER.fullmatch(parts.path)
        if viewed:
            return f"https://{viewed['inner']}?{parts.query}"
    names = _REDIRECTORS.get(host + parts.path, ())
    given = dict(parse_qsl(parts.query)) if names else {}
    return next((given[name] for name in names if given.get(name, "").startswith(("http://", "https://"))), "")


def _bare_host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".").lower()
    labels = host.split(".")
    bare = ".".join([label for label in labels[:-2] if label not in _RENDERINGS] + labels[-2:])
    bare = _ALIASES.get(bare, bare)
    return bare if parts.port in (None, 80, 443) else f"{bare}:{parts.port}"


def _is_tracking(key: str) -> bool:
    key = key.lower()
    return key in _TRACKING or key.startswith(_TRACKING_PREFIXES)
