"""What the page says, in words for a person: sides, acts, tolls, ages, and a quote in pieces, with its evidence marked."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from processors.assess.reasons import mode_words, side_name
from sinks.message import compose, line
from tocsin.model import UNKNOWN_SIDE, Actor, Alert, AlertKind, Dyad, EventType, Level, Quote, Sign, Status, Toll, sides_of

LEVELS = {Level.NONE: "none", Level.THREAT: "threat", Level.DISPLAY: "display", Level.FORCE: "force", Level.WAR: "war"}
KINDS = {
    AlertKind.OPENED: "new",
    AlertKind.UPDATED: "update",
    AlertKind.ESCALATED: "escalated",
    AlertKind.DEESCALATED: "de-escalated",
    AlertKind.RESOLVED: "quiet",
    AlertKind.DIGEST: "digest",
    AlertKind.TEST: "test",
}
KIND_MEANS = {
    AlertKind.OPENED: "the first that is told of this",
    AlertKind.UPDATED: "a fact of a known incident changed",
    AlertKind.ESCALATED: "it went a rung up, or got worse",
    AlertKind.DEESCALATED: "it went a rung down",
    AlertKind.RESOLVED: "nothing more was told of it for a while",
    AlertKind.DIGEST: "several alerts in one",
    AlertKind.TEST: "nothing happened: somebody tried a sink",
}
STATUS_MEANS = {
    Status.REPORTED: "told as a fact by a source that does not take part",
    Status.CLAIMED: "said by one side, not yet reported independently",
    Status.DENIED: "denied by somebody",
    Status.THREATENED: "a threat, not an act",
    Status.PLANNED: "announced, not yet done",
}
_LONGEST_TEXT = 400


@dataclass(frozen=True, slots=True)
class Side:
    """A side as a reader knows it: its code, and its name ("?" and "unnamed" where nobody says)."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a quote; `role` says what it is evidence for, "" where for nothing."""

    text: str
    role: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A quote, piece by piece, with a link that may be followed, or none."""

    pieces: tuple[Piece, ...]
    outlet: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One alert, in the words of the page."""

    seq: int
    alert: Alert
    by: Side
    against: Side
    act: str
    where: str
    when: str
    tolls: tuple[str, ...]
    title: str
    reason: str
    reply: str
    said: tuple[Said, ...]

    @property
    def calms(self) -> bool:
        return self.alert.sign is Sign.DEESCALATION

    @property
    def is_quiet(self) -> bool:
        return self.alert.kind is AlertKind.RESOLVED

    @property
    def brief(self) -> str:
        """One sentence for the ear: what a screen reader says of a new alert."""
        where = f", {self.where}" if self.where else ""
        toll = f", {', '.join(self.tolls)}" if self.tolls else ""
        return f"Level {self.alert.level.value}, {KINDS[self.alert.kind]}: {self.by.name} to {self.against.name}, {self.act}{where}{toll}."


def row(seq: int, alert: Alert) -> Row:
    """An alert as the page tells it. The same alert, the same words."""
    told = compose(alert)
    by, against = _sides(alert)
    return Row(
        seq=seq,
        alert=alert,
        by=by,
        against=against,
        act=act(alert.type, alert.mode),
        where=_where(alert),
        when=told.when,
        tolls=tuple(toll(one) for one in alert.tolls),
        title=told.title,
        reason=told.reason,
        reply=told.reply,
        said=tuple(_said(raw, shown) for raw, shown in zip(alert.quotes, told.quotes, strict=False)),
    )


def side(code: str) -> Side:
    """A side of a dyad by its code ("PAK", "SYR:REB", "HAMAS", "?")."""
    if code == UNKNOWN_SIDE:
        return Side("?", "unnamed")
    return Side(line(code, 40), line(side_name(code), 60))


def act(kind: EventType, mode: str | None) -> str:
    """What was done, without who: "air strike", "arrests".

    >>> act(EventType.ASSAULT, "aerial")
    'air strike'
    """
    return line(mode_words(kind, mode).removeprefix("a ").removeprefix("an "), 60)


def toll(one: Toll) -> str:
    """A toll, the figure first: "7–9 killed", "at least 12 injured"."""
    kind = line(one.kind, 40)
    if one.min == one.max:
        return f"{'at least ' if one.or_more else ''}{one.max} {kind}"
    return f"{one.min}–{one.max}{'+' if one.or_more else ''} {kind}"


def ago(then: datetime | None, now: datetime) -> str:
    """How long ago, short: "now", "12 min", "3 h", "5 d", "2 y"; a future moment is told as one.

    >>> from datetime import UTC, timedelta
    >>> noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> ago(noon - timedelta(minutes=12), noon), ago(noon + timedelta(hours=3), noon), ago(None, noon)
    ('12 min', 'in 3 h', 'never')
    """
    if then is None:
        return "never"
    seconds = (now - then).total_seconds()
    if abs(seconds) < 60:
        return "now"
    told = span(abs(seconds))
    return told if seconds > 0 else f"in {told}"


def span(seconds: float) -> str:
    """A stretch of time by its largest unit."""
    for unit, size in (("y", 365.25 * 86400), ("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= (size if unit != "d" else 2 * size):
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} s"


def clean(text: str) -> str:
    """Text of strangers without what is not seen: controls and marks that turn the direction of writing; spaces stay where they are."""
    kept = (" " if char.isspace() else char for char in text if char.isspace() or char in "\u200c\u200d" or _is_seen(char))
    return "".join(kept)


def pieces(quote: Quote, longest: int = _LONGEST_TEXT) -> tuple[Piece, ...]:
    """The quote cut where evidence begins and ends; where two pieces of evidence overlap, the first holds."""
    told, at = [], 0
    for mark in sorted(quote.marks, key=lambda mark: (mark.start, -mark.end)):
        if at <= mark.start < mark.end <= len(quote.text):
            told += [Piece(quote.text[at : mark.start]), Piece(quote.text[mark.start : mark.end], line(mark.role, 20))]
            at = mark.end
    return _short([*told, Piece(quote.text[at:])], longest)


def _short(told: Iterable[Piece], longest: int) -> tuple[Piece, ...]:
    kept: list[Piece] = []
    for piece in told:
        text = clean(piece.text)
        if len(text) > longest:
            kept.append(Piece(f"{text[: max(longest - 1, 0)]}…", piece.role))
            break
        longest -= len(text)
        if text:
            kept.append(Piece(text, piece.role))
    return tuple(kept)


def _said(raw: Quote, shown: Quote) -> Said:
    return Said(pieces=pieces(raw), outlet=shown.outlet, url=shown.url)


def _sides(alert: Alert) -> tuple[Side, Side]:
    """Who acts, and on whom: the sides of the dyad the way round that the alert tells, by the words of the text where it has no name."""
    by, against = sides_of(alert.actor, alert.target, alert.place)
    dyad = alert.dyad
    if Dyad.of(by, against) != dyad:
        by = next((side for side in (by, alert.actor.side if alert.actor else "") if side in (dyad.a, dyad.b)), dyad.a)
        against = dyad.b if by == dyad.a else dyad.a
    return _named(by, alert.actor), _named(against, alert.target)


def _named(code: str, who: Actor | None) -> Side:
    if code == UNKNOWN_SIDE and who:
        return Side("?", line(who.text, 60) or "unnamed")
    return side(code)


def _where(alert: Alert) -> str:
    if not alert.place:
        return ""
    name = line(alert.place.name, 60)
    country = line(side_name(alert.place.country), 60) if alert.place.country else ""
    return f"{name}, {country}" if country and country != name else name


def _is_seen(char: str) -> bool:
    return unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Cn", "Co")


def listed(names: Sequence[str], most: int = 6) -> str:
    """Names in one line, the rest counted."""
    shown = ", ".join(line(name, 60) for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
