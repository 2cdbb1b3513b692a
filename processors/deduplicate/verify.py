"""Are two texts one text? Likeness of headlines and leads, then the guards.

Thresholds were chosen on hand-read pairs of real headlines; docs/deduplication.md says how.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeVar

from processors.deduplicate.guards import each_has_own_words, may_recur, tell_apart, tell_copies_apart
from processors.deduplicate.headline import plain
from processors.deduplicate.numbers import other_facts

T = TypeVar("T")

ALIKE = 0.55
"""Share of common character 4-grams from which two headlines are one wording."""
_WHOLE = 0.85
"""Share of a headline's 4-grams from which it stands whole in a longer one."""
_WHOLE_ENOUGH = 30
"""4-grams a headline needs for that: six words or so."""
_REWRITTEN = 0.1
"""A title with less in common than this was written for another article, though its address is still the old one."""
_LEAD_COPIED = 0.5
"""Share of common word pairs from which two leads are one text."""
_LEAD_REFILED = 0.8
_LEAD_REFILED_LONG = 25
"""One outlet's two headlines with words of their own are two articles, unless they stand over so nearly the same long lead."""
_LEAD_HELD = 0.25
"""Under one headline, so much of the shorter lead must stand in the longer."""
_TITLE_HINT = 0.13
"""Headlines over one lead still share so much; less is boilerplate under two articles."""
_LEAD_ENOUGH = 8
"""Word pairs from which a lead is worth comparing."""
_LEAD_LONG = 14
"""Word pairs from which a lead alone can make two items one text; shorter ones are captions, or stand under every item."""
_HOUR = 3600
_SAME_DAY = 14 * _HOUR
_SERIES_APART = 3 * _HOUR
_LONG = 6
"""Words from which a headline is its own: two articles do not come to it by chance."""
_SERIES = re.compile(
    r"\b(?:latest developments|headlines|news bulletin|newsletter|briefing|list of key events|in pictures|top stories|winning numbers"
    r"|horoscopes?|signal no|prices? today|photos? of|pictures of"
    r"|(?:quote|word|proverb|saying|photo|picture|video|cartoon|thought) of the)\b"
    r"|\bin (?:dates|numbers|maps|charts|pictures|photos)$"
    r"|^(?:\w+ ){0,2}(?:front pages?|papers|transcript|editorial|letters|weather|crossword|podcast|quiz|week in|day \d+)\b"
)
"""Titles that come back over other contents."""


@dataclass(frozen=True, slots=True)
class Text:
    """What of an item is compared: its headlines in normal form (title first), the facts and word pairs of its lead, who published
    it, and when (event time, in seconds).
    """

    headlines: tuple[str, ...]
    facts: str
    lead: frozenset[int]
    outlet: int
    at: int
    grams: tuple[frozenset[str], ...]

    @classmethod
    def of(cls, headlines: tuple[str, ...], facts: str, lead: bytes, outlet: int, at: int) -> Text:
        """The text of a sketch; `lead` as it is packed there."""
        grams = tuple(_grams(plain(headline)) for headline in headlines)
        return cls(headlines, facts, frozenset(memoryview(lead).cast("H")), outlet, at, grams)


def likeness(one: Text, other: Text, window: float) -> float:
    """How much two items are one text, from 0 for "not" up to 2 (headline and lead to the letter)."""
    apart = abs(one.at - other.at)
    if apart > window:
        return 0.0
    headline = _wording(one.grams[0], other.grams[0])
    if headline >= _REWRITTEN and len(one.grams) + len(other.grams) > 2:
        headline = max(headline, *(_jaccard(mine, theirs) for mine in one.grams for theirs in other.grams))
    compared = min(len(one.lead), len(other.lead)) >= _LEAD_ENOUGH
    lead = _jaccard(one.lead, other.lead) if compared else 0.0
    copied = lead >= _LEAD_COPIED and headline >= _TITLE_HINT and apart <= _SAME_DAY and min(len(one.lead), len(other.lead)) >= _LEAD_LONG
    if headline < ALIKE and not copied:
        return 0.0
    titles = plain(one.headlines[0]), plain(other.headlines[0])
    if compared and not copied and not _lead_held(one, other) and not _own_title(titles, apart):
        return 0.0
    if _another_edition(titles, apart, lead) or (compared and other_facts(one.facts.split(), other.facts.split())):
        return 0.0
    refiled = lead >= _LEAD_REFILED and min(len(one.lead), len(other.lead)) >= _LEAD_REFILED_LONG
    if one.outlet == other.outlet and not refiled and each_has_own_words(titles[0].split(), titles[1].split()):
        return 0.0
    if headline >= ALIKE and tell_apart(one.headlines[0].split(), other.headlines[0].split()):
        return 0.0
    if headline < ALIKE and tell_copies_apart(titles[0].split(), titles[1].split()):
        return 0.0
    return headline + lead


def _wording(mine: frozenset[str], theirs: frozenset[str]) -> float:
    """How much of two headlines is one wording; a headline that stands whole in a longer one counts as just alike."""
    common = len(mine & theirs)
    shorter = min(len(mine), len(theirs))
    share = common / (len(mine) + len(theirs) - common)
    return max(share, ALIKE) if shorter >= _WHOLE_ENOUGH and common >= _WHOLE * shorter else share


def _jaccard(mine: frozenset[T], theirs: frozenset[T]) -> float:
    common = len(mine & theirs)
    return common / (len(mine) + len(theirs) - common)


def _grams(text: str) -> frozenset[str]:
    """The character 4-grams of a text, its ends marked by spaces."""
    padded = f" {text} "
    return frozenset([padded[at : at + 4] for at in range(max(1, len(padded) - 3))])


def _lead_held(one: Text, other: Text) -> bool:
    """Whether enough of the shorter lead stands in the longer."""
    return len(one.lead & other.lead) >= _LEAD_HELD * min(len(one.lead), len(other.lead))


def _own_title(titles: tuple[str, str], apart: int) -> bool:
    """Whether one headline stands over two leads because outlets choose their own, not because it is a common one."""
    return titles[0] == titles[1] and len(titles[0].split()) >= _LONG and apart <= _SAME_DAY and not may_recur(titles[0].split())


def _another_edition(titles: tuple[str, str], apart: int, lead: float) -> bool:
    """Whether a headline that comes back is another item of its kind: a series, a routine report, the next raid."""
    words = min(len(title.split()) for title in titles)
    if any(_SERIES.search(title) for title in titles):
        return titles[0] != titles[1] or apart > _SERIES_APART
    if apart <= _SAME_DAY:
        return False
    routine = words < _LONG or may_recur(titles[0].split())
    return routine and lead < _LEAD_COPIED
