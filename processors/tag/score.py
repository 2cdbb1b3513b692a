"""Gold and the tagger's answers -> figures. Counts only; nothing is read, timed or printed here.

What is counted, and over which rows, is said at each field of `Figures`; every figure is a `Rate` or an `F1`, so that sums
over sets stay right.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from processors.tag.gold.rows import Gold, Toll, Want, alternatives
from processors.tag.tagger import label
from tocsin.model import Actor, EscalationEvent, EventType, NewsItem, Sign, Status

REAL = frozenset({Status.REPORTED, Status.CLAIMED})
"""What an event is taken to be where gold does not say; acts of word and of accord may also be threatened or planned."""
AHEAD = frozenset({Status.THREATENED, Status.PLANNED})
UNREAL = frozenset({Status.NEGATED, Status.HYPOTHETICAL, Status.HISTORICAL})
"""A toll of such an event is not the item's."""
BANDS = (0.5, 0.7, 0.85, 1.01)
"""Upper ends of the bands of confidence."""


@dataclass(slots=True)
class Rate:
    """How many of how many."""

    right: int = 0
    of: int = 0

    def add(self, right: bool) -> None:
        self.right += right
        self.of += 1

    @property
    def share(self) -> float:
        return self.right / self.of if self.of else 0.0


@dataclass(slots=True)
class F1:
    """True and false positives, false negatives of one class."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    @property
    def precision(self) -> float:
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else 0.0

    @property
    def recall(self) -> float:
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else 0.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, slots=True)
class Miss:
    """One row that went wrong, and how."""

    id: str
    text: str
    wrong: tuple[str, ...]


@dataclass(slots=True)
class Figures:
    """Everything `score` counts."""

    rows: int = 0
    whole: Rate = field(default_factory=Rate)
    """Rows without any fault."""
    labels: dict[str, F1] = field(default_factory=lambda: {"escalation": F1(), "deescalation": F1()})
    """Over rows whose label is judged."""
    false_alarms: Rate = field(default_factory=Rate)
    """Rows of label none called otherwise: lower is better."""
    types: F1 = field(default_factory=F1)
    """The set of types of an item, over rows whose types are judged."""
    by_type: dict[str, Rate] = field(default_factory=dict)
    events: Rate = field(default_factory=Rate)
    """Wanted events of which some event has every part."""
    facets: dict[str, Rate] = field(default_factory=dict)
    """Of the event nearest to each wanted one, each part that is asked for."""
    dyads: Rate = field(default_factory=Rate)
    """Wanted events with both sides named, of which some event has both."""
    dyads_typed: Rate = field(default_factory=Rate)
    traps: Rate = field(default_factory=Rate)
    """Descriptions no event may fit, and none does."""
    killed: Rate = field(default_factory=Rate)
    """Items whose highest toll is exact, where there is one to tell."""
    killed_none: Rate = field(default_factory=Rate)
    injured: Rate = field(default_factory=Rate)
    evidence: Rate = field(default_factory=Rate)
    """Events whose every quote stands where it says."""
    bands: dict[str, Rate] = field(default_factory=dict)
    """Events that are right, by confidence."""
    covers: dict[str, Rate] = field(default_factory=dict)
    """Rows without any fault, by what they cover."""
    misses: list[Miss] = field(default_factory=list)


def score(answered: Iterable[tuple[Gold, Sequence[EscalationEvent]]]) -> Figures:
    """The figures over gold rows, each with the events the tagger found in its item."""
    figures = Figures()
    for gold, events in answered:
        figures.rows += 1
        wrong = [
            *_score_label(figures, gold, events),
            *_score_types(figures, gold, events),
            *_score_wants(figures, gold, events),
            *_score_traps(figures, gold, events),
            *_score_tolls(figures, gold, events),
            *_score_evidence(figures, gold, events),
        ]
        _score_bands(figures, gold, events)
        figures.whole.add(not wrong)
        for name in gold.covers:
            figures.covers.setdefault(name, Rate()).add(not wrong)
        if wrong:
            text = " | ".join(filter(None, (gold.item.title, gold.item.summary, gold.item.text)))
            figures.misses.append(Miss(gold.item.id, text, tuple(wrong)))
    return figures


def _score_label(figures: Figures, gold: Gold, events: Sequence[EscalationEvent]) -> list[str]:
    if gold.label is None:
        return []
    said = label(events)
    for name, count in figures.labels.items():
        count.tp += said == name == gold.label
        count.fp += said == name != gold.label
        count.fn += gold.label == name != said
    if gold.label == "none":
        figures.false_alarms.add(said != "none")
    return [] if said == gold.label else [f"label {gold.label} taken for {said}"]


def _score_types(figures: Figures, gold: Gold, events: Sequence[EscalationEvent]) -> list[str]:
    """Where gold accepts several types, any of them is right. An act said not to be real is never a false type."""
    if gold.types is None:
        return []
    said = {event.type.value for event in events}
    real = {event.type.value for event in events if event.status not in UNREAL}
    for kinds in gold.types:
        hit = bool(kinds & said)
        figures.types.tp += hit
        figures.types.fn += not hit
        figures.by_type.setdefault("/".join(sorted(kinds)), Rate()).add(hit)
    figures.types.fp += len(real.difference(*gold.types))
    return []


def _score_wants(figures: Figures, gold: Gold, events: Sequence[EscalationEvent]) -> list[str]:
    wrong = []
    for want in gold.must:
        nearest = min((_facets(event, want) for event in events), key=lambda facets: list(facets.values()).count(False), default=None)
        asked = nearest or dict.fromkeys(_asked(want), False)
        for name, right in asked.items():
            figures.facets.setdefault(name, Rate()).add(right)
        found = nearest is not None and all(nearest.values())
        figures.events.add(found)
        if want.actor and want.target:
            pairs = [event for event in events if names(event.actor, want.actor) and names(event.target, want.target)]
            figures.dyads.add(bool(pairs))
            figures.dyads_typed.add(any(event.type in alternatives(want.type) for event in pairs))
        if not found:
            lacks = "no event" if nearest is None else ", ".join(name for name, right in nearest.items() if not right)
            wrong.append(f"wanted {_brief(want)}: {lacks}")
    return wrong


def _score_traps(figures: Figures, gold: Gold, events: Sequence[EscalationEvent]) -> list[str]:
    fallen = [trap for trap in gold.must_not if any(_is(event, trap) for event in events)]
    for trap in gold.must_not:
        figures.traps.add(trap not in fallen)
    return [f"fell for {_brief(trap)}" for trap in fallen]


def _score_tolls(figures: Figures, gold: Gold, events: Sequence[EscalationEvent]) -> list[str]:
    wrong = []
    for toll in gold.tolls:
        said = told(events, toll.kind)
        right = said in toll.counts
        if toll.kind == "injured":
            figures.injured.add(right)
        else:
            (figures.killed_none if toll.counts == {0} else figures.killed).add(right)
        if not right:
            wrong.append(f"{toll.kind} {_counts(toll)} taken for {said}")
    return wrong


def _score_evidence(figures: Figures, gold: Gold, events: Sequence[EscalationEvent]) -> list[str]:
    wrong = []
    for event in events:
        bad = misquoted(gold.item, event)
        figures.evidence.add(not bad)
        wrong += [f"{event.type} quotes {quote[:40]!r}, which does not stand there" for quote in bad]
    return wrong


def _score_bands(figures: Figures, gold: Gold, events: Sequence[EscalationEvent]) -> None:
    """An event is right where gold wants one of its type and sides; a signed and real one is wrong where the label is none."""
    if not gold.must and gold.label != "none":
        return
    for event in events:
        if event.status not in UNREAL and not (gold.label == "none" and event.sign is Sign.NEUTRAL):
            low = max((end for end in BANDS if end <= event.confidence), default=0.0)
            figures.bands.setdefault(f"{low:.2f}-", Rate()).add(any(_is(event, _core(want)) for want in gold.must))


def told(events: Iterable[EscalationEvent], kind: str) -> int:
    """The highest least number of `kind` over the events that are real; 0 where none is told."""
    return max((toll.min for event in events if event.status not in UNREAL for toll in event.casualties if toll.kind == kind), default=0)


def misquoted(item: NewsItem, event: EscalationEvent) -> list[str]:
    """The quotes of an event that do not stand where it says, and the quotes of tolls that stand nowhere."""
    fields = {"title": item.title, "summary": item.summary, "text": item.text}
    bad = [quote.quote for quote in event.evidence if fields.get(quote.field, "")[quote.start : quote.end] != quote.quote]
    bad += [toll.quote for toll in event.casualties if not any(toll.quote in text for text in fields.values())]
    return bad if event.evidence else [*bad, ""]


# One event against one description ---------------------------------------------------------------------------------------


def _facets(event: EscalationEvent, want: Want) -> dict[str, bool]:
    """For each part gold asks for, whether the event has it."""
    return {name: check(event, want) for name, check in _CHECKS.items() if name in _asked(want)}


def _asked(want: Want) -> list[str]:
    return [name for name in _CHECKS if getattr(want, name) is not None or name == "status"]


def _is(event: EscalationEvent, trap: Want) -> bool:
    """Whether the event has every part the description names; the status counts only where it is named."""
    return all(check(event, trap) for name, check in _CHECKS.items() if getattr(trap, name) is not None)


def _core(want: Want) -> Want:
    return Want(actor=want.actor, target=want.target, type=want.type)


def names(actor: Actor | None, wanted: str | list[str] | None) -> bool:
    """Whether an actor is one of those wanted: by id, by country, or by at least half of the words of the shorter name."""
    if actor is None:
        return False
    said = _stems(actor.text)
    for name in alternatives(wanted):
        asked = _stems(name)
        if name in (actor.id, actor.country) or (said and asked and 2 * len(said & asked) >= min(len(said), len(asked))):
            return True
    return False


_SMALL = frozenset("the a an of and in to for by with at from its his her their".split())
_TITLES = frozenset("former president prime minister foreign government official".split())


def _stems(name: str) -> set[str]:
    """The first six letters of each word but small ones, so that Houthi and Houthis are one; titles only where nothing else is."""
    words = [word for word in re.findall(r"\w+", name.casefold()) if word not in _SMALL]
    return {word[:6] for word in words if word not in _TITLES} or {word[:6] for word in words}


def _status_is(event: EscalationEvent, want: Want) -> bool:
    if want.status is not None:
        return event.status in alternatives(want.status)
    return event.status in (REAL if EventType.ASSAULT in alternatives(want.type) else REAL | AHEAD)


def _place_is(event: EscalationEvent, want: Want) -> bool:
    name = _plain(event.place.name) if event.place else ""
    return any(_plain(part) in name for part in alternatives(want.place))


def _plain(name: str) -> str:
    """A place's name without case, accents and apostrophes: gazetteers write Herāt and Mek'ele."""
    letters = unicodedata.normalize("NFKD", name.casefold().replace("ı", "i"))
    return "".join(letter for letter in letters if letter.isalnum() or letter in " -")


def _count_is(event: EscalationEvent, kind: str, wanted: int | list[int] | None) -> bool:
    """Wanted is the least number told of a kind, or several of which any is right; 0 wants none told."""
    accepted = wanted if isinstance(wanted, list) else [wanted]
    counts = [toll.min for toll in event.casualties if toll.kind == kind] or [0]
    return any(count in accepted for count in counts)


def _link_is(event: EscalationEvent, wanted: Want | bool | None) -> bool:
    said = event.responds_to
    if isinstance(wanted, bool) or wanted is None or said is None:
        return bool(said) is bool(wanted)
    return (
        (wanted.actor is None or names(said.actor, wanted.actor))
        and (wanted.target is None or names(said.target, wanted.target))
        and (wanted.type is None or said.type in alternatives(wanted.type))
    )


def _at_most(event: EscalationEvent, want: Want) -> bool:
    most = max((toll.max or toll.min for toll in event.casualties if toll.kind == "killed"), default=0)
    return want.killed_max is not None and most <= want.killed_max


_CHECKS: dict[str, Callable[[EscalationEvent, Want], bool]] = {
    "actor": lambda event, want: names(event.actor, want.actor),
    "target": lambda event, want: names(event.target, want.target),
    "type": lambda event, want: event.type in alternatives(want.type),
    "mode": lambda event, want: event.mode in alternatives(want.mode),
    "sign": lambda event, want: event.sign == want.sign,
    "status": _status_is,
    "place": _place_is,
    "place_country": lambda event, want: event.place is not None and event.place.country == want.place_country,
    "on": lambda event, want: event.on is not None and event.on.isoformat() in alternatives(want.on),
    "killed": lambda event, want: _count_is(event, "killed", want.killed),
    "killed_max": _at_most,
    "injured": lambda event, want: _count_is(event, "injured", want.injured),
    "captured": lambda event, want: _count_is(event, "captured", want.captured),
    "responds_to": lambda event, want: _link_is(event, want.responds_to),
}
"""How each part of a description is looked for in an event."""


def _brief(want: Want) -> str:
    said = {name: getattr(want, name) for name in _CHECKS if getattr(want, name) is not None}
    return " ".join(f"{name}={_shown(value)}" for name, value in said.items())


def _shown(value: object) -> str:
    if isinstance(value, Want):
        return f"({_brief(value)})"
    return "/".join(map(str, value)) if isinstance(value, list) else str(value)


def _counts(toll: Toll) -> str:
    return "/".join(map(str, sorted(toll.counts)))


def totals(rates: dict[str, Rate]) -> dict[str, Rate]:
    """Rates whose names begin alike before a colon, summed: `toll:words` and `toll:range` are `toll`."""
    right: Counter[str] = Counter()
    of: Counter[str] = Counter()
    for name, rate in rates.items():
        right[name.partition(":")[0]] += rate.right
        of[name.partition(":")[0]] += rate.of
    return {name: Rate(right[name], of[name]) for name in of}
