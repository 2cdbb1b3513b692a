"""Whom and what the phrases of one sentence name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from processors.tag.actors import ActorKind, ActorMention
from processors.tag.places import PlaceKind, PlaceMention
from processors.tag.reading import Reading
from processors.tag.words import Span
from tocsin.model import Actor, Evidence

_PRONOUNS = frozenset({"he", "she", "it", "they", "we", "i", "his", "her", "its", "their", "them", "him"})
_OWNS = frozenset({"its", "their", "his", "her"})
NAMED = 2
"""The rank of a side with a name."""


@dataclass(frozen=True, slots=True)
class Side:
    """A side of an act: the actor, the words it rests on (perhaps of the sentence before), and whether the lexicon knows it."""

    actor: Actor
    words: Evidence
    known: bool

    @property
    def rank(self) -> int:
        """`NAMED` for a side with a name, 1 for a kind of side ("rebels"), 0 for other words."""
        return NAMED if self.actor.country or self.actor.id else int(self.known)


@dataclass(frozen=True, slots=True)
class Named:
    """The actors and places of one sentence, asked for by phrase. `before` is whom the sentence before was about."""

    source: str
    reading: Reading
    actors: Sequence[ActorMention]
    places: Sequence[PlaceMention] = ()
    before: Side | None = None

    def at(self, span: Span | None) -> Side | None:
        """Whom a phrase names: the first named actor in it, else a kind of side, else its bare words."""
        if span is None:
            return None
        if all(self.reading.low[index] in _PRONOUNS for index in range(*span)):
            return self.antecedent(span) or self.before
        within = [mention for mention in self.actors if mention.first < span.end and mention.last >= span.start]
        inside = [mention for mention in within if not self.is_dateline(mention)]
        if not inside:
            return None
        known = [mention for mention in inside if mention.is_known]
        best = max(known, key=lambda mention: bool(mention.actor.country or mention.actor.id), default=None)
        words = self.evidence(span)
        if best is None:
            ground = self.ground(span)
            return Side(Actor(text=words.quote, country=ground.place.country if ground else None), words, False)
        words = self.evidence(Span(min(span.start, best.first), max(span.end, best.last + 1)))
        country = best.actor.country or (None if best.actor.id else self._country_within(span))
        return Side(replace(best.actor, text=words.quote, country=country), words, True)

    def side(self, mention: ActorMention) -> Side:
        words = self.evidence(Span(mention.first, mention.last + 1))
        return Side(replace(mention.actor, text=words.quote), words, True)

    def ground(self, span: Span | None) -> PlaceMention | None:
        """The town or region a phrase is of, where it names no actor: towns suffer, and do not act."""
        if span is None or any(mention.is_known and span.start <= mention.first < span.end for mention in self.actors):
            return None
        return next((place for place in self.places if span.start <= place.first < span.end), None)

    def holds_name(self, span: Span | None) -> bool:
        """Whether a phrase holds a capitalised name, known or not."""
        return span is not None and any(
            mention.kind is not ActorKind.PHRASE and mention.first < span.end and mention.last >= span.start for mention in self.actors
        )

    def is_weapon(self, span: Span | None) -> bool:
        """Whether a phrase is of things that hit somebody, not of who sent them: "a drone strike killed"."""
        if span is None:
            return False
        lexicon, low = self.reading.lexicon, self.reading.low
        last = span.end - 1
        within = [mention for mention in self.actors if mention.first < span.end and mention.last >= span.start]
        if any(mention.actor.country or mention.actor.sector not in (None, "MIL") for mention in within):
            return False
        return low[last] in lexicon.weapons or self.is_force(low[last])

    def is_force(self, word: str) -> bool:
        """Whether a noun alone tells force: "attack", "blasts"."""
        return word in self.reading.lexicon.force_nouns

    def is_dateline(self, mention: ActorMention) -> bool:
        opening = self.places[0] if self.places else None  # no later place is one
        return opening is not None and opening.kind is PlaceKind.DATELINE and opening.first <= mention.first <= opening.last

    def antecedent(self, span: Span) -> Side | None:
        """Whom a pronoun means in its own sentence: the first known side before it that no preposition governs."""
        for mention in self.actors:
            if mention.last < span.start and mention.is_known and not mention.after and mention.kind is not ActorKind.CAPITAL:
                return self.side(mention)
        return None

    def country_of_owner(self, span: Span) -> str | None:
        """The country of whoever "its" or "their" in a phrase means: "four of its soldiers"."""
        if not any(self.reading.low[index] in _OWNS for index in range(*span)):
            return None
        owner = self.antecedent(span)
        return owner.actor.country if owner else None

    def _country_within(self, span: Span) -> str | None:
        """The country of a place inside a phrase: "Darfur rebels"."""
        return next((place.place.country for place in self.places if span.start <= place.first < span.end), None)

    def evidence(self, span: Span) -> Evidence:
        tokens = self.reading.sentence.tokens
        start, end = tokens[span.start].start, tokens[span.end - 1].end
        return Evidence(field=self.reading.sentence.field, start=start, end=end, quote=self.source[start:end], role="actor")
