"""The page of an article -> its text, by trafilatura (the extra `fulltext`). For a parser's worker: pages may be hostile."""

from __future__ import annotations

import re
from typing import Any

from producers.document import decode
from producers.fault import ParseError, ParseFault
from tocsin.text import TEXT_LIMIT, clean_text

PAGE_LIMIT = 5 * 1024 * 1024
"""Bytes."""
LEAST = 200
"""Characters; a text that is shorter is no article."""
_HEAD = 65_536
"""Characters of a page in which it says how it may be used."""
_META = re.compile(r"<meta\b([^>]{1,500})>", re.IGNORECASE)
_NAMED = re.compile(r"""\bname\s{0,4}=\s{0,4}["']?(?:robots|tocsin)\b""", re.IGNORECASE)
_CONTENT = re.compile(r"""\bcontent\s{0,4}=\s{0,4}["']([^"'>]{0,300})""", re.IGNORECASE)
_RESERVED = frozenset({"noai", "noarchive", "none"})
_HOW: dict[str, Any] = {"fast": True, "favor_precision": True, "include_comments": False, "include_tables": False, "deduplicate": False}
"""Without the slower fall-backs, and without what the library remembers of pages before: the same page gives the same text."""
_WORD = re.compile(r"\w{4,}")


def is_reserved(words: str) -> bool:
    """Whether a robots header or meta element says that the page may not be kept or read by machines."""
    return not _RESERVED.isdisjoint(re.split(r"[\s,:;]+", words.lower()))


def extract(body: bytes, content_type: str = "") -> str:
    """The text of an article's page; "" where it has none.

    Raises:
        ParseError: it is too large, a challenge or a login, or reserves its use; BROKEN, where the library gives up.
    """
    import trafilatura

    if len(body) > PAGE_LIMIT:
        raise ParseError(ParseFault.TOO_BIG, f"{len(body)} bytes, more than {PAGE_LIMIT}")
    page, _ = decode(body, content_type)
    if any(_NAMED.search(meta) and is_reserved(" ".join(_CONTENT.findall(meta))) for meta in _META.findall(page[:_HEAD])):
        raise ParseError(ParseFault.RESERVED, "the page reserves its use")
    try:
        text = trafilatura.extract(page.encode("utf-8", "replace"), **_HOW)
    except MemoryError:
        raise
    except Exception as wrong:  # noqa: BLE001 -- the library raises what its input makes it raise
        raise ParseError(ParseFault.BROKEN, f"the library gave up: {type(wrong).__name__}") from None
    cleaned = clean_text(text or "", TEXT_LIMIT, lines=True)
    return cleaned if len(cleaned) >= LEAST else ""


def is_about(title: str, text: str) -> bool:
    """Whether a text is that of the story: it has a third of the longer words of its title. A wall in its way has not."""
    words = set(_WORD.findall(title.casefold()))
    return not words or 3 * len(words & set(_WORD.findall(text.casefold()))) >= len(words)
