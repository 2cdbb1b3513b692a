"""Bytes -> a document that is safe to hand to an XML parser: its encoding settled, its prolog gone, its references scrubbed.

What stands before the root element is where XML hides its traps: entity definitions that expand without end, and white space
that a backtracking parser reads for minutes. Nothing of it is needed, so it is cut by a scan that never looks back, and
a plain declaration is put in its place. Every step here is linear in the size of the body.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from html.entities import html5

from producers.fault import ParseError, ParseFault
from producers.page import kind_of_page

PROLOG_LIMIT = 65_536
"""How far into a document its root element must begin, in characters; real ones begin within a few hundred."""

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'


@dataclass(frozen=True, slots=True)
class Document:
    """A feed's text from its root element on, and what had to be done to read it."""

    text: str
    problems: tuple[str, ...] = ()


def read_document(body: bytes, content_type: str = "") -> Document:
    """The text of an XML feed from its root element on.

    Raises:
        ParseError: EMPTY, HTML or NOT_A_FEED.
    """
    if not body.strip(b"\x00 \t\r\n"):
        raise ParseError(ParseFault.EMPTY, "the body is empty")
    text, problems = decode(body, content_type)
    start, junk = _root(text)
    if junk:
        problems = (*problems, "something stands before the root element")
    return Document(text[start:], problems)


_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]{0,40}:)?(rss|feed|rdf|channel|urlset|sitemapindex|html|head|body)(?=[\s>/])", re.IGNORECASE)
_HTML_DOCTYPE = re.compile(r"<!doctype\s{1,20}html", re.IGNORECASE)


def _root(text: str) -> tuple[int, bool]:
    """Where the root element begins, and whether anything but white space, declarations and comments stands before it."""
    position, junk = 0, False
    limit = min(len(text), PROLOG_LIMIT)
    hopeless: set[str] = set()
    while (position := text.find("<", position, limit)) >= 0:
        ends = "-->" if text.startswith("<!--", position) else "?>" if text.startswith("<?", position) else ""
        if ends and ends not in hopeless:
            end = text.find(ends, position, limit)
            if end < 0:
                hopeless.add(ends)
            position = max(position + 2, end)
            continue
        if _HTML_DOCTYPE.match(text, position):
            raise _page(text)
        if root := _ROOT.match(text, position):
            if root.group(1).lower() in ("html", "head", "body"):
                raise _page(text)
            return position, junk
        junk = junk or text[position + 1 : position + 2].isalpha()
        position += 1
    if len(text) > limit:
        raise ParseError(ParseFault.NOT_A_FEED, f"no feed begins within the first {PROLOG_LIMIT} characters")
    raise ParseError(ParseFault.NOT_A_FEED, "no rss, feed, RDF or urlset element")


def _page(text: str) -> ParseError:
    """Why a page is no feed, and what it is instead."""
    match kind_of_page(text):
        case "challenge":
            return ParseError(ParseFault.CHALLENGE, "a page that wants to see a browser, not a feed")
        case "login":
            return ParseError(ParseFault.LOGIN, "a login page, not a feed")
        case _:
            return ParseError(ParseFault.HTML, "an HTML page, not a feed")


_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNMARKED = (
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
    (b"\x4c\x6f\xa7\x94", "cp037"),
)
_DECLARED = re.compile(rb"""\A\s{0,64}<\?xml[^>]{0,200}?\bencoding\s{0,8}=\s{0,8}["']([A-Za-z0-9._:-]{1,40})["']""")
_CHARSET = re.compile(r"""charset\s{0,8}=\s{0,8}["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
_SUPERSETS = {"ascii": "cp1252", "iso8859-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "iso8859-9": "cp1254", "shift_jis": "cp932"}
"""Encodings that are declared where their superset is meant (WHATWG Encoding)."""
_NO_CHARSET = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"})
"""Codecs of text that no feed is written in."""


def decode(body: bytes, content_type: str) -> tuple[str, tuple[str, ...]]:
    """The body as text, and what was odd about it: by byte order mark, declaration, HTTP charset, then UTF-8 and windows-1252."""
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return _decoded(body[len(mark) :], [encoding])
    for start, encoding in _UNMARKED:
        if body.startswith(start):
            return _decoded(body, [encoding])
    declared = _DECLARED.match(body)
    charset = _CHARSET.search(content_type)
    names = [declared.group(1).decode("ascii")] if declared else []
    names += [charset.group(1)] if charset else []
    return _decoded(body, names)


def _decoded(body: bytes, names: list[str]) -> tuple[str, tuple[str, ...]]:
    wanted = [name for name in map(_text_encoding, names) if name]
    if wanted[:1] == ["cp1252"]:
        wanted.insert(0, "utf-8")  # good UTF-8 is never windows-1252 by chance, and often mislabelled as it
    for encoding in [*wanted, "utf-8"]:
        try:
            text = body.decode(encoding)
        except UnicodeError:
            continue
        odd = not text.isascii() and names and encoding != _text_encoding(names[0])
        return text, (f"declared as {names[0]}, read as {encoding}",) if odd else ()
    first = wanted[0] if wanted else "utf-8"
    text = body.decode(first, "replace")
    if first == "utf-8" and text.count("\ufffd") * 10 > sum(not char.isascii() for char in text):
        return body.decode("cp1252", "replace"), ("not the encoding it claims to be, read as windows-1252",)
    return text, (f"some bytes are no {first}",)


def _text_encoding(name: str) -> str | None:
    """Python's name for an encoding a feed declares, or None for what is no encoding of text."""
    try:
        known = codecs.lookup(name).name
        b"<".decode(known, "ignore")  # raises for the codecs that are not for text at all
    except (LookupError, ValueError):
        return None
    return None if known in _NO_CHARSET else _SUPERSETS.get(known, known)


_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)(?:#([xX][0-9a-fA-F]+|[0-9]+);?|([A-Za-z][A-Za-z0-9]{1,31};))")


def scrub(text: str) -> str:
    """The text without what an XML parser stumbles over: illegal characters, references to characters that do not exist, and the
    names that HTML knows and XML does not (written as numbers instead).
    """
    return _REFERENCE.sub(_reference, _ILLEGAL.sub("", text))


def _reference(found: re.Match[str]) -> str:
    number, name = found.groups()
    if name:
        return "".join(f"&#{ord(char)};" for char in html5[name]) if name in html5 else found.group()
    digits, base = (number[1:], 16) if number[0] in "xX" else (number, 10)
    significant = digits.lstrip("0")
    code = int(significant or "0", base) if len(significant) <= 7 else 0
    legal = code in (0x9, 0xA, 0xD) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
    return f"&#{code};" if legal else "\ufffd"
