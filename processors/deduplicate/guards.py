"""What keeps two headlines apart however alike they look.

Each guard takes two headlines (words of a normal form) and says whether they tell different things. Likeness is decided
elsewhere; a guard only ever says no.
"""

from __future__ import annotations

from processors.deduplicate.actors import ACTORS
from processors.deduplicate.direction import other_actors, other_direction, words_exchanged
from processors.deduplicate.headline import QUOTE_CLOSE, QUOTE_OPEN
from processors.deduplicate.numbers import MONTHS, WEEKDAYS, other_dates, other_numbers
from processors.deduplicate.status import other_outcome, other_status
from processors.deduplicate.words import ACT_NOUNS, ATTRIBUTION, PLACE_WORDS, SMALL, STEM, Words, both_private

_COMPASS = frozenset("north south east west northern southern eastern western northeast northwest southeast southwest central".split())
_HARM = ACT_NOUNS | frozenset(
    """
    kill kills killed killing dead dies injured wounded hit hits strikes struck bomb bombs blast blasts explosion explosions quake
    earthquake crash crashes shooting stabbing flood floods landslide fire shell shells clashes fighting ambush siege assault
    """.split()
)
"""What reports of violence and disasters are told with."""
_RECURRING = frozenset(
    """
    strike strikes airstrike airstrikes attack attacks raid raids drone drones missile missiles rocket rockets shelling bombing bombings
    bombs kill kills killed killing dead wounded injured clash clashes shooting shootings blast blasts explosion explosions ambush
    """.split()
)


def tell_apart(one: Words, other: Words) -> str | None:
    """The first reason these two headlines are no tellings of one thing; None where there is none."""
    if other_quote(one, other):
        return "another quote"
    one, other = _unquoted(one), _unquoted(other)
    return next((reason for reason, guard in _GUARDS if guard(one, other)), None)


def tell_copies_apart(one: Words, other: Words) -> bool:
    """For headlines in other words over one lead: whether they speak of other numbers, another day or the opposite all the same."""
    return other_numbers(one, other, vague=False) or other_dates(one, other) or other_outcome(one, other)


def each_has_own_words(one: Words, other: Words) -> bool:
    """Whether each says something the other does not. An outlet that does so twice has two articles: it does not copy itself."""
    mine, theirs = ({ACTORS.get(word, word[:STEM]) for word in words if word not in SMALL} for words in (one, other))
    return both_private(mine, theirs)


def may_recur(words: Words) -> bool:
    """Whether a headline reports what happens again tomorrow in the same words: a raid, a clash, a toll."""
    return not _RECURRING.isdisjoint(words)


def other_region(one: Words, other: Words) -> bool:
    """Another point of the compass."""
    return both_private({_compass(word) for word in one if word in _COMPASS}, {_compass(word) for word in other if word in _COMPASS})


def other_quote(one: Words, other: Words) -> bool:
    """Both quote, and not the same words."""
    mine, theirs = _quoted(one), _quoted(other)
    return len(mine) >= 2 and len(theirs) >= 2 and len(mine & theirs) < 0.34 * min(len(mine), len(theirs))


def other_place(one: Words, other: Words) -> bool:
    """Violence or disaster, and each side names a place (what follows in, on, at, near ...) of which the other knows nothing."""
    if _HARM.isdisjoint(one) or _HARM.isdisjoint(other):
        return False
    stems = ({word[:4] for word in one}, {word[:4] for word in other})
    mine = {word for word in _places(one) if word[:4] not in stems[1]}
    theirs = {word for word in _places(other) if word[:4] not in stems[0]}
    return bool(mine and theirs)


_GUARDS = (
    ("other numbers", other_numbers),
    ("another date", other_dates),
    ("another region", other_region),
    ("another status", other_status),
    ("the opposite outcome", other_outcome),
    ("other actors", other_actors),
    ("another direction", other_direction),
    ("words exchanged", words_exchanged),
    ("another place", other_place),
)


def _unquoted(words: Words) -> Words:
    return [word for word in words if word not in (QUOTE_OPEN, QUOTE_CLOSE)]


def _compass(word: str) -> str:
    return word.removesuffix("ern")


def _quoted(words: Words) -> set[str]:
    """The words in quotation marks, small ones aside."""
    found, inside = set(), False
    for word in words:
        if word == QUOTE_OPEN:
            inside = True
        elif word == QUOTE_CLOSE:
            inside = False
        elif inside and word not in SMALL:
            found.add(word)
    return found


def _places(words: Words) -> set[str]:
    """Up to two words after a preposition of place; numbers, small words and acts aside."""
    found = set()
    for at, word in enumerate(words):
        if word in PLACE_WORDS:
            for near in words[at + 1 : at + 3]:
                if near in SMALL or near in PLACE_WORDS:
                    break
                if (
                    near[0].isalpha()
                    and near not in ACT_NOUNS
                    and near not in ATTRIBUTION
                    and near not in _COMPASS
                    and near not in MONTHS
                    and near not in WEEKDAYS
                ):
                    found.add(near)
    return found
