"""The pattern language of the lexicon: how a pattern is written, what it becomes, and whether it fits at a token.

recall @envoy                  a verb, any form; then within six words one of the class
impose curfew|blockade         "|" is or
capture @place                 the verb's object is a place the gazetteer or the countries know
carry_out attack               "_" joins words that follow each other (but time and adverbs)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

GAP = 7
"""How far on the next element of a pattern may stand; six words between."""

NO_ACT = ("", "")
"""What the pattern of an idiom stands for: words of force that are no act."""

AT_ONCE = 3
"""The same for a place: "hit the southern | Lebanon" names what is hit, a place farther on is somewhere in the sentence."""

Phrase = tuple[str, ...]
Element = tuple[Phrase, ...]
"""The alternatives of one place in a pattern, longest first."""


PLACE: Element = (("@place",),)
"""The element that stands for any place. It is looked for and not taken: the place is no word of the act, it is a side of it."""


Needs = tuple[frozenset[str], ...]
"""What must stand in a sentence: one word of each set."""


def are_met(needs: Needs, words: frozenset[str]) -> bool:
    """Whether a sentence of these words has one of each set."""
    return not any(map(words.isdisjoint, needs))


@cache
def _ends(element: Element) -> Needs:
    """What must stand for one of the alternatives to stand: a first word of one, and a last."""
    first, last = frozenset(phrase[0] for phrase in element), frozenset(phrase[-1] for phrase in element)
    return (first,) if first == last else (first, last)


class PatternError(ValueError):
    """A pattern that cannot be read; says why and what would be right."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line of the lexicon, compiled. `rest` follows the head word; `source` is the pattern as written.

    `value` is what it stands for: an act ("ASSAULT", "aerial"), a governor ("refuse", ""), or NO_ACT.
    """

    source: str
    value: tuple[str, str]
    tail: Element
    """What must follow the first word at once: () or the other words of the first group, by form."""
    rest: tuple[Element, ...]
    weight: int
    order: int = field(default=0)
    needs: Needs = field(init=False, compare=False, repr=False)
    """What must stand in a sentence for the pattern to fit, besides its first word."""

    def __post_init__(self) -> None:
        groups = ((tuple(phrase[1:] for phrase in self.tail),) if self.tail else ()) + self.rest
        needs = [need for element in groups for need in _ends(element)]
        # a mark may be read as another, a place by any name
        object.__setattr__(self, "needs", tuple(need for need in needs if all(word[0].isalnum() for word in need)))

    def may_fit(self, words: frozenset[str]) -> bool:
        """Whether all it needs is among the words of a sentence; most that do not fit end here."""
        return not self.needs or not any(map(words.isdisjoint, self.needs))


class Fit(NamedTuple):
    """Where a pattern stands: its head at `first`, its last element ending before `end`; `words` are the indices it rests on."""

    pattern: Pattern
    first: int
    end: int
    words: tuple[int, ...]


def elements(source: str, classes: Mapping[str, frozenset[Phrase]], split: Callable[[str], Phrase]) -> tuple[Element, ...]:
    """The elements of a written pattern.

    Raises:
        PatternError: an empty pattern, an empty alternative, or a class nobody defined.
    """
    out = []
    for group in source.split():
        if group == "@place":
            out.append(PLACE)
            continue
        phrases: set[Phrase] = set()
        for word in group.split("|"):
            if word.startswith("@"):
                if word[1:] not in classes:
                    known = ", ".join(sorted(classes)) or "none"
                    raise PatternError(f"there is no class {word}; define it under [classes], or use one of: {known}")
                phrases |= classes[word[1:]]
            else:
                phrase = split(word.replace("_", " "))
                if not phrase:
                    raise PatternError("has an empty alternative; remove the stray '|'")
                phrases.add(phrase)
        out.append(tuple(sorted(phrases, key=lambda phrase: (-len(phrase), phrase))))
    if not out:
        raise PatternError("is empty; remove it, or write at least one word")
    return tuple(out)


def phrase_at(low: Sequence[str], at: int, stop: int, phrase: Phrase, light: Callable[[int], bool]) -> int:
    """The index after a phrase whose words follow each other from `at` (light words may stand between), or -1."""
    index = at
    for number, word in enumerate(phrase):
        while number and index < stop and low[index] != word and light(index):
            index += 1
        if index >= stop or low[index] != word:
            return -1
        index += 1
    return index


def fit(  # noqa: PLR0917 -- the sentence is told by its parts, so that the language knows nothing of what a sentence is
    pattern: Pattern, low: Sequence[str], head: int, stop: int, light: Callable[[int], bool], is_place: Callable[[int], bool]
) -> Fit | None:
    """The pattern at the head word, looking right up to `stop`; None where it does not fit."""
    end = head + 1
    words = [head]
    if pattern.tail:
        for phrase in pattern.tail:
            after = phrase_at(low, head, stop, phrase, light)
            if after > 0:
                end = after
                words = list(range(head, after))
                break
        else:
            return None
    for element in pattern.rest:
        if element is PLACE:
            if not any(is_place(at) for at in range(end, min(stop, end + AT_ONCE))):
                return None
            continue
        found = find(element, low, range(end, min(stop, end + GAP)), stop, light)
        if found is None:
            return None
        words.extend(range(*found))
        end = found[1]
    return Fit(pattern, head, end, tuple(words))


def find(element: Element, low: Sequence[str], places: range, stop: int, light: Callable[[int], bool]) -> tuple[int, int] | None:
    """The first of the places where one of the alternatives begins, as [begin, end)."""
    for at in places:
        word = low[at]
        for phrase in element:
            if phrase[0] == word and (after := phrase_at(low, at, stop, phrase, light)) > 0:
                return at, after
    return None
