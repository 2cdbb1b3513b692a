"""A sentence read for its grammar: which words are verbs, how each stands, and where noun phrases begin and end.

No parse: closed classes and word order decide, as in the sparse coders (KEDS, TABARI). Indices are token indices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from processors.tag.inflect import Form
from processors.tag.lexicon import Kind, Lexicon
from processors.tag.tokens import Sentence

HARD = frozenset(';:.!?—–|()[]{}"“”«»')
"""Marks no noun phrase and no pattern reaches over."""
QUOTES = frozenset("\"“”«»'‘’")
LONGEST_PHRASE = 16
"""Tokens a noun phrase may have."""

HYPHENS = frozenset("-‐‑")
DASHES = frozenset("-–—")
_COUNTED = 8
"""Tokens of ", at least 7 people killed" before its verb."""
_DIGITS_OF_A_YEAR = 4
_SHARED = 14
"""Tokens over which two verbs share one "to"."""
_CLAUSE = 14
"""Tokens before "as" or "since" in which a verb shows that it begins another clause."""
_LONGEST_DATELINE = 14
"""Tokens: a city, a country, an agency in brackets and a date."""

_AUXILIARY = Kind.BE | Kind.HAVE | Kind.DO | Kind.MODAL | Kind.NEGATOR
_FINITE = Kind.BE | Kind.HAVE | Kind.MODAL
_NOUNISH_BEFORE = Kind.DETERMINER | Kind.PREPOSITION
_STOPS_PHRASE = Kind.SUBORDINATOR | Kind.MODAL | Kind.NEGATOR | Kind.BE | Kind.HAVE
_RELATIVE = frozenset({"who", "which", "that", "whom", "whose"})
_NOUN_ON = frozenset({"on", "against", "by", "between", "of", "in", "from", "at", "near", "across", "inside", "over", "into"})
_PLURAL = frozenset({"police", "people", "men", "women", "children", "gunmen", "militiamen", "policemen", "servicemen", "troops", "forces"})
_BEFORE_MONTH = frozenset({"in", "of", "since", "until", "by", "last", "next", "early", "late", "mid", "this"})
_PARTICLES = frozenset({"up", "down", "out", "off", "over", "back", "away"})
_WITH_OVER = frozenset({"handed", "turned", "took", "won", "carried", "passed", "brought", "signed"})
"""Verbs that "over" makes another verb of: "handed over six prisoners" is no passive."""
SAYING = frozenset(
    "said says say saying reported reports report told tells added adds announced announces confirmed confirms claimed claims quoted "
    "citing cited according testified".split()
)
_LONGEST_SPEAKER = 16
"""Tokens of ", the ministry in Ankara said"."""
_LONGEST_REST = 10
"""Tokens behind the saying verb: "on Friday in a statement"."""
_LEADING_TIME = frozenset({"last", "next", "this", "earlier", "later", "early", "late", "meanwhile", "however"})


class Span(NamedTuple):
    """Tokens [start, end) of a sentence."""

    start: int
    end: int


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


class Reading:
    """One sentence with its grammar. Everything is derived from the tokens and the lexicon; nothing is kept between sentences."""

    def __init__(self, sentence: Sentence, lexicon: Lexicon) -> None:
        self.sentence = sentence
        self.lexicon = lexicon
        self.low: list[str] = [token.lower for token in sentence.tokens]
        for at in range(len(self.low)):
            if self._is_may(at):
                self.low[at] = sentence.tokens[at].text
            elif self.low[at] in HYPHENS and self._is_spaced(at):
                self.low[at] = "—"
        self.size = len(self.low)
        kinds = lexicon.kinds
        self.kind: list[int] = [kinds.get(word, 0) for word in self.low]
        for at, word in enumerate(self.low):
            if word in HYPHENS:  # what a hyphen joins is no word of its own: "tit-for-tat", "built-up"
                self.kind[max(0, at - 1) : at + 2] = [0] * (min(self.size, at + 2) - max(0, at - 1))
            elif word in {"least", "most"} and at and self.low[at - 1] == "at":
                self.kind[at - 1 : at + 1] = [0, 0]  # "at least 12" is a number

    def _is_may(self, at: int) -> bool:
        """Whether a "May" is the month, and no "may": it stands beside a number or behind "in", "last" and the like."""
        if self.sentence.tokens[at].text != "May":
            return False
        beside = self.low[max(0, at - 1) : at + 2]
        return any(word[0].isdigit() for word in beside) or (at > 0 and self.low[at - 1] in _BEFORE_MONTH)

    def _is_spaced(self, at: int) -> bool:
        """Whether a hyphen stands for a dash: "attacked by drones - ministry"."""
        tokens = self.sentence.tokens
        return 0 < at < len(tokens) - 1 and tokens[at - 1].end < tokens[at].start and tokens[at].end < tokens[at + 1].start

    def light(self, at: int) -> bool:
        """Words that may stand inside a verb group or between a verb and its particle: adverbs and times."""
        return bool(self.kind[at] & (Kind.ADVERB | Kind.WEEKDAY | Kind.TEMPORAL)) or self._is_ly(at) or self._is_on_weekday(at)

    def _is_ly(self, at: int) -> bool:
        word = self.low[at]
        return (
            len(word) > 4
            and word.endswith("ly")
            and word not in {"family", "italy", "assembly", "supply", "rally", "july", "ally", "reply", "apply"}
        )

    def _is_on_weekday(self, at: int) -> bool:
        return self.low[at] == "on" and at + 1 < self.size and bool(self.kind[at + 1] & Kind.WEEKDAY)

    @cached_property
    def is_prose(self) -> bool:
        """Whether capitals mean names here: not in a headline that capitalises its words, nor in one line of capitals."""
        words = [token.text for token in self.sentence.tokens if len(token.text) > 3 and token.text[0].isalpha()]
        return sum(word[0].isupper() for word in words) * 2 < len(words) + 1

    # ------------------------------------------------------------------ verbs

    @cached_property
    def verbs(self) -> dict[int, Verb]:
        """Every verb of the sentence by its token, in order."""
        found: dict[int, Verb] = {}
        forms = self.lexicon.verbs
        for at, word in enumerate(self.low):
            form = forms.get(word)
            if form and not self.kind[at] & (Kind.BE | Kind.MODAL) and not self._is_auxiliary(at) and self._is_verb(at, form, found):
                found[at] = self._group(at, form, found)
        return found

    def _is_auxiliary(self, at: int) -> bool:
        """Whether "have" only makes the perfect of the participle behind it."""
        if not self.kind[at] & Kind.HAVE:
            return False
        after = self._after(at)
        while after < self.size and self.kind[after] & (Kind.NEGATOR | Kind.ADVERB):
            after += 1
        word = self.low[after] if after < self.size else ""
        return word == "been" or bool(self.lexicon.verbs.get(word, 0) & Form.PARTICIPLE)

    def _before(self, at: int) -> int:
        """The token before `at`, over adverbs; -1 at the start."""
        before = at - 1
        while before >= 0 and (self.kind[before] & Kind.ADVERB or self._is_ly(before)):
            before -= 1
        return before

    def _after(self, at: int) -> int:
        """The token after `at`, over adverbs; `size` at the end."""
        after = at + 1
        while after < self.size and (self.kind[after] & Kind.ADVERB or self._is_ly(after)):
            after += 1
        return after

    def _is_verb(self, at: int, form: int, found: Mapping[int, Verb]) -> bool:
        before = self._before(at)
        left = self.kind[before] if before >= 0 else 0
        left_word = self.low[before] if before >= 0 else ""
        after = self._after(at)
        right_word = self.low[after] if after < self.size else ""
        right_kind = self.kind[after] if after < self.size else 0
        if at + 1 < self.size and self.low[at + 1] == "'s":
            return False
        if self.kind[at] & Kind.TEMPORAL and self.sentence.tokens[at].is_capitalised:
            return False
        if (
            left_word in HYPHENS
            or self.low[at + 1 : at + 2] in (["-"], ["‑"])
            or (at and self.is_prose and self.sentence.tokens[at].is_capitalised and left_word not in QUOTES)
        ):
            return False
        if before < 0 and form & Form.PARTICIPLE and not form & Form.BASE and not right_kind & (Kind.PREPOSITION | Kind.DETERMINER):
            return False
        if self.low[at] == "armed" and not right_kind & (Kind.PREPOSITION | Kind.DETERMINER):
            return False
        if form & Form.ING:
            return not self._is_compound(at) and self._is_verb_ing(left, left_word, right_word)
        if left & (Kind.MODAL | Kind.DO | Kind.NEGATOR) or left_word == "to":
            return bool(form & (Form.BASE | Form.PAST | Form.PARTICIPLE)) or left_word != "to"
        if form & (Form.PAST | Form.PARTICIPLE) and not form & (Form.BASE | Form.S):
            joined = before in found and not left and not found[before].passive
            joined = joined and (found[before].infinitive or found[before].future or left_word not in self.lexicon.nouns)
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
        if left & Kind.COORDINATOR and self._shared(at, form, found):
            return not right_kind & (Kind.BE | Kind.HAVE | Kind.MODAL)
        if left & (Kind.HAVE | Kind.BE):
            return bool(form & (Form.PAST | Form.PARTICIPLE)) and left_word != "'s"
        if left & Kind.PRONOUN or left_word in _RELATIVE:
            return left_word not in {"his", "her", "its", "their"}
        if left & _NOUNISH_BEFORE or left_word == "'s":
            return False
        return before not in found and self._is_finite_present(at, form, before, found)

    def _shared(self, at: int, form: int, found: Mapping[int, Verb]) -> Verb | None:
        """The verb whose "to" or modal a base form behind "and" shares: "agreed to share news and | cooperate"."""
        before = self._before(at)
        if before < 0 or not self.kind[before] & Kind.COORDINATOR or not form & Form.BASE or form & Form.PAST:
            return None
        for index in range(before, max(-1, before - _SHARED), -1):
            if self.low[index] in HARD or self.low[index] in _RELATIVE:
                return None
            verb = found.get(index)
            if verb and (verb.infinitive or verb.future or verb.possible or verb.must):
                return verb
            if verb and verb.finite:
                return None
        return None

    def _is_compound(self, at: int) -> bool:
        """Whether a word ends a compound noun of the lexicon: "suicide | bombing"."""
        two = tuple(self.low[at - 1 : at + 1]) if at else ()
        return any(two in pattern.tail for pattern in self.lexicon.noun_acts.get(two[0], ())) if two else False

    def _is_verb_ing(self, left: int, left_word: str, right_word: str) -> bool:
        if right_word == "of" or left_word == "'s":
            return False
        if left & Kind.DETERMINER and not left & Kind.PRONOUN:
            return False
        if left & Kind.PREPOSITION:
            return right_word not in {"in", "on", "by", "against", "at", ".", ",", ""} or left_word in {"by", "from", "after", "before"}
        return True

    def _is_finite_present(self, at: int, form: int, before: int, found: Mapping[int, Verb]) -> bool:
        """A base or -s form after a noun, at the start, or after a mark: verb or noun?"""
        if before < 0 or self.low[before] in HARD:
            return False
        after = self._after(at)
        right_word = self.low[after] if after < self.size else ""
        right_form = self.lexicon.verbs.get(right_word, 0)
        right_kind = self.kind[after] if after < self.size else 0
        is_noun = self.low[at] in self.lexicon.nouns
        is_plural_before = self.low[before].endswith("s") or self.low[before] in _PLURAL or self._is_pair(before)
        if right_kind & (Kind.BE | Kind.HAVE | Kind.MODAL | Kind.DO):
            return False
        if right_form & (Form.PAST | Form.S | Form.BASE) and right_word not in self.lexicon.nouns and not right_form & Form.ING:
            return form & Form.BASE == Form.BASE and is_plural_before and not right_form & Form.PAST and not is_noun
        if not is_noun:
            return True
        if self._has_verb(before, found) or (self.low[before] == "," and right_kind & Kind.COORDINATOR):  # "drones, rockets and mines"
            return False
        if form & Form.PAST:  # "hit", "cut": past as well, so a subject in the singular fits
            return True
        if form & Form.BASE and self._is_demanded(before):
            return True
        if form & Form.BASE and not form & Form.PAST:
            return is_plural_before and not self._verb_follows(after)
        if right_word in _NOUN_ON:
            return not self._verb_follows(after) and right_word not in {"on", "against", "by", "between", "of"}
        return after < self.size and right_word not in HARD and right_word != "," and not self._verb_follows(after)

    def _is_pair(self, at: int) -> bool:
        """Whether a name is the second of two that act together: "Serbia, Kosovo | reach a deal"."""
        names = [index for index in (at - 2, at) if index >= 0 and self.sentence.tokens[index].is_capitalised]
        return len(names) == 2 and (self.low[at - 1] == "," or bool(self.kind[at - 1] & Kind.COORDINATOR))

    def _is_demanded(self, before: int) -> bool:
        """Whether the words up to `before` are the subject of what is demanded: "demanded that Iran | end"."""
        for index in range(before, max(0, before - 6), -1):
            if self.low[index] == "that":
                return self.low[index - 1] in self.lexicon.words["demanding"]
            if self.kind[index] & (Kind.PREPOSITION | Kind.COORDINATOR | Kind.MODAL) or self.low[index] == ",":
                return False
        return False

    def _has_verb(self, before: int, found: Mapping[int, Verb]) -> bool:
        """Whether the clause has its finite verb already, so that a doubtful word is a noun of it."""
        for index in range(before, max(-1, before - 14), -1):
            if self.low[index] in HARD or self.kind[index] & Kind.SUBORDINATOR or self.low[index] in {"and", "but", ","}:
                return False
            if index in found and found[index].finite:
                return True
        return False

    def _verb_follows(self, at: int) -> bool:
        """Whether an unmistakable finite verb stands between here and the end of the clause."""
        for index in range(at, min(self.size, at + 14)):
            if self.low[index] in HARD or self.low[index] == "," or (self.kind[index] & Kind.SUBORDINATOR and index > at):
                return False
            if self.kind[index] & (Kind.BE | Kind.HAVE | Kind.MODAL):
                return True
            if self.kind[index] & Kind.COORDINATOR and self.lexicon.verbs.get(self.low[min(index + 1, self.size - 1)], 0) & Form.S:
                return False  # "bombs the south and kills six": the second verb has the same subject
            form = 0 if index and self.kind[index - 1] & Kind.DETERMINER else self.lexicon.verbs.get(self.low[index], 0)
            if form & Form.PAST or (form & (Form.BASE | Form.S) and self.low[index] not in self.lexicon.noun_acts):
                return True
        return False

    def _group(self, at: int, form: int, found: Mapping[int, Verb]) -> Verb:
        shared = self._shared(at, form, found)
        if shared:
            return replace(shared, index=at, start=at, form=form, passive=False, joined=shared.index)
        start, passive, infinitive, negated, future, possible, must, auxiliary = at, False, False, False, False, False, False, False
        index = at - 1
        last_be = False
        while index >= 0:
            kind = self.kind[index]
            word = self.low[index]
            if word == "to":
                infinitive, start = True, index
                index -= 1
                if index >= 0 and self.kind[index] & Kind.NEGATOR:
                    negated, start = True, index
                if index >= 0 and self.low[index] in {"is", "are"}:  # "Britain is to expel": what is settled to come
                    infinitive, future, auxiliary, start = False, True, True, index
                elif self._is_headline_future(index, found):
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
            elif not (kind & Kind.ADVERB or self._is_ly(index)):
                break
            index -= 1
        if form & Form.PARTICIPLE and last_be:
            passive = True
        elif form & Form.PARTICIPLE and not auxiliary and not infinitive:
            if self._is_reduced(at, start, found):
                return Verb(at, start, form, passive=True, finite=False, negated=negated)
            passive = self._is_bare_passive(at, start)
        finite = auxiliary or not (infinitive or form == Form.ING or (passive and not auxiliary and self._verb_follows(at + 1)))
        return Verb(
            at, start, form, passive, finite and not (form == Form.ING and not auxiliary), infinitive, negated, future, possible, must
        )

    def _is_headline_future(self, at: int, found: Mapping[int, Verb]) -> bool:
        """Whether "to" behind the name or plural at `at` says what is to come, as headlines do: "Pakistan | to free pilot"."""
        if at < self.begin or found or self.kind[at] or any(kind & _FINITE for kind in self.kind[at + 3 :]):
            return False
        return self.sentence.tokens[at].is_capitalised or (self.low[at].endswith("s") and self.low[at] not in self.lexicon.verbs)

    def _is_reduced(self, at: int, start: int, found: Mapping[int, Verb]) -> bool:
        """A participle that only tells more of the noun before it, in a clause that has its verb: "released men | held | in Yemen"."""
        if self.low[at] in self.lexicon.intransitive or not start or self.kind[start - 1] or start - 1 in found:
            return False
        after = self._after(at)
        while after < self.size and self.light(after):
            after += 1
        if after < self.size and not (self.kind[after] & Kind.PREPOSITION or self.low[after] in HARD or self.low[after] in {",", "to"}):
            return False
        for index in range(start - 1, self.begin - 1, -1):
            word = self.low[index]
            if word in HARD or (word == "," and self.low[index + 1] not in {"a", "an", "the"}):
                return False
            if self.kind[index] & Kind.COORDINATOR and self.low[index + 1][0].isdigit():
                return False
            if index in found and found[index].finite:
                return True
        return False

    def _is_bare_passive(self, at: int, start: int) -> bool:
        """A participle without "be": "7 killed in strike", "a man arrested on Friday", "posts held by rebels"."""
        after = self._after(at)
        while after < self.size and self.light(after):
            after += 1
        if after < self.size and self.low[after] == "by":
            return True
        if after < self.size and self.low[after] == "over" and self.low[at] in _WITH_OVER:
            return False
        if after < self.size and self.low[after] == "and" and (joined := self._after(after)) < self.size:
            form = self.lexicon.verbs.get(self.low[joined], 0)
            if form & Form.PARTICIPLE and joined in range(after + 1, after + 3):  # "donated and delivered food": active both, or neither
                return self._is_bare_passive(joined, start)
        if self.low[at] in self.lexicon.intransitive or start == 0 or self.low[start - 1] in QUOTES:
            return False
        if self.kind[start - 1] & (Kind.PRONOUN | Kind.COORDINATOR) or self.low[start - 1] in _RELATIVE:
            return False
        return (
            after >= self.size
            or self.low[after] in HARD
            or self.low[after] in {"in", "at", "during", "near", "amid", "when", "as", ",", "after", "over", "and", "since"}
        )

    @cached_property
    def attribution(self) -> int:
        """Where the words begin that only tell who said it all (", the ministry in Ankara said"); `size` where none do."""
        for at in range(1, self.size):
            if self.low[at] == "according" and self.low[at + 1 : at + 2] == ["to"]:
                return at
            if self.low[at] == "," and self._is_attribution(at + 1) and any(verb < at for verb in self.verbs):
                return at
        return self.size

    @cached_property
    def asides(self) -> tuple[Span, ...]:
        """Where the sentence says between commas who said it: ", state media said,"."""
        commas = [at for at in range(self.size) if self.low[at] == ","]
        return tuple(
            Span(one, two)
            for one, two in pairwise(commas)
            if two - one <= _LONGEST_SPEAKER and (self.low[two - 1] in SAYING or self.kind[two - 1] & Kind.WEEKDAY)
            if any(self.low[at] in SAYING for at in range(one, two))
        )

    def _is_attribution(self, start: int) -> bool:
        """Whether nothing but a speaker and a saying verb, in either order, stands from here to the end."""
        said = next((at for at in range(start, min(self.size, start + _LONGEST_SPEAKER)) if self.low[at] in SAYING), None)
        if said is None or self.size - said > _LONGEST_REST + (said == start) * _LONGEST_SPEAKER:
            return False
        between, behind = range(start, said), range(said + 1, self.size)
        return not any(
            self.low[at] in {",", "that", ";", ":"} or (at in self.verbs and self.verbs[at].finite and self.low[at] not in SAYING)
            for at in (*between, *behind)
        )

    # ------------------------------------------------------------------ phrases

    def clause_end(self, at: int) -> int:
        """Where a pattern that begins at `at` must end: the next hard mark, relative clause or finite verb of another clause."""
        for index in range(at + 1, min(self.size, at + 26)):
            word = self.low[index]
            if word in HARD:
                return index
            if (
                self.kind[index] & Kind.SUBORDINATOR
                and index > at + 1
                and (not self.kind[index] & Kind.PREPOSITION or self._opens_clause(index))
            ):
                return index
        return min(self.size, at + 26)

    def _opens_clause(self, at: int) -> bool:
        """Whether a word that can be either begins a clause ("as gunmen attacked") and no phrase ("after the attack")."""
        return any(index in self.verbs and self.verbs[index].finite for index in range(at + 2, min(self.size, at + 7)))

    def phrase_right(self, start: int) -> Span | None:
        """The noun phrase that begins at `start`, its "of" parts and its "and" parts with it."""
        begin = start
        while begin < self.size and (self.light(begin) or self.low[begin] in QUOTES or self._is_particle(begin)):
            begin += 1
        index = begin
        while index < self.size and index < begin + LONGEST_PHRASE and not self._ends_phrase(index, begin):
            index += 1
        while index > begin and (
            self.low[index - 1] in {",", "of", "to"}
            or self.kind[index - 1] & (Kind.COORDINATOR | Kind.WEEKDAY)
            or self.low[index - 1] in QUOTES
        ):
            index -= 1
        return Span(begin, index) if index > begin else None

    def _is_particle(self, at: int) -> bool:
        """The second word of a verb: "carried out | strikes"."""
        return self.low[at] in _PARTICLES and at > 0 and at - 1 in self.verbs

    def _ends_phrase(self, at: int, begin: int) -> bool:
        word, kind = self.low[at], self.kind[at]
        if word in HARD or (word == "'" and at > begin and self.low[at - 1][-1:] != "s"):
            return True
        if word == ",":
            return not self.is_list_comma(at)
        if word in {"of", "'s"}:
            return False
        if kind & Kind.WEEKDAY and at > begin:
            return True
        if kind & Kind.PREPOSITION or (kind & _STOPS_PHRASE and not kind & Kind.DETERMINER) or word == "to":
            return True
        if word in {"that", "who", "which"}:
            return at > begin
        if kind & Kind.PRONOUN and at > begin and not kind & Kind.DETERMINER:
            return True
        if kind & Kind.COORDINATOR:
            return at + 1 >= self.size or at + 1 in self.verbs or word in {"but", "yet"} or self._after(at) in self.verbs
        verb = self.verbs.get(at)
        return verb is not None and at > begin

    def is_list_comma(self, at: int) -> bool:
        """A comma of "A, B and C", told from one that ends the phrase by the "and" soon after it."""
        for index in range(at + 1, min(self.size, at + 7)):
            if self.kind[index] & Kind.COORDINATOR:
                return index > at + 1 and index + 1 < self.size and index + 1 not in self.verbs
            if (
                index in self.verbs
                or self.kind[index] & (Kind.PREPOSITION | Kind.SUBORDINATOR | Kind.BE | Kind.HAVE)
                or self.low[index] in HARD
            ):
                return False
        return False

    def phrase_left(self, end: int) -> Span | None:
        """The noun phrase that ends before `end`: what a modifier-first actor stands in ("Syrian regime | raids")."""
        index = end
        while index > 0 and end - index < 8:
            word, kind = self.low[index - 1], self.kind[index - 1]
            if (
                word in HARD
                or word == ","
                or (kind & (Kind.PREPOSITION | Kind.SUBORDINATOR | Kind.COORDINATOR | _AUXILIARY) and word != "'s")
            ):
                break
            if index - 1 in self.verbs or (kind & (Kind.WEEKDAY | Kind.PRONOUN) and not kind & Kind.DETERMINER):
                break
            index -= 1
            if kind & Kind.DETERMINER:
                break
        named = any(not self.kind[at] & Kind.DETERMINER for at in range(index, end))
        return Span(index, end) if named else None

    def subject(self, verb: Verb) -> Span | None:
        """The noun phrase before a finite verb's group that the clause is about; None where the clause has none of its own."""
        start = self.clause_start(verb.start)
        if start - 1 in self.verbs:  # "downs an aircraft, pilot arrested": what another verb governs ends at the comma
            start = next((at + 1 for at in range(verb.start - 1, start, -1) if self.low[at] == ","), start)
        elif verb.passive and verb.start == verb.index:  # "strikes Iran, targets camps, 7 killed": a number behind a comma begins anew
            comma = next((at for at in range(verb.start - 1, max(start, verb.start - _COUNTED), -1) if self.low[at] == ","), None)
            if comma is not None and (self.low[comma + 1][0].isdigit() or self.low[comma + 1 : comma + 3] == ["at", "least"]):
                start = comma + 1
        return self.first_phrase(start, verb.start)

    @cached_property
    def begin(self) -> int:
        """Where the sentence proper begins: behind a dateline ("BELGRADE, Serbia (AP) - ")."""
        tokens = self.sentence.tokens
        if not tokens[0].text[0].isupper():
            return 0
        for index in range(1, min(self.size - 1, _LONGEST_DATELINE)):
            token = tokens[index]
            if token.text in DASHES and (tokens[index - 1].end != token.start or tokens[index + 1].text in DASHES):
                return index + (2 if tokens[index + 1].text in DASHES else 1)
            if token.text == ")" and self._is_agency(index) and tokens[index + 1].text[0].isupper():
                return index + 1
            if token.text[0].islower() and not self.kind[index] & Kind.TEMPORAL:
                return 0
        return 0

    def _is_agency(self, close: int) -> bool:
        """Whether a bracket closes "(AFP)" behind a city in capitals or a date."""
        before = self.sentence.tokens[:close]
        if close < 3 or before[-2].text != "(" or not before[-1].text.isupper():
            return False
        return (before[0].text.isupper() and len(before[0].text) > 3) or any(token.text.isdigit() for token in before[:-2])

    def clause_start(self, end: int) -> int:
        """Where the clause begins whose verb group begins at `end`: after the last mark, subordinator or verb before it."""
        index = end
        while index > self.begin:
            at = index - 1
            word = self.low[at]
            if word in {";", ":", ".", "!", "?", "—", "–", "|", "“", "”", '"', "…"}:
                return index
            if at in self.verbs and not self._is_modifier(at, end):
                return index
            if self.kind[at] & Kind.SUBORDINATOR and not self.kind[at] & (Kind.PREPOSITION | Kind.DETERMINER):
                return index
            if word == "that" or (self.kind[at] & Kind.SUBORDINATOR and self.kind[at] & Kind.PREPOSITION and self._has_verb_before(at)):
                return index
            index -= 1
        return min(index, end)

    def _has_verb_before(self, at: int) -> bool:
        """Whether a clause stands before a word like "as" or "after", so that it begins another."""
        return any(index in self.verbs or self.kind[index] & _FINITE for index in range(max(self.begin, at - _CLAUSE), at))

    def _is_modifier(self, at: int, end: int) -> bool:
        """A participle inside a subject: "troops backed by Iran attacked"."""
        verb = self.verbs[at]
        return verb.passive and not verb.finite and end - at < 12

    def first_phrase(self, start: int, end: int) -> Span | None:
        """The first noun phrase of [start, end) that is no setting ("on Friday", "in Kabul,")."""
        begin = start
        while begin < end:
            stop = begin
            while stop < end and self.low[stop] != ",":
                stop += 1
            segment = self._skip_leading(begin, stop)
            if segment < stop:
                span = self.phrase_right(segment)
                if span and span.end > end:
                    span = Span(span.start, end)
                if span and span.start < span.end and not self._is_all_time(span):
                    return span
            begin = stop + 1
        return None

    def _skip_leading(self, begin: int, stop: int) -> int:
        """Where the first noun phrase of a comma-separated piece begins: after adverbs and times; `stop` if the piece is a setting."""
        index = begin
        while (
            index < stop
            and (
                self.light(index)
                or self.kind[index] & Kind.COORDINATOR
                or self.low[index] in QUOTES
                or (self.low[index] in _LEADING_TIME and not self.kind[index] & Kind.PRONOUN)
            )
            and not (self.low[index] == "this" and index + 1 < stop and not self.kind[index + 1] & Kind.TEMPORAL)
        ):
            index += 1
        if index < stop and (self.kind[index] & Kind.PREPOSITION or self.low[index] == "to") and stop < self.size and self.low[stop] == ",":
            return stop
        if index < stop and self.kind[index] & Kind.PREPOSITION:
            inner = self.phrase_right(index + 1)
            return min(stop, inner.end) if inner and self.kind[index + 1] & (Kind.WEEKDAY | Kind.TEMPORAL) else index + 1
        return index

    def _is_all_time(self, span: Span) -> bool:
        """Whether a phrase only says when: "last week", "3 January", "2019"; but "7 killed" are people."""
        if span.end - span.start == 1 and self.low[span.start].isdigit() and len(self.low[span.start]) != _DIGITS_OF_A_YEAR:
            return False
        return all(
            self.light(index) or self.kind[index] & Kind.DETERMINER or self.low[index].isdigit() or self.low[index] in _LEADING_TIME
            for index in range(*span)
        )

    def words(self, span: Span) -> str:
        """The text of a span as it stands."""
        tokens: Sequence[object] = self.sentence.tokens
        return " ".join(getattr(token, "text", "") for token in tokens[span.start : span.end])
