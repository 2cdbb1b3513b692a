"""Links as identities: which two addresses are one article, and who publishes it.

Pure string work; nothing is fetched. `text.clean_url` decides whether a link may be shown, this module what it names.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

_TRACKING_PREFIXES = ("utm_", "at_", "ns_", "mc_", "pk_", "hsa_")
_TRACKING = frozenset(
    "fbclid gclid dclid msclkid yclid igshid cmpid cmp ocid ref refsrc src sref smid smtyp xtor feedtype feedname partner rss "
    "ftag ito taid mbid icid ncid wt_mc spm guccounter outputtype".split()
)
_HOST_PREFIXES = ("www.", "m.", "mobile.", "amp.", "edition.")


def canonical_url(url: str) -> str:
    """The address by which two links to one article are the same: no scheme, host without www/m/amp, no tracking, no fragment.

    Not for fetching. An address that cannot be read is returned as it is.

    >>> canonical_url("https://www.example.org/a/amp/?utm_source=x#top") == canonical_url("http://m.example.org/a")
    True
    """
    try:
        parts = urlsplit(url.strip())
        host = _bare_host(parts.hostname or "")
    except ValueError:
        return url
    if not host:
        return url
    path = parts.path.rstrip("/").removesuffix("/amp").removesuffix(".amp").rstrip("/")
    kept = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if not _is_tracking(key)]
    query = f"?{urlencode(sorted(kept))}" if kept else ""
    return f"{host}{path}{query}"


def outlet_of(url: str) -> str:
    """The host that stands for the publisher: lower case, without www, m and amp; "" where there is none."""
    try:
        return _bare_host(urlsplit(url).hostname or "")
    except ValueError:
        return ""


def _bare_host(host: str) -> str:
    host = host.rstrip(".").lower()
    for prefix in _HOST_PREFIXES:
        host = host.removeprefix(prefix)
    return host


def _is_tracking(key: str) -> bool:
    key = key.lower()
    return key in _TRACKING or key.startswith(_TRACKING_PREFIXES) or key == "amp"
