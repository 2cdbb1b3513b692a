"""Who stands on the two sides of an act: the phrases its grammar points at, weighed against the actors the sentence names.

Grammar alone often points at what an act is about ("rejected demands by Iran", "imposed a ban on imports from Egypt"); the side is
the actor that is named with it. So a named actor behind the act comes before words that name nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from processors.tag.actors import ActorKind, ActorMention
from processors.tag.compose import Deed
from processors.tag.lexicon import Kind
from processors.tag.places import PlaceKind, PlaceMention
from processors.tag.reading import SAYING, Reading, Span
from processors.tag.roles import Roles, halves
from processors.tag.statements import Statement
from tocsin.model import Actor, Evidence

_PRONOUNS = frozenset({"he", "she", "it", "they", "we", "i", "his", "her", "its", "their", "them", "him"})
_MUTUAL = frozenset({"AGREE", "CONSULT", "COOPERATE", "RETREAT"})
"""Types whose sides are named together: "Armenia and Azerbaijan agreed"."""
_ACCORDS = frozenset({"AGREE", "CONSULT"})
_TOGETHER = ("violate ceasefire", "clash", "battle", "fight", "sign ", "exchange ", "trade ", "refuse(reach")
"""How the rules of other deeds begin that those named together do to each other."""
_PARTNER = frozenset({"with", "against"})
_WHOLE = frozenset({ActorKind.COUNTRY, ActorKind.PEOPLE, ActorKind.CAPITAL})
_ANSWERS = ("retaliat", "respond", "react", "aveng", "do(")
_MUST = "must("
"""How the rule of a deed begins that "must" made a request: who says so asks, and the subject is asked."""
_CLAUSAL = frozenset({"", "after", "before", "since", "until", "as", "than"})
"""What may stand before the subject of a clause; any other preposition governs what follows it."""
_TURNS = frozenset(";:!?—–|”")
"""Marks behind which the sentence speaks of something else; a point inside a sentence belongs to an abbreviation."""
_ASIDE = frozenset("if while because although though unless whereas since response retaliation reprisal revenge".split())
"""Words that begin what is said beside the act."""
_LATER = frozenset("after as when following amid before since where who which".split())
"""Words that begin another matter when a comma stands before them."""
_SOON = 8
"""Tokens in which a clause shows its verb."""
_ONTO = frozenset("to into over from on".split())
"""Prepositions by which an act reaches a place that is no site of it: "withdrew from the Golan Heights"."""
_WHERE = frozenset("in across near inside outside around throughout off".split())
"""Prepositions that make a country the place of an act: a side by its ground, but no sign that the news is of our kind."""
_SET_AGAINST = frozenset({"after", "amid", "following", "during", "despite", "since", "before", "when", "while"})
_TELLING = frozenset("confirm confirms confirmed report reports reported".split())
"""Verbs behind which an act is told of, by somebody who need have no part in it."""
_GIVEN = frozenset({"by", "from"})
"""Prepositions that name whose a thing is: "the decision by"."""
_SITED = _WHERE | {"at", "on", "from"}
_PEOPLE = frozenset({"CVL", "REF", "OPP", "MED", "LAB", "REL", "EDU", "REB", "MIL", "UAF"})
_OF_STATE = frozenset({"GOV", "MIL", "COP", "SPY", "LEG", "JUD"})
_OWNS = frozenset({"its", "their", "his", "her"})
_BODIES = frozenset("government army military police ministry parliament cabinet navy regime authorities court".split())
"""Bodies every state has: "the army" is that of the state spoken of."""
_BY_STATES = frozenset({"arrest", "deport", "release", "convict"})
"""Modes of what a state does on its own ground."""
_HELD = frozenset({"in", "from"})
_BESIDE = 5
"""Tokens behind an act in which its ground is named."""
_FREED = frozenset({"release", "arrest", "deport", "restrict"})
"""Modes of what is done to people themselves, who are its target where no phrase of theirs names a side."""
_OF_PLACES = frozenset({"martial-law", "curfew", "restrict", "censor"})
"""Modes of coercion that fall upon a place."""
_SAID_TO = frozenset({"ACCUSE"})
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
        statement = self._on_ground(statement)
        actor = self._actor(statement)
        taken = statement.roles.actor
        asker = self._named_before(taken.start) if taken and statement.deed.rule.startswith(_MUST) else None
        if asker is not None and actor is not None and not _is_same(asker, actor):
            return asker, actor
        spans = [None if self._is_weapon(span) else span for span in (statement.roles.target, statement.roles.other)]
        grammatical = [side for side in map(self.at, spans) if not _is_same(side, actor)]
        pair = self._pair(statement)
        equal = pair is not None and _is_done_together(statement.deed) and all(side.rank == 2 for side in pair)
        if pair is not None and (equal or not any(side and side.rank == 2 for side in grammatical)):
            return pair
        target = self._owned(statement, self._target(statement, grammatical, actor, taken))
        return actor, None if _is_same(target, actor) else target

    def _owned(self, statement: Statement, target: Side | None) -> Side | None:
        """The target of force with the country of whoever its "its" means: "four of its soldiers were killed"."""
        span = statement.roles.target
        if statement.deed.type != "ASSAULT" or target is None or target.rank == 2 or span is None:
            return target
        country = self._country_of_owner(span)
        return replace(target, actor=replace(target.actor, country=country)) if country else target

    def _on_ground(self, statement: Statement) -> Statement:
        """The statement with the place before its noun as what was hit: "the Paris attacks", "Pulwama blast"."""
        roles = statement.roles
        span = roles.actor
        if (
            span is None
            or statement.deed.type != "ASSAULT"
            or span.end >= self.reading.size
            or not self._is_force(self.reading.low[span.end])
        ):
            return statement
        if span.end in self.reading.verbs:
            return statement
        within = [mention for mention in self.actors if mention.first < span.end and mention.last >= span.start]
        capital = len(within) == 1 and within[0].kind is ActorKind.CAPITAL and within[0].last == span.end - 1
        if not capital and not self._ground(span):
            return statement
        return replace(statement, roles=Roles(None, roles.target or span, roles.other, roles.where))

    def _actor(self, statement: Statement) -> Side | None:
        roles = statement.roles
        actor = None if self._ground(roles.actor) else self.at(roles.actor)
        is_agentless = actor is None and roles.target is not None and roles.target.start < statement.index
        is_agentless = is_agentless and (not statement.is_noun or roles.actor is None)
        if statement.is_noun and actor is None and (himself := self._himself(statement)):
            return himself
        if actor and statement.is_noun and _is_means(actor):
            lender = self._named_before(min(statement.words))
            return replace(actor, actor=replace(actor.actor, country=lender.actor.country, id=lender.actor.id)) if lender else actor
        if is_agentless and statement.deed.mode in _BY_STATES:
            return self._host(statement)
        if actor and actor.rank == 1 and roles.actor and actor.actor.sector in _OF_STATE and (country := self._spoken_of(roles.actor)):
            return replace(actor, actor=replace(actor.actor, country=country, id=country))
        if is_agentless or (actor and (actor.rank > 0 or self._holds_name(roles.actor))):
            return actor
        if actor and self._is_weapon(roles.actor):
            if not statement.is_noun:
                return None
            actor = None
        before = roles.actor.start if roles.actor and actor else min(statement.words)
        return (None if self._is_befallen(statement) else self._named_before(before)) or actor

    def _himself(self, statement: Statement) -> Side | None:
        """Who is named by the very words of the act: "a suicide bomber"."""
        covering = (mention for mention in self.actors if mention.first <= statement.index <= mention.last)
        found = next((mention for mention in covering if mention.actor.sector == "UAF"), None)
        return self._side(found) if found else None

    def _host(self, statement: Statement) -> Side | None:
        """Who arrests, tries or frees where no agent is named: the state on whose ground it is done ("was arrested in Lebanon")."""
        last = max(statement.words)
        for mention in self.actors:
            if last < mention.first <= last + _BESIDE and mention.kind in _WHOLE and mention.after in _HELD:
                return replace(self._side(mention), known=False)
        return None

    def _spoken_of(self, span: Span) -> str | None:
        """The country of a phrase that means the body of a state spoken of before: "its forces", "the army"."""
        if self.reading.low[span.start] in _OWNS:
            return self._country_of_owner(span)
        if self.reading.low[span.start] != "the" or self.reading.low[span.end - 1] not in _BODIES:
            return None
        whose = self._named_before(span.start)
        return whose.actor.country if whose else None

    def _is_weapon(self, span: Span | None) -> bool:
        """Whether a phrase is of things that hit somebody, not of who sent them: "a drone strike killed"."""
        if span is None:
            return False
        lexicon, low = self.reading.lexicon, self.reading.low
        last = span.end - 1
        within = [mention for mention in self.actors if mention.first < span.end and mention.last >= span.start]
        if any(mention.actor.country or mention.actor.sector not in (None, "MIL") for mention in within):
            return False
        return any(low[last] in words for words in lexicon.means.values()) or self._is_force(low[last])

    def _is_force(self, word: str) -> bool:
        """Whether a noun alone tells force: "attack", "blasts"."""
        return any(pattern.value[0] == "ASSAULT" and not pattern.tail for pattern in self.reading.lexicon.noun_acts.get(word, ()))

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
        if direct and (direct.rank == 2 or self._is_object(statement, direct, roles.target)):
            return direct
        if other and other.rank == 2:
            return other
        if direct and direct.rank < 2 and not own and self._is_somebody(roles.target):
            return direct
        people = direct is not None and direct.rank == 1 and direct.actor.sector in _PEOPLE and statement.deed.mode in _FREED
        named = self._named_behind(statement, actor, taken, elsewhere=people)
        if named is not None:
            ground = self._place_behind(statement) if statement.deed.mode in _OF_PLACES else None
            return ground if ground and ground.words.start < named.words.start else named
        if people:
            return direct
        known = [side for side, is_own in ((direct, own), (other, False)) if side and side.rank == 1 and not is_own]
        if known:
            return known[0]
        bare = self._giver(roles.target) or (other if own and other else direct) or other
        return self._place_behind(statement) or (None if own and not other else bare) or self._anyone_behind(statement, taken) or bare

    def _is_object(self, statement: Statement, direct: Side, span: Span | None) -> bool:
        """Whether a direct object is somebody the act is done or said to, and not what the act is about."""
        if span is None:
            return False
        own = self._is_own(statement, span)
        if direct.rank == 1:
            about = own and (statement.deed.mode in _OF_PLACES or self._is_weapon(span))
            physical = statement.deed.type in _PHYSICAL and not about
            return physical or (statement.deed.type in _SAID_TO and not own)
        return statement.deed.type in _PHYSICAL and not own and self._holds_name(span)

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
        return replace(self._side(found), known=False) if found else None

    def _holds_name(self, span: Span | None) -> bool:
        """Whether a phrase holds a capitalised name, known or not."""
        return span is not None and any(
            mention.kind is not ActorKind.PHRASE and mention.first < span.end and mention.last >= span.start for mention in self.actors
        )

    def _named_behind(self, statement: Statement, actor: Side | None, taken: Span | None, *, elsewhere: bool = False) -> Side | None:
        """The first actor with a name behind the act and before the sentence turns to something else, but not the actor again.

        `elsewhere`: nor one that only says where.
        """
        for mention in self._behind(statement, taken):
            if not (mention.actor.country or mention.actor.id) or (elsewhere and mention.after in _SITED):
                continue
            if not (actor is not None and _is_again(mention, actor)):
                return replace(self._side(mention), known=mention.kind not in _WHOLE or mention.after not in _WHERE)
        return None

    def _anyone_behind(self, statement: Statement, taken: Span | None) -> Side | None:
        """Behind the act, the first kind of side, else the first name the lexicon does not know."""
        behind = self._behind(statement, taken)
        kinds = (ActorKind.SIDE, ActorKind.NAME)
        found = next((mention for kind in kinds for mention in behind if mention.kind is kind), None)
        return replace(self._side(found), known=False) if found else None

    def _behind(self, statement: Statement, taken: Span | None) -> list[ActorMention]:
        start = min(statement.words)
        stop = self._stop(start, conditional=statement.deed.type == "THREATEN", answering=statement.deed.rule.startswith(_ANSWERS))
        return [
            mention
            for mention in self.actors
            if start < mention.first < stop and not (taken and taken.start <= mention.first < taken.end) and not self._is_dateline(mention)
            if not (statement.is_noun and mention.kind is ActorKind.ORGAN and mention.last in statement.words)
        ]

    def _named_before(self, start: int) -> Side | None:
        """The last actor with a name before a token that no preposition governs."""
        for mention in reversed(self.actors):
            named = mention.actor.country or mention.actor.id
            if (
                mention.last < start
                and named
                and mention.after in _CLAUSAL
                and not (self._is_beside(mention) or self._is_acted_on(mention))
            ):
                return self._side(mention)
        return None

    def _place_behind(self, statement: Statement) -> Side | None:
        """The place an act falls upon, as a side: its ground is its country's."""
        start = min(statement.words)
        stop = self._stop(start)
        for mention in self.places:
            if start < mention.first < stop and (mention.is_site or mention.after in _ONTO) and mention.place.country:
                words = self._evidence(Span(mention.first, mention.last + 1))
                return Side(Actor(text=words.quote, country=mention.place.country), words, False)
        return None

    def _ground(self, span: Span | None) -> PlaceMention | None:
        """The town or region a phrase is of, where it names no actor: towns suffer, and do not act."""
        if span is None or any(mention.is_known and span.start <= mention.first < span.end for mention in self.actors):
            return None
        return next((place for place in self.places if span.start <= place.first < span.end), None)

    def _is_acted_on(self, mention: ActorMention) -> bool:
        """Whether a mention is the object of a verb of the active: "bombed | the Iranian consulate"."""
        at = mention.first - 1
        while at > 0 and self.reading.kind[at] & Kind.DETERMINER:
            at -= 1
        verb = self.reading.verbs.get(at)
        return verb is not None and verb.finite and not verb.passive and self.reading.low[at] not in SAYING

    def _is_beside(self, mention: ActorMention) -> bool:
        """Whether a mention only says where the reporter sat, or who said it all: no part of what is told."""
        return self._is_dateline(mention) or any(aside.start < mention.first < aside.end for aside in self.reading.asides)

    def _is_dateline(self, mention: ActorMention) -> bool:
        return any(place.kind is PlaceKind.DATELINE and place.first <= mention.first <= place.last for place in self.places)

    def _stop(self, start: int, *, conditional: bool = False, answering: bool = False) -> int:
        """Where the sentence turns from the act to something else; the condition of a threat belongs to it, and what an answer is to."""
        for at in range(start + 1, self.reading.size):
            word = self.reading.low[at]
            if at == self.reading.attribution or word in _TURNS or (word in _ASIDE and not (conditional and word == "if")):
                return at
            if word in _LATER and (self.reading.low[at - 1] == "," or (not answering and self._opens_clause(at))):
                return at
        return self.reading.size

    def _opens_clause(self, at: int) -> bool:
        """Whether a word like "as" or "after" begins a clause with a subject and a verb of its own."""
        for index in range(at + 2, min(self.reading.size, at + _SOON)):
            if self.reading.low[index] == ",":
                return False
            if index in self.reading.verbs and self.reading.verbs[index].finite:
                return True
        return False

    def _is_own(self, statement: Statement, span: Span) -> bool:
        """Whether the phrase is the act's own object: "impose a ban"."""
        return any(span.start <= word < span.end for word in statement.words)

    def _pair(self, statement: Statement) -> tuple[Side, Side] | None:
        """The two sides of an act done together, where the subject names both."""
        span = statement.roles.actor
        if span is None or not (statement.deed.type in _MUTUAL or _is_done_together(statement.deed)) or self._has_partner(statement):
            return None
        inside = [mention for mention in self.actors if span.start <= mention.first < span.end and mention.is_known and not mention.after]
        sides = [self._side(mention) for mention in inside]
        found = next(((sides[0], other) for other in sides[1:] if other.actor.side != sides[0].actor.side), None)
        return found or (self._halves(span) if _is_done_together(statement.deed) else None)

    def _halves(self, span: Span) -> tuple[Side, Side] | None:
        """The two sides of "A and B" where not both are known."""
        first, second = halves(self.reading, span)
        one, two = self.at(first), self.at(second)
        return (one, two) if one and two and self._holds_name(first) and self._holds_name(second) else None

    def _has_partner(self, statement: Statement) -> bool:
        """Whether "with" or "against" names the other side, so that those before the verb stand on one."""
        last = max(statement.words)
        return any(mention.after in _PARTNER and mention.first > last and mention.is_known for mention in self._behind(statement, None))

    def at(self, span: Span | None) -> Side | None:
        """Whom a phrase names: the first named actor in it, else a kind of side, else its bare words."""
        if span is None:
            return None
        if all(self.reading.low[index] in _PRONOUNS for index in range(*span)):
            return self._antecedent(span) or self.before
        within = [mention for mention in self.actors if mention.first < span.end and mention.last >= span.start]
        inside = [mention for mention in within if not self._is_dateline(mention)]
        if not inside:
            return None
        known = [mention for mention in inside if mention.is_known]
        best = max(known, key=lambda mention: bool(mention.actor.country or mention.actor.id), default=None)
        words = self._evidence(span)
        if best is None:
            ground = self._ground(span)
            return Side(Actor(text=words.quote, country=ground.place.country if ground else None), words, False)
        words = self._evidence(Span(min(span.start, best.first), max(span.end, best.last + 1)))
        country = best.actor.country or (None if best.actor.id else self._country_within(span))
        return Side(replace(best.actor, text=words.quote, country=country), words, True)

    def _country_of_owner(self, span: Span) -> str | None:
        """The country of whoever "its" or "their" in a phrase means: "four of its soldiers"."""
        if not any(self.reading.low[index] in _OWNS for index in range(*span)):
            return None
        owner = self._antecedent(span)
        return owner.actor.country if owner else None

    def _country_within(self, span: Span) -> str | None:
        """The country of a place inside a phrase: "Darfur rebels"."""
        return next((place.place.country for place in self.places if span.start <= place.first < span.end), None)

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


def _is_again(mention: ActorMention, actor: Side) -> bool:
    """Whether a mention names the actor once more: its country alone, or the same group."""
    if mention.kind in _WHOLE:
        return mention.actor.country == actor.actor.country
    return mention.kind in (ActorKind.GROUP, ActorKind.ORGANISATION) and mention.actor.id == actor.actor.id


def _is_done_together(deed: Deed) -> bool:
    """Whether whoever is named on one side of the verb does it to each other."""
    return (deed.type in _ACCORDS and not deed.turned) or deed.rule.startswith(_TOGETHER)


def _is_same(one: Side | None, other: Side | None) -> bool:
    """Whether two sides rest on the same words: a pronoun that means the actor is no target."""
    return one is not None and other is not None and one.words == other.words


def _is_means(side: Side) -> bool:
    """Whether a side is only what somebody strikes with ("drones", "the military"): whose it is, an earlier name says."""
    return side.rank == 1 and side.actor.sector == "MIL"
