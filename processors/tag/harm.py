"""The words of a sentence that say what befell people ("killed", "the deaths of", "death toll"), and what stands around them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from processors.tag.tokens import Token
from processors.tag.victims import CasualtyWords

_PARTICIPLES = ("ed", "en", "nt")


@dataclass(frozen=True, slots=True)
class Act:
    """A word or phrase that says what befell people: `form` is a key of the lexicon, first..last its tokens."""

    kind: str
    form: str
    first: int
    last: int


def acts_of(lower: Sequence[str], words: CasualtyWords) -> list[Act]:
    """The act words of a sentence in order; none, and at once, where it holds not even the first word of one."""
    return [] if words.act_starts.isdisjoint(lower) else [act for act in _acts(lower, words) if _may_tell(act, lower, words)]


def _acts(lower: Sequence[str], words: CasualtyWords) -> Iterator[Act]:
    """The act words of a sentence, the longest phrase at each place."""
    at = 0
    is_to_death = any(tail[-1] in lower for tail in words.phrases["to-death"])
    while at < len(lower):
        act = (is_to_death and _to_death(lower, at, words)) or (lower[at] in words.acts and _act(lower, at, words)) or None
        if act:
            yield act
        at = act.last + 1 if act else at + 1


def _may_tell(act: Act, lower: Sequence[str], words: CasualtyWords) -> bool:
    """Whether an act of everyday words ("took", "received") has in its sentence the noun it needs ("lives", "injuries")."""
    needs = {"claim": "lives", "suffer": "wounds"}.get(act.form)
    return needs is None or not words.grammar[needs].isdisjoint(lower)


def _act(lower: Sequence[str], at: int, words: CasualtyWords) -> Act | None:
    for phrase, kind, form in words.acts.get(lower[at], ()):
        if len(phrase) == 1 or tuple(lower[at : at + len(phrase)]) == phrase:
            return Act(kind, form, at, at + len(phrase) - 1)
    return None


def _to_death(lower: Sequence[str], at: int, words: CasualtyWords) -> Act | None:
    """Beaten to death, hacked to death: any participle with these words kills."""
    for tail in words.phrases["to-death"]:
        last = at + len(tail)
        if last < len(lower) and lower[at + 1] == tail[0] and tuple(lower[at + 1 : last + 1]) == tail and lower[at].endswith(_PARTICIPLES):
            return None if lower[at] in words.grammar["not-to-death"] else Act("killed", "participle", at, last)
    return None


class Clause:
    """A sentence with its act words found."""

    def __init__(self, tokens: Sequence[Token], acts: Sequence[Act], words: CasualtyWords) -> None:
        self.tokens = tokens
        self.acts = acts
        self.words = words
        self._lower = [token.lower for token in tokens]
        self._heads = {act.first: act for act in acts}
        self._tails = {act.last: act for act in acts}

    def _is_be(self, here: int) -> bool:
        return self._lower[here] in self.words.grammar["be"] and self.tokens[here].text != "IS"
