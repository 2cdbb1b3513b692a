"""Guards over who did it to whom: other actors, or the same in other roles."""

from __future__ import annotations

from difflib import SequenceMatcher

from processors.deduplicate.actors import ACTORS, actors_in
from processors.deduplicate.words import ACT_NOUNS, ATTRIBUTION, PLACE_WORDS, SMALL, Words, both_private

_DEEDS = frozenset(
    """
    attack attacks attacked hit hits strike strikes struck bomb bombs bombed shell shells shelled raid raids raided kill kills killed
    seize seizes seized capture captures captured target targets targeted invade invades invaded threaten threatens threatened accuse
    accuses accused sanction sanctions sanctioned defeat defeats defeated
    """.split()
)
_DEED_STEM = 3
"""strikes, strike and struck are one verb."""


def other_actors(one: Words, other: Words) -> bool:
    """Each side names a country or a group the other does not."""
    return both_private({who for _, who in actors_in(one)}, {who for _, who in actors_in(other)})


def other_direction(one: Words, other: Words) -> bool:
    """The same actors in other roles: they changed places while the rest of the words stayed, or who acted now suffers."""
    one, other = _without_attribution(one, other)
    here, there = actors_in(one), actors_in(other)
    both = {who for _, who in here} & {who for _, who in there}
    if len(both) < 2:
        return False
    first, second = _order(here, both), _order(there, both)
    if first != second and _same_frame(one, other) and not _joint_actors(one, other, here, there):
        return True
    deed, deed_there = _deed(one, here), _deed(other, there)
    if deed and deed_there and deed[1] == deed_there[1] and deed[0] != deed_there[0]:
        return True
    acts, suffers = _roles(one, here)
    acts_there, suffers_there = _roles(other, there)
    return bool(acts & suffers_there - acts_there and suffers & acts_there - suffers_there)


def words_exchanged(one: Words, other: Words) -> bool:
    """The same words but for two that changed places: "Smith beats Jones", "Jones beats Smith"."""
    if len(one) != len(other):
        return False
    differ = [at for at, (a, b) in enumerate(zip(one, other, strict=True)) if a[:4] != b[:4]]
    if len(differ) != 2 or differ[1] - differ[0] < 2:
        return False
    left, right = differ
    return one[left][:4] == other[right][:4] and one[right][:4] == other[left][:4]


def _deed(words: Words, found: list[tuple[int, str]]) -> tuple[frozenset[str], str] | None:
    """Who does it, and the stem of the verb: the actors in front of a verb of harm, or who stands behind its "by"."""
    for at, word in enumerate(words[1:], start=1):
        if word in _DEEDS:
            before = [who for place, who in found if place < at]
            behind = [who for place, who in found if place > at]
            if before and behind:
                passive = "by" in words[at + 1 : at + 2]
                return frozenset(behind[:1] if passive else before), word[:_DEED_STEM]
    return None


def _order(found: list[tuple[int, str]], both: set[str]) -> list[str]:
    """The actors both headlines name, in the order of their first mention."""
    return list(dict.fromkeys(who for _, who in found if who in both))


def _same_frame(one: Words, other: Words) -> bool:
    """Whether the words that name no actor stand in the same order."""
    mine, theirs = ([word for word in words if word not in ACTORS and word not in SMALL] for words in (one, other))
    return SequenceMatcher(None, mine, theirs, autojunk=False).ratio() >= 0.75


def _joint_actors(one: Words, other: Words, here: list[tuple[int, str]], there: list[tuple[int, str]]) -> bool:
    """Whether the two that changed places act together on a third: "US, Israeli attacks on Iran" is "Israeli, US attacks on Iran"."""
    mine, theirs = _joint_act(one, here), _joint_act(other, there)
    return mine is not None and theirs is not None and mine == theirs


def _joint_act(words: Words, found: list[tuple[int, str]]) -> tuple[frozenset[str], str] | None:
    """The pair and the third of "A, B attacks on C"."""
    for (at, a), (next_at, b), (last, c) in zip(found, found[1:], found[2:], strict=False):
        if (
            next_at - at <= 2
            and last - next_at <= 4
            and c not in (a, b)
            and words[last - 1] in PLACE_WORDS
            and words[next_at + 1] in ACT_NOUNS
        ):
            return frozenset((a, b)), c
    return None


def _without_attribution(one: Words, other: Words) -> tuple[Words, Words]:
    """The headlines without "X says" in front of one that stands as "X says" behind the other."""
    for front, back, swapped in ((one, other, False), (other, one, True)):
        for end in range(1, min(6, len(front), len(back))):
            if front[end - 1] in ATTRIBUTION and sorted(front[:end]) == sorted(back[-end:]):
                rest = (front[end:], back[:-end])
                return rest[::-1] if swapped else rest
    return one, other


def _roles(words: Words, found: list[tuple[int, str]]) -> tuple[set[str], set[str]]:
    """Who acts and who suffers, as far as two plain signs say: "by X" and "X strikes"; "strikes on X"."""
    acts, suffers = set(), set()
    passive = any(at and words[at - 1] == "by" for at, _ in found)
    for at, who in found:
        before, after = (words[at - 1] if at else ""), set(words[at + 1 : at + 3])
        if before == "by":
            acts.add(who)
        elif before in ("on", "in", "against", "at", "into", "over") and ACT_NOUNS & set(words[max(0, at - 4) : at]):
            suffers.add(who)
        elif after & ACT_NOUNS:
            (suffers if passive else acts).add(who)
    return acts, suffers
