"""An incident as its page tells it: what came when, which source counts how many, who answered whom, what became of its alerts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from processors.assess import DyadState, Incident
from processors.assess.portrait import chains
from processors.assess.state import Figure
from sinks.message import line
from tocsin.dashboard.source import Kept
from tocsin.dashboard.words import KINDS, Said, Side, act, row, side
from tocsin.model import Alert, Dyad, Level, Quote


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One entry of the timeline: an alert with what was new in it, or a source that told a toll."""

    at: datetime
    kind: str
    title: str
    why: str
    said: tuple[Said, ...] = ()
    seq: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What one house says of one toll, and where that lies between 0 and the highest of its kind, as parts of 100."""

    house: str
    kind: str
    words: str
    at: datetime
    start: float
    length: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Blow:
    """One act on the ladder of retaliation. `left` says whether it comes from the left side; `hours` lie between it and what it answers."""

    incident: str
    by: Side
    against: Side
    left: bool
    level: Level
    act: str
    title: str
    at: datetime | None
    hours: float | None
    words: str
    is_this: bool


def timeline(alerts: Sequence[Kept], incident: Incident | None) -> list[Moment]:
    """What was told of an incident, oldest first: each alert with the quotes that it was the first to bring, and each source's count."""
    told, known = [], set[Quote]()
    for kept in alerts:
        shown = row(kept.seq, kept.alert)
        fresh = [said for quote, said in zip(kept.alert.quotes, shown.said, strict=False) if quote not in known]
        known |= set(kept.alert.quotes)
        told.append(
            Moment(
                at=kept.alert.at,
                kind=KINDS[kept.alert.kind],
                title=shown.title,
                why=shown.reason,
                said=tuple(without_echoes(fresh)),
                seq=kept.seq,
            )
        )
    told.extend(
        Moment(at=figure.at, kind="count", title=f"{line(figure.house, 80)}: {_figure(figure)}", why="")
        for figure in (incident.figures if incident else ())
    )
    return sorted(told, key=lambda moment: (moment.at, moment.seq is not None, moment.seq or 0))


def without_echoes(said: Iterable[Said]) -> list[Said]:
    """The quotes without those that only repeat part of another of the same outlet."""
    kept: list[Said] = []
    for one in said:
        text = _plain(one)
        if not any(text in _plain(other) and one.outlet == other.outlet for other in kept):
            kept.append(one)
    return kept


def counts(incident: Incident | None) -> list[Count]:
    """What each source counts, kind by kind, the latest last."""
    figures = incident.figures if incident else ()
    told = []
    for figure in sorted(figures, key=lambda figure: (figure.kind != "killed", figure.kind, figure.at, figure.house)):
        highest = max(max(other.max or other.min, other.min) for other in figures if other.kind == figure.kind) or 1
        end = figure.max if figure.max is not None else highest
        told.append(
            Count(
                house=line(figure.house, 80),
                kind=line(figure.kind, 40),
                words=_figure(figure),
                at=figure.at,
                start=round(96 * figure.min / highest, 1),
                length=round(max(96 * (end - figure.min) / highest, 0) + 4, 1),
            )
        )
    return told


def ladder(states: Mapping[str, DyadState], dyad: Dyad, incident: str, latest: Alert | None = None) -> list[Blow]:
    """Who answered whom around an incident (or, with "", in the whole dyad), the first blow first.

    Where the acts themselves are forgotten, the chain that the latest alert tells stands in.
    """
    steps = chains(states, dyad)
    trees: list[list[Blow]] = []
    for step in steps:
        told = step.incident
        if step.depth == 0:
            trees.append([])
        blow = Blow(
            incident=told.id,
            by=side(told.by),
            against=side(told.against),
            left=told.by == dyad.a or told.against == dyad.b,
            level=told.level,
            act=act(told.type, told.mode),
            title=line(told.headline, 200),
            at=told.first,
            hours=step.hours,
            words=line(told.responds_to.quote, 160) if told.responds_to else "",
            is_this=told.id == incident,
        )
        trees[-1].append(blow)
    wanted = [tree for tree in trees if not incident or any(blow.is_this for blow in tree)]
    if wanted or latest is None or not latest.chain:
        return [blow for tree in wanted for blow in tree]
    return _from_chain(latest, dyad)


def _from_chain(latest: Alert, dyad: Dyad) -> list[Blow]:
    """The ladder as an alert tells it: each link is the act that was answered, with the words of its answer."""
    here = row(0, latest)
    blows = [
        Blow(
            incident=latest.incident,
            by=here.by,
            against=here.against,
            left=here.by.code == dyad.a,
            level=latest.level,
            act=here.act,
            title=here.title,
            at=latest.opened,
            hours=latest.chain[0].hours,
            words=line(latest.chain[0].quote, 160),
            is_this=True,
        )
    ]
    for link, earlier in zip(latest.chain, [*latest.chain[1:], None], strict=True):
        blows.append(
            Blow(
                incident=link.incident or "",
                by=side(link.by or "?"),
                against=side(link.against or "?"),
                left=link.by == dyad.a or link.against == dyad.b,
                level=Level.NONE,
                act="",
                title=line(link.headline, 200),
                at=None,
                hours=earlier.hours if earlier else None,
                words=line(earlier.quote, 160) if earlier else "",
                is_this=False,
            )
        )
    return blows[::-1]


def _figure(figure: Figure) -> str:
    kind = line(figure.kind, 40)
    if figure.max is None:
        return f"at least {figure.min} {kind}"
    return f"{figure.min} {kind}" if figure.min == figure.max else f"{figure.min}–{figure.max} {kind}"


def _plain(said: Said) -> str:
    return "".join(piece.text for piece in said.pieces).casefold()
