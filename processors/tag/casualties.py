"""Sentence -> the tolls it tells: how many were killed, injured or captured, and the words that say so.

Each act word of `lexicon/casualties.en.toml` looks for its people on one side: behind it ("killing 12", "the deaths of two children"),
or before it ("7 were killed", "12 dead"). Groups joined by "and" are summed; those told as parts of others are not.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from processors.tag import victims
from processors.tag.numbers import Quantity, quantities
from processors.tag.tokens import Sentence, Token
from processors.tag.victims import CasualtyWords, Counted, Group, Role

_REACH_BACK = 45
"""Tokens a subject may stand before its verb, over relative clauses and appositions."""
_REACH_AHEAD = 3
"""Tokens an object may stand behind its verb ("killing instantly at least 12")."""
_TOLL_REACH = 12
"""Tokens from "death toll" to its number, and from "bodies" to "found"."""
_MOOD_REACH = 10
"""Tokens from "managed" or "denied" to its verb."""
_WOUND_REACH = 8
"""Tokens from "sustained" to "injuries"."""
_SOURCE_REACH = 20
"""Tokens from "other sources report" to the act they report."""
_WAR_REACH = 10
"""Tokens from "the war" to "has killed"."""
_REASON_REACH = 4
"""Tokens from "protested" or "following" to "the murder of"."""
_LONGEST_LIST = 12
"""Groups summed at most; longer lists are tables."""
_REACH_LIST = 25
"""Tokens from a verb back to the "be" of its list ("was kidnapped by unknown men on the road and killed")."""
_QUOTES = frozenset("\"“‘'")
_FORCED = frozenset({"participle", "active", "gerund", "of"})
"""Forms of act words that have a doer, said or not."""
_SIDE_BY_SIDE = frozenset({",", "and", ";", "&"})
_PARTICIPLES = ("ed", "en", "nt")
_PLACED_REACH = 8
"""Tokens a headline may put between its dead and "killed": "nine people of a village killed"."""
_LIST_REACH = 12
"""Tokens that may stand between two groups of a list ("a soldier in Kabul and two in Herat")."""


class Scope(StrEnum):
    """What a number sums up."""

    EVENT = "event"
    TOTAL = "total"
    """A running total ("the death toll rose to 95")."""
    BACKGROUND = "background"
    """A war, a year, an earlier act ("has killed more than 195,000 since it began")."""


@dataclass(frozen=True, slots=True)
class TollMention:
    """One statement of how many: `kind` is killed, injured or captured; its words are the tokens first..last, at [start, end).

    `max` is None where only a least number is said. `groups` are the people summed. `act` is the token of the word that says what befell
    them. `is_real` is False for what was tried, feared or threatened; `is_contested` holds where other sources say it,
    `is_forced` where the act word says that somebody did it ("murdered", not "died").
    """

    kind: str
    min: int
    max: int | None
    first: int
    last: int
    start: int
    end: int
    scope: Scope
    groups: tuple[Group, ...]
    act: int
    is_real: bool = True
    is_contested: bool = False
    is_forced: bool = False

    @property
    def is_implied(self) -> bool:
        """Whether grammar counts and no number does ("a soldier was killed")."""
        return all(group.counted is not Counted.NUMBER for group in self.groups)


@dataclass(frozen=True, slots=True)
class _Act:
    """A word or phrase that says what befell people: `form` is a key of the lexicon, first..last its tokens."""

    kind: str
    form: str
    first: int
    last: int


def tolls(sentence: Sentence, words: CasualtyWords | None = None) -> list[TollMention]:
    """The tolls of a sentence in the order of their act words. Linear in its tokens; raises nothing."""
    words = words or victims.english()
    lower = [token.lower for token in sentence.tokens]
    acts = [] if words.act_starts.isdisjoint(lower) else [act for act in _acts(lower, words) if _may_tell(act, lower, words)]
    if not acts:
        return []
    counted = quantities(sentence)
    clause = _Clause(sentence.tokens, counted, victims.groups(sentence, counted, words), acts, words)
    return _side_by_side([mention for act in acts if (mention := clause.toll(act))], lower)


def _side_by_side(mentions: Sequence[TollMention], lower: Sequence[str]) -> list[TollMention]:
    """The tolls with those of one kind put together that a headline sets side by side: "4 soldiers killed, 12 rebels killed"."""
    out: list[TollMention] = []
    for mention in mentions:
        before = out[-1] if out else None
        gap = lower[before.last + 1 : mention.first] if before else []
        if before and _is_numbered(before, mention) and gap and all(word in _SIDE_BY_SIDE for word in gap):
            out[-1] = _summed(before, mention)
        else:
            out.append(mention)
    return out


def _is_numbered(one: TollMention, other: TollMention) -> bool:
    """Whether two tolls are of one kind, and both count by numbers."""
    groups = one.groups + other.groups
    return one.kind == other.kind and one.is_real == other.is_real and all(group.counted is Counted.NUMBER for group in groups)


def _summed(one: TollMention, other: TollMention) -> TollMention:
    high = None if one.max is None or other.max is None else one.max + other.max
    return replace(one, min=one.min + other.min, max=high, last=other.last, end=other.end, groups=one.groups + other.groups)


def is_violent(sentence: Sentence, words: CasualtyWords | None = None) -> bool:
    """Whether a sentence shows that its dead died by force: gunshot wounds, clashes, bound hands."""
    violent = (words or victims.english()).grammar["violent"]
    return any(token.lower in violent for token in sentence.tokens)


def is_accident(sentence: Sentence, words: CasualtyWords | None = None) -> bool:
    """Whether a sentence names what kills without anybody's will: a crash, a flood, a disease."""
    accident = (words or victims.english()).grammar["accident"]
    return any(token.lower in accident for token in sentence.tokens)


def _acts(lower: Sequence[str], words: CasualtyWords) -> Iterator[_Act]:
    """The act words of a sentence, the longest phrase at each place."""
    at = 0
    while at < len(lower):
        act = _to_death(lower, at, words) or _act(lower, at, words)
        if act:
            yield act
        at = act.last + 1 if act else at + 1


def _may_tell(act: _Act, lower: Sequence[str], words: CasualtyWords) -> bool:
    """Whether an act of everyday words ("took", "received") has in its sentence the noun it needs ("lives", "injuries")."""
    needs = {"claim": "lives", "suffer": "wounds"}.get(act.form)
    return needs is None or not words.grammar[needs].isdisjoint(lower)


def _act(lower: Sequence[str], at: int, words: CasualtyWords) -> _Act | None:
    for phrase, kind, form in words.acts.get(lower[at], ()):
        if len(phrase) == 1 or tuple(lower[at : at + len(phrase)]) == phrase:
            return _Act(kind, form, at, at + len(phrase) - 1)
    return None


def _to_death(lower: Sequence[str], at: int, words: CasualtyWords) -> _Act | None:
    """Beaten to death, hacked to death: any participle with these words kills."""
    for tail in words.phrases["to-death"]:
        last = at + len(tail)
        if last < len(lower) and lower[at + 1] == tail[0] and tuple(lower[at + 1 : last + 1]) == tail and lower[at].endswith(_PARTICIPLES):
            return None if lower[at] in words.grammar["not-to-death"] else _Act("killed", "participle", at, last)
    return None


class _Clause:
    """A sentence with its numbers, groups and act words found; answers what toll an act word tells."""

    def __init__(
        self, tokens: Sequence[Token], counted: Sequence[Quantity], groups: Sequence[Group], acts: Sequence[_Act], words: CasualtyWords
    ) -> None:
        self.tokens = tokens
        self.quantities = counted
        self.groups = groups
        self.acts = acts
        self.words = words
        self._lower = [token.lower for token in tokens]
        self._is_anniversary = any(word in words.grammar["anniversary"] for word in self._lower)
        self._ends = [group.last for group in groups]
        self._starts = [group.first for group in groups]
        self._numbers = [quantity.first for quantity in counted]
        self._heads = {act.first: act for act in acts}
        self._tails = {act.last: act for act in acts}
        self._act_starts = [act.first for act in acts]
        self._before_since = self._acts_of_spans()
        grammar = words.grammar
        self._light = grammar["adverbs"] | grammar["determiners"] | _QUOTES

    def toll(self, act: _Act) -> TollMention | None:
        if self._either(act):
            return None
        match act.form:
            case "participle":
                return self._participle(act)
            case "active" | "gerund":
                return self._mention(act, self._object(act))
            case "of":
                return self._nominal(act)
            case "intransitive":
                return self._mention(act, self._subject(act))
            case "suffer":
                return self._suffered(act)
            case "claim":
                return self._claim(act)
            case "toll":
                return self._toll(act)
            case "body":
                return self._mention(act, self._bodies(act)) if self._is_found(act) else None
            case _:
                return self._mention(act, self._left(act) or self._after(act)) or self._toll(act, led=True)

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

    # --- the people of an act word

    def _participle(self, act: _Act) -> TollMention | None:
        """killed: passive behind a form of "be"; else active before an object; else passive without "be" (headlines)."""
        if self._be(act) is not None:
            return self._mention(act, self._subject(act))
        held, before = self._object(act), self._adjacent(act)
        if held and not (before and self._has_own_act(held[0])):
            return self._mention(act, held)
        return self._mention(act, before or self._subject_of_list(act) or self._placed(act))

    def _nominal(self, act: _Act) -> TollMention | None:
        """The deaths of two children; five bodies of militants."""
        before = self._adjacent(act)
        return self._mention(act, before if before and before[0].counted is Counted.NUMBER else self._object(act))

    def _placed(self, act: _Act) -> list[Group]:
        """Nine people of a village killed: a number, and where it is from."""
        index = bisect_left(self._ends, act.first) - 1
        if index < 0 or self.groups[index].counted is not Counted.NUMBER or self.groups[index].is_part:
            return []
        between = self._lower[self.groups[index].last + 1 : act.first]
        is_place = 0 < len(between) <= _PLACED_REACH and between[0] in self._placing and self._is_phrase(between)
        return self._chain_back(index) if is_place and "," not in between else []

    def _bodies(self, act: _Act) -> list[Group]:
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

    def _told_before(self, act: _Act) -> list[Group]:
        """The people a "them" means: the last ones counted before it in the sentence."""
        index = bisect_left(self._ends, act.first) - 1
        while index >= 0 and self._ends[index] >= act.first - _REACH_BACK:
            group = self.groups[index]
            if group.counted is Counted.NUMBER and not group.is_agent and not group.is_part:
                return [group]
            index -= 1
        return []

    def _subject_of_list(self, act: _Act) -> list[Group]:
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

    def _chain(self, index: int, act: _Act) -> list[Group]:
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

    def _suffered(self, act: _Act) -> TollMention | None:
        """Sustained serious head injuries; suffered fatal stab wounds, which kill."""
        words = self._lower[act.last + 1 : act.last + _WOUND_REACH]
        if not any(word in self.words.grammar["wounds"] for word in words):
            return None
        is_fatal = any(word in self.words.grammar["fatal"] for word in words)
        return self._mention(replace(act, kind="killed") if is_fatal else act, self._subject(act))

    def _claim(self, act: _Act) -> TollMention | None:
        """Claimed 11 lives."""
        held = self._object(act)
        return self._mention(act, held) if held and held[0].noun in self.words.grammar["lives"] else None

    def _after(self, act: _Act) -> list[Group]:
        """12 dead, 3 deaths, no casualties; "12 people were found dead"."""
        held = self._adjacent(act) or (self._subject(act) if self._be(act) is not None else [])
        is_person = self.tokens[act.first].lower in ("dead", "martyr", "martyrs")
        return held if held and (is_person or held[0].counted is Counted.NUMBER) else []

    def _left(self, act: _Act) -> list[Group]:
        """Leaves 8 fighters of a rebel faction dead."""
        for here in range(act.first - 1, max(-1, act.first - _TOLL_REACH), -1):
            if self._lower[here] in self.words.grammar["leave"]:
                return self._object(_Act(act.kind, "active", here, here))
            if here in self._heads:
                break
        return []

    def _is_found(self, act: _Act) -> bool:
        near = self.tokens[max(0, act.first - 4) : act.last + _TOLL_REACH]
        return any(token.lower in self.words.grammar["found"] for token in near)

    def _object(self, act: _Act) -> list[Group]:
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

    def _adjacent(self, act: _Act) -> list[Group]:
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

    def _subject(self, act: _Act) -> list[Group]:
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

    @property
    def _placing(self) -> frozenset[str]:
        return self.words.grammar["prepositions"] | self.words.grammar["of"]

    def _is_phrase(self, words: Sequence[str]) -> bool:
        """Whether words between two groups hold no clause of their own."""
        return not any(word in self.words.grammar["clause"] for word in words)

    def _has_own_act(self, group: Group) -> bool:
        """Whether an act word stands right behind a group: "killed 12 and 30 [were] injured"."""
        for here in range(group.last + 1, min(len(self.tokens), group.last + 5)):
            if here in self._heads:
                return self._heads[here].form in ("participle", "intransitive", "after")
            if not self._is_be(here) and self.tokens[here].lower not in self.words.grammar["adverbs"]:
                return False
        return False

    # --- the words around an act word

    def _is_be(self, here: int) -> bool:
        return self._lower[here] in self.words.grammar["be"] and self.tokens[here].text != "IS"

    def _be(self, act: _Act) -> int | None:
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

    def _either(self, act: _Act) -> bool:
        """Killed or injured: the number is of both."""
        after, before = self._heads.get(act.last + 2), self._tails.get(act.first - 2)
        return bool(
            (after and after.kind != act.kind and self._lower[act.last + 1] in self.words.grammar["either"])
            or (before and before.kind != act.kind and self._lower[act.first - 1] in self.words.grammar["either"])
        )

    def _is_real(self, act: _Act) -> bool:
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

    def _is_contested(self, act: _Act) -> bool:
        """Other sources report 12 killed; conflicting reports have eight deaths."""
        words = self._lower[max(0, act.first - _SOURCE_REACH) : act.first]
        return any(word in self.words.grammar["sources"] for word in words)

    def _is_negated(self, act: _Act) -> bool:
        return any(token.lower in self.words.grammar["negation"] for token in self.tokens[max(0, act.first - 2) : act.first])

    def _scope(self, act: _Act, *, is_counted: bool) -> Scope:
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

    def _is_of_war(self, act: _Act) -> bool:
        """The war has killed 195,000; the conflict, which has claimed 400 lives."""
        words = self._lower[max(0, act.first - _WAR_REACH) : act.first]
        return (
            act.form in ("participle", "claim")
            and any(word in ("has", "have") for word in words[-3:])
            and any(word in self.words.grammar["war"] for word in words)
        )

    # --- the toll

    def _toll(self, act: _Act, *, led: bool = False) -> TollMention | None:
        """The death toll rose to 95, or only by such a word if `led`: casualties rose to 21."""
        near = self.quantities[bisect_left(self._numbers, act.last + 1) : bisect_left(self._numbers, act.last + _TOLL_REACH + 1)]
        if led:
            near = [
                quantity
                for quantity in near
                if self._lower[quantity.first - 1] in self.words.grammar["led"] and self._is_raised(act, quantity)
            ]
        verbs = [quantity for quantity in near if self._lower[quantity.first - 1] in self.words.grammar["toll-verbs"]]
        adjacent = self._adjacent(act)
        if not led and adjacent and adjacent[0].counted is Counted.NUMBER:
            return self._mention(act, adjacent)
        found = next(iter(verbs or near), None)
        if found is None or any(word in self.words.grammar["takes-apart"] for word in self._lower[act.last + 1 : found.first]):
            return None
        return self._mention(act, [Group(found.first, found.last, found.min, found.max, Counted.NUMBER, Role.PEOPLE)])

    def _is_raised(self, act: _Act, quantity: Quantity) -> bool:
        between = self._lower[act.last + 1 : quantity.first]
        return any(word in self.words.grammar["raise"] for word in between)

    def _mention(self, act: _Act, held: Sequence[Group]) -> TollMention | None:
        counted = [group for group in held if group.counted is not Counted.NOT]
        if not counted or self._is_negated(act):
            return None
        whole = _whole(counted, is_closed=counted[-1].last + 1 < act.first and self.tokens[counted[-1].last + 1].text == ",")
        if whole:
            counted = [whole]
        low = sum(group.min for group in counted)
        highs = [group.max for group in counted]
        is_open = not whole and len(counted) < len(held)
        high = None if None in highs or is_open else sum(top for top in highs if top is not None)
        first = min(act.first, *(group.first for group in counted))
        last = max(act.last, *(group.last for group in counted))
        start, end = self.tokens[first].start, self.tokens[last].end
        return TollMention(
            kind=act.kind,
            min=low,
            max=high,
            first=first,
            last=last,
            start=start,
            end=end,
            scope=self._scope(act, is_counted=counted[-1].last < act.first),
            groups=tuple(counted),
            act=act.first,
            is_real=self._is_real(act),
            is_contested=self._is_contested(act),
            is_forced=act.form in _FORCED and self._lower[act.first] not in self.words.grammar["unforced"],
        )


def _whole(held: Sequence[Group], *, is_closed: bool) -> Group | None:
    """The group the others are parts of: "12 people, two soldiers and ten civilians" are twelve.

    A comma behind the last (`is_closed`) says so too, where the parts make up the whole: "three medics, two men and a woman, were killed".
    """
    first, rest = held[0], sum(group.min for group in held[1:])
    if len(held) < 3 or any(group.is_more for group in held[1:]):
        return None
    return first if (first.role in (Role.PEOPLE, None) and first.min >= rest) or (is_closed and first.min == rest) else None
