"""Cuts a feed's document into its entries without parsing it: so that one broken entry costs no other, and known ones need no parser."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pieces:
    """A document cut into what stands before, between (nothing but white space) and after its entries."""

    head: str
    entries: Sequence[str]
    tail: str

    @property
    def root(self) -> str:
        return self.head[: self.head.find(">") + 1]

    def around(self, entries: Sequence[str]) -> str:
        """A document of the same feed that holds these entries and no others."""
        return "".join((self.head, *entries, self.tail))


_EDGE = re.compile(r"<(/?)(item|entry)(?=[\s>])[^<>]*>")


def cut(text: str) -> Pieces | None:
    """The document's pieces, or None where it is not certain which they are.

    Certain means: beginnings and ends take turns, nothing stands between two entries, and no entry holds half a comment or marked section.
    """
    edges = list(_EDGE.finditer(text))
    if not edges or len(edges) % 2:
        return None
    entries, behind = [], edges[0].start()
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        entry = text[begin.start() : end.end()]
        if begin.group(1) or not end.group(1) or text[behind : begin.start()].strip() or not _whole(entry):
            return None
        entries.append(entry)
        behind = end.end()
    head, tail = text[: edges[0].start()], text[behind:]
    return Pieces(head, entries, tail) if _whole(head) else None


def _whole(text: str) -> bool:
    return text.count("<![CDATA[") == text.count("]]>") and text.count("<!--") == text.count("-->")
