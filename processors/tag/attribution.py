"""Drafts and the tolls an item tells -> drafts with their tolls: which act a number belongs to.

A toll belongs to an act told in its own sentence, the nearest; else to the one told last before it; else, in a short item, to any. An act
nobody we know of does ("two people were shot dead") lends its toll to a known act nearby, and stands for itself only where there is none.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from processors.tag.casualties import Scope, TollMention
from processors.tag.compose import Deed
from processors.tag.drafts import Draft
from processors.tag.tolls import leading
from tocsin.model import Casualties, Evidence, Sign, Status

_TAKES: Mapping[str, frozenset[str]] = {
    "killed": frozenset({"ASSAULT"}),
    "injured": frozenset({"ASSAULT", "PROTEST"}),
    "captured": frozenset({"COERCE", "ASSAULT"}),
}
"""The types of event a kind of toll can belong to."""
_HARM = frozenset({"killed", "injured"})
_HAPPENED = frozenset({Status.REPORTED, Status.CLAIMED, Status.DENIED})
_OF_WAR = frozenset({"aerial", "drone", "heavy-weapons", "unconventional"})
"""Modes of force that crime seldom has: who is harmed by them is harmed in a conflict, whoever did it. Aircraft, gas and shells kill by
accident as well, so a mere killing "by" them is none.
"""
_ATTACKS = frozenset({"attack", "ambush", "massacre", "raid", "assault"})
_MASSACRE = 10
"""People killed in an attack from which it is no plain crime, whoever did it: "Paris attacks kill 130"."""
_OF_BOMBS = frozenset({"explosives", "suicide-attack"})
_ANOTHER_ACT = re.compile(
    r"\b(?:after|since|follow\w*|response|retaliat\w*|aveng\w*|revenge|days?|weeks?|months?|earlier|later|while)\b|;", re.IGNORECASE
)
"""Words that part two acts of one sentence."""
_REACH_BACK = 3
"""Sentences a toll may stand behind its act without naming it."""
_SHORT_ITEM = 8
"""Sentences of an item that tells one act: a title, a lead and little more."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence at [start, end) of a field, whose whole text is `source`, with the tolls it tells.

    `is_past` holds where it dates what it tells long before the item, `is_accident` where it names what kills without anybody's will,
    `is_violent` where it shows that the dead died by force.
    """

    field: str
    start: int
    end: int
    source: str
    tolls: Sequence[TollMention]
    is_past: bool = False
    is_accident: bool = False
    is_violent: bool = False


def attributed(
    known: Sequence[Draft], plain: Sequence[Draft], passages: Sequence[Passage], alone: Sequence[bool] = (), *, forced: bool = False
) -> list[Draft]:
    """The drafts with their tolls: all `known` ones, and those `plain` ones (of nobody we know) that alone tell of people harmed.

    Where no draft takes a killing, it becomes one of its own if its passage may stand `alone` (one flag for each) and its own words or
    the item's (`forced`) say that force killed. Neither moves a dyad, so their sign is neutral, but where weapons of war did it.
    """
    places = _Places([*known, *plain], len(known), passages)
    told: dict[int, dict[int, list[TollMention]]] = {}
    for number, passage in enumerate(passages):
        for mention in passage.tolls:
            owner = places.owner(number, mention)
            if owner is not None:
                told.setdefault(owner, {}).setdefault(number, []).append(mention)
    out = []
    for index, told_draft in enumerate(places.drafts):
        draft = _with_tolls(told_draft, told.get(index, {}), passages)
        if index < len(known):
            out.append(draft)
        elif any(toll.kind in _HARM and toll.min for toll in draft.tolls):
            out.append(draft if _is_of_war(draft) else replace(draft, sign=Sign.NEUTRAL))
    return (
        out
        if any(draft.killed for draft in out)
        else [*out, *_lone(passages, alone, forced=forced or any(passage.is_violent for passage in passages))]
    )


def is_bare(draft: Draft) -> bool:
    """Whether a draft only says that people were killed, not how: it may be the outcome of another act."""
    return draft.deed.type == "ASSAULT" and not draft.deed.mode and draft.deed.rule.startswith("kill")


def _is_of_war(draft: Draft) -> bool:
    """Whether a deed of nobody we know is done with weapons of war, or is an attack that killed many."""
    if draft.killed >= _MASSACRE and not _ATTACKS.isdisjoint(draft.deed.rule.split(" + ")):
        return True
    return draft.deed.mode in _OF_BOMBS or (draft.deed.mode in _OF_WAR and not draft.deed.rule.startswith("kill"))


def _lone(passages: Sequence[Passage], alone: Sequence[bool], *, forced: bool) -> list[Draft]:
    """The killing an item tells without any act we know: at most one."""
    free = [(number, passage) for number, (passage, may) in enumerate(zip(passages, alone, strict=False)) if may]
    told = {number: [mention for mention in passage.tolls if mention.kind == "killed"] for number, passage in free}
    for mention in leading(told.values()):
        if not ((forced or mention.is_forced) and mention.min):
            continue
        passage = next(passages[number] for number, mentions in told.items() if any(mention is one for one in mentions))
        words = Evidence(field=passage.field, start=mention.start, end=mention.end, quote=passage.source[mention.start : mention.end])
        draft = Draft(
            deed=Deed(type="ASSAULT", mode="", rule="toll"),
            status=Status.REPORTED,
            sign=Sign.NEUTRAL,
            actor=None,
            target=None,
            evidence=(words,),
        )
        return [_with_tolls(draft, told, passages)]
    return []


class _Places:
    """Where each draft is told: the passages it stands in, and its words there."""

    def __init__(self, drafts: Sequence[Draft], known: int, passages: Sequence[Passage]) -> None:
        self.drafts = drafts
        self._known = known
        self._passages = passages
        self._at: dict[int, list[tuple[int, int]]] = {}
        self._starts: dict[str, list[tuple[int, int]]] = {}
        for number, passage in enumerate(passages):
            self._starts.setdefault(passage.field, []).append((passage.start, number))
        for index, draft in enumerate(drafts):
            for evidence in draft.evidence:
                if evidence.role == "type" and (at := self._passage_of(evidence)) is not None:
                    self._at.setdefault(at, []).append((index, evidence.start))

    def _passage_of(self, evidence: Evidence) -> int | None:
        starts = self._starts.get(evidence.field, ())
        at = bisect_right(starts, (evidence.start, len(self._passages))) - 1
        return starts[at][1] if at >= 0 else None

    def owner(self, number: int, mention: TollMention) -> int | None:
        """The draft a toll of passage `number` belongs to; None where it is of another time, or no act told can have had it."""
        if mention.scope is Scope.BACKGROUND or not mention.is_real:
            return None
        own = list(self._told(number, mention))
        here = [index for index in own if index < self._known and self.drafts[index].status is not Status.NEGATED]
        if here:
            cause = self._cause(number, here[0], mention)
            return here[0] if cause is None else cause
        if not self._passages[number].is_past:
            for back in self._near(number):
                there = [index for index in self._told(back, mention) if index < self._known and self._happened(index)]
                if there:
                    return min(there, key=lambda index: (self.drafts[index].depth, index))
        return own[0] if own else None

    def _cause(self, number: int, index: int, mention: TollMention) -> int | None:
        """The act a mere killing tells the outcome of: "bombed a camp in a raid that killed seven" (but not "after a raid killed seven").

        A killing with two sides of its own is no outcome.
        """
        if not is_bare(self.drafts[index]) or self.drafts[index].is_between:
            return None
        source = self._passages[number].source
        causes = [
            (self.drafts[other].known, start, other)
            for other, start in self._at[number]
            if other < self._known and start < mention.start and self._fits(other, mention.kind) and not is_bare(self.drafts[other])
            if not _ANOTHER_ACT.search(source, start, mention.start)
        ]
        return max(causes)[2] if causes else None

    def _near(self, number: int) -> Iterator[int]:
        """The passages whose acts a toll of passage `number` may belong to, the likeliest first."""
        yield from range(number - 1, max(-1, number - 1 - _REACH_BACK), -1)
        if len(self._passages) <= _SHORT_ITEM:
            yield from range(number + 1, len(self._passages))
            yield from range(number - 1 - _REACH_BACK, -1, -1)

    def _told(self, number: int, mention: TollMention) -> Iterator[int]:
        """The drafts told in a passage that can have such a toll, the nearest first."""
        fitting = [(abs(start - mention.start), index) for index, start in self._at.get(number, ()) if self._fits(index, mention.kind)]
        return (index for _, index in sorted(fitting))

    def _fits(self, index: int, kind: str) -> bool:
        return self.drafts[index].deed.type in _TAKES[kind]

    def _happened(self, index: int) -> bool:
        return self.drafts[index].status in _HAPPENED


def _with_tolls(draft: Draft, told: Mapping[int, Sequence[TollMention]], passages: Sequence[Passage]) -> Draft:
    lead = leading(told[number] for number in sorted(told))
    numbers = {id(mention): passages[number] for number, mentions in told.items() for mention in mentions}
    tolls, words = [], []
    for mention in lead:
        passage = numbers[id(mention)]
        quote = passage.source[mention.start : mention.end]
        tolls.append(Casualties(kind=mention.kind, min=mention.min, max=mention.max, quote=quote))
        words.append(Evidence(field=passage.field, start=mention.start, end=mention.end, quote=quote, role="number"))
    return replace(draft, tolls=tuple(tolls), evidence=draft.evidence + tuple(words))
