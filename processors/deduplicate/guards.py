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
    seize seizes capture captures storms
    """.split()
)
"""What reports of violence and disasters are told with."""
_RECURRING = frozenset(
    """
    strike strikes airstrike airstrikes attack attacks attacked raid raids drone drones missile missiles rocket rockets shelling shells
    shelled bombing bombings bombs bombards bombardment pounds targets hits struck kill kills killed killing dead wounded injured clash
    clashes shooting shootings gunmen blast blasts explosion explosions ambush assault assaults incursion quake quakes earthquake
    """.split()
)
_AIMING = PLACE_WORDS | frozenset("hit hits strikes attacks bombs shells seize seizes capture captures pounds targets storms raids".split())
"""Words that a place stands behind."""
_SAYING = frozenset(
    """
    say says said tell tells told vow vows warn warns urge urges call calls insist insists claim claims declare declares demand demands
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


def other_words_said(one: Words, other: Words) -> bool:
    """One speaker said it, and half of what each side has them say is its own: two sentences of one speech."""
    mine, theirs = _said(one), _said(other)
    if not mine or not theirs or mine[0] != theirs[0]:
        return False
    left, right = mine[1] - theirs[1], theirs[1] - mine[1]
    return bool(left and right) and len(left) + len(right) >= 0.6 * len(mine[1] & theirs[1])


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
    ("other words said", other_words_said),
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


def _said(words: Words) -> tuple[str, set[str]] | None:
    """Who says what: the word before the verb, and the stems of the content behind it; None where the headline does not begin so."""
    at = next((at for at, word in enumerate(words[:5]) if word in _SAYING), 0)
    return (words[at - 1], {ACTORS.get(word, word[:STEM]) for word in words[at + 1 :] if word not in SMALL}) if at else None


def _places(words: Words) -> set[str]:
    """Up to two words after a preposition of place or a verb of attack; numbers, small words and acts aside."""
    found = set()
    for at, word in enumerate(words):
        if word in _AIMING:
            for near in words[at + 1 : at + 3]:
                if near in SMALL or near in _AIMING or not near[0].isalpha():
                    break
                if (
                    near not in ACT_NOUNS
                    and near not in ATTRIBUTION
                    and near not in _COMPASS
                    and near not in MONTHS
                    and near not in WEEKDAYS
                ):
                    found.add(near)
    return found
