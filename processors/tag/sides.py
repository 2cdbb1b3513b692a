"""Who stands on the two sides of an act: the phrases its grammar points at, weighed against the actors the sentence names.

Grammar alone often points at what an act is about ("rejected demands by Iran", "imposed a ban on imports from Egypt"); the side is
the actor that is named with it. So a named actor behind the act comes before words that name nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from processors.tag.actors import ActorKind, ActorMention
from processors.tag.around import anyone_behind, behind, named_before, named_behind, place_behind
from processors.tag.compose import Deed
from processors.tag.lexicon import Kind
from processors.tag.named import NAMED, Named, Side
from processors.tag.places import PlaceKind
from processors.tag.roles import Roles, halves
from processors.tag.statements import Statement
from processors.tag.words import Span

_MUTUAL = frozenset({"AGREE", "CONSULT", "COOPERATE", "RETREAT"})
"""Types whose sides are named together: "Armenia and Azerbaijan agreed"."""
_ACCORDS = frozenset({"AGREE", "CONSULT"})
_TOGETHER = ("violate ceasefire", "clash", "battle", "fight", "sign ", "exchange ", "trade ", "trade_", "refuse(reach", "agree ")
"""How the rules of other deeds begin that those named together do to each other."""
_PARTNER = frozenset({"with", "against"})
_WHOLE = frozenset({ActorKind.COUNTRY, ActorKind.PEOPLE, ActorKind.CAPITAL})
_MUST = "must("
"""How the rule of a deed begins that "must" made a request: who says so asks, and the subject is asked."""
_SET_AGAINST = frozenset({"after", "amid", "following", "during", "despite", "since", "before", "when", "while"})
_TELLING = frozenset("confirm confirms confirmed report reports reported".split())
"""Verbs behind which an act is told of, by somebody who need have no part in it."""
_SENT = frozenset({"from", "by"})
"""Prepositions that name who sent a weapon."""
_GIVEN = frozenset({"by", "from"})
"""Prepositions that name whose a thing is: "the decision by"."""
_PEOPLE = frozenset({"CVL", "REF", "OPP", "MED", "LAB", "REL", "EDU", "REB", "MIL", "UAF"})
_OF_STATE = frozenset({"GOV", "MIL", "COP", "SPY", "LEG", "JUD"})
_THAT = frozenset({"that", "which"})
_CONDEMNED = "that"
"""The cue of an act that is told since somebody condemns it."""
_ANSWERED = frozenset({"for", "after", "over", "following"})
_ANSWERS = frozenset({"response", "retaliation", "reply", "reaction", "answer"})
"""Words between an act and another's act that it answers."""
_ANSWERING = ("retaliat", "respon", "reveng", "aveng", "repris")
"""Beginnings of the words by which somebody answers an act."""
_BURSTS = frozenset({"explosion", "explosions", "blast", "blasts"})
"""Words of force that a country before them suffers: "the Lebanon explosion"."""
_OWNED = frozenset({"ASSAULT", "MOBILIZE", "COERCE"})
"""Types that fall upon somebody through what is his: "violated its airspace"."""
_OWNS = frozenset({"its", "their", "his", "her"})
_BODIES = frozenset("country junta government army military police ministry parliament cabinet navy regime authorities court".split())
"""Bodies every state has: "the army" is that of the state spoken of."""
_BY_STATES = frozenset({"arrest", "deport", "release", "convict"})
"""Modes of what a state does on its own ground."""
_HELD = frozenset({"in", "from"})
_BESIDE = 5
"""Tokens behind an act in which its ground is named."""
_FREED = frozenset({"release", "arrest", "deport", "restrict"})
"""Modes of what is done to people themselves, who are its target where no phrase of theirs names a side."""
_ANNOUNCED = frozenset({"AGREE", "THREATEN", "REJECT"})
"""Types of what somebody says his side will do."""
_OF_HIS = frozenset({"the", "his", "her", "its", "their", "they", "it", "he", "she", "we"})
_OF_PLACES = frozenset({"martial-law", "curfew", "restrict", "censor"})
"""Modes of coercion that fall upon a place."""
_SAID_TO = frozenset({"ACCUSE"})
_PHYSICAL = frozenset({"ASSAULT", "COERCE"})
"""Types done to people: civilians without a name are a side of them."""


@dataclass(frozen=True, slots=True)
class Sides(Named):
    """What one sentence names, asked for the sides of its acts."""

    def of(self, statement: Statement) -> tuple[Side | None, Side | None]:
        """The actor and the target of an act; None where the sentence names none."""
        told, statement = statement, self._on_ground(statement)
        actor = self._actor(statement)
        if actor and statement is not told and told.roles.actor and self._stands_in(actor, told.roles.actor):
            actor = named_before(self, told.roles.actor.start)  # what was hit did not hit itself: "the Beirut | explosion killed 70"
        taken = statement.roles.actor
        asker = named_before(self, taken.start) if taken and statement.deed.rule.startswith(_MUST) else None
        if asker is not None and actor is not None and not _is_same(asker, actor):
            return asker, actor
        spans = [None if self.is_weapon(span) else span for span in (statement.roles.target, statement.roles.other)]
        grammatical = [side for side in map(self.at, spans) if not _is_same(side, actor)]
        pair = self._pair(statement)
        equal = pair is not None and _is_done_together(statement.deed) and all(side.rank == NAMED for side in pair)
        if pair is not None and (equal or not any(side and side.rank == NAMED for side in grammatical)):
            return pair
        target = self._owned(statement, actor, self._target(statement, grammatical, actor, taken))
        if statement is not told and told.roles.actor:
            target = self._of_ground(target, told.roles.actor)
        return actor, None if _is_same(target, actor) else target

    def _of_ground(self, target: Side | None, span: Span) -> Side | None:
        """Those hit as people of the place that was: "the Beirut explosion killed 70"."""
        ground = self.at(span)
        if target is None or ground is None or target.rank == NAMED:
            return target or ground
        return replace(target, actor=replace(target.actor, country=ground.actor.country))

    def _stands_in(self, side: Side, span: Span) -> bool:
        words = self.evidence(span)
        return words.start <= side.words.start < words.end

    def _owned(self, statement: Statement, actor: Side | None, target: Side | None) -> Side | None:
        """The target of force with the country of whoever its "its" means: "four of its soldiers were killed"."""
        span = statement.roles.target
        if statement.deed.type not in _OWNED or target is None or target.rank == NAMED or span is None:
            return target
        country = self.country_of_owner(span)
        is_own = country is None or (statement.deed.type != "ASSAULT" and actor is not None and actor.actor.country == country)
        return target if is_own else replace(target, actor=replace(target.actor, country=country))

    def _on_ground(self, statement: Statement) -> Statement:
        """The statement with the place before its noun as what was hit: "the Paris attacks", "Pulwama blast"."""
        roles = statement.roles
        span = roles.actor
        if (
            span is None
            or statement.deed.type != "ASSAULT"
            or span.end >= self.reading.size
            or not self.is_force(self.reading.low[span.end])
        ):
            return statement
        if span.end in self.reading.verbs:
            return statement
        within = [mention for mention in self.actors if mention.first < span.end and mention.last >= span.start]
        last = within[0] if len(within) == 1 and within[0].last >= span.end - 1 else None
        is_ground = last is not None and (
            last.kind is ActorKind.CAPITAL
            or (last.kind is ActorKind.COUNTRY and (self.reading.low[span.end] in _BURSTS or self._is_region(last)))
        )
        if not is_ground and not self.ground(span):
            return statement
        return replace(statement, roles=Roles(None, roles.target or span, roles.other, roles.where))

    def _is_region(self, mention: ActorMention) -> bool:
        """Whether a country is named by a part of it, which acts less than it is acted upon: "the Gaza | strike"."""
        return any(place.first == mention.first and place.kind is PlaceKind.REGION for place in self.places)

    def _actor(self, statement: Statement) -> Side | None:
        actor = self._doer(statement)
        return self._teller(statement, actor) or actor

    def _teller(self, statement: Statement, actor: Side | None) -> Side | None:
        """Who announces what "the government" or "his party" will do: a named speaker for a side without a name."""
        roles = statement.roles
        if statement.deed.type not in _ANNOUNCED or roles.teller is None or roles.actor is None or (actor and actor.rank == NAMED):
            return None
        if self.reading.low[roles.actor.start] not in _OF_HIS:
            return None
        teller = self.at(roles.teller)
        return teller if teller and teller.rank == NAMED else None

    def _doer(self, statement: Statement) -> Side | None:
        roles = statement.roles
        actor = None if self.ground(roles.actor) else self.at(roles.actor)
        is_agentless = actor is None and roles.target is not None and roles.target.start < statement.index
        is_agentless = is_agentless and (not statement.is_noun or roles.actor is None)
        if statement.is_noun and actor is None and (himself := self._himself(statement)):
            return himself
        if actor and statement.is_noun and _is_means(actor):
            lender = named_before(self, min(statement.words))
            return replace(actor, actor=replace(actor.actor, country=lender.actor.country, id=lender.actor.id)) if lender else actor
        if is_agentless and statement.deed.mode in _BY_STATES:
            return self._host(statement)
        if is_agentless and statement.deed.type == "MOBILIZE":
            moved = self.at(roles.target)  # "NATO jets were scrambled": who is sent is of who sends
            return moved if moved and moved.rank == NAMED else None
        if is_agentless and roles.target and self.is_weapon(roles.target):
            return self._sender(roles.target)
        is_weapon = not statement.is_noun and actor is not None and actor.rank < NAMED and self.is_weapon(roles.actor)
        if is_weapon and (sender := self._sender(roles.actor)):
            return sender
        if actor and actor.rank == 1 and roles.actor and actor.actor.sector in _OF_STATE and (country := self._spoken_of(roles.actor)):
            return replace(actor, actor=replace(actor.actor, country=country, id=country))
        if is_agentless or (actor and (actor.rank > 0 or self.holds_name(roles.actor))):
            return actor
        if actor and self.is_weapon(roles.actor):
            if not statement.is_noun:
                return None
            actor = None
        if actor is None and (self._is_answered(statement) or (statement.cue == _CONDEMNED and roles.teller)):
            return None
        before = roles.actor.start if roles.actor and actor else min(statement.words)
        return (None if self._is_befallen(statement) else named_before(self, before)) or actor

    def _sender(self, weapon: Span | None) -> Side | None:
        """Whose ground a weapon comes from, or who fired it: "missiles fired from Lebanon", "shells from Syria"."""
        if weapon is None:
            return None
        at = weapon.end + (weapon.end in self.reading.verbs)
        if at >= self.reading.size or self.reading.low[at] not in _SENT:
            return None
        sender = self.at(self.reading.phrase_right(at + 1))
        return sender if sender and sender.rank == NAMED else None

    def _is_answered(self, statement: Statement) -> bool:
        """Whether an act is told of another's attack, to which the sentence is the answer: "retaliate for the | attack that | killed"."""
        verb, low = self.reading.verbs.get(statement.index), self.reading.low
        if statement.is_noun:
            for at in range(min(statement.words) - 1, max(0, min(statement.words) - _BESIDE), -1):
                if self.reading.kind[at] & Kind.PREPOSITION:
                    return low[at] in _ANSWERED and low[at - 1].startswith(_ANSWERING)
            return False
        if verb is None or not verb.start or low[verb.start - 1] not in _THAT:
            return False
        for at in range(verb.start - 2, -1, -1):
            if at in self.reading.verbs:
                return False
            if self.reading.low[at] in _ANSWERED or (self.reading.low[at] == "to" and self.reading.low[at - 1] in _ANSWERS):
                return True
        return False

    def _himself(self, statement: Statement) -> Side | None:
        """Who is named by the very words of the act: "a suicide bomber"."""
        covering = (mention for mention in self.actors if mention.first <= statement.index <= mention.last)
        found = next((mention for mention in covering if mention.actor.sector == "UAF"), None)
        return self.side(found) if found else None

    def _host(self, statement: Statement) -> Side | None:
        """Who arrests, tries or frees where no agent is named: the state on whose ground it is done ("was arrested in Lebanon")."""
        last = max(statement.words)
        for mention in self.actors:
            if last < mention.first <= last + _BESIDE and mention.kind in _WHOLE and mention.after in _HELD:
                return replace(self.side(mention), known=False)
        return None

    def _spoken_of(self, span: Span) -> str | None:
        """The country of a phrase that means the body of a state spoken of before: "its forces", "the army"."""
        first, last = self.reading.low[span.start], self.reading.low[span.end - 1]
        if first in _OWNS:
            return self.country_of_owner(span)
        if first not in _BODIES and not (first == "the" and last in _BODIES):  # headlines leave out the article
            return None
        whose = named_before(self, span.start)
        return whose.actor.country if whose else None

    def _is_befallen(self, statement: Statement) -> bool:
        """Whether a noun act is only set in time against what the subject does or suffers: "the tanker sank after explosions"."""
        if not statement.is_noun or statement.deed.type != "ASSAULT":
            return False
        first = statement.index
        verb = next((at for at in range(first - 1, max(-1, first - 6), -1) if at in self.reading.verbs), None)
        told = verb is not None and self.reading.low[verb] in _TELLING
        return told or any(word in _SET_AGAINST for word in self.reading.low[max(0, first - 4) : first])

    def _target(self, statement: Statement, grammatical: Sequence[Side | None], actor: Side | None, taken: Span | None) -> Side | None:
        direct, other = (*grammatical, None, None)[:2]
        roles = statement.roles
        own = direct is not None and roles.target is not None and self._is_own(statement, roles.target)
        if direct and (direct.rank == NAMED or self._is_object(statement, direct, roles.target)):
            return direct
        if other and other.rank == NAMED:
            return other
        if direct and direct.rank < NAMED and not own and self._is_somebody(roles.target):
            return direct
        people = direct is not None and direct.rank == 1 and direct.actor.sector in _PEOPLE and statement.deed.mode in _FREED
        named = named_behind(self, statement, actor, taken, elsewhere=people)
        if named is not None:
            ground = place_behind(self, statement) if statement.deed.mode in _OF_PLACES else None
            return ground if ground and ground.words.start < named.words.start else named
        if people:
            return direct
        known = [side for side, is_own in ((direct, own), (other, False)) if side and side.rank == 1 and not is_own]
        if known:
            return known[0]
        bare = self._giver(roles.target) or (other if own and other else direct) or other
        if roles.target is not None and set(range(*roles.target)) <= set(statement.words):  # "vows revenge": words of the act are nobody
            bare = other
        return place_behind(self, statement) or (None if own and not other else bare) or anyone_behind(self, statement, taken) or bare

    def _is_object(self, statement: Statement, direct: Side, span: Span | None) -> bool:
        """Whether a direct object is somebody the act is done or said to, and not what the act is about."""
        if span is None:
            return False
        own = self._is_own(statement, span)
        if direct.rank == 1:
            about = own and (statement.deed.mode in _OF_PLACES or self.is_weapon(span))
            physical = statement.deed.type in _PHYSICAL and not about
            return physical or (statement.deed.type in _SAID_TO and not own)
        return statement.deed.type in _PHYSICAL and not own and self.holds_name(span)

    def _is_somebody(self, span: Span | None) -> bool:
        """Whether a phrase ends in a name the lexicon does not know: "met Alice Wells", "met the writer Alice Wells"."""
        if span is None or not self.reading.is_prose or not self.reading.sentence.tokens[span.end - 1].is_capitalised:
            return False
        return any(mention.kind in (ActorKind.NAME, ActorKind.SIDE) and mention.last == span.end - 1 for mention in self.actors)

    def _giver(self, span: Span | None) -> Side | None:
        """The name the lexicon does not know whose the object is: "welcomed the decision by | the Forum"."""
        if span is None:
            return None
        named = (mention for mention in self.actors if mention.kind is ActorKind.NAME and mention.after in _GIVEN)
        found = next((mention for mention in named if span.end < mention.first <= span.end + 2), None)
        return replace(self.side(found), known=False) if found else None

    def _is_own(self, statement: Statement, span: Span) -> bool:
        """Whether the phrase is the act's own object: "impose a ban"."""
        return any(span.start <= word < span.end for word in statement.words)

    def _pair(self, statement: Statement) -> tuple[Side, Side] | None:
        """The two sides of an act done together, where the subject names both."""
        span = statement.roles.actor
        if span is not None and statement.roles.teller and self.reading.low[span.start] == "they":
            span = statement.roles.teller  # "the two said they had agreed"
        if span is None or not (statement.deed.type in _MUTUAL or _is_done_together(statement.deed)) or self._has_partner(statement):
            return None
        inside = [mention for mention in self.actors if span.start <= mention.first < span.end and mention.is_known and not mention.after]
        sides = [self.side(mention) for mention in inside]
        found = next(((sides[0], other) for other in sides[1:] if _name(other) != _name(sides[0])), None)
        return found or (self._halves(span) if _is_done_together(statement.deed) else None)

    def _halves(self, span: Span) -> tuple[Side, Side] | None:
        """The two sides of "A and B" where not both are known."""
        first, second = halves(self.reading, span)
        one, two = self.at(first), self.at(second)
        return (one, two) if one and two and self.holds_name(first) and self.holds_name(second) else None

    def _has_partner(self, statement: Statement) -> bool:
        """Whether "with" or "against" names the other side, so that those before the verb stand on one."""
        last = max(statement.words)
        return any(mention.after in _PARTNER and mention.first > last and mention.is_known for mention in behind(self, statement, None))


def _name(side: Side) -> tuple[str, str | None]:
    """What tells two sides apart; an armed group is not the state it fights in."""
    return side.actor.side, side.actor.id


def _is_done_together(deed: Deed) -> bool:
    """Whether whoever is named on one side of the verb does it to each other."""
    is_accord = deed.type in _ACCORDS and (not deed.turned or deed.about in _MUTUAL)
    return is_accord or deed.rule.startswith(_TOGETHER) or "@talk" in deed.rule


def _is_same(one: Side | None, other: Side | None) -> bool:
    """Whether two sides rest on the same words: a pronoun that means the actor is no target."""
    return one is not None and other is not None and one.words == other.words


def _is_means(side: Side) -> bool:
    """Whether a side is only what somebody strikes with ("drones", "the military"): whose it is, an earlier name says."""
    return side.rank == 1 and side.actor.sector == "MIL"
