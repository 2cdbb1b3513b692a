"""What on a scraped page is not the story: related-story lists, author boxes, calls to follow and subscribe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

LONGEST_LINE = 80
"""Characters; a longer line is prose, whatever it begins with. A list item has no such limit."""


def story_ranges(text: str, chrome: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[int, int]]:
    """The [start, end) ranges of a text that tell its story, line by line; a text without line breaks is all story.

    `chrome` holds the beginnings of lines that end the story ("ends") and of lines that stand beside it ("asides").
    """
    if "\n" not in text:
        if text:
            yield 0, len(text)
        return
    at = 0
    for line in text.splitlines(keepends=True):
        head = line[:LONGEST_LINE].strip().casefold()
        is_short = len(line.strip()) <= LONGEST_LINE
        if is_short and head.startswith(chrome["ends"]):
            return
        if head and not (head.startswith(chrome["asides"]) and (is_short or not head[0].isalpha())):
            yield at, at + len(line)
        at += len(line)
