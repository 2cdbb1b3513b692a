"""OPML 2.0: the lists of feeds that readers exchange. Reads what is nearly OPML too; writes what every reader takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from xml.etree.ElementTree import Element, ParseError, SubElement, indent, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from tocsin.text import NAME_LIMIT, TITLE_LIMIT, clean_text

SIZE_LIMIT = 32 * 1024 * 1024


class OpmlError(ValueError):
    """A list that cannot be read; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """One feed of a list: where it is, what people call it, and the folders it lies in, the outermost first."""

    url: str
    title: str = ""
    folders: tuple[str, ...] = ()


_BARE = re.compile(rb"&(?!(?:[A-Za-z][A-Za-z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});)")
"""An ampersand that begins no reference: the commonest mistake in lists that were written by hand."""


def read_opml(raw: bytes) -> tuple[Outline, ...]:
    """The feeds of a list, in its order, each URL once; the names of elements and attributes in any case.

    Raises:
        OpmlError: too large, no XML, a DTD with entities, or no feed in it.
    """
    if len(raw) > SIZE_LIMIT:
        raise OpmlError(f"{len(raw)} bytes, more than {SIZE_LIMIT}")
    try:
        root = fromstring(_BARE.sub(b"&amp;", raw.strip()))
    except DefusedXmlException:
        raise OpmlError("it defines entities, which lists of feeds do not need") from None
    except (ParseError, ValueError, LookupError, RecursionError) as wrong:
        raise OpmlError(f"no XML: {wrong}") from None
    outlines = {outline.url: outline for outline in reversed([*_feeds(root)])}
    if not outlines:
        raise OpmlError("no outline with an xmlUrl in it: not OPML, or an empty list")
    return tuple(reversed(outlines.values()))


def _feeds(root: Element) -> Iterator[Outline]:
    waiting: list[tuple[Element, tuple[str, ...]]] = [(root, ())]
    while waiting:
        element, folders = waiting.pop()
        told = {name.lower(): value for name, value in element.attrib.items()}
        title = clean_text(told.get("title") or told.get("text") or "", TITLE_LIMIT)
        url = re.sub(r"^feed:(?://)?(?=https?://)|^feed:(?=//)", "", told.get("xmlurl", "").strip())
        url = f"https:{url}" if url.startswith("//") else url
        is_outline = str(element.tag).rpartition("}")[2].lower() == "outline"
        if is_outline and url:
            yield Outline(url=url, title=title, folders=folders)
        inside = (*folders, title[:NAME_LIMIT]) if is_outline and title and not url else folders
        waiting += [(child, inside) for child in reversed(list(element))]


def write_opml(outlines: Iterable[Outline], made: datetime) -> bytes:
    """The list as OPML 2.0, folders as nested outlines."""
    root = Element("opml", version="2.0")
    head = SubElement(root, "head")
    SubElement(head, "title").text = "Feeds of Tocsin"
    SubElement(head, "dateCreated").text = format_datetime(made)
    folders: dict[tuple[str, ...], Element] = {(): SubElement(root, "body")}
    for outline in outlines:
        title = clean_text(outline.title, TITLE_LIMIT) or outline.url
        SubElement(_folder(folders, outline.folders), "outline", type="rss", text=title, title=title, xmlUrl=_legal(outline.url))
    indent(root)
    body: bytes = tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body + b"\n"


def _folder(folders: dict[tuple[str, ...], Element], path: tuple[str, ...]) -> Element:
    if path not in folders:
        name = clean_text(path[-1], NAME_LIMIT)
        folders[path] = SubElement(_folder(folders, path[:-1]), "outline", text=name, title=name)
    return folders[path]


def _legal(url: str) -> str:
    """Without the characters that XML cannot hold, and no URL needs."""
    return re.sub("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]", "", url)
