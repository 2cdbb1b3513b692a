"""Alert -> the sentences a person reads. No I/O, no markup of any service.

Whatever a headline, a quote or an outlet's name held, what comes out is single lines without control or direction
characters; escaping for its own markup is each sink's duty.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from tocsin.model import UNKNOWN_SIDE, Actor, Alert, AlertKind, Dyad, Level, Link, Place, Quote, Toll

QUOTES = 3
"""How many quotes are shown: the strongest come first in an alert."""
DIGEST_QUOTES = 20
"""How many of its alerts a digest names: the gravest come first."""
LONGEST_QUOTE = 300
LONGEST_IN_DIGEST = 200
LONGEST_NAME = 80
LONGEST_REPLY = 120
LONGEST_LINE = 500
"""All in characters; what is longer ends in an ellipsis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The words for one alert, part by part; a part the alert does not know is empty."""

    level: str
    kind: str
    rung: str
    """How the dyad moved on the ladder, where it did."""
    who: str
    what: str
    where: str
    when: str
    toll: str
    status: str
    reply: str
    title: str
    reason: str
    quotes: tuple[Quote, ...]
    sources: str
    links: tuple[str, ...]

    @property
    def headline(self) -> str:
        """Who did what to whom, where, when, how many, how sure, in reply to what: one line."""
        return "  ".join(part for part in (self.who, self.what, self.where, self.when, self.toll, self.status, self.reply) if part)


def compose(alert: Alert) -> Message:
    """The words for an alert. The same alert, the same words."""
    most, longest = (DIGEST_QUOTES, LONGEST_IN_DIGEST) if alert.kind is AlertKind.DIGEST else (QUOTES, LONGEST_QUOTE)
    quotes = tuple(_quote(quote, longest) for quote in alert.quotes[:most])
    return Message(
        level=_level(alert.level),
        kind=alert.kind.value,
        rung="" if alert.rung == alert.rung_before else f"{line(str(alert.dyad), LONGEST_NAME)}: {_rungs(alert)}",
        who=f"{_doer(alert)} -> {_side(alert.target, alert.actor, alert.dyad)}",
        what=f"{alert.type.value}/{line(alert.mode, LONGEST_NAME)}" if alert.mode else alert.type.value,
        where=_place(alert.place),
        when=(alert.on or alert.at.date()).isoformat(),
        toll=", ".join(_toll(toll) for toll in alert.tolls),
        status=alert.status.value,
        reply=_reply(alert.responds_to),
        title=line(alert.headline, LONGEST_LINE),
        reason=line(alert.reason, LONGEST_LINE),
        quotes=quotes,
        sources=f"{_counted(alert.sources, 'independent source')}, {_counted(alert.outlets, 'outlet')}",
        links=tuple(dict.fromkeys(quote.url for quote in quotes if quote.url)),
    )


_JOINERS = "\u200c\u200d"
"""Persian, Indic scripts and emoji need them inside words."""


def line(text: str, limit: int) -> str:
    r"""The text on one line of at most `limit` characters, without anything that is not seen: controls, directions, surrogates.

    >>> line("Talks\r\n2026 ERROR \x1b[31mforged\u202e", 40)
    'Talks 2026 ERROR [31mforged'
    """
    kept = " ".join("".join(_visible(char) for char in text).split())
    return kept if len(kept) <= limit else kept[: limit - 1].rstrip() + "…"


def _visible(char: str) -> str:
    category = unicodedata.category(char)
    if char.isspace():
        return " "
    return "" if category in ("Cc", "Cf", "Cs", "Cn", "Co") and char not in _JOINERS else char


def _level(level: Level) -> str:
    return f"{level.value} {level.name}"


def _rungs(alert: Alert) -> str:
    return f"{_level(alert.rung_before)} -> {_level(alert.rung)}"


def _doer(alert: Alert) -> str:
    """Who acts. Where neither side's words resolve, the one the dyad names is the ground it was done on: the target's, never the doer's."""
    is_nobody = alert.target is not None and alert.target.side == UNKNOWN_SIDE
    return _side(alert.actor, None if is_nobody else alert.target, alert.dyad)


def _side(who: Actor | None, opposite: Actor | None, dyad: Dyad) -> str:
    """Who stands on one side: the actor's id or country; where its words resolve to neither, the dyad's other side, else the words."""
    known = (who.id or who.country) if who else None
    if not known and opposite and opposite.side in (dyad.a, dyad.b):
        other = dyad.b if opposite.side == dyad.a else dyad.a
        known = None if other == UNKNOWN_SIDE else other
    return line(known or (who.text if who else ""), LONGEST_NAME) or UNKNOWN_SIDE


def _place(place: Place | None) -> str:
    if not place:
        return ""
    name, country = line(place.name, LONGEST_NAME), line(place.country or "", LONGEST_NAME)
    return f"{name}, {country}" if name and country and name != country else name or country


def _toll(toll: Toll) -> str:
    kind = line(toll.kind, LONGEST_NAME)
    if toll.min == toll.max:
        return f"{kind} at least {toll.max}" if toll.or_more else f"{kind} {toll.max}"
    return f"{kind} {toll.min}-{toll.max}{' or more' if toll.or_more else ''}"


def _reply(link: Link | None) -> str:
    if not link:
        return ""
    words = line(link.quote, LONGEST_REPLY)
    late = f" ({link.hours:.0f} h later)" if link.hours is not None else ""
    return f'in reply to "{words}"{late}' if words else f"in reply to an earlier act{late}"


def _quote(quote: Quote, longest: int) -> Quote:
    return Quote(text=line(quote.text, longest), outlet=line(quote.outlet, LONGEST_NAME), url=_link(quote.url))


def _link(url: str) -> str:
    """The link where it may be shown: http or https, printable ASCII, nothing that ends it early; else nothing."""
    plain = url.isascii() and url.isprintable() and not any(char in " \"'<>|\\^`{}" for char in url)
    return url if plain and url.startswith(("http://", "https://")) else ""


def _counted(n: int, thing: str) -> str:
    return f"{n} {thing}" if n == 1 else f"{n} {thing}s"
