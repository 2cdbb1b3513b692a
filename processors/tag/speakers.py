"""Where a sentence only tells who said it: ", the ministry in Ankara said", ", state media said,"."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from processors.tag.lexicon import Kind
from processors.tag.verb_groups import Verb
from processors.tag.words import Span, Words

SAYING = frozenset(
    "said says say saying reported reports report told tells added adds announced announces confirmed confirms claimed claims quoted "
    "citing cited according testified".split()
)
_LONGEST_SPEAKER = 16
"""Tokens of ", the ministry in Ankara said"."""
_LONGEST_REST = 10
"""Tokens behind the saying verb: "on Friday in a statement"."""


def attribution(words: Words, verbs: Mapping[int, Verb]) -> int:
    """Where the words begin that only tell who said it all (", the ministry in Ankara said"); `size` where none do."""
    for at in range(1, words.size):
        if words.low[at] == "according" and words.low[at + 1 : at + 2] == ["to"]:
            return at
        if words.low[at] == "," and _is_attribution(words, verbs, at + 1) and any(verb < at for verb in verbs):
            return at
    return words.size


def asides(words: Words) -> tuple[Span, ...]:
    """Where the sentence says between commas who said it: ", state media said,"."""
    commas = [at for at in range(words.size) if words.low[at] == ","]
    return tuple(
        Span(one, two)
        for one, two in pairwise(commas)
        if two - one <= _LONGEST_SPEAKER and (words.low[two - 1] in SAYING or words.kind[two - 1] & Kind.WEEKDAY)
        if any(words.low[at] in SAYING for at in range(one, two))
    )


def _is_attribution(words: Words, verbs: Mapping[int, Verb], start: int) -> bool:
    """Whether nothing but a speaker and a saying verb, in either order, stands from here to the end."""
    said = next((at for at in range(start, min(words.size, start + _LONGEST_SPEAKER)) if words.low[at] in SAYING), None)
    if said is None or words.size - said > _LONGEST_REST + (said == start) * _LONGEST_SPEAKER:
        return False
    between, behind = range(start, said), range(said + 1, words.size)
    return not any(
        words.low[at] in {",", "that", ";", ":"} or (at in verbs and verbs[at].finite and words.low[at] not in SAYING)
        for at in (*between, *behind)
    )
