"""Whom an act word befell: the groups of people before or behind it, and those joined to them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from processors.tag.harm import Act, Clause
from processors.tag.numbers import Quantity
from processors.tag.tokens import Token
from processors.tag.victims import CasualtyWords, Counted, Group

_REACH_BACK = 45
"""Tokens a subject may stand before its verb, over relative clauses and appositions."""
_REACH_AHEAD = 3
"""Tokens an object may stand behind its verb ("killing instantly at least 12")."""
_TOLL_REACH = 12
"""Tokens from "death toll" to its number, and from "bodies" to "found"."""
_LONGEST_LIST = 12
"""Groups summed at most; longer lists are tables."""
_REACH_LIST = 25
"""Tokens from a verb back to the "be" of its list ("was kidnapped by unknown men on the road and killed")."""
_QUOTES = frozenset("\"“‘'")
_PLACED_REACH = 8
"""Tokens a headline may put between its dead and "killed": "nine people of a village killed"."""
_LIST_REACH = 12
"""Tokens that may stand between two groups of a list ("a soldier in Kabul and two in Herat")."""


class Befallen(Clause):
    """Answers for each act word of a sentence which groups of people it is of."""

    def __init__(
        self, tokens: Sequence[Token], counted: Sequence[Quantity], groups: Sequence[Group], acts: Sequence[Act], words: CasualtyWords
    ) -> None:
        super().__init__(tokens, acts, words)
        self.quantities = counted
        self.groups = groups
        self._ends = [group.last for group in groups]
        self._starts = [group.first for group in groups]
        self._light = words.grammar["adverbs"] | words.grammar["determiners"] | _QUOTES

    # --- by the place of the act word

    def _object(self, act: Act) -> list[Group]:
        """The groups behind an act word, those joined by "and" with it."""
        following = self._lower[act.last + 1] if act.last + 1 < len(self.tokens) else ""
        if following in self.words.grammar["them-alone"]:
            return self._told_before(act)
        start = act.last + 1
        if following in self.words.grammar["self"] and self._lower[start + 1 : start + 2] == ["and"]:  # "killing himself and four soldiers"
            start += 2
        index = bisect_left(self._starts, start)
        if index == len(self.groups):
            return []
        between = self._lower[start : self.groups[index].first]
        if len(between) > _REACH_AHEAD or not all(word in self._light for word in between):
            return []
        if any(index_ in self._heads for index_ in range(act.last + 1, self.groups[index].first)):
            return []
        held = [self.groups[index]]
        while (
            index + 1 < len(self.groups)
            and len(held) < _LONGEST_LIST
            and self._joined(index, index + 1)
            and not self._has_own_act(self.groups[index + 1])
        ):
            index += 1
            held.append(self.groups[index])
        return held

    def _adjacent(self, act: Act) -> list[Group]:
        """The groups right before an act word, adverbs apart."""
        index = bisect_left(self._ends, act.first) - 1
        if index < 0:
            return []
        between = range(self.groups[index].last + 1, act.first)
        words = [self._lower[here] for here in between]
        if any(word not in self.words.grammar["adverbs"] for word in words) and words != ["at", "least"]:
            return []
        if any(here in self._heads for here in between) or self.groups[index].is_owner:
            return []
        held = self._chain_back(index)
        return [] if all(group.counted is Counted.NAMED and group.first == group.last for group in held) else held

    def _subject(self, act: Act) -> list[Group]:
        be = self._be(act)
        return self._subject_at(act.first if be is None else be)

    def _subject_at(self, end: int) -> list[Group]:
        """The groups the verb at `end` speaks of: the nearest before it that agree with it in number and that no preposition holds."""
        singular = self._number(end)
        index = bisect_left(self._ends, end) - 1
        while index >= 0 and self._ends[index] >= end - _REACH_BACK:
            group = self.groups[index]
            if any(self.tokens[here].text == ";" for here in range(group.last + 1, min(end, group.last + 3))):
                return []
            if group.is_of_them and group.last == end - 1:
                return [group]
            held = self._chain_back(index)
            is_free = not (group.is_part or group.is_agent or group.is_owner or self._is_held(group))
            if (is_free or self._is_being(group, end)) and self._agrees(held, singular):
                if held[-1].counted is Counted.ONE and self._lower[group.last + 1] in self.words.grammar["who"]:
                    return held[-1:]
                return self._numbered_before(index) if held[-1].counted is Counted.NOT and len(held) == 1 else held
            index -= 1
        return []

    def _placed(self, act: Act) -> list[Group]:
        """Nine people of a village killed: a number, and where it is from."""
        index = bisect_left(self._ends, act.first) - 1
        if index < 0 or self.groups[index].counted is not Counted.NUMBER or self.groups[index].is_part:
            return []
        between = self._lower[self.groups[index].last + 1 : act.first]
        is_place = 0 < len(between) <= _PLACED_REACH and between[0] in self._placing and self._is_phrase(between)
        return self._chain_back(index) if is_place and "," not in between else []

    def _bodies(self, act: Act) -> list[Group]:
        """12 bodies; a man's body; his body; their bodies."""
        index = bisect_left(self._ends, act.first) - 1
        if index >= 0 and self.groups[index].is_owner and self.groups[index].last == act.first - 2:
            return [self.groups[index]]
        before = self._lower[act.first - 1] if act.first else ""
        if before in self.words.grammar["his"]:
            return [Group(act.first - 1, act.first - 1, 1, 1, Counted.PRONOUN, None, is_definite=True)]
        if before in self.words.grammar["their"]:
            return self._told_before(act)
        return self._adjacent(act)

    def _told_before(self, act: Act) -> list[Group]:
        """The people a "them" means: the last ones counted before it in the sentence."""
        index = bisect_left(self._ends, act.first) - 1
        while index >= 0 and self._ends[index] >= act.first - _REACH_BACK:
            group = self.groups[index]
            if group.counted is Counted.NUMBER and not group.is_agent and not group.is_part:
                return [group]
            index -= 1
        return []

    def _subject_of_list(self, act: Act) -> list[Group]:
        """The subject of "was kidnapped by unknown men and killed": "be" stands before an earlier verb of the list."""
        before = self.tokens[act.first - 1].lower if act.first else ""
        if before in self.words.grammar["adverbs"] and act.first > 1:
            before = self.tokens[act.first - 2].lower
        if before in self.words.grammar["joints"]:
            for here in range(act.first - 2, max(-1, act.first - _REACH_LIST), -1):
                if self._is_be(here):
                    return self._subject_at(here)
        first = self.groups[0] if self.groups else None
        if (
            first and first.first <= 1 and first.last < act.first and first.counted is Counted.NUMBER
        ):  # "2 nurses running a clinic killed in"
            return self._chain(0, act)
        return []

    def _after(self, act: Act) -> list[Group]:
        """12 dead, 3 deaths, no casualties; "12 people were found dead"."""
        held = self._adjacent(act) or (self._subject(act) if self._be(act) is not None else [])
        is_person = self.tokens[act.first].lower in ("dead", "martyr", "martyrs")
        return held if held and (is_person or held[0].counted is Counted.NUMBER) else []

    def _left(self, act: Act) -> list[Group]:
        """Leaves 8 fighters of a rebel faction dead."""
        for here in range(act.first - 1, max(-1, act.first - _TOLL_REACH), -1):
            if self._lower[here] in self.words.grammar["leave"]:
                return self._object(Act(act.kind, "active", here, here))
            if here in self._heads:
                break
        return []

    # --- lists of groups

    def _chain(self, index: int, act: Act) -> list[Group]:
        held = [self.groups[index]]
        while (
            index + 1 < len(self.groups)
            and len(held) < _LONGEST_LIST
            and self.groups[index + 1].last < act.first
            and self._joined(index, index + 1)
        ):
            index += 1
            held.append(self.groups[index])
        return held

    def _chain_back(self, index: int) -> list[Group]:
        held = [self.groups[index]]
        while index and len(held) < _LONGEST_LIST and self._joined(index - 1, index):
            index -= 1
            held.insert(0, self.groups[index])
        return held

    def _joined(self, left: int, right: int) -> bool:
        """Whether two neighbouring groups are a list: "two soldiers and a civilian", "two soldiers, three policemen"."""
        one, other = self.groups[left], self.groups[right]
        if one.is_part or other.is_part or one.is_owner or Counted.PRONOUN in (one.counted, other.counted) or 0 in (one.max, other.max):
            return False
        between = tuple(self._lower[one.last + 1 : other.first])
        if not between or len(between) > _LIST_REACH or any(here in self._heads for here in range(one.last + 1, other.first)):
            return False
        if Counted.NAMED in (one.counted, other.counted):
            return len(between) == 1 and between[0] in self.words.grammar["and"] and Counted.NUMBER not in (one.counted, other.counted)
        while between and (between[-1] in self.words.grammar["other"] or between[-1] in self.words.grammar["determiners"]):
            between = between[:-1]  # "and other militants", "and her two children"
        if not between:
            return False
        joint = next((phrase for phrase in self.words.phrases["as-well"] if between[-len(phrase) :] == phrase), None)
        if joint or between[-1] in self.words.grammar["and"]:
            rest = between[: -len(joint)] if joint else between[:-1]
            return not rest or rest == (",",) or ((rest[0] == "," or rest[0] in self._placing) and self._is_phrase(rest))
        if between == (",",):
            is_headline = one.counted in (Counted.NUMBER, Counted.ONE) and other.counted is Counted.NUMBER
            return is_headline or self._lower[other.first] in self.words.grammar["listed"]
        return between[-1] == "," and self._lower[other.first] in self.words.grammar["listed"] and self._is_phrase(between)

    def _numbered_before(self, index: int) -> list[Group]:
        """The number a group not counted goes on: "57 fighters and members of the factions, jihadists and the army were killed"."""
        last = self.groups[index]
        while index and self.groups[index].counted is Counted.NOT:
            index -= 1
        before = self.groups[index]
        if before.counted is not Counted.NUMBER or before.is_part or before.is_agent or self._is_held(before):
            return []
        between = self._lower[before.last + 1 : last.first]
        return [before, last] if len(between) <= _LIST_REACH and self._is_phrase(between) else []

    @property
    def _placing(self) -> frozenset[str]:
        return self.words.grammar["prepositions"] | self.words.grammar["of"]

    def _is_phrase(self, words: Sequence[str]) -> bool:
        """Whether words between two groups hold no clause of their own."""
        return not any(word in self.words.grammar["clause"] for word in words)

    # --- what agrees with what

    def _is_being(self, group: Group, end: int) -> bool:
        """Resulted in six being killed."""
        return group.last == end - 1 and self._lower[end] == "being"

    def _agrees(self, held: Sequence[Group], singular: bool | None) -> bool:
        alone = len(held) == 1
        if all(group.counted is Counted.NAMED for group in held):
            return (singular is True or not alone) and all(group.last > group.first for group in held)
        if singular is None:
            return True
        one = alone and held[0].counted is not Counted.NOT and held[0].min <= 1
        return one if singular else not one or held[0].min == 0

    def _is_held(self, group: Group) -> bool:
        """Whether a preposition stands before a group: "in an attack on two soldiers" ("of" holds what has no number)."""
        before = self.tokens[group.first - 1].lower if group.first else ""
        if before in self.words.grammar["of"]:
            return group.counted is not Counted.NUMBER
        return before in self.words.grammar["prepositions"]

    def _has_own_act(self, group: Group) -> bool:
        """Whether an act word stands right behind a group: "killed 12 and 30 [were] injured"."""
        for here in range(group.last + 1, min(len(self.tokens), group.last + 5)):
            if here in self._heads:
                return self._heads[here].form in ("participle", "intransitive", "after")
            if not self._is_be(here) and self.tokens[here].lower not in self.words.grammar["adverbs"]:
                return False
        return False

    def _be(self, act: Act) -> int | None:
        """The form of "be" an act word stands behind, adverbs and other act words between."""
        here = act.first - 1
        while here >= 0 and act.first - here < 6:
            if self._is_be(here):
                return here
            word = self.tokens[here].lower
            if (
                word not in self.words.grammar["adverbs"]
                and here not in self._heads
                and not (here + 1 in self._heads and word in self.words.grammar["and"])
                and not (here - 1 in self._heads and word in self.words.grammar["and"])
            ):
                return None
            here -= 1
        return None

    def _number(self, verb: int) -> bool | None:
        """Whether the form of "be" at token `verb` is singular; None where it does not say."""
        if not self._is_be(verb):
            return None
        word = self.tokens[verb].lower
        if word == "been" and verb:
            before = {token.lower for token in self.tokens[max(0, verb - 3) : verb]}
            return True if "has" in before else False if "have" in before else None
        return True if word in self.words.grammar["be-singular"] else False if word in self.words.grammar["be-plural"] else None
