"""One sentence with all that was found in it: statements, actors, tolls, dates, places and cues, and how they join to drafts."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from processors.tag.actors import ActorMention
from processors.tag.casualties import TollMention
from processors.tag.dates import DateMention
from processors.tag.drafts import Draft
from processors.tag.means import by_means
from processors.tag.named import NAMED, Side
from processors.tag.places import PlaceKind, PlaceMention
from processors.tag.reading import Reading
from processors.tag.responses import Reply, reply_of
from processors.tag.sides import Sides
from processors.tag.sign import sign_of
from processors.tag.statements import Statement
from processors.tag.status import Cue, status_of
from processors.tag.wholes import whole
from processors.tag.words import Span
from tocsin.model import EventType, Evidence, Response

_AFTER = frozenset({"after", "following", "since"})
_SAYING = frozenset({"said", "says", "say", "reported", "reports", "told", "added"})
_ANSWERING = re.compile("reveng|retaliat|aveng")
"""What the rules of acts hold that answer another."""
_BREADTH = {PlaceKind.REGION: 1, PlaceKind.COUNTRY: 2}
_BESIDE = 6
"""Tokens between an act and a year or month that dates it."""
_BESIDES = frozenset({"as", "while", "ahead", "before"})
"""Words that open a clause of another act beside or after the one told."""


@dataclass(frozen=True)
class Scene:
    """A sentence read. `before` is the side the sentence before was about, for its pronouns."""

    source: str
    """The text of the field the sentence stands in."""
    reading: Reading
    statements: Sequence[Statement]
    actors: Sequence[ActorMention]
    tolls: Sequence[TollMention]
    dates: Sequence[DateMention]
    places: Sequence[PlaceMention]
    cues: Sequence[Cue]
    before: Side | None = None
    is_dated: bool = True
    """Whether the item says when it was published: only then is an old date told from a new one."""

    def drafts(self, chosen: Sequence[Statement]) -> list[Draft]:
        return [self._draft(statement) for statement in chosen]

    def _draft(self, statement: Statement) -> Draft:
        actor, target = self.sides(statement)
        deed = by_means(statement, actor.actor if actor else None)
        said = self._date(statement)
        status, cue = status_of(statement, self.cues, background=self._is_long_past(statement, said))
        place = self._place(statement)
        reply = reply_of(statement, self.statements, self.cues)
        target = target or self._answered(statement, actor, reply)
        if place and reply and reply.start <= place.first < reply.end:
            place = None  # where the act was that this one answers
        evidence = [self._evidence(Span(statement.words[0], statement.words[-1] + 1), "type")]
        evidence += [_in_role(side.words, role) for side, role in ((actor, "actor"), (target, "target")) if side]
        evidence += [self._evidence(Span(place.first, place.last + 1), "place")] if place else []
        evidence += [self._evidence(Span(said.first, said.last + 1), "date")] if said else []
        evidence += [self._evidence(Span(cue.start, cue.end), "status")] if cue else []
        evidence += [self._evidence(Span(reply.start, reply.end), "link")] if reply else []
        response = None
        if reply:
            response = self._response(reply.earlier, Span(reply.start, reply.end))
        low = self.reading.low
        matter = frozenset(low[max(0, statement.words[0] - 3) : statement.words[-1] + 14])
        return Draft(
            deed=deed,
            status=status,
            sign=sign_of(deed, status, matter, self.reading.lexicon),
            actor=actor.actor if actor else None,
            target=target.actor if target else None,
            place=place.place if place else None,
            breadth=_BREADTH.get(place.kind, 0) if place else 0,
            on=said.on if said else None,
            response=response,
            evidence=tuple(evidence),
            depth=statement.depth,
            known=sum(1 for side in (actor, target) if side and side.known),
            weight=len(statement.words),
            is_noun=statement.is_noun,
        )

    # ------------------------------------------------------------------ sides

    def _answered(self, statement: Statement, actor: Side | None, reply: Reply | None) -> Side | None:
        """Whom an answer falls upon that names nobody: whoever did what it answers ("vows revenge after the Israeli strike")."""
        earlier = reply.earlier if reply else None
        if earlier is None and _ANSWERING.search(statement.deed.rule):
            earlier = next((one for one in self.statements if one.index > statement.index and one.deed.type == "ASSAULT"), None)
        doer = self.sides(earlier)[0] if earlier else None
        is_other = doer is not None and doer.rank == NAMED and (actor is None or doer.actor.side != actor.actor.side)
        return doer if is_other else None

    def sides(self, statement: Statement) -> tuple[Side | None, Side | None]:
        """Who acts and who is acted upon."""
        found = self._found.get(id(statement))
        if found is None:
            actor, target = self._sides.of(statement)
            found = self._found[id(statement)] = self._in_full(actor), self._in_full(target)
        return found

    @cached_property
    def _sides(self) -> Sides:
        return Sides(self.source, self.reading, self.actors, self.places, self.before)

    @cached_property
    def _found(self) -> dict[int, tuple[Side | None, Side | None]]:
        """The sides of the statements that were asked for, by the identity of each; the scene keeps them alive."""
        return {}

    @cached_property
    def _starts(self) -> list[int]:
        return [token.start for token in self.reading.sentence.tokens]

    def _in_full(self, side: Side | None) -> Side | None:
        """A side told by its whole phrase, where it stands in this sentence."""
        if side is None or side.words.field != self.reading.sentence.field:
            return side
        starts = self._starts
        first, end = bisect_left(starts, side.words.start), bisect_left(starts, side.words.end)
        if first == len(starts) or starts[first] != side.words.start or end <= first:
            return side
        words = self._evidence(whole(self.reading, Span(first, end)), side.words.role)
        if words == side.words and words.quote == side.actor.text:
            return side
        return replace(side, actor=replace(side.actor, text=words.quote), words=words)

    # ------------------------------------------------------------------ what stands around

    def _is_long_past(self, statement: Statement, said: DateMention | None) -> bool:
        """Whether an act is dated long before the item; where the item has no date of its own, its tense must say so too."""
        if said is None or not said.is_background:
            return False
        verb = self.reading.verbs.get(statement.index)
        return self.is_dated or (verb is not None and "had" in self.reading.low[verb.start : verb.index])

    def _date(self, statement: Statement) -> DateMention | None:
        """The date nearest to the act: a day anywhere in its sentence, anything coarser only beside the act."""

        def distance(mention: DateMention) -> int:
            return min(abs(mention.first - word) for word in statement.words)

        days = [
            mention
            for mention in self.dates
            if (mention.on or (mention.is_background and distance(mention) <= _BESIDE))
            and not self._is_of_later(statement, mention.first)
            and not self._is_of_other(statement, mention.first)
        ]
        return min(days, key=distance, default=None)

    def _place(self, statement: Statement) -> PlaceMention | None:
        """The place of an act: what stands nearest behind it, a site before a name, a town or region before a country."""
        first = statement.words[0]
        actor = statement.roles.actor

        def distance(mention: PlaceMention) -> tuple[bool, bool, bool, int]:
            near = min(abs(mention.first - word) for word in statement.words)
            return mention.kind is PlaceKind.COUNTRY, not mention.is_site, mention.first < first, near

        there = [
            mention
            for mention in self.places
            if mention.kind is not PlaceKind.DATELINE
            and not (actor and actor.start <= mention.first < actor.end)
            and (mention.kind is not PlaceKind.COUNTRY or mention.is_site)
            and (mention.is_site or "," not in self.reading.low[mention.last : first])
            and not self._is_in_attribution(statement, mention)
            and not self._is_of_later(statement, mention.first)
            and not self._is_of_earlier(statement, mention.first)
        ]
        return min(there, key=distance, default=None)

    def _is_of_later(self, statement: Statement, at: int) -> bool:
        """As in "struck Saravan on Thursday, two days after the attack": what stands before "after" is of the later act."""
        return any(word in _AFTER for word in self.reading.low[at : statement.words[0]])

    def _is_of_earlier(self, statement: Statement, at: int) -> bool:
        """As in "struck the camp after the bombing that killed 40 in Pulwama": what stands behind "after" is of the earlier act."""
        last = max(statement.words)
        opened = next((place for place in range(last + 1, at) if self.reading.low[place] in _AFTER), None)
        return opened is not None and any(opened < other.index < at for other in self.statements if other is not statement)

    def _is_of_other(self, statement: Statement, at: int) -> bool:
        """As in "raids killed 95 as a delegation prepared for talks today": the day of the talks, told beside the act."""
        last = max(statement.words)
        opened = next((place for place in range(last + 1, at) if self.reading.low[place] in _BESIDES), None)
        return opened is not None and any(opened < word < at for other in self.statements if other is not statement for word in other.words)

    def _is_in_attribution(self, statement: Statement, mention: PlaceMention) -> bool:
        """As in ", the ministry in Ankara said": where it was said, not where it was done."""
        low, last = self.reading.low, max(statement.words)
        said = any(word in _SAYING for word in low[mention.last + 1 : mention.last + 5])
        return said and mention.first > last and "," in low[last : mention.first]

    def _response(self, earlier: Statement | None, said: Span) -> Response:
        """What is answered. A place its own words name goes before one that stands around them: "in response to Paris attacks"."""
        quote = self._evidence(said, "link").quote
        if earlier is None:
            return Response(quote=quote)
        actor, target = self.sides(earlier)
        within = (mention for mention in self.places if said.start <= mention.first < said.end)
        place = next(within, None) or self._place(earlier)
        return Response(
            quote=quote,
            actor=actor.actor if actor else None,
            target=target.actor if target else None,
            type=EventType(earlier.deed.type),
            place=place.place if place else None,
        )

    def text(self, span: Span) -> str:
        start, end = self._characters(span)
        return self.source[start:end]

    def _characters(self, span: Span) -> tuple[int, int]:
        tokens = self.reading.sentence.tokens
        return tokens[span.start].start, tokens[span.end - 1].end

    def _evidence(self, span: Span, role: str) -> Evidence:
        start, end = self._characters(span)
        return Evidence(field=self.reading.sentence.field, start=start, end=end, quote=self.source[start:end], role=role)


def _in_role(words: Evidence, role: str) -> Evidence:
    return words if words.role == role else replace(words, role=role)
