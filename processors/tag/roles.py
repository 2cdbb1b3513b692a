"""Who acts and who suffers: the noun phrases around an act, by voice, preposition and word order."""

from __future__ import annotations

from dataclasses import dataclass

from processors.tag.lexicon import Kind
from processors.tag.nodes import Node
from processors.tag.numbers import english
from processors.tag.reading import Reading
from processors.tag.verb_groups import Verb
from processors.tag.words import Span

_TARGET = frozenset({"on", "against", "at", "with", "to", "from", "toward", "towards", "upon", "into", "between", "targeting", "over"})
_NOUN_TARGET = frozenset(
    {"on", "against", "at", "with", "to", "of", "between", "targeting", "toward", "towards", "upon", "into", "from", "for"}
)
_SAID_BY = frozenset({"from"})
_ACTOR_AFTER = frozenset({"by"})
_RELATIVE = frozenset({"who", "which", "that"})
_WHO = frozenset({"who", "which", "whose"})
_ASIDE = 25
"""How long a relative clause between subject and verb may be, in tokens."""
_MARKS = frozenset({",", ";", ":", "-", "–", "—", "least"})
"""What stands before a number that begins a telling of its own."""
_REACH = 22
"""How far behind an act a preposition still belongs to it, in tokens."""


@dataclass(frozen=True, slots=True)
class Roles:
    """The phrases of one act. `other` is what a preposition names when the object names nobody, `teller` who says it of himself."""

    actor: Span | None = None
    target: Span | None = None
    other: Span | None = None
    where: Span | None = None
    teller: Span | None = None


def subject_of(reading: Reading, verb: Verb) -> Span | None:
    """The phrase a verb is said of: before it, before "who", or that of the verb it is joined to by "and"."""
    if counted := _counted(reading, verb):
        return counted
    seen = 0
    while seen < 6:
        start = verb.start
        if start > 0 and reading.low[start - 1] in _RELATIVE:
            span = _antecedent(reading, start - 1)
            if span or reading.low[start - 1] != "that":
                return span
        if start > 1 and reading.low[start - 1] == "," and (aside := _relative_before(reading, start - 1)):
            return _antecedent(reading, aside)
        if start > 1 and reading.low[start - 1] == "," and (opened := _participle_before(reading, start - 1)):
            return reading.phrase_left(opened)
        joined = start > 0 and bool(reading.kind[start - 1] & Kind.COORDINATOR)
        span = reading.subject(verb) if not joined and (verb.finite or not verb.infinitive) else None
        if span and not (not verb.finite and start - span.end > 2):
            return span
        before = _verb_before(reading, verb)
        if before is None:
            return span
        verb, seen = before, seen + 1
    return None


def _counted(reading: Reading, verb: Verb) -> Span | None:
    """The bare number a participle is said of: "strikes in Iran, 7 killed". No subject of the clause before it was killed."""
    before = verb.start - 1
    if not verb.passive or verb.start != verb.index or before < 1:
        return None
    is_number = reading.low[before][0].isdigit() or _is_number_word(reading.low[before])
    return Span(before, verb.start) if is_number and reading.low[before - 1] in _MARKS else None


def _is_number_word(word: str) -> bool:
    words = english()
    return word in words.values or word in words.at_least


def _relative_before(reading: Reading, comma: int) -> int | None:
    """Where the relative clause begins that a comma closes: "Haftar, who holds the east, launched"."""
    for index in range(comma - 1, max(0, comma - _ASIDE), -1):
        if reading.low[index] in {";", ":", ".", "!", "?"}:
            return None
        if reading.low[index] in _WHO and reading.low[index - 1] == ",":
            return index
    return None


def _participle_before(reading: Reading, comma: int) -> int | None:
    """The comma that opens what a participle says beside the subject: "Hamas, a group backed by Iran, fired"."""
    opened = next((at for at in range(comma - 1, max(0, comma - _ASIDE), -1) if reading.low[at] == ","), None)
    if opened is None or not any(at in reading.verbs and reading.verbs[at].passive for at in range(opened, comma)):
        return None
    return opened if not any(at in reading.verbs and not reading.verbs[at].passive for at in range(opened, comma)) else None


def _antecedent(reading: Reading, relative: int) -> Span | None:
    end = relative
    while end > 0 and reading.low[end - 1] == ",":
        end -= 1
    return reading.phrase_left(end)


def _verb_before(reading: Reading, verb: Verb) -> Verb | None:
    for index in range(verb.start - 1, max(-1, verb.start - 30), -1):
        if reading.low[index] in {";", ":", ".", "!", "?"}:
            return None
        if index in reading.verbs:
            found = reading.verbs[index]
            return found if found.finite or not found.passive else None
    return None


def verb_roles(reading: Reading, verb: Verb, end: int) -> Roles:
    """The roles of a verb whose pattern ends before `end`."""
    if verb.passive:
        agent = _after(reading, verb.index + 1, _ACTOR_AFTER, reach=_REACH)
        return Roles(agent, subject_of(reading, verb), _after(reading, end, frozenset({"from"}), 8), _place(reading, verb.index + 1))
    head_end = verb.index + 1
    while head_end < reading.size and (
        reading.light(head_end) or reading.low[head_end] in {"up", "down", "out", "off", "over", "back", "away"}
    ):
        head_end += 1
    direct = None
    if reading.low[end - 1] == "that":  # "demanded that Iran stop": who is to do it is addressed
        return Roles(subject_of(reading, verb), reading.phrase_right(end), None, _place(reading, verb.index + 1))
    if (
        head_end < reading.size
        and not reading.kind[head_end] & (Kind.PREPOSITION | Kind.MODAL | Kind.BE)
        and reading.low[head_end] not in {"to", "that", ",", "and"}
    ):
        direct = reading.phrase_right(head_end)
        if direct and direct.start > head_end + 2:
            direct = None
    other = _after(reading, max(end, head_end), _TARGET, _REACH) or (_after(reading, head_end, _TARGET, _REACH) if end > head_end else None)
    if direct is None and end > head_end + 1 and other is None:
        direct = reading.phrase_right(end)
    if direct is None and other is None:
        other = _after(reading, head_end, frozenset({"for", "in", "of", "about", "behind"}), 10)
    return Roles(subject_of(reading, verb), direct, other, _place(reading, verb.index + 1))


def noun_roles(reading: Reading, first: int, end: int, *, is_said: bool = False) -> Roles:
    """The roles of a noun act at [first, end): modifiers before it act; prepositions behind it say the rest.

    `is_said` of words, which come "from" who says them: "criticism from the UN", where a withdrawal is from its target.
    """
    before = reading.phrase_left(first)
    actor = _after(reading, end, _ACTOR_AFTER, 12) or (_after(reading, first + 1, _SAID_BY, 9) if is_said else None) or before
    held = next((at for at in range(first + 1, end) if reading.low[at] == "of"), None)  # "expulsion of the German | ambassador"
    inside = reading.phrase_right(held + 1) if held else None
    target = inside or _after(reading, end, _NOUN_TARGET - _SAID_BY if is_said else _NOUN_TARGET, 9)
    if actor is None and end < reading.size and reading.sentence.tokens[end].is_rendered:
        actor = _adjective(reading, end)
    if "between" in reading.low[max(0, end - 1) : end + 3]:
        actor, target = _pair(reading, end)
    return Roles(actor, target, None, _place(reading, end))


def _adjective(reading: Reading, at: int) -> Span | None:
    """The word behind a noun act in a language that sets its adjectives there: "bombardeos | israelíes"."""
    closed = reading.kind[at] or at in reading.verbs or not reading.low[at][0].isalpha()
    return None if closed else Span(at, at + 1)


def struck(reading: Reading, first: int, roles: Roles) -> Roles:
    """The roles of a noun act at `first`, where the words before it are what is hit: "the school bombing", "rocked by a blast"."""
    before = roles.actor
    if before and before.end == first and _names_ground(reading, before):
        return Roles(None, before, roles.target or roles.other, roles.where)
    by = first - 1
    while by > 0 and reading.low[by] != "by" and not reading.kind[by] & (Kind.PREPOSITION | Kind.BE) and by not in reading.verbs:
        by -= 1
    verb = _verb_at(reading, by - 1) if by > 0 and reading.low[by] == "by" else None
    if verb is not None and verb.passive and roles.target is None:
        return Roles(roles.actor, subject_of(reading, verb), roles.other, roles.where)
    return roles


def _verb_at(reading: Reading, at: int) -> Verb | None:
    while at > 0 and reading.light(at):
        at -= 1
    return reading.verbs.get(at)


def _names_ground(reading: Reading, span: Span) -> bool:
    """Whether a phrase before a noun act names what stands somewhere, or a part of a country: "school", "central Israel"."""
    sites, parts = reading.lexicon.words["sites"], reading.lexicon.words["parts"]
    return reading.low[span.end - 1] in sites or (span.end - span.start > 1 and reading.low[span.start] in parts)


def _pair(reading: Reading, end: int) -> tuple[Span | None, Span | None]:
    at = next((index for index in range(max(0, end - 1), min(reading.size, end + 3)) if reading.low[index] == "between"), end)
    both = reading.phrase_right(at + 1)
    return halves(reading, both) if both else (None, None)


def halves(reading: Reading, span: Span) -> tuple[Span | None, Span | None]:
    """As in "A and B" -> A, B; the whole, None where there is no "and"."""
    for index in range(span.start + 1, span.end - 1):
        if reading.kind[index] & Kind.COORDINATOR:
            return Span(span.start, index), Span(index + 1, span.end)
    return span, None


def _after(reading: Reading, start: int, prepositions: frozenset[str], reach: int) -> Span | None:
    """The phrase behind the first of the prepositions from `start` on, within the clause."""
    for index in range(start, min(reading.size, start + reach)):
        word = reading.low[index]
        if word in {";", ":", ".", "!", "?", "—", "“", '"'} or (index in reading.verbs and reading.verbs[index].finite and index > start):
            return None
        if word in prepositions and index + 1 < reading.size and not reading.kind[index + 1] & (Kind.WEEKDAY | Kind.TEMPORAL):
            if word == "to" and index + 1 in reading.verbs:
                continue
            span = reading.phrase_right(index + 1)
            if span and span.start <= index + 3:
                return span
    return None


def _place(reading: Reading, start: int) -> Span | None:
    return _after(reading, start, frozenset({"in", "near", "at", "across", "inside", "outside", "into", "on"}), _REACH)


def is_noun_subject(reading: Reading, node: Node, verb: Verb) -> bool:
    """Whether a noun act stands in the phrase a verb is said of ("air strikes ... killed")."""
    if verb.index <= node.index or not verb.finite or reading.kind[verb.start - 1] & Kind.COORDINATOR:
        return False
    subject = reading.subject(verb)
    return (
        subject is not None
        and subject.start <= node.index < verb.start
        and not any(reading.kind[index] & Kind.PREPOSITION and reading.low[index] != "of" for index in range(subject.start, node.index))
    )
