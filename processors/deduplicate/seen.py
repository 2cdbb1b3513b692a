"""One row of the state: what is remembered of an item as it came, small enough for a million of them."""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from typing import NamedTuple

import numpy as np

from tocsin.model import Relation

_FIXED = Struct("<6Q3I4I3H")
FIXED = np.dtype(
    [
        ("names", "<u8", 4),
        ("group", "<u8"),
        ("number", "<u8"),
        ("contents", "<u4", 3),
        ("body", "<u4"),
        ("outlet", "<u4"),
        ("kept", "<u4"),
        ("at", "<u4"),
        ("keys", "<u2"),
        ("lead", "<u2"),
        ("words", "<u2"),
    ]
)
"""The fixed part of a packed `Print` as numpy sees it; the last three are the lengths of what follows, in bytes."""
NEWEST = 2**32 - 1
"""The last second a row can hold."""

Contents = tuple[int, int, int]
"""Hashes of title, summary and text, 32 bits each; 0 where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is remembered of one item, as it came: the answer it got, and a packed `Print`."""

    story: str
    relation: Relation
    changed: tuple[str, ...] = ()
    print: bytes = b""


class Print(NamedTuple):
    """The numbers of a row. Times are seconds since 1970, hashes have 64 bits where identity rests on them, else 32.

    `names` are four: own id, guid, address, content; 0 where it has none, or where another item had that name before. `group` is
    shared by all tellings of one item. `number` counts the rows, `kept` is the event clock when the item was last met, `at` its
    event time. `keys` are what it is found by as a near-duplicate, `lead` the word pairs of its first words.
    """

    names: tuple[int, int, int, int]
    group: int
    number: int
    contents: Contents
    body: int
    outlet: int
    kept: int
    at: int
    keys: bytes = b""
    lead: bytes = b""
    words: str = ""

    def pack(self) -> bytes:
        words = self.words.encode()
        numbers = (*self.names, self.group, self.number, *self.contents, self.body, self.outlet, self.kept, self.at)
        return _FIXED.pack(*numbers, len(self.keys), len(self.lead), len(words)) + self.keys + self.lead + words

    @classmethod
    def unpack(cls, raw: bytes) -> Print:
        own, guid, url, said, group, number, title, summary, text, body, outlet, kept, at, keys, lead, _ = _FIXED.unpack_from(raw)
        lead += keys
        packed = raw[_FIXED.size :]
        return cls(
            (own, guid, url, said),
            group,
            number,
            (title, summary, text),
            body,
            outlet,
            kept,
            at,
            packed[:keys],
            packed[keys:lead],
            packed[lead:].decode(),
        )
