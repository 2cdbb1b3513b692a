"""A sentence read for its grammar: its words, which of them are verbs and how each stands, and where phrases and clauses begin and end."""

from __future__ import annotations

from functools import cached_property

from processors.tag import speakers
from processors.tag.inflect import Form
from processors.tag.lexicon import Kind
from processors.tag.verb_groups import Verb
from processors.tag.verbs import find_verbs
from processors.tag.words import HARD, QUOTES, Span, Words

LONGEST_PHRASE = 16
"""Tokens a noun phrase may have."""
_COUNTED = 8
"""Tokens of ", at least 7 people killed" before its verb."""
_DIGITS_OF_A_YEAR = 4
_CLAUSE = 14
"""Tokens before "as" or "since" in which a verb shows that it begins another clause."""
_AUXILIARY = Kind.BE | Kind.HAVE | Kind.DO | Kind.MODAL | Kind.NEGATOR
_FINITE = Kind.BE | Kind.HAVE | Kind.MODAL
_PREDICATES = frozenset({"dead", "killed", "injured", "wounded", "hurt", "missing", "heard", "feared", "reported", "homeless", "alert"})
"""What headlines say of their subject without a verb."""
_STOPS_PHRASE = Kind.SUBORDINATOR | Kind.MODAL | Kind.NEGATOR | Kind.BE | Kind.HAVE
_PARTICLES = frozenset({"up", "down", "out", "off", "over", "back", "away"})
_LEADING_TIME = frozenset({"last", "next", "this", "earlier", "later", "early", "late", "meanwhile", "however"})


class Reading(Words):
    """The words of one sentence with their grammar."""

    @cached_property
    def verbs(self) -> dict[int, Verb]:
        """Every verb of the sentence by its token, in order."""
        return find_verbs(self)

    @cached_property
    def attribution(self) -> int:
        """Where the words begin that only tell who said it all (", the ministry in Ankara said"); `size` where none do."""
        return speakers.attribution(self, self.verbs)

    @cached_property
    def asides(self) -> tuple[Span, ...]:
        """Where the sentence says between commas who said it: ", state media said,"."""
        return speakers.asides(self)

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
            return at + 1 >= self.size or at + 1 in self.verbs or word in {"but", "yet"} or self.after(at) in self.verbs
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
        if both := self._pair(start, verb):
            return both
        return self.first_phrase(start, verb.start)

    def _pair(self, start: int, verb: Verb) -> Span | None:
        """The two names of a headline that a comma joins: "Ethiopia, Tigray forces | sign"; a verb in -s has one subject."""
        tokens, commas = self.sentence.tokens, [at for at in range(start, verb.start) if self.low[at] == ","]
        if len(commas) != 1 or verb.passive or verb.form & Form.S or not start < commas[0] < verb.start - 1:
            return None
        first, second = range(start, commas[0]), range(commas[0] + 1, verb.start)
        plain = not any(self.kind[at] or at in self.verbs for at in (*first, *second))
        names = all(tokens[at].is_capitalised for at in first) and tokens[second[0]].is_capitalised
        return Span(start, verb.start) if plain and names else None

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
            if word == "that" or (
                self.kind[at] & Kind.SUBORDINATOR
                and self.kind[at] & Kind.PREPOSITION
                and self._has_verb_before(at)
                and not self.kind[end - 1] & Kind.COORDINATOR  # "dismissed it as absurd and | expelled"
            ):
                return index
            index -= 1
        return min(index, end)

    def _has_verb_before(self, at: int) -> bool:
        """Whether a clause stands before a word like "as" or "after", so that it begins another."""
        before = range(max(self.begin, at - _CLAUSE), at)
        if any(index in self.verbs or self.kind[index] & _FINITE for index in before):
            return True
        return at > self.begin and self.low[at - 1] in _PREDICATES  # "12 dead | as the army bombs the market"

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
