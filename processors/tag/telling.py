"""How a toll is told: as done, tried or denied; by whom; of one act, a running total or a whole war."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from enum import StrEnum

from processors.tag.harm import Act, Clause
from processors.tag.tokens import Token
from processors.tag.victims import CasualtyWords

_MOOD_REACH = 10
"""Tokens from "managed" or "denied" to its verb."""
_SOURCE_REACH = 20
"""Tokens from "other sources report" to the act they report."""
_WAR_REACH = 10
"""Tokens from "the war" to "has killed"."""
_REASON_REACH = 4
"""Tokens from "protested" or "following" to "the murder of"."""


class Scope(StrEnum):
    """What a number sums up."""

    EVENT = "event"
    TOTAL = "total"
    """A running total ("the death toll rose to 95")."""
    BACKGROUND = "background"
    """A war, a year, an earlier act ("has killed more than 195,000 since it began")."""


class Telling(Clause):
    """Answers for each act word of a sentence how it is told."""

    def __init__(self, tokens: Sequence[Token], acts: Sequence[Act], words: CasualtyWords) -> None:
        super().__init__(tokens, acts, words)
        self._is_anniversary = any(word in words.grammar["anniversary"] for word in self._lower)
        self._act_starts = [act.first for act in acts]
        self._before_since = self._acts_of_spans()

    def _acts_of_spans(self) -> frozenset[int]:
        """The acts told of a span of time: the last before a "since", or the first behind one that opens the sentence."""
        spans = set()
        for here, word in enumerate(self._lower):
            if word in self.words.grammar["since"]:
                before = bisect_left(self._act_starts, here) - 1
                if before >= 0:
                    spans.add(self._act_starts[before])
                elif here <= 1 and self._act_starts:
                    spans.add(self._act_starts[0])
        return frozenset(spans)

    def either(self, act: Act) -> bool:
        """Killed or injured: the number is of both."""
        after, before = self._heads.get(act.last + 2), self._tails.get(act.first - 2)
        return bool(
            (after and after.kind != act.kind and self._lower[act.last + 1] in self.words.grammar["either"])
            or (before and before.kind != act.kind and self._lower[act.first - 1] in self.words.grammar["either"])
        )

    def is_real(self, act: Act) -> bool:
        """Whether the text tells it as done: not "tried to kill", "could have killed", "denied killing"."""
        tokens = self.tokens[max(0, act.first - _MOOD_REACH) : act.first]
        words = ["" if token.text == "May" else token.lower for token in tokens]
        if words and words[-1] in self.words.grammar["nearly"]:
            return False
        if any(word in self.words.grammar["doubted"] for word in words):
            return False
        near = [word for word in words if word not in self.words.grammar["adverbs"] or word in self.words.grammar["infinitive"]]
        if near[-2:-1] and near[-2] in self.words.grammar["infinitive"] and (self._is_be(act.first - 1) or act.first - 2 in self._heads):
            near = near[:-1]
        is_infinitive = bool(near) and near[-1] in self.words.grammar["infinitive"] and act.form in ("active", "participle", "intransitive")
        if is_infinitive and not any(word in self.words.grammar["perfect"] for word in words[-3:]):
            return words[-2:-1] == ["had"] or any(word in self.words.grammar["achieved"] for word in words)
        return not any(word in self.words.grammar["unreal"] for word in words[-3:])

    def is_contested(self, act: Act) -> bool:
        """Other sources report 12 killed; conflicting reports have eight deaths."""
        words = self._lower[max(0, act.first - _SOURCE_REACH) : act.first]
        return any(word in self.words.grammar["sources"] for word in words)

    def is_negated(self, act: Act) -> bool:
        return any(token.lower in self.words.grammar["negation"] for token in self.tokens[max(0, act.first - 2) : act.first])

    def scope(self, act: Act, *, is_counted: bool) -> Scope:
        """What a toll sums up. `is_counted` for a number before its noun: "15 fatalities" is no running total."""
        before = self._lower[max(0, act.first - _REASON_REACH) : act.first]
        if self._is_anniversary or act.first in self._before_since or self._is_of_war(act):
            return Scope.BACKGROUND
        if act.form == "of" and any(word in self.words.grammar["reason"] for word in before):
            return Scope.BACKGROUND
        is_blamed = act.form in ("gerund", "of") and before and before[-1] in self.words.grammar["blaming"]
        if is_blamed and (
            (before[-2:-1] and before[-2] in self.words.grammar["accused"]) or any(word in self.words.grammar["blamed"] for word in before)
        ):
            return Scope.BACKGROUND
        return Scope.TOTAL if act.form == "toll" and not is_counted else Scope.EVENT

    def _is_of_war(self, act: Act) -> bool:
        """The war has killed 195,000; the conflict, which has claimed 400 lives."""
        words = self._lower[max(0, act.first - _WAR_REACH) : act.first]
        return (
            act.form in ("participle", "claim")
            and any(word in ("has", "have") for word in words[-3:])
            and any(word in self.words.grammar["war"] for word in words)
        )
