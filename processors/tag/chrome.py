"""What on a scraped page is not the story: related-story lists, author boxes, menus, captions, calls to follow and subscribe."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

LONGEST_LINE = 80
"""Characters; a longer line is prose, whatever it begins with. A list item has no such limit."""
FEWEST_BARS = 3
"""Bars in a line that make it a menu: "Home | World | Sport | Weather"."""

_CAPTION = re.compile(r"[\[(](?:file )?(?:photo|picture|image|video)\b[^\])\n]{0,300}[\])]", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?…\])\"”’]\s")
_TIMED = re.compile(r"\s*\d{1,2}[:.]\d{2}\s+\S")
"""As the lines of a list of latest headlines begin: "10:02 Parliament meets"."""


def story_ranges(text: str, chrome: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[int, int]]:
    """The [start, end) ranges of a text that tell its story, line by line. Linear in the text.

    `chrome` holds how lines begin that end the story ("ends") or stand beside it ("asides"), the labels before a colon with which a
    list begins in the middle of a line ("labels"), and how sentences begin that call upon the reader ("calls").
    """
    aside = _aside(chrome.get("labels", ()), chrome.get("calls", ()))
    at = 0
    for line in text.splitlines(keepends=True):
        head = line[:LONGEST_LINE].strip().casefold()
        is_short = len(line.strip()) <= LONGEST_LINE
        if "\n" in text and is_short and head.startswith(chrome["ends"]):
            return
        is_aside = "\n" in text and head.startswith(chrome["asides"]) and (is_short or not head[0].isalpha())
        if head and not is_aside and not _is_list(line, is_short=is_short):
            yield from _without_captions(text, at, at + _end_of_story(line, aside))
        at += len(line)


@lru_cache(maxsize=8)
def _aside(labels: tuple[str, ...], calls: tuple[str, ...]) -> re.Pattern[str]:
    """A label or a call, with which the story of a line ends where a sentence begins so."""
    spoken = "|".join([*(re.escape(label) + r"\s?:" for label in labels), *(re.escape(call) + r"\b" for call in calls)])
    return re.compile(spoken or r"(?!)", re.IGNORECASE)


def _end_of_story(line: str, aside: re.Pattern[str]) -> int:
    """Where in a line its story ends."""
    if aside.match(line, len(line) - len(line.lstrip())):
        return 0
    begins = (mark.end() for mark in _SENTENCE_END.finditer(line))
    return next((at for at in begins if aside.match(line, at)), len(line))


def _is_list(line: str, *, is_short: bool) -> bool:
    """Whether a line is a menu, or a headline with its time of day."""
    return line.count(" | ") >= FEWEST_BARS or (is_short and bool(_TIMED.match(line)) and line.strip()[-1] not in '.!?”"')


def _without_captions(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for caption in _CAPTION.finditer(text, start, end):
        if caption.start() > start:
            yield start, caption.start()
        start = caption.end()
    if end > start:
        yield start, end
