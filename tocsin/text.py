"""What any string from outside becomes before anything else sees it.

One function for text, one for links. Both take whatever a stranger wrote, never raise, and need time linear in what they
are given: HTML-to-text libraries have quadratic holes, so tags are cut by a scanner that never looks back.
"""

from __future__ import annotations

import html
import re
import unicodedata
from hashlib import blake2b
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

TITLE_LIMIT = 500
SUMMARY_LIMIT = 4_000
TEXT_LIMIT = 65_536
GUID_LIMIT = 1_000
URL_LIMIT = 2_048
NAME_LIMIT = 200
"""All limits in characters."""

RAW_LIMIT = 65_536
"""What is looked at of a raw string; the rest is cut before any work is done on it."""

_DROPPED = re.compile(
    "["
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # C0 and C1, but for what breaks a line
    "\u00ad\u200b\u2060-\u2064"  # soft hyphen, zero-width space, word joiner, invisible operators
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u206a-\u206f"  # directional and deprecated format controls
    "\ufeff\ufff9-\ufffb\ufdd0-\ufdef"  # byte order mark, interlinear marks, noncharacters
    "\ud800-\udfff"  # lone surrogates
    "\U000e0000-\U000e007f"  # tag characters
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
    + "]+"
)
_LINE_BREAK = re.compile("[\n\r\x0b\x0c\x85\u2028\u2029]+")
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\s*\n\s*")

_TAG_START = re.compile(r"<(?:!--|[/!?]?[A-Za-z!?])")
_QUOTED_TAG_END = re.compile(r"""[^>"']*+(?:"[^"]*+"[^>"']*+|'[^']*+'[^>"']*+)*+>""")
_CUT_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9]*+(?:\s++[\w:-]++\s*+=.*)?\Z", re.DOTALL)
_TAG_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code del dfn em font i ins kbd mark nobr q s samp small span strike strong sub sup tt u var"
    " wbr".split()
)
_UNSEEN = {
    name: re.compile(rf"</{name}\b", re.IGNORECASE)
    for name in ("script", "style", "noscript", "template", "iframe", "object", "svg", "math")
}

_LONG_CHARREF = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{7,});?")
_DENSE = re.compile("[\u0300-\U0010ffff]{31}")
_MOST_MARKS = 30
"""Combining marks after one base, as in Unicode's stream-safe format (UAX 15, section 13); canonical ordering is quadratic in them."""


def clean_text(raw: str | None, limit: int, *, lines: bool = False) -> str:
    """Plain text of at most `limit` characters: no tags, no controls, NFC, single spaces.

    Entities are decoded once, after the tags are gone, so a text *about* `&lt;b&gt;` keeps its words; what comes out is text and
    must be escaped by whoever writes HTML. With `lines`, breaks between blocks stay as single line feeds. The joiners that
    Persian, Indic scripts and emoji need stay too.

    >>> clean_text("<p>Talks&nbsp;fail</p><p>Border <b>closed</b></p>", 100)
    'Talks fail Border closed'
    """
    if not raw:
        return ""
    text = _without_tags(raw[:RAW_LIMIT])
    if "&" in text:
        text = html.unescape(_LONG_CHARREF.sub("\ufffd", text))
    text = _LINE_BREAK.sub("\n", text)
    text = _DROPPED.sub("", text)
    if not text.isascii():
        text = unicodedata.normalize("NFC", _with_few_marks(text))
    text = _SPACES.sub(" ", text)
    text = _LINES.sub("\n" if lines else " ", text).strip()
    return _truncated(text, limit)


def clean_guid(raw: str | None) -> str:
    """An identifier as one line without controls; one longer than `GUID_LIMIT` becomes the hash of the whole.

    Tags and entities stay: an identifier is compared, not read.
    """
    if not raw:
        return ""
    if len(raw) > GUID_LIMIT:
        return "blake2b:" + blake2b(raw.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return " ".join(_DROPPED.sub("", raw).split())


_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_.])?|\[[0-9a-f:.]+\]")
_PATH_SAFE = "/%:@!$&'()*+,;=~-._"
_QUERY_SAFE = _PATH_SAFE + "?[]"


def clean_url(raw: str | None, base: str = "") -> str:
    """The link as an absolute http(s) address in printable ASCII, or "" where it is none that a person may be shown.

    Refused: other schemes, user names before the host (`http://bbc.co.uk@evil.example`), hosts that cannot be written in
    ASCII, ports that are no number, anything over `URL_LIMIT` characters. What an address may not hold (spaces, quotes,
    `<>|`) is percent-encoded.

    >>> clean_url("/world/1?a=b", "https://example.org/rss")
    'https://example.org/world/1?a=b'
    >>> clean_url("javascript:alert(1)")
    ''
    """
    if not raw or len(raw) > URL_LIMIT:
        return ""
    try:
        parts = urlsplit(urljoin(base, _DROPPED.sub("", raw).strip()))
        if parts.scheme not in ("http", "https") or "@" in parts.netloc or not parts.hostname:
            return ""
        host = _ascii_host(parts.hostname)
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:  # UnicodeError is one: a host that IDNA cannot write
        return ""
    if not host:
        return ""
    url = urlunsplit(
        (
            parts.scheme,
            host + port,
            quote(parts.path, safe=_PATH_SAFE),
            quote(parts.query, safe=_QUERY_SAFE),
            quote(parts.fragment, safe=_QUERY_SAFE),
        )
    )
    return url if len(url) <= URL_LIMIT else ""


def _ascii_host(host: str) -> str:
    if ":" in host:
        host = f"[{host}]"
    elif not host.isascii():
        host = host.encode("idna").decode("ascii")
    return host if _HOST.fullmatch(host) else ""


def _without_tags(text: str) -> str:
    """The text between the tags. Blocks leave a line feed, inline tags nothing; scripts, styles and comments go with their contents.

    Linear: each search that found nothing is not made again further on, where it could not succeed either.
    """
    if "<" not in text:
        return text
    kept: list[str] = []
    position = 0
    hopeless: set[str] = set()
    while start := _TAG_START.search(text, position):
        kept.append(text[position : start.start()])
        if start.group() == "<!--":
            position = _after(text, "-->", start.end(), hopeless) or _after(text, ">", start.end(), hopeless) or len(text)
            continue
        end = _tag_end(text, start.end() - 1, hopeless)
        if end is None:  # no ">" is left: a tag that was cut off goes, anything else is text
            position = len(text) if _CUT_TAG.match(text, start.start()) else start.start()
            break
        name = _TAG_NAME.match(text, start.end() - 1)
        tag = name.group().lower() if name else ""
        if tag not in _INLINE:
            kept.append("\n")
        position = end
        if tag in _UNSEEN and text[start.start() + 1] != "/":
            position = _after_element(text, tag, end, hopeless)
    kept.append(text[position:])
    return "".join(kept)


def _after(text: str, mark: str, position: int, hopeless: set[str]) -> int | None:
    if mark in hopeless:
        return None
    found = text.find(mark, position)
    if found < 0:
        hopeless.add(mark)
        return None
    return found + len(mark)


def _tag_end(text: str, position: int, hopeless: set[str]) -> int | None:
    """The index after the `>` that ends the tag, one inside quotes not counted as long as the quotes are balanced."""
    if "quotes" not in hopeless:
        if whole := _QUOTED_TAG_END.match(text, position):
            return whole.end()
        hopeless.add("quotes")
    return _after(text, ">", position, hopeless)


def _after_element(text: str, tag: str, position: int, hopeless: set[str]) -> int:
    """The index of the tag that closes `tag`; where there is none, the contents are kept."""
    if tag in hopeless:
        return position
    close = _UNSEEN[tag].search(text, position)
    if close is None:
        hopeless.add(tag)
        return position
    return close.start()


def _with_few_marks(text: str) -> str:
    if not _DENSE.search(text):
        return text
    kept = []
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks <= _MOST_MARKS:
            kept.append(char)
    return "".join(kept)


_LONGEST_GRAPHEME = 64


def _truncated(text: str, limit: int) -> str:
    """At most `limit` characters, cut before a grapheme rather than inside one."""
    if len(text) <= limit:
        return text
    end = limit
    while end > max(0, limit - _LONGEST_GRAPHEME) and _joined(text[end - 1], text[end]):
        end -= 1
    if _REGIONAL[0] <= text[end] <= _REGIONAL[1]:
        flags = end - len(text[:end].rstrip("".join(map(chr, range(ord(_REGIONAL[0]), ord(_REGIONAL[1]) + 1)))))
        end -= flags % 2
    return text[:end].rstrip()


_REGIONAL = ("\U0001f1e6", "\U0001f1ff")
"""Two of these make a flag."""


def _joined(before: str, after: str) -> bool:
    return (
        before == "\u200d"
        or after in "\u200d\u200c"
        or "\ufe00" <= after <= "\ufe0f"  # variation selectors
        or "\U0001f3fb" <= after <= "\U0001f3ff"  # skin tones
        or unicodedata.category(after) in ("Mn", "Mc", "Me")
        or "\u1160" <= after <= "\u11ff"  # conjoining vowels and finals of Hangul
    )
