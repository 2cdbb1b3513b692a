"""Sentence -> the people it counts: "two soldiers", "at least 12", "a police officer", "his driver", "no civilians", "militants".

A shallow chunker: a number or article, its modifiers, a noun for people from `lexicon/casualties.en.toml`. Whether anything happened to
them is for `casualties` to say.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from processors.tag.numbers import Quantity
from processors.tag.tokens import Sentence, Token

_LONGEST_RUN = 9
"""Words read from an article or number to its noun: "a 16-year-old Palestinian high school student" has nine."""
_LONGEST_BRACKET = 16
"""Tokens of an aside between a number and its noun: "3 UN (one Filipino, one Liberian) staff"."""
_BRACKETS = frozenset("([")
_INSIDE = frozenset("-–'’\"“”/")
"""Marks that may stand between a number and its noun."""


class Role(StrEnum):
    """Who the victims are, so far as it says whether two groups can be parts of one another. `people` stands for anybody."""

    PEOPLE = "people"
    CIVILIANS = "civilians"
    FORCES = "forces"
    REBELS = "rebels"
    ATTACKERS = "attackers"


class Counted(StrEnum):
    """How a group is counted."""

    NUMBER = "number"
    """By a number: "12", "two soldiers", "no one"."""
    ONE = "one"
    """By grammar: "a soldier", "the mayor", "Taliban leader"."""
    NAMED = "named"
    """By a name in capitals."""
    PRONOUN = "pronoun"
    """he, she, him."""
    NOT = "not"
    """Not at all: "soldiers", "others"."""


class Group(NamedTuple):
    """People the tokens first..last speak of: at least `min` of them, at most `max`.

    `role` is None where no noun says who they are. `is_more` for "another", "two others", "also": apart from those told before.
    `is_part` for those told within others ("including nine children", "two of them") or in brackets. `is_agent` for "by a gunman".
    `is_definite` for "the soldier", "the two": told before. `is_vague` for "dozens". `is_of_them` for "two of them", "one of whom",
    `is_owner` for "a man's".
    """

    first: int
    last: int
    min: int
    max: int | None
    counted: Counted
    role: Role | None
    is_more: bool = False
    is_part: bool = False
    is_agent: bool = False
    is_definite: bool = False
    noun: str = ""
    is_vague: bool = False
    is_of_them: bool = False
    is_owner: bool = False


@dataclass(frozen=True, slots=True)
class CasualtyWords:
    """The words of one language for people and what happens to them; see `lexicon/casualties.en.toml`."""

    singular: Mapping[str, Role]
    plural: Mapping[str, Role]
    weak: frozenset[str]
    """Nouns for people that are adjectives before another noun."""
    things: frozenset[str]
    grammar: Mapping[str, frozenset[str]]
    phrases: Mapping[str, tuple[tuple[str, ...], ...]]
    acts: Mapping[str, Sequence[tuple[tuple[str, ...], str, str]]]
    """The phrases that begin with a word, the longest first, each with its kind ("killed") and form ("participle")."""
    verbs: frozenset[str]
    act_starts: frozenset[str]
    """The words of which a sentence must have one to tell a toll."""

    @classmethod
    def parse(cls, toml: str) -> CasualtyWords:
        """The words a lexicon file lists; raises tomllib.TOMLDecodeError, KeyError or ValueError where it is not one."""
        data = tomllib.loads(toml)
        singular: dict[str, Role] = {}
        plural: dict[str, Role] = {}
        for role, nouns in data["people"].items():
            if role not in ("irregular", "both", "weak"):
                singular.update(dict.fromkeys(nouns, Role(role)))
                plural.update({_plural(noun): Role(role) for noun in nouns})
        for role, nouns in data["people"]["both"].items():
            singular.update(dict.fromkeys(nouns, Role(role)))
            plural.update(dict.fromkeys(nouns, Role(role)))
        for role, nouns in data["people"]["irregular"].items():
            plural.update(dict.fromkeys(nouns, Role(role)))
        forms = [
            (tuple(phrase.split()), kind, form)
            for kind in ("killed", "injured", "captured")
            for form, phrases in data[kind].items()
            for phrase in phrases
        ]
        acts: dict[str, list[tuple[tuple[str, ...], str, str]]] = {}
        for phrase in sorted(forms, key=lambda entry: -len(entry[0])):
            acts.setdefault(phrase[0][0], []).append(phrase)
        to_death = {phrase.split()[-1] for phrase in data["grammar"]["to-death"]}
        return cls(
            act_starts=frozenset(acts) | to_death,
            singular=singular,
            plural=plural,
            weak=frozenset(data["people"]["weak"]["words"]),
            things=frozenset(data["not-people"]["nouns"]),
            grammar={name: frozenset(words) for name, words in data["grammar"].items()},
            phrases={name: tuple(tuple(phrase.split()) for phrase in data["grammar"][name]) for name in ("as-well", "to-death")},
            acts=acts,
            verbs=frozenset(phrase[0] for phrase, _, form in forms if form != "of"),
        )


@cache
def english() -> CasualtyWords:
    return CasualtyWords.parse((files("processors.tag") / "lexicon" / "casualties.en.toml").read_text(encoding="utf-8"))


def _plural(noun: str) -> str:
    if noun.endswith("man"):
        return noun[:-3] + "men"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    if noun.endswith(("s", "sh", "ch", "x")):
        return noun + "es"
    return noun + "s"


def groups(sentence: Sentence, quantities: Sequence[Quantity], words: CasualtyWords | None = None) -> list[Group]:
    """The groups of people in a sentence, in order, none overlapping. Linear in its tokens; raises nothing."""
    words = words or english()
    tokens = sentence.tokens
    starts = {quantity.first: quantity for quantity in quantities}
    blocked = frozenset(index for quantity in quantities for index in range(quantity.first, quantity.last + 1))
    found: list[Group] = []
    depth = at = 0
    while at < len(tokens):
        mark = tokens[at].text
        depth = depth + 1 if mark in "([" else max(0, depth - 1) if mark in ")]" else depth
        group = _group(tokens, at, starts, blocked, words)
        if group is None:
            at += 1
            continue
        owns = group.last + 1 < len(tokens) and tokens[group.last + 1].lower in words.grammar["possessive"]
        if not _is_placed(tokens, group, words) and not _is_apposed(tokens, group, found):
            found.append(_in_context(tokens, group, found, words, in_brackets=depth > 0, is_owner=owns))
        at = group.last + 1
    return found


def _group(
    tokens: Sequence[Token], at: int, quantities: Mapping[int, Quantity], blocked: frozenset[int], words: CasualtyWords
) -> Group | None:
    quantity = quantities.get(at)
    if quantity:
        return _numbered(tokens, quantity, quantities, blocked, words)
    if at in blocked:
        return None
    word = tokens[at].lower
    if word in words.grammar["determiners"] or word in words.grammar["possessive"]:
        return _determined(tokens, at, quantities, blocked, words)
    if word in words.grammar["pronouns"]:
        return Group(at, at, 1, 1, Counted.PRONOUN, None, is_definite=True)
    if word in words.singular or word in words.plural:
        return _bare(tokens, at, words)
    if (
        tokens[at].is_capitalised
        and word.isalpha()
        and word not in words.verbs
        and (word not in words.grammar["stop"] or tokens[at].text == "IS")
    ):
        return _named(tokens, at, blocked, words)
    if word in words.grammar["of-names"] and at + 2 < len(tokens) and tokens[at + 1].text == "-":
        return _named(tokens, at + 2, blocked, words)._replace(first=at)
    return None


def _numbered(
    tokens: Sequence[Token], quantity: Quantity, starts: Mapping[int, Quantity], blocked: frozenset[int], words: CasualtyWords
) -> Group | None:
    """A number with its noun, or alone: "12 killed", "20 IS", "four of its officers", "two others"."""
    last, start = quantity.last, quantity.last + 1
    part = definite = False
    whole: Quantity | None = None
    if start < len(tokens) and tokens[start].lower in words.grammar["of"]:
        following = tokens[start + 1].lower if start + 1 < len(tokens) else ""
        if following in words.grammar["them"]:
            return Group(quantity.first, start + 1, quantity.min, quantity.max, Counted.NUMBER, None, is_part=True, is_of_them=True)
        definite = following in words.grammar["determiners"]
        start += 2 if definite else 1
        whole = starts.get(start)
        if whole:  # fifteen of the 350 hostages
            start = whole.last + 1
    head, noun_from = _head(tokens, start, blocked, words)
    before = tokens[quantity.first - 1].lower if quantity.first else ""
    noun, role = "", None
    if head is not None:
        noun = tokens[head].lower
        role = words.plural.get(noun) or words.singular.get(noun)
        last = head
    else:
        # without a known noun the number stands alone, or before the words that are left ("20 IS", "3 unknown things")
        run = range(quantity.last + 1, min(noun_from, quantity.last + 4))
        if any(
            tokens[index].lower in words.things for index in range(quantity.last + 1, noun_from if start == quantity.last + 1 else start)
        ):
            return None
        last = run[-1] if run else quantity.last
    more = (
        any(tokens[index].lower in words.grammar["other"] for index in range(quantity.first, last + 1)) or before in words.grammar["other"]
    )
    definite = definite or before in ("the", "these", "those", "all")
    return Group(
        quantity.first, last, quantity.min, quantity.max, Counted.NUMBER, role, more, part, False, definite, noun, quantity.is_vague
    )


def _determined(
    tokens: Sequence[Token], at: int, quantities: Mapping[int, Quantity], blocked: frozenset[int], words: CasualtyWords
) -> Group | None:
    """An article, or an owner, and a noun in the singular: "a soldier", "his driver", "Iran's president", "another"."""
    word = tokens[at].lower
    head, end = _head(tokens, at + 1, blocked, words)
    collected = next((quantities[index] for index in range(at + 3, min(end + 3, at + 6)) if index in quantities), None)
    if (
        collected
        and tokens[collected.first - 1].lower in words.grammar["of"]
        and tokens[collected.first - 2].lower in words.grammar["collective"]
    ):
        held = _numbered(tokens, collected, quantities, blocked, words)
        return held._replace(first=at) if held else None
    if head is None:
        if word in words.grammar["headless"] and end == at + 1:
            return Group(at, at, 1, 1, Counted.NUMBER, None, is_more=True)
        return None
    noun = tokens[head].lower
    if noun in words.weak and end > head + 1:  # an adjective: "a police patrol", "the civilian population"
        return None
    definite = word not in words.grammar["indefinite"]
    more = word in words.grammar["other"] or any(tokens[index].lower in words.grammar["headless"] for index in range(at, head))
    if noun in words.singular and (noun not in words.plural or word in words.grammar["indefinite"]):
        return Group(at, head, 1, 1, Counted.ONE, words.singular[noun], more, is_definite=definite, noun=noun)
    return Group(at, head, 0, None, Counted.NOT, words.plural.get(noun), more, is_definite=definite, noun=noun)


def _bare(tokens: Sequence[Token], at: int, words: CasualtyWords) -> Group:
    """A noun without article: "soldier" (one, in a headline), "militants" (not counted)."""
    last = at
    while last + 1 < len(tokens) and (tokens[last + 1].lower in words.singular or tokens[last + 1].lower in words.plural):
        last += 1
    noun = tokens[last].lower
    if noun in words.singular and noun not in words.plural:
        return Group(at, last, 1, 1, Counted.ONE, words.singular[noun], noun=noun)
    return Group(at, last, 0, None, Counted.NOT, words.plural[noun], noun in words.grammar["headless"], noun=noun)


def _named(tokens: Sequence[Token], at: int, blocked: frozenset[int], words: CasualtyWords) -> Group:
    """Words in capitals: a name, or the modifiers of a noun ("Taliban leader", "Syrian rebels")."""
    last = at
    while last + 1 < len(tokens) and last - at < _LONGEST_RUN and last + 1 not in blocked:
        following = tokens[last + 1]
        if following.lower in words.singular or following.lower in words.plural:
            bare = _bare(tokens, last + 1, words)
            return Group(at, bare.last, bare.min, bare.max, bare.counted, bare.role, bare.is_more, noun=bare.noun)
        if not (following.is_capitalised and following.lower.isalpha()) or following.lower in words.grammar["stop"] | words.verbs:
            break
        last += 1
    return Group(at, last, 1, 1, Counted.NAMED, None)


def _head(tokens: Sequence[Token], start: int, blocked: frozenset[int], words: CasualtyWords) -> tuple[int | None, int]:
    """The token of the noun for people that a run of modifiers from `start` leads to, and the token the run ends before (behind a
    noun that may be an adjective it goes on).
    """
    here, head, behind = start, None, start
    stop = min(len(tokens), start + _LONGEST_RUN)
    while here < stop:
        token = tokens[here]
        word = token.lower
        if word in words.singular or word in words.plural:
            head = behind = here
            if word not in words.weak and word not in words.grammar["headless"] and not _is_person(tokens, here + 1, words):
                break
        elif token.text in _BRACKETS:
            closing = next((index for index in range(here, min(len(tokens), here + _LONGEST_BRACKET)) if tokens[index].text in ")]"), None)
            if closing is None or here == start:
                break
            here = closing
            stop = min(len(tokens), start + _LONGEST_RUN + _LONGEST_BRACKET)
        elif here in blocked or not _modifies(token, words, inside=here > start):
            break
        else:
            behind = here
        here += 1
    return head, here if head is None else behind + 1


def _modifies(token: Token, words: CasualtyWords, *, inside: bool) -> bool:
    """Whether a token may stand between a number or article and its noun."""
    word = token.lower
    if not word[0].isalnum():
        return inside and token.text in _INSIDE
    return not (
        word in words.grammar["determiners"]
        or word in words.grammar["possessive"]
        or (word in words.grammar["stop"] and token.text != "IS")
        or word in words.verbs
    )


def _is_person(tokens: Sequence[Token], at: int, words: CasualtyWords) -> bool:
    return at < len(tokens) and (tokens[at].lower in words.singular or tokens[at].lower in words.plural)


def _is_placed(tokens: Sequence[Token], group: Group, words: CasualtyWords) -> bool:
    """Whether a name stands behind a preposition: a place, a day, an owner, and nobody's fate."""
    before = tokens[group.first - 1].lower if group.first else ""
    return group.counted is Counted.NAMED and (before in words.grammar["prepositions"] or before in words.grammar["of"] or before == "-")


def _is_apposed(tokens: Sequence[Token], group: Group, found: Sequence[Group]) -> bool:
    """Whether a name only names the person told right before: "the mayor, Ali Khan", "driver Ali Khan"."""
    if group.counted is not Counted.NAMED or not found or found[-1].counted is not Counted.ONE:
        return False
    between = tokens[found[-1].last + 1 : group.first]
    return not between or (len(between) == 1 and between[0].text == ",")


def _in_context(
    tokens: Sequence[Token], group: Group, found: Sequence[Group], words: CasualtyWords, *, in_brackets: bool, is_owner: bool
) -> Group:
    """The group with what the words before it say: a part of others, the agent of an act, one more."""
    near = [token.lower for token in tokens[max(0, group.first - 3) : group.first]]
    part = _is_set_aside(tokens, group, words) or (
        group.is_part
        or in_brackets
        or any(word in words.grammar["subset"] for word in near)
        or _continues_part(tokens, group, found, words)
    )
    agent = bool(near) and near[-1] in words.grammar["agent"]
    more = group.is_more or (bool(near) and near[-1] in words.grammar["other"])
    return group._replace(is_part=part, is_agent=agent, is_more=more, is_owner=is_owner)


def _is_set_aside(tokens: Sequence[Token], group: Group, words: CasualtyWords) -> bool:
    """Whether the text says itself that a group is not counted: "two escorts (not included)"."""
    after = [token.lower for token in tokens[group.last + 1 : group.last + 6]]
    return after[:1] == ["("] and any(word in words.grammar["not-counted"] for word in after) and "not" in after


def _continues_part(tokens: Sequence[Token], group: Group, found: Sequence[Group], words: CasualtyWords) -> bool:
    """Whether a group goes on with a list of parts: "including a trader, a student and two masons"."""
    if not found or not found[-1].is_part or found[-1].is_of_them:
        return False
    between = tokens[found[-1].last + 1 : group.first]
    if not 0 < len(between) <= 4 or between[-1].lower not in words.grammar["joints"] or any(token.text in ")]" for token in between):
        return False
    after = tokens[group.last + 1].lower if group.last + 1 < len(tokens) else ""
    return not (between[-1].text == "," and group.counted is Counted.NUMBER and after in words.verbs)
