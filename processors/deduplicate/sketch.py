"""What an item is compared by: its headlines in normal form, the shingles and facts of its lead, and keys to find it by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import combinations
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from processors.deduplicate.headline import normal_form, plain
from tocsin.model import NewsItem

_TITLE_CHARACTERS = 400
_LEAD_CHARACTERS = 500
_LEAD_WORDS = 60
"""Longer leads let live-blogs and page residue look alike; shorter ones end before the copy shows."""
_KEY_WORDS = 6
_FEW_WORDS = 4
_LEAD_KEYS = 5
_MIX = np.array((0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D), np.uint32)
_LEAD_KEY_PAIRS = 3
"""A key of a lead stands for so many word pairs in a row, that is, for four words."""
_SLUG_WORDS = 5
_STEM = 6
"""So many first letters stand for a word in keys: killed and killing are one."""
_COMMON = frozenset(
    """
    a an the of in on at to for from by with and or as is are was were be been it its his her their this that after before amid
    over near against into off about new say says said report reports reported us iran iranian israel israeli trump war russia
    russian ukraine ukrainian china india gaza attack attacks strike strikes kill kills killed killing dead death people police
    government president minister official officials world news video live talks deal state an not no has have will would could
    may more most how what why who when where first last year years day days week one up out 1 2 3
    """.split()
)
"""Words of so many headlines that a pair of them finds nothing."""
_SLUG = re.compile(r"[a-z]+(?:-[a-z0-9]+){4,}")
_SLUG_END = re.compile(r"(?:\.[a-z]{2,5}|-(?=[a-z]*\d)[a-z0-9]+)+$")
"""The file's ending and what a content system adds: numbers, dates, hashes."""
_MONTHS = frozenset("january february march april june july august september october november december".split())
"""A slug with a date in it is a list of keywords or an edition of a series, not a headline."""
_DATELINE = re.compile(r"(?:([A-Z][a-z]{2,8})\.? (\d{1,2})\s*(?:\([\w/ ]{0,24}\))?|\([\w/ ]{2,24}\))\s*[-–—]{1,2}\s")
"""GENEVA, March 3 (Agency) - ; or either half of it."""
_DATELINE_CHARACTERS = 160
_FURNITURE = ("http://", "https://", "www.", "#", "subscribe", "follow us", "sign up", "click here", "download", "read more", "watch more")
"""Where a text ends and what stands under every item of its outlet begins."""
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_WEEKDAYS = frozenset("monday tuesday wednesday thursday friday saturday sunday".split())
_HARMS = {
    **dict.fromkeys("kill kills killed killing dead died dies deaths".split(), "killed"),
    **dict.fromkeys("injure injures injured injuring wound wounds wounded wounding".split(), "wounded"),
}
_HARMED = frozenset(_HARMS)
_NEAR = 4
"""So many words before or behind "killed" a toll is looked for."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """`headlines` are the title and, where it says something else, the words of the address; `facts` are the weekdays and tolls
    of the lead; `lead` its word pairs in order, as 16-bit hashes; of `keys`, 32-bit hashes, near-duplicates share some.
    """

    headlines: tuple[str, ...]
    facts: str
    lead: bytes
    keys: bytes


def sketch(item: NewsItem) -> Sketch:
    """The sketch of an item: pure, and the same in every process."""
    title = normal_form(item.title[:_TITLE_CHARACTERS])
    slug = _slug(item.url, title)
    headlines = (title, slug) if slug else (title,)
    prose = item.summary or item.text
    dateline = _DATELINE.search(prose, 0, _DATELINE_CHARACTERS) if _has_dash(prose[:_DATELINE_CHARACTERS]) else None
    lead = _lead(prose, dateline.end() if dateline else 0)
    pairs = _pairs(lead)
    keys = _lead_keys(pairs)
    for headline in headlines:
        keys |= _headline_keys(plain(headline))
    return Sketch(headlines, _facts(lead, dateline), pairs.tobytes(), np.array(sorted(keys), np.uint32).tobytes())


def _slug(url: str, title: str) -> str:
    """The headline an address was made of, in normal form; "" where it has none, or says no more than the title."""
    last = max(url.partition("?")[0].split("/"), key=len).lower()
    if not _SLUG.match(last):
        return ""
    words = _SLUG_END.sub("", last).split("-")
    known = set(title.split())
    if len(words) < _SLUG_WORDS or sum(word not in known for word in words) <= len(words) // 4 or not _MONTHS.isdisjoint(words):
        return ""
    return plain(normal_form(" ".join(words)))


def _lead(prose: str, start: int) -> list[str]:
    """The first words of a text as agencies share them: no dateline, lower case, no marks."""
    head = prose[start : start + _LEAD_CHARACTERS].casefold()
    for mark in _FURNITURE:
        if mark in head:
            head = head[: head.index(mark)]
    return _WORD.findall(head.replace("’", "'").replace("u.s.", "us").replace("u.n.", "un").replace(",", ""))[:_LEAD_WORDS]


def _has_dash(text: str) -> bool:
    return "- " in text or "– " in text or "— " in text


def _facts(words: list[str], dateline: re.Match[str] | None) -> str:
    """The date, weekdays and tolls of a lead, as words: what must not differ between two copies of it."""
    facts = dict.fromkeys(sorted(_WEEKDAYS.intersection(words)))
    if dateline and dateline[1]:
        facts[f"dated:{dateline[1][:3].lower()}{dateline[2]}"] = None
    for at, word in enumerate(words) if _HARMED.intersection(words) else ():
        if word in _HARMS:
            near = normal_form(" ".join(words[max(0, at - _NEAR) : at + _NEAR])).split()
            facts.update(dict.fromkeys(f"{_HARMS[word]}:{number}" for number in near if number.isdigit()))
    return " ".join(facts)


def _pairs(words: list[str]) -> NDArray[np.uint16]:
    """The word pairs of a text in order, as 16-bit hashes; two leads of 60 words hold too few for chance to matter."""
    if len(words) < 2:
        return np.empty(0, np.uint16)
    hashes = np.array([crc32(word) for word in " ".join(words).encode().split()], np.uint32)
    pairs: NDArray[np.uint32] = (hashes[:-1] * _MIX[0] + hashes[1:] * _MIX[1]) >> np.uint32(16)
    return pairs.astype(np.uint16)


def _lead_keys(pairs: NDArray[np.uint16]) -> set[int]:
    """The least hashes over runs of words: two copies of one lead have most runs, and so most least ones, in common."""
    if len(pairs) < 2 * _LEAD_KEY_PAIRS:
        return set()
    wide = pairs.astype(np.uint32)
    runs = (wide[:-2] * _MIX[0]) ^ (wide[1:-1] * _MIX[1]) ^ (wide[2:] * _MIX[2])
    runs = (runs ^ (runs >> np.uint32(15))) * _MIX[0]
    runs.sort()
    return set(runs[:_LEAD_KEYS].tolist())


def _headline_keys(headline: str) -> set[int]:
    """A hash of each pair of the words that are rarest in headlines at large; of the whole, where it is but a word."""
    words = set(headline.split())
    rare = sorted({crc32(word[:_STEM].encode()) for word in words - _COMMON})[:_KEY_WORDS]
    if len(rare) < _FEW_WORDS:
        rare += sorted({crc32(word[:_STEM].encode()) for word in words & _COMMON})[: _FEW_WORDS - len(rare)]
    pairs = {(one * 0x9E3779B1 ^ other * 0x85EBCA77) & 0xFFFFFFFF for one, other in combinations(rare, 2)}
    return pairs or {crc32(headline.encode())}
