"""What the group of words a verb stands in says of it ("has not been", "is to"): voice, mood, and whether it is finite."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from processors.tag.inflect import Form
from processors.tag.lexicon import Kind
from processors.tag.words import HARD, QUOTES, Words

_AUXILIARY = Kind.BE | Kind.HAVE | Kind.DO | Kind.MODAL | Kind.NEGATOR
_FINITE = Kind.BE | Kind.HAVE | Kind.MODAL
_RELATIVE = frozenset({"who", "which", "that", "whom", "whose"})
_BODIES = frozenset({"forces", "guards", "troops", "rebels"})
"""Plurals that are verbs as well, but not right before "to"."""
_THROWN = frozenset({"fired", "launched", "shot", "thrown", "hurled", "lobbed", "dropped", "sent", "aimed", "directed"})
"""What is done to missiles, which do it to nobody."""
_SHARED = 14
"""Tokens over which two verbs share one "to"."""
_WITH_OVER = frozenset({"handed", "turned", "took", "won", "carried", "passed", "brought", "signed"})
"""Verbs that "over" makes another verb of: "handed over six prisoners" is no passive."""


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb as it stands: its token, the first token of its group ("has been"), and what the group says."""

    index: int
    start: int
    form: int
    passive: bool = False
    finite: bool = True
    infinitive: bool = False
    negated: bool = False
    future: bool = False
    possible: bool = False
    must: bool = False
    joined: int = -1
    """The verb whose "to" or "will" it shares ("to lay down arms and | leave"); -1 where it stands by itself."""


def group(words: Words, at: int, form: int, found: Mapping[int, Verb]) -> Verb:
    """The verb at `at` with what its group says; `found` are the verbs before it."""
    first = shared(words, at, form, found)
    if first:
        return replace(first, index=at, start=at, form=form, passive=False, joined=first.index)
    start, passive, infinitive, negated, future, possible, must, auxiliary = at, False, False, False, False, False, False, False
    index = at - 1
    last_be = False
    while index >= 0:
        kind = words.kind[index]
        word = words.low[index]
        if word == "to" and not (form & Form.PARTICIPLE and not form & Form.BASE and index == at - 1):  # "due to continued unrest"
            infinitive, start = True, index
            index -= 1
            if index >= 0 and words.kind[index] & Kind.NEGATOR:
                negated, start = True, index
            if index >= 0 and words.low[index] in {"is", "are"}:  # "Britain is to expel": what is settled to come
                infinitive, future, auxiliary, start = False, True, True, index
            elif _is_headline_future(words, index, found):
                infinitive, future, auxiliary = False, True, True
            break
        if kind & _AUXILIARY and word != "'s":
            negated |= bool(kind & Kind.NEGATOR)
            future |= bool(kind & Kind.FUTURE)
            possible |= bool(kind & Kind.POSSIBLE)
            must |= bool(kind & Kind.MUST)
            last_be = last_be or bool(kind & Kind.BE)
            auxiliary |= not kind & Kind.NEGATOR
            start = index
        elif not (kind & Kind.ADVERB or words.is_ly(index)):
            break
        index -= 1
    if form & Form.PARTICIPLE and last_be:
        passive = True
    elif form & Form.PARTICIPLE and not auxiliary and not infinitive:
        if _is_reduced(words, at, start, found):
            return Verb(at, start, form, passive=True, finite=False, negated=negated)
        passive = _is_bare_passive(words, at, start)
    hangs = passive and not auxiliary and (verb_follows(words, at + 1) or _predicate_follows(words, at))
    finite = auxiliary or not (infinitive or form == Form.ING or hangs)
    return Verb(at, start, form, passive, finite and not (form == Form.ING and not auxiliary), infinitive, negated, future, possible, must)


def shared(words: Words, at: int, form: int, found: Mapping[int, Verb]) -> Verb | None:
    """The verb whose "to" or modal a base form behind "and" shares: "agreed to share news and | cooperate"."""
    before = words.before(at)
    if before < 0 or not words.kind[before] & Kind.COORDINATOR or not form & Form.BASE or form & Form.PAST:
        return None
    for index in range(before, max(-1, before - _SHARED), -1):
        if words.low[index] in HARD or words.low[index] in _RELATIVE:
            return None
        verb = found.get(index)
        if verb and (verb.infinitive or verb.future or verb.possible or verb.must):
            return verb
        if verb and verb.finite:
            return None
    return None


def _is_headline_future(words: Words, at: int, found: Mapping[int, Verb]) -> bool:
    """Whether "to" behind the name or plural at `at` says what is to come, as headlines do: "Pakistan | to free pilot"."""
    if at < words.begin or found or words.kind[at] or any(kind & _FINITE for kind in words.kind[at + 3 :]):
        return False
    is_plural = words.low[at].endswith("s") and words.low[at] not in words.lexicon.verbs
    return words.sentence.tokens[at].is_capitalised or is_plural or words.low[at] in _BODIES


def _has_counted_object(words: Words, after: int) -> bool:
    """Whether "at least" or "at most" begins what a verb is done to: "killed at least 7"."""
    return words.low[after : after + 2] in (["at", "least"], ["at", "most"])


def _is_reduced(words: Words, at: int, start: int, found: Mapping[int, Verb]) -> bool:
    """A participle that only tells more of the noun before it, in a clause that has its verb: "released men | held | in Yemen"."""
    if words.low[at] in words.lexicon.intransitive or not start or words.kind[start - 1] or start - 1 in found:
        return False
    after = words.after(at)
    while after < words.size and words.light(after):
        after += 1
    if _has_counted_object(words, after):
        return False
    if after < words.size and not (words.kind[after] & Kind.PREPOSITION or words.low[after] in HARD or words.low[after] in {",", "to"}):
        return False
    for index in range(start - 1, words.begin - 1, -1):
        word = words.low[index]
        if word in HARD or (word == "," and words.low[index + 1] not in {"a", "an", "the"}):
            return False
        if words.kind[index] & Kind.COORDINATOR and words.low[index + 1][0].isdigit():
            return False
        if index in found and found[index].finite:
            return True
    return False


def _is_bare_passive(words: Words, at: int, start: int) -> bool:
    """A participle without "be": "7 killed in strike", "a man arrested on Friday", "posts held by rebels"."""
    after = words.after(at)
    while after < words.size and words.light(after):
        after += 1
    if words.low[after : after + 1] == ["dead"]:  # "shot | dead in a siege"
        after = words.after(after)
    if after < words.size and words.low[after] == "by":
        return True
    if start and words.low[at] in _THROWN and words.low[start - 1] in words.lexicon.words["thrown"]:  # "missiles | fired from Lebanon"
        return after < words.size and bool(words.kind[after] & Kind.PREPOSITION)
    if _has_counted_object(words, after):
        return False
    if after < words.size and words.low[after] == "over" and words.low[at] in _WITH_OVER:
        return False
    if after < words.size and words.low[after] == "and" and (joined := words.after(after)) < words.size:
        form = words.lexicon.verbs.get(words.low[joined], 0)
        if form & Form.PARTICIPLE and joined in range(after + 1, after + 3):  # "donated and delivered food": active both, or neither
            return _is_bare_passive(words, joined, start)
    if words.low[at] in words.lexicon.intransitive or start == 0 or words.low[start - 1] in QUOTES:
        return False
    if words.kind[start - 1] & (Kind.PRONOUN | Kind.COORDINATOR) or words.low[start - 1] in _RELATIVE:
        return False
    return (
        after >= words.size
        or words.low[after] in HARD
        or words.low[after] in {"in", "at", "during", "near", "amid", "when", "as", ",", "after", "over", "and", "since"}
    )


def _predicate_follows(words: Words, at: int) -> bool:
    """Whether behind the participle at `at` a name ends its phrase and a word that is a noun as well does something to another:
    "rebels backed by Rwanda | attack Goma", but "held over Paris attack".
    """
    if not at or words.sentence.tokens[at].is_capitalised:
        return False
    is_plural = words.is_plural(at - 1)
    for index in range(at + 2, min(words.size - 1, at + _SHARED)):
        if words.low[index] in HARD or words.low[index] == "," or words.kind[index] & Kind.SUBORDINATOR & ~Kind.PREPOSITION:
            return False
        agrees = words.lexicon.verbs.get(words.low[index], 0) & (Form.BASE if is_plural else Form.S)
        is_name = words.sentence.tokens[index - 1].is_capitalised and not words.sentence.tokens[index].is_capitalised
        if agrees and is_name and words.has_object(index + 1) and words.low[index + 1] not in words.lexicon.nouns:
            return True
    return False


def verb_follows(words: Words, at: int) -> bool:
    """Whether an unmistakable finite verb stands between here and the end of the clause."""
    for index in range(at, min(words.size, at + 14)):
        if words.low[index] in HARD or words.low[index] == "," or (words.kind[index] & Kind.SUBORDINATOR and index > at):
            return False
        if words.kind[index] & (Kind.BE | Kind.HAVE | Kind.MODAL):
            return True
        if words.kind[index] & Kind.COORDINATOR and words.lexicon.verbs.get(words.low[min(index + 1, words.size - 1)], 0) & Form.S:
            return False  # "bombs the south and kills six": the second verb has the same subject
        led = index and words.kind[index - 1] & (Kind.DETERMINER | Kind.PREPOSITION)  # "at disputed temple"
        form = 0 if led else words.lexicon.verbs.get(words.low[index], 0)
        is_noun = words.low[index] in words.lexicon.noun_acts or (index > at and words.low[index] in words.lexicon.nouns)
        if form & Form.PAST or (form & (Form.BASE | Form.S) and not is_noun):
            return True
    return False
