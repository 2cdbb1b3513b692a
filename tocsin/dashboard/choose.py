"""Which alerts are asked for: from a query string to a `Wanted`, and whether an alert fits it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

import msgspec

from processors.assess.places import country_name
from processors.assess.reasons import side_name
from tocsin.dashboard.source import MOST_LOOKED, Found, Kept, Wanted
from tocsin.model import UNKNOWN_SIDE, Actor, Alert, AlertKind, Dyad, Level, Place, Sign
from tocsin.wire import load

_CHUNK = 200
"""How many alerts are read at once while those that fit are looked for."""
LONGEST = 200
"""Characters of a word that is looked for."""


def wanted_from(query: Mapping[str, str]) -> Wanted:
    """What a query asks for; a value that makes no sense is as if it had not been given."""
    level = query.get("level", "")
    return Wanted(
        level=Level(int(level)) if level in {"1", "2", "3", "4", "5"} else Level.NONE,
        sign=Sign(query["sign"]) if query.get("sign") in {Sign.ESCALATION, Sign.DEESCALATION} else None,
        text=_told(query, "q"),
        actor=_told(query, "actor"),
        place=_told(query, "place"),
        dyad=_told(query, "dyad").upper(),
        since=_day(query.get("since", "")),
        until=_day(query.get("until", ""), after=timedelta(days=1)),
        live="live" in query,
    )


def query_of(wanted: Wanted) -> str:
    """The query string that asks for this again: one URL, one state."""
    told = {
        "level": str(wanted.level.value) if wanted.level > Level.NONE else "",
        "sign": wanted.sign or "",
        "q": wanted.text,
        "actor": wanted.actor,
        "place": wanted.place,
        "dyad": wanted.dyad,
        "since": f"{wanted.since:%Y-%m-%d}" if wanted.since else "",
        "until": f"{wanted.until - timedelta(days=1):%Y-%m-%d}" if wanted.until else "",
        "live": "1" if wanted.live else "",
    }
    return urlencode({key: value for key, value in told.items() if value})


class Glance(msgspec.Struct):
    """As much of an alert as decides whether it is asked for: a third of what decoding all of it costs."""

    level: Level
    kind: AlertKind
    sign: Sign
    at: datetime
    dyad: Dyad
    type: str
    headline: str
    reason: str
    mode: str | None = None
    actor: Actor | None = None
    target: Actor | None = None
    place: Place | None = None
    quotes: tuple[Words, ...] = ()


class Words(msgspec.Struct):
    """A quote without its marks and its link."""

    text: str
    outlet: str


def search(wanted: Wanted, limit: int, before: int | None, read: Callable[[int | None, int], list[tuple[int, bytes]]]) -> Found:
    """The first alerts that fit, among those that `read` gives from a place backwards, so many at once."""
    kept: list[Kept] = []
    looked = 0
    while looked < MOST_LOOKED:
        some = read(before, _CHUNK)
        for seq, raw in some:
            looked, before = looked + 1, seq
            if not wanted or fits(wanted, load(raw, Glance)):
                kept.append(Kept(seq, load(raw, Alert)))
            if len(kept) == limit:
                return Found(kept, before)
        if len(some) < _CHUNK:
            return Found(kept, None)
    return Found(kept, before)


def fits(wanted: Wanted, alert: Alert | Glance) -> bool:
    """Whether an alert is one of those that are asked for."""
    return (
        alert.level >= wanted.level
        and wanted.sign in (None, alert.sign)
        and not (wanted.live and alert.kind is AlertKind.RESOLVED)
        and wanted.dyad in ("", str(alert.dyad))
        and (wanted.since is None or alert.at >= wanted.since)
        and (wanted.until is None or alert.at < wanted.until)
        and _says(wanted.actor, _actors(alert))
        and _says(wanted.place, _places(alert))
        and _says(wanted.text, _texts(alert))
    )


def _says(asked: str, told: Iterator[str]) -> bool:
    """Whether every word that is asked for stands somewhere in what is told, whatever its case and accents."""
    if not asked:
        return True
    folded = _folded(" ".join(told))
    return all(word in folded for word in _folded(asked).split())


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    return "".join(char for char in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(char))


def _actors(alert: Alert | Glance) -> Iterator[str]:
    for who in (alert.actor, alert.target):
        if isinstance(who, Actor):
            yield from (who.text, who.id or "", who.country or "", country_name(who.country or ""))
    for side in (alert.dyad.a, alert.dyad.b):
        if side != UNKNOWN_SIDE:
            yield from (side, side_name(side))


def _places(alert: Alert | Glance) -> Iterator[str]:
    if alert.place:
        yield alert.place.name
        if alert.place.country:
            yield from (alert.place.country, country_name(alert.place.country))


def _texts(alert: Alert | Glance) -> Iterator[str]:
    yield from (alert.headline, alert.reason, alert.type, alert.mode or "")
    for quote in alert.quotes:
        yield from (quote.text, quote.outlet)
    yield from _places(alert)


def _told(query: Mapping[str, str], key: str) -> str:
    return query.get(key, "").strip()[:LONGEST]


def _day(told: str, after: timedelta = timedelta(0)) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(told), time(0), UTC) + after
    except (ValueError, OverflowError):
        return None
