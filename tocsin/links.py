"""Links as identities: which two addresses are one article, and who publishes it.

Pure string work; nothing is fetched. `text.clean_url` decides whether a link may be shown, this module what it names.
"""

from __future__ import annotations

import re
from functools import lru_cache
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
    try:
        parts = _unwrapped(url)
        host = _bare_host(parts.netloc)
    except ValueError:
        return url
    if not host:
        return url
    path, query = parts.path, parts.query
    if host == "youtu.be":
        host, path, query = "youtube.com", "/watch", f"v={path[1:]}"
    named = host + _canonical_path(path)
    kept = sorted(pair for pair in parse_qsl(query, keep_blank_values=True) if not _is_tracking(pair[0])) if query else ()
    return f"{named}?{urlencode(kept)}" if kept else named


def outlet_of(url: str) -> str:
    """The host that stands for the publisher: no wrapper, lower case, without www, m and amp; "" where there is none."""
    try:
        return _bare_host(_unwrapped(url).netloc)
    except ValueError:
        return ""


def _unwrapped(url: str) -> SplitResult:
    """The parts of the address inside all wrappers. Raises ValueError for what is no address."""
    parts = urlsplit(url.strip())
    for _ in range(_MAX_WRAPPERS):
        inner = _inside(parts)
        if not inner:
            break
        parts = urlsplit(inner)
    return parts


def _inside(parts: SplitResult) -> str:
    """The address this address wraps, "" where it wraps none."""
    host = _bare_host(parts.netloc)
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


def _canonical_path(path: str) -> str:
    if "%" in path:
        path = unquote(path)
    if "//" in path:
        path = re.sub("/{2,}", "/", path)
    path = path.rstrip("/")
    if "amp" in path or "/index." in path:
        path = _AMP_PATH.sub("", path).rstrip("/")
    return path


@lru_cache(maxsize=4096)
def _bare_host(netloc: str) -> str:
    """The host without credentials, default port and the labels of a rendering. Raises ValueError for what is no host."""
    parts = SplitResult("", netloc, "", "", "")
    labels = (parts.hostname or "").rstrip(".").lower().split(".")
    bare = ".".join([label for label in labels[:-2] if label not in _RENDERINGS] + labels[-2:])
    bare = _ALIASES.get(bare, bare)
    return bare if parts.port in (None, 80, 443) else f"{bare}:{parts.port}"


def _is_tracking(key: str) -> bool:
    key = key.lower()
    return key in _TRACKING or key.startswith(_TRACKING_PREFIXES)
