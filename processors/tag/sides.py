"""Who stands on the two sides of an act: the phrases its grammar points at, weighed against the actors the sentence names.

Grammar alone often points at what an act is about ("rejected demands by Iran", "imposed a ban on imports from Egypt"); the side is
the actor that is named with it. So a named actor behind the act comes before words that name nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from processors.tag.actors import ActorKind, ActorMention
from processors.tag.places import PlaceMention
from processors.tag.reading import Reading, Span
from processors.tag.roles import Roles
from processors.tag.statements import Statement
from tocsin.model import Actor, Evidence

_PRONOUNS = frozenset({"he", "she", "it", "they", "we", "i", "his", "her", "its", "their", "them", "him"})
_MUTUAL = frozenset({"AGREE", "CONSULT", "COOPERATE", "RETREAT"})
"""Types whose sides are named together: "Armenia and Azerbaijan agreed"."""
_WHOLE = frozenset({ActorKind.COUNTRY, ActorKind.PEOPLE, ActorKind.CAPITAL})
_TURNS = frozenset(";:!?—–|")
"""Marks behind which the sentence speaks of something else; a point inside a sentence belongs to an abbreviation."""
_ASIDE = frozenset("if while because although though unless whereas".split())
"""Words that begin what is said beside the act."""
_WHERE = frozenset("in across near inside outside around throughout off".split())
"""Prepositions that make a country the place of an act: a side by its ground, but no sign that the news is of our kind."""
_PHYSICAL = frozenset({"ASSAULT", "COERCE"})
"""Types done to people: civilians without a name are a side of them."""


@dataclass(frozen=True, slots=True)
class Side:
    """A side of an act: the actor, the words it rests on (perhaps of the sentence before), and whether the lexicon knows it."""

    actor: Actor
    words: Evidence
    known: bool

    @property
    def rank(self) -> int:
        """2 for a side with a name, 1 for a kind of side ("rebels"), 0 for other words."""
        return 2 if self.actor.country or self.actor.id else int(self.known)


@dataclass(frozen=True, slots=True)
class Sides:
    """The actors of one sentence, asked for the sides of its acts. `before` is whom the sentence before was about."""

    source: str
    reading: Reading
    actors: Sequence[ActorMention]
    places: Sequence[PlaceMention] = ()
    before: Side | None = None

    def of(self, statement: Statement) -> tuple[Side | None, Side | None]:
        """The actor and the target of an act; None where the sentence names none."""
        roles = statement.roles
        pair = self._pair(statement)
        actor = self.at(roles.actor)
        if statement.is_noun and (actor is None or actor.rank == 0):
            actor = self._named_before(statement) or actor
        target = self._target(statement, roles)
        if pair is not None and (target is None or target.rank == 0):
            return pair
        if actor and target and actor.words == target.words:
            target = None
        return actor, target

    def _target(self, statement: Statement, roles: Roles) -> Side | None:
        direct, other = self.at(roles.target), self.at(roles.other)
        if direct and (direct.rank == 2 or (direct.rank == 1 and statement.deed.type in _PHYSICAL)):
            return direct
        if other and other.rank == 2:
            return other
        named = self._named_behind(statement)
        if named is not None:
            return named
        known = [side for side in (direct, other) if side and side.rank == 1]
        if known:
            return known[0]
        own = direct and roles.target and self._is_own(statement, roles.target)
        return self._place_behind(statement) or (other if own and other else direct) or other or self.at(roles.where)

    def _named_behind(self, statement: Statement) -> Side | None:
        """The first actor with a name behind the act and before the sentence turns to something else, but not the actor again."""
        start = min(statement.words)
        stop = self._stop(start)
        taken = statement.roles.actor
        first = self.at(taken)
        for mention in self.actors:
            if mention.first <= start or mention.first >= stop or not (mention.actor.country or mention.actor.id):
                continue
            if taken and taken.start <= mention.first < taken.end:
                continue
            again = first is not None and mention.kind in _WHOLE and mention.actor.country == first.actor.country
            if not again:
                return replace(self._side(mention), known=mention.kind not in _WHOLE or mention.after not in _WHERE)
        return None

    def _named_before(self, statement: Statement) -> Side | None:
        """The last actor with a name before the act that no preposition governs."""
        start = min(statement.words)
        for mention in reversed(self.actors):
            if mention.last < start and (mention.actor.country or mention.actor.id) and not mention.after:
                return self._side(mention)
        return None

    def _place_behind(self, statement: Statement) -> Side | None:
        """The place an act falls upon, as a side: its ground is its country's."""
        start = min(statement.words)
        stop = self._stop(start)
        for mention in self.places:
            if start < mention.first < stop and mention.is_site and mention.place.country:
                words = self._evidence(Span(mention.first, mention.last + 1))
                return Side(Actor(text=words.quote, country=mention.place.country), words, False)
        return None

    def _stop(self, start: int) -> int:
        for at in range(start + 1, self.reading.size):
            if self.reading.low[at] in _TURNS or self.reading.low[at] in _ASIDE:
                return at
        return self.reading.size

    def _is_own(self, statement: Statement, span: Span) -> bool:
        """Whether the phrase is the act's own object: "impose a ban"."""
        return any(span.start <= word < span.end for word in statement.words)

    def _pair(self, statement: Statement) -> tuple[Side, Side] | None:
        """The two sides of an act done together, where the subject names both."""
        span = statement.roles.actor
        if span is None or statement.deed.type not in _MUTUAL:
            return None
        inside = [mention for mention in self.actors if span.start <= mention.first < span.end and mention.is_known and not mention.after]
        sides = [self._side(mention) for mention in inside]
        return next(((sides[0], other) for other in sides[1:] if other.actor.side != sides[0].actor.side), None)

    def at(self, span: Span | None) -> Side | None:
        """Whom a phrase names: the first named actor in it, else a kind of side, else its bare words."""
        if span is None:
            return None
        if all(self.reading.low[index] in _PRONOUNS for index in range(*span)):
            return self._antecedent(span) or self.before
        inside = [mention for mention in self.actors if mention.first < span.end and mention.last >= span.start and mention.is_known]
        best = max(inside, key=lambda mention: bool(mention.actor.country or mention.actor.id), default=None)
        words = self._evidence(span)
        if best is None:
            return Side(Actor(text=words.quote), words, False) if words.quote.strip() else None
        return Side(replace(best.actor, text=words.quote), words, True)

    def _side(self, mention: ActorMention) -> Side:
        words = self._evidence(Span(mention.first, mention.last + 1))
        return Side(replace(mention.actor, text=words.quote), words, True)

    def _antecedent(self, span: Span) -> Side | None:
        """Whom a pronoun means in its own sentence: the first known side before it that no preposition governs."""
        for mention in self.actors:
            if mention.last < span.start and mention.is_known and not mention.after and mention.kind is not ActorKind.CAPITAL:
                return self._side(mention)
        return None

    def _evidence(self, span: Span) -> Evidence:
        tokens = self.reading.sentence.tokens
        start, end = tokens[span.start].start, tokens[span.end - 1].end
        return Evidence(field=self.reading.sentence.field, start=start, end=end, quote=self.source[start:end], role="actor")
