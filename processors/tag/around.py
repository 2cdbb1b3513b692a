"""Who and what is named before an act and behind it, up to where the sentence turns to something else."""

from __future__ import annotations

from dataclasses import replace

from processors.tag.actors import ActorKind, ActorMention
from processors.tag.lexicon import Kind
from processors.tag.named import Named, Side
from processors.tag.speakers import SAYING
from processors.tag.statements import Statement
from processors.tag.words import Span
from tocsin.model import Actor

_WHOLE = frozenset({ActorKind.COUNTRY, ActorKind.PEOPLE, ActorKind.CAPITAL})
_ANSWERS = ("retaliat", "respond", "react", "aveng", "do(")
_CLAUSAL = frozenset({"", "after", "before", "since", "until", "as", "than"})
"""What may stand before the subject of a clause; any other preposition governs what follows it."""
_TURNS = frozenset(";:!?—–|”")
"""Marks behind which the sentence speaks of something else; a point inside a sentence belongs to an abbreviation."""
_ASIDE = frozenset("if while because although though unless whereas since response retaliation reprisal revenge".split())
"""Words that begin what is said beside the act."""
_OUTCOME = frozenset({"allowing", "enabling", "letting", "claiming", "citing", "eliminating"})
"""Participles of what came of an act, or was said with it: whom they name is no side of it."""
_LATER = frozenset("after as when following amid before since where who which".split())
"""Words that begin another matter when a comma stands before them."""
_SOON = 8
"""Tokens in which a clause shows its verb."""
_ONTO = frozenset("to into over from on".split())
"""Prepositions by which an act reaches a place that is no site of it: "withdrew from the Golan Heights"."""
_WHERE = frozenset("in across near inside outside around throughout off".split())
"""Prepositions that make a country the place of an act: a side by its ground, but no sign that the news is of our kind."""
_SITED = _WHERE | {"at", "on", "from"}


def named_before(named: Named, start: int) -> Side | None:
    """The last actor with a name before a token that no preposition governs."""
    for mention in reversed(named.actors):
        has_name = mention.actor.country or mention.actor.id
        if (
            mention.last < start
            and has_name
            and mention.after in _CLAUSAL
            and not (_is_beside(named, mention) or _is_acted_on(named, mention))
        ):
            return named.side(mention)
    return None


def _is_acted_on(named: Named, mention: ActorMention) -> bool:
    """Whether a mention is the object of a verb of the active: "bombed | the Iranian consulate"."""
    at = mention.first - 1
    while at > 0 and named.reading.kind[at] & Kind.DETERMINER:
        at -= 1
    verb = named.reading.verbs.get(at)
    return verb is not None and verb.finite and not verb.passive and named.reading.low[at] not in SAYING


def _is_beside(named: Named, mention: ActorMention) -> bool:
    """Whether a mention only says where the reporter sat, or who said it all: no part of what is told."""
    return named.is_dateline(mention) or any(aside.start < mention.first < aside.end for aside in named.reading.asides)


def behind(named: Named, statement: Statement, taken: Span | None) -> list[ActorMention]:
    """The actors behind an act up to where the sentence turns, without those of the phrase `taken`."""
    start = min(statement.words)
    stop = _stop(named, start, conditional=statement.deed.type == "THREATEN", answering=statement.deed.rule.startswith(_ANSWERS))
    return [
        mention
        for mention in named.actors
        if start < mention.first < stop and not (taken and taken.start <= mention.first < taken.end) and not named.is_dateline(mention)
        if not (statement.is_noun and mention.kind is ActorKind.ORGAN and mention.last in statement.words)
    ]


def named_behind(named: Named, statement: Statement, actor: Side | None, taken: Span | None, *, elsewhere: bool = False) -> Side | None:
    """The first actor with a name behind the act and before the sentence turns to something else, but not the actor again.

    `elsewhere`: nor one that only says where.
    """
    for mention in behind(named, statement, taken):
        if not (mention.actor.country or mention.actor.id) or (elsewhere and mention.after in _SITED):
            continue
        if not (actor is not None and _is_again(mention, actor)):
            return replace(named.side(mention), known=mention.kind not in _WHOLE or mention.after not in _WHERE)
    return None


def anyone_behind(named: Named, statement: Statement, taken: Span | None) -> Side | None:
    """Behind the act, the first kind of side, else the first name the lexicon does not know."""
    own = set(statement.words)
    mentions = [mention for mention in behind(named, statement, taken) if own.isdisjoint(range(mention.first, mention.last + 1))]
    kinds = (ActorKind.SIDE, ActorKind.NAME)
    found = next((mention for kind in kinds for mention in mentions if mention.kind is kind), None)
    return replace(named.side(found), known=False) if found else None


def place_behind(named: Named, statement: Statement) -> Side | None:
    """The place an act falls upon, as a side: its ground is its country's."""
    start = min(statement.words)
    stop = _stop(named, start)
    for mention in named.places:
        if start < mention.first < stop and (mention.is_site or mention.after in _ONTO) and mention.place.country:
            words = named.evidence(Span(mention.first, mention.last + 1))
            return Side(Actor(text=words.quote, country=mention.place.country), words, False)
    return None


def _stop(named: Named, start: int, *, conditional: bool = False, answering: bool = False) -> int:
    """Where the sentence turns from the act to something else; the condition of a threat belongs to it, and what an answer is to."""
    for at in range(start + 1, named.reading.size):
        word = named.reading.low[at]
        if at == named.reading.attribution or word in _TURNS or (word in _ASIDE and not (conditional and word == "if")):
            return at
        if word in _OUTCOME and at in named.reading.verbs:
            return at
        if word in _LATER and (named.reading.low[at - 1] == "," or (not answering and _opens_clause(named, at))):
            return at
    return named.reading.size


def _opens_clause(named: Named, at: int) -> bool:
    """Whether a word like "as" or "after" begins a clause with a subject and a verb of its own."""
    for index in range(at + 2, min(named.reading.size, at + _SOON)):
        if named.reading.low[index] == ",":
            return False
        if index in named.reading.verbs and named.reading.verbs[index].finite:
            return True
    return False


def _is_again(mention: ActorMention, actor: Side) -> bool:
    """Whether a mention names the actor once more: its country alone, or the same group."""
    if mention.kind in _WHOLE:
        return mention.actor.country == actor.actor.country
    return mention.kind in (ActorKind.GROUP, ActorKind.ORGANISATION) and mention.actor.id == actor.actor.id
