"""One event as `assess` looks at it: what was derived from it once, so that it is not derived for every incident again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from processors.assess import words
from processors.assess.acts import Act, act_of
from processors.assess.marks import marks_of, names_side
from processors.assess.sources import house_of
from processors.assess.things import things_in
from tocsin.model import UNKNOWN_SIDE, Actor, EscalationEvent, EventType, Evidence, Place, Relation, Response, content_id

_STEM = 5
"""Letters by which two forms of a word are one."""


@dataclass(frozen=True, slots=True)
class Telling:
    """An event with its name for counting, its act, its sides, its house, and what its words say of its place in time.

    `item` and `story` are "" where they are no mark of one act: of a live page.

    `depth` is how far below the headline it is told: 0 in the title, else 1 and the characters before it. `echoed`: the
    headline has a word of the act, whether or not it tells it, and not only of what its news follows from. `dead` is the highest number
    of killed it names. `things` are the kinds of things it says were hit. `marks` are the uncommon words of its headline, none where that
    tells other acts. `is_report`: it reports news, and is no live page, question or comment. `is_reference`: its headline only speaks of
    the act. `again`: it says it is not the first of its kind. `aftermath`: it speaks of what came after the act.
    """

    event: EscalationEvent
    name: str
    act: Act
    by: str
    against: str
    house: str
    item: str
    story: str
    depth: int
    echoed: bool
    dead: int
    things: frozenset[str]
    marks: frozenset[str]
    is_report: bool
    is_reference: bool
    again: bool
    aftermath: bool

    @property
    def at(self) -> datetime:
        return self.event.at

    @property
    def names_doer(self) -> bool:
        return self.by != UNKNOWN_SIDE

    @property
    def names_target(self) -> bool:
        """Whether a target is named, and not only the country of the place."""
        return is_named(self.event.target, [self.event.place] if self.event.place else [])

    @property
    def reply(self) -> Response | None:
        """What the act is said to answer, where a headline tells the act: below it such words are mostly background.

        Words that name nothing of it ("retaliatory") count only in a headline, behind the name of the doer: elsewhere they are often of
        another's act.
        """
        reply, actor = self.event.responds_to, self.event.actor
        if self.depth:
            return None
        if reply is None or reply.actor or reply.target or reply.place or reply.type:
            return reply
        before, found, _ = self.event.headline.partition(reply.quote)
        _, named, between = before.rpartition(actor.text) if actor else ("", "", "")
        quote = reply.quote.casefold()
        if quote.startswith("retaliatory"):
            other = not words.LAUNCHES.fullmatch(between.strip())
        elif quote.startswith("retaliat"):
            other = bool(between.strip(" '’s"))
        else:
            other = bool(words.NAME.search(between))
        return reply if found and named and not other and not words.NOT_YET.search(before) else None

    @property
    def is_copy(self) -> bool:
        """Whether it is another outlet's copy of a text, which makes no source of its own."""
        return self.event.relation is Relation.RETELLING


def telling_of(event: EscalationEvent) -> Telling:
    event = _where_it_was(_from_the_sender(event))
    by, against = event.sides
    is_live = bool(words.LIVE.search(event.headline))
    told = f"{event.headline} {' '.join(evidence.quote for evidence in event.evidence)}"
    return Telling(
        event=event,
        name=name_of(event),
        act=act_of(event),
        by=by,
        against=against,
        house=house_of(event.outlet or event.feed),
        item="" if is_live else event.item[:16],
        story="" if is_live else event.story[:16],
        depth=min((_depth(evidence) for evidence in event.evidence if evidence.role == "type"), default=0),
        echoed=_is_echoed(event),
        dead=max((told.min if told.max is None else told.max for told in event.casualties if told.kind == "killed"), default=0),
        things=things_in(_told_of_it(event)),
        marks=frozenset() if is_live or not _is_in_title(event) else marks_of(event.headline),
        is_report=not is_live and not words.COMMENT.search(event.headline),
        is_reference=_is_reference(event),
        again=bool(words.AGAIN.search(told)),
        aftermath=bool(words.AFTERMATH.search(told)),
    )


def _from_the_sender(event: EscalationEvent) -> EscalationEvent:
    """The event, or where it says that a munition was intercepted, the blow that was stopped: by who sent it, at who stopped it.

    Its two sides stay the same two, so that it is judged in its own dyad.
    """
    if event.type is not EventType.ASSAULT or event.actor is None:
        return event
    told_in_title = any(evidence.role == "type" and evidence.field == "title" for evidence in event.evidence)
    acts = [event.headline] if told_in_title else [evidence.quote for evidence in event.evidence if evidence.role == "type"]
    if not any(words.INTERCEPTED.search(told) for told in acts):
        return event
    turned = replace(event, actor=event.target, target=event.actor)
    return turned if turned.dyad == event.dyad else event


def _where_it_was(event: EscalationEvent) -> EscalationEvent:
    """The event, without its place where that is on the doer's own soil and its headline names it in another clause: there the doer was
    struck himself ("Drones over Moscow as Russian missiles kill ten in Ukraine").
    """
    place, doer, target = event.place, event.actor, event.target
    if event.type is not EventType.ASSAULT or place is None or doer is None or target is None:
        return event
    if place.country is None or place.country != doer.country or place.country == target.country:
        return event
    title = [evidence for evidence in event.evidence if evidence.field == "title"]
    acts = [(told.start, told.end) for told in title if told.role == "type"]
    places = [(told.start, told.end) for told in title if told.role == "place"]
    between = [event.headline[min(a[1], p[1]) : max(a[0], p[0])] for a in acts for p in places]
    apart = bool(between) and all(words.OTHER_CLAUSE.search(stretch) for stretch in between)
    return replace(event, place=None) if apart else event


def _is_in_title(event: EscalationEvent) -> bool:
    return any(evidence.field == "title" for evidence in event.evidence)


def _is_reference(event: EscalationEvent) -> bool:
    """Whether the headline speaks of the act only as what other news is about: "Moscow condemns the strikes on Iran"."""
    starts = [evidence.start for evidence in event.evidence if evidence.role == "type" and evidence.field == "title"]
    return bool(starts) and bool(words.REFERS.search(event.headline[: min(starts)]))


def _is_echoed(event: EscalationEvent) -> bool:
    """Whether a word of the act stands in the headline, in any form: "recalled its ambassador" below "envoy recalled"; not where the
    headline only says what its news comes after.
    """
    headline = words.OVER.split(event.headline.casefold(), maxsplit=1)[0]
    acts = (evidence.quote.casefold() for evidence in event.evidence if evidence.role == "type")
    return any(word[:_STEM] in headline for quote in acts for word in quote.split() if len(word) >= _STEM and not names_side(word))


def _told_of_it(event: EscalationEvent) -> str:
    """The words that tell the act: the headline and the target, or where the headline tells another act, the words of this one; without
    those that speak of what it answers.
    """
    acts = [evidence for evidence in event.evidence if evidence.role in ("type", "target")]
    in_title = any(evidence.field == "title" for evidence in acts)
    target = event.target.text if event.target else ""
    told = " ".join([event.headline] if in_title else [*(evidence.quote for evidence in acts), target])
    return told.replace(event.responds_to.quote, "") if event.responds_to else told


def is_named(actor: Actor | None, places: Iterable[Place]) -> bool:
    """Whether an actor is a side by its own name, and not only the place of the act in an actor's role ("an air strike on Damascus")."""
    if actor is None or actor.side == UNKNOWN_SIDE:
        return False
    return all(actor.text.casefold() != place.name.casefold() for place in places)


def _depth(evidence: Evidence) -> int:
    return 0 if evidence.field == "title" else 1 + evidence.start


def name_of(event: EscalationEvent) -> str:
    """The name under which an event is counted: its id, its sides and the facts an edit of the item can change.

    The sides belong to it: an event may be counted in a dyad that is not its own, and must not be taken there for another's.
    64 bits are plenty for one dyad.
    """
    facts = [f"{c.kind}:{c.min}:{c.max}" for c in event.casualties]
    place = f"{event.place.name}/{event.place.country}" if event.place else ""
    return content_id(event.id, *event.sides, event.status, place, str(event.on), *facts)[:16]
