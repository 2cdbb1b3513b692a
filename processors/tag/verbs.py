"""Which words of a sentence are verbs. No parse: closed classes and word order decide, as in the sparse coders (KEDS, TABARI)."""

from __future__ import annotations

from collections.abc import Mapping

from processors.tag.inflect import Form
from processors.tag.lexicon import Kind
from processors.tag.verb_groups import Verb, group, shared, verb_follows
from processors.tag.words import HARD, HYPHENS, QUOTES, Words

_NOUNISH_BEFORE = Kind.DETERMINER | Kind.PREPOSITION
_RELATIVE = frozenset({"who", "which", "that", "whom", "whose"})
_NOUN_ON = frozenset({"on", "against", "by", "between", "of", "in", "from", "at", "near", "across", "inside", "over", "into"})
_MEANWHILE = frozenset({"as", "while"})
"""Words that set a clause beside the one before, which then has its verb."""
_BETWEEN = frozenset({"long", "both", "all", "each", "so", "far", "since", "first"})
"""Words that stand between "have" and its participle, besides adverbs."""
_ATTRIBUTED = frozenset({"suspected", "alleged", "presumed", "purported"})
"""Participles that only doubt the noun behind them: "suspected rebels abducted"."""
_BODIES = frozenset({"forces", "guards", "ships", "patrols"})
"""Plurals that are verbs as well, but not before another verb."""
_LONGEST_SUBJECT = 8
"""Tokens of a subject from its head to its verb."""


def find_verbs(words: Words) -> dict[int, Verb]:
    """Every verb of the sentence by its token, in order."""
    found: dict[int, Verb] = {}
    forms = words.lexicon.verbs
    for at, word in enumerate(words.low):
        if word not in forms:
            continue
        form = forms[word]
        if form and not words.kind[at] & (Kind.BE | Kind.MODAL) and not _is_auxiliary(words, at) and _is_verb(words, at, form, found):
            found[at] = group(words, at, form, found)
    return found


def _is_auxiliary(words: Words, at: int) -> bool:
    """Whether "have" only makes the perfect of the participle behind it, and "do" only carries the "not" of the verb behind it."""
    if not words.kind[at] & (Kind.HAVE | Kind.DO):
        return False
    after = words.after(at)
    if words.kind[at] & Kind.DO:
        is_bare = after < words.size and words.low[after] not in words.lexicon.nouns
        is_base = is_bare and bool(words.lexicon.verbs.get(words.low[after], 0) & Form.BASE)
        return is_base or (after < words.size and bool(words.kind[after] & Kind.NEGATOR))
    while after < words.size and (words.kind[after] & (Kind.NEGATOR | Kind.ADVERB) or words.low[after] in _BETWEEN):
        after += 1
    word = words.low[after] if after < words.size else ""
    return word == "been" or bool(words.lexicon.verbs.get(word, 0) & Form.PARTICIPLE)


def _is_verb(words: Words, at: int, form: int, found: Mapping[int, Verb]) -> bool:
    before = words.before(at)
    left = words.kind[before] if before >= 0 else 0
    left_word = words.low[before] if before >= 0 else ""
    after = words.after(at)
    right_word = words.low[after] if after < words.size else ""
    right_kind = words.kind[after] if after < words.size else 0
    if at + 1 < words.size and words.low[at + 1] == "'s":
        return False
    if words.kind[at] & Kind.TEMPORAL and words.sentence.tokens[at].is_capitalised:
        return False
    if (
        left_word in HYPHENS
        or words.low[at + 1 : at + 2] in (["-"], ["‑"])
        or (at and words.is_prose and words.sentence.tokens[at].is_capitalised and left_word not in QUOTES)
    ):
        return False
    if before < 0 and form & Form.PARTICIPLE and not form & Form.BASE and not right_kind & (Kind.PREPOSITION | Kind.DETERMINER):
        return False
    if words.low[at] == "down" and before == at - 1 and before >= 0 and words.lexicon.verbs.get(left_word):
        return False  # "shoots | down a drone"
    if _is_adjective(words, at, form, left_word):
        return False
    if words.low[at] == "armed" and not right_kind & (Kind.PREPOSITION | Kind.DETERMINER):
        return False
    if form & Form.ING:
        return not (_is_compound(words, at) or _ends_phrase(words, at)) and _is_verb_ing(left, left_word, right_word)
    if left & (Kind.MODAL | Kind.DO | Kind.NEGATOR) or left_word == "to":
        return bool(form & (Form.BASE | Form.PAST | Form.PARTICIPLE)) or left_word != "to"
    if form & (Form.PAST | Form.PARTICIPLE) and not form & (Form.BASE | Form.S):
        joined = before in found and not left and not found[before].passive
        joined = joined and (found[before].infinitive or found[before].future or left_word not in words.lexicon.nouns)
        if joined and form & Form.PARTICIPLE and not right_kind and right_word.isalnum():
            return False  # "freed captured soldiers": what one verb follows at once is of its object
        return (
            not (
                left & _NOUNISH_BEFORE
                and left_word not in {"that", "all", "both", "after", "before", "since", "as", "than", "including"}
                and not left & Kind.SUBORDINATOR
            )
            and left_word != "'s"
        )
    if left & Kind.COORDINATOR and shared(words, at, form, found):
        return not right_kind & (Kind.BE | Kind.HAVE | Kind.MODAL)
    if left & (Kind.HAVE | Kind.BE):
        return bool(form & (Form.PAST | Form.PARTICIPLE)) and left_word != "'s"
    if left & Kind.PRONOUN or left_word in _RELATIVE:
        return left_word not in {"his", "her", "its", "their"}
    if left & _NOUNISH_BEFORE or left_word == "'s":
        return False
    return before not in found and _is_finite_present(words, at, form, before, found)


def _is_adjective(words: Words, at: int, form: int, left_word: str) -> bool:
    """Whether a participle only tells more of the noun behind it: "75 displaced people", "On Monday, suspected rebels abducted"."""
    after = words.after(at)
    if form & (Form.BASE | Form.S | Form.ING) or not form & Form.PARTICIPLE or after >= words.size:
        return False
    if not words.low[after].isalpha() or words.kind[after]:
        return False
    if left_word.isdigit():
        return not words.sentence.tokens[after].is_capitalised  # "14 injured Kabul blast": a headline's
    return words.low[at] in _ATTRIBUTED and (left_word in {",", "and", "when", "as", "after", "that", ""} or left_word in HARD)


def _is_compound(words: Words, at: int) -> bool:
    """Whether a word ends or begins a compound noun of the lexicon: "suicide | bombing", "warning | shots"."""
    pairs = (tuple(words.low[first : first + 2]) for first in (at - 1, at) if first >= 0)
    return any(two in pattern.tail for two in pairs for pattern in words.lexicon.noun_acts.get(two[0], ()))


def _ends_phrase(words: Words, at: int) -> bool:
    """Whether a form in -ing is the noun of its clause: "killed in a market | bombing", "Ankara | bombing kills 37"."""
    if at and at + 1 < words.size and words.lexicon.verbs.get(words.low[at + 1], 0) & (Form.S | Form.PAST) and not words.kind[at - 1]:
        if words.low[at - 1] in words.lexicon.verbs and words.low[at + 1] in words.lexicon.nouns:  # "stop | attacking ships"
            return False
        return words.low[at + 1] not in words.lexicon.noun_acts
    if at + 1 < words.size and words.low[at + 1] not in HARD and words.low[at + 1] not in {",", "in"}:
        return False
    index = at - 1
    while index >= 0 and at - index < 5 and words.low[index].isalpha() and not words.kind[index] & ~Kind.DETERMINER:
        index -= 1
    return 0 <= index < at - 1 and bool(words.kind[index] & Kind.PREPOSITION)


def _is_verb_ing(left: int, left_word: str, right_word: str) -> bool:
    if right_word == "of" or left_word == "'s":
        return False
    if left & Kind.DETERMINER and not left & Kind.PRONOUN:
        return False
    if left & Kind.PREPOSITION:
        return right_word not in {"in", "on", "by", "against", "at", ".", ",", ""} or left_word in {"by", "from", "after", "before"}
    return True


def _is_finite_present(words: Words, at: int, form: int, before: int, found: Mapping[int, Verb]) -> bool:
    """A base or -s form after a noun, at the start, or after a mark: verb or noun?"""
    if before < 0 or words.low[before] in HARD or ("-" in words.low[before] and not words.sentence.tokens[before].is_capitalised):
        return False
    if form & Form.BASE and not form & Form.PAST and _is_named_in_singular(words, before):
        return False
    after = words.after(at)
    right_word = words.low[after] if after < words.size else ""
    right_form = 0 if right_word == "down" else words.lexicon.verbs.get(right_word, 0)
    right_kind = words.kind[after] if after < words.size else 0
    is_noun = words.low[at] in words.lexicon.nouns
    is_plural_before = words.is_plural(before) or _is_pair(words, before)
    if right_kind & (Kind.BE | Kind.HAVE | Kind.MODAL | Kind.DO):
        return False
    if form & Form.S and not is_noun and right_form & Form.PARTICIPLE and words.has_object(after + 1):
        return True  # "frees captured soldiers"
    if right_form & (Form.PAST | Form.S | Form.BASE) and right_word not in words.lexicon.nouns and not right_form & Form.ING:
        return form & Form.BASE == Form.BASE and is_plural_before and not right_form & Form.PAST and not is_noun
    if not is_noun:
        return True
    if words.low[at] in _BODIES and right_form & Form.BASE:  # "rival | forces clash"
        return False
    if _has_verb(words, before, found) or (words.low[before] == "," and right_kind & Kind.COORDINATOR):  # "drones, rockets and mines"
        return False
    if form & Form.PAST:  # "hit", "cut": past as well, so a subject in the singular fits
        return True
    if form & Form.BASE and _is_demanded(words, before):
        return True
    if form & Form.BASE and not form & Form.PAST:
        is_plural_before = is_plural_before or (words.has_object(after) and words.is_plural(_head(words, before, found)))
        is_free = not verb_follows(words, after) or (right_word in words.lexicon.nouns and not verb_follows(words, after + 1))
        return is_plural_before and is_free  # "trade blame"
    if right_word in _MEANWHILE and not _is_compound(words, at):  # "truce collapses as Israel resumes strikes"
        return True
    if right_word in _NOUN_ON:
        return not verb_follows(words, after) and right_word not in {"on", "against", "by", "between", "of"}
    if after >= words.size or right_word in HARD or right_word == ",":
        return False
    pair = words.low[after : after + 2]
    if words.low[at] not in words.lexicon.noun_acts and words.lexicon.nouns.issuperset(pair) and right_form == Form.BASE:
        return not verb_follows(words, after + 2)  # "lifts export curbs": of several doubtful words the first is the verb
    if right_form == Form.S and right_word in words.lexicon.nouns and not words.is_plural(before) and not words.has_object(after + 1):
        return True  # "bombs targets"
    return not verb_follows(words, after)


def _head(words: Words, before: int, found: Mapping[int, Verb]) -> int:
    """The head of a subject that ends at `before`: what stands before its first "of", "in", or participle ("rockets | fired from Gaza")."""
    head = before
    for index in range(before, max(words.begin, before - _LONGEST_SUBJECT) - 1, -1):
        if words.low[index] in HARD or words.low[index] == "," or words.kind[index] & (Kind.SUBORDINATOR & ~Kind.PREPOSITION):
            break
        if index in found and found[index].finite:
            break
        if index > words.begin and (words.kind[index] & Kind.PREPOSITION or index in found):
            head = index - 1
    return head


def _is_named_in_singular(words: Words, before: int) -> bool:
    """Whether "a" or "an" opens the words up to `before`, which no base form can have for its subject: "a US | offer"."""
    for index in range(before, max(-1, before - 4), -1):
        if words.low[index] in {"a", "an"}:
            return True
        is_name = words.sentence.tokens[index].is_capitalised  # "US" is no pronoun
        if (words.kind[index] and not is_name) or not words.low[index][0].isalpha():
            return False
    return False


def _is_pair(words: Words, at: int) -> bool:
    """Whether a name is the second of two that act together: "Serbia, Kosovo | reach a deal"."""
    names = [index for index in (at - 2, at) if index >= 0 and words.sentence.tokens[index].is_capitalised]
    return len(names) == 2 and (words.low[at - 1] == "," or bool(words.kind[at - 1] & Kind.COORDINATOR))


def _is_demanded(words: Words, before: int) -> bool:
    """Whether the words up to `before` are the subject of what is demanded: "demanded that Iran | end"."""
    for index in range(before, max(0, before - 6), -1):
        if words.low[index] == "that":
            return words.low[index - 1] in words.lexicon.words["demanding"]
        if words.kind[index] & (Kind.PREPOSITION | Kind.COORDINATOR | Kind.MODAL) or words.low[index] == ",":
            return False
    return False


def _has_verb(words: Words, before: int, found: Mapping[int, Verb]) -> bool:
    """Whether the clause has its finite verb already, so that a doubtful word is a noun of it."""
    for index in range(before, max(-1, before - 14), -1):
        if words.low[index] in HARD or words.kind[index] & Kind.SUBORDINATOR or words.low[index] in {"and", "but", ","}:
            return False
        if index in found and found[index].finite:
            return True
    return False
