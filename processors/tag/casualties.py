"""Sentence -> the tolls it tells: how many were killed, injured or captured, and the words that say so.

Each act word of `lexicon/casualties.en.toml` looks for its people on one side: behind it ("killing 12", "the deaths of two children"),
or before it ("7 were killed", "12 dead"). Groups joined by "and" are summed; those told as parts of others are not.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from processors.tag import victims
from processors.tag.befallen import Befallen
from processors.tag.gazetteer import plain, spoken_of
from processors.tag.harm import Act, acts_of
from processors.tag.numbers import Quantity, quantities
from processors.tag.telling import Scope, Telling
from processors.tag.tokens import Sentence, Token
from processors.tag.victims import CasualtyWords, Counted, Group, Role

__all__ = ["Scope", "TollMention", "is_accident", "is_violent", "may_tell_toll", "tolls"]

_TOLL_REACH = 12
"""Tokens from "death toll" to its number, and from "bodies" to "found"."""
_WOUND_REACH = 8
"""Tokens from "sustained" to "injuries"."""
_FORCED = frozenset({"participle", "active", "gerund", "of"})
"""Forms of act words that have a doer, said or not."""
_SIDE_BY_SIDE = frozenset({",", "and", ";", "&"})


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


def may_tell_toll(text: AbstractSet[str]) -> bool:
    """Whether a text of these words (casefolded) may tell a toll in any of its sentences."""
    return not victims.english().act_starts.isdisjoint(text)


def tolls(sentence: Sentence, words: CasualtyWords | None = None) -> list[TollMention]:
    """The tolls of a sentence in the order of their act words. Linear in its tokens; raises nothing."""
    words = words or victims.english()
    acts = acts_of(sentence.lower, words)
    if not acts:
        return []
    counted = quantities(sentence)
    clause = _Tolls(sentence.tokens, counted, victims.groups(sentence, counted, words), acts, words)
    return _side_by_side([mention for act in acts if (mention := clause.toll(act))], sentence.lower)


def _side_by_side(mentions: Sequence[TollMention], lower: Sequence[str]) -> list[TollMention]:
    """The tolls with those of one kind put together that a headline sets side by side: "4 soldiers killed, 12 rebels killed"."""
    out: list[TollMention] = []
    for mention in mentions:
        before = out[-1] if out else None
        gap = lower[before.last + 1 : mention.first] if before else ()
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
    return not (words or victims.english()).grammar["violent"].isdisjoint(sentence.lower)


def is_accident(sentence: Sentence, words: CasualtyWords | None = None) -> bool:
    """Whether a sentence names what kills without anybody's will: a crash, a flood, a disease."""
    return not (words or victims.english()).grammar["accident"].isdisjoint(sentence.lower)


class _Tolls(Befallen):
    """A sentence with its numbers, groups and act words found; answers what toll an act word tells."""

    def __init__(
        self, tokens: Sequence[Token], counted: Sequence[Quantity], groups: Sequence[Group], acts: Sequence[Act], words: CasualtyWords
    ) -> None:
        super().__init__(tokens, counted, groups, acts, words)
        self._numbers = [quantity.first for quantity in counted]
        self._telling = Telling(tokens, acts, words)

    def toll(self, act: Act) -> TollMention | None:
        if self._telling.either(act):
            return None
        match act.form:
            case "participle":
                return self._participle(act)
            case "active" | "gerund":
                return self._mention(act, self._object(act))
            case "of":
                return self._nominal(act)
            case "intransitive":
                behind = self._object(act) if self.tokens[act.first].is_rendered else []  # "murieron doce personas"
                return self._mention(act, self._subject(act) or behind)
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

    def _participle(self, act: Act) -> TollMention | None:
        """killed: passive behind a form of "be"; else active before an object; else passive without "be" (headlines)."""
        if self._be(act) is not None:
            return self._mention(act, self._subject(act))
        held, before = self._object(act), self._adjacent(act)
        if held and not (before and self._has_own_act(held[0])):
            return self._mention(act, held)
        return self._mention(act, before or self._subject_of_list(act) or self._placed(act))

    def _nominal(self, act: Act) -> TollMention | None:
        """The deaths of two children; five bodies of militants."""
        before = self._adjacent(act)
        return self._mention(act, before if before and before[0].counted is Counted.NUMBER else self._object(act))

    def _suffered(self, act: Act) -> TollMention | None:
        """Sustained serious head injuries; suffered fatal stab wounds, which kill."""
        words = self._lower[act.last + 1 : act.last + _WOUND_REACH]
        if not any(word in self.words.grammar["wounds"] for word in words):
            return None
        is_fatal = any(word in self.words.grammar["fatal"] for word in words)
        return self._mention(replace(act, kind="killed") if is_fatal else act, self._subject(act))

    def _claim(self, act: Act) -> TollMention | None:
        """Claimed 11 lives."""
        held = self._object(act)
        return self._mention(act, held) if held and held[0].noun in self.words.grammar["lives"] else None

    def _is_found(self, act: Act) -> bool:
        near = self.tokens[max(0, act.first - 4) : act.last + _TOLL_REACH]
        return any(token.lower in self.words.grammar["found"] for token in near)

    def _is_town(self, group: Group) -> bool:
        """Whether a name is that of a place: "captured | Kunduz" takes a town and no prisoner."""
        written = " ".join(token.text for token in self.tokens[group.first : group.last + 1])
        return group.counted is Counted.NAMED and plain(written) in spoken_of()

    def _toll(self, act: Act, *, led: bool = False) -> TollMention | None:
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

    def _is_raised(self, act: Act, quantity: Quantity) -> bool:
        between = self._lower[act.last + 1 : quantity.first]
        return any(word in self.words.grammar["raise"] for word in between)

    def _mention(self, act: Act, held: Sequence[Group]) -> TollMention | None:
        counted = [group for group in held if group.counted is not Counted.NOT and not (act.kind == "captured" and self._is_town(group))]
        if not counted or self._telling.is_negated(act):
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
            scope=self._telling.scope(act, is_counted=counted[-1].last < act.first),
            groups=tuple(counted),
            act=act.first,
            is_real=self._telling.is_real(act),
            is_contested=self._telling.is_contested(act),
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
