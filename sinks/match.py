"""Does this alert fit? The matchers that routes, inhibitions and silences share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from sinks.regions import M49
from tocsin.model import Actor, Alert, AlertKind, Dyad, EventType, Level, Status

Regions = Mapping[str, tuple[str, ...]]
"""Names of regions and the ISO 3166-1 alpha-3 codes of their countries."""


def _level(told: Any) -> Any:
    """A level by its number or its name."""
    return Level[told.upper()] if isinstance(told, str) and told.upper() in Level.__members__ else told


def _lower(told: Any) -> Any:
    return told.lower() if isinstance(told, str) else told


def _upper(told: Any) -> Any:
    return told.upper() if isinstance(told, str) else told


class Match(BaseModel):
    """What an alert must be: every key that is given must fit, each by one of its values. Case does not matter; nothing given fits all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    min_level: Annotated[Level, BeforeValidator(_level)] | None = None
    """This level or a graver one."""
    kinds: tuple[Annotated[AlertKind, BeforeValidator(_lower)], ...] = ()
    """Opened, updated, escalated, deescalated, resolved."""
    actors: tuple[str, ...] = ()
    """Who acts: by our id, its country, or the words of the text."""
    targets: tuple[str, ...] = ()
    """To whom it is done; told like `actors`."""
    pairs: tuple[Annotated[str, Field(pattern=r"^[^\s-]+-[^\s-]+$")], ...] = ()
    """Two sides, such as IRN-PAK, whoever acts."""
    countries: tuple[str, ...] = ()
    """Where it happened, or whose side one of the two is."""
    regions: tuple[str, ...] = ()
    """The same, for the countries of a region: one of the United Nations (`regions.M49`), or one that the routing names."""
    types: tuple[Annotated[EventType, BeforeValidator(_upper)], ...] = ()
    """PLOVER's types."""
    modes: tuple[str, ...] = ()
    """PLOVER's modes."""
    statuses: tuple[Annotated[Status, BeforeValidator(_lower)], ...] = ()
    """Reported, claimed, denied, threatened, planned and so on."""
    min_sources: Annotated[int, Field(ge=1)] | None = None
    """Independent tellings."""
    min_confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    """How sure the tagger is."""


def why_not(match: Match, alert: Alert, regions: Regions) -> str | None:
    """The first thing asked for that the alert is not, in words; None where it fits."""
    if match.min_level and alert.level < match.min_level:
        return f"level {alert.level.name} is below {match.min_level.name}"
    if match.min_sources and alert.sources < match.min_sources:
        return f"sources {alert.sources} is below {match.min_sources}"
    if match.min_confidence and alert.confidence < match.min_confidence:
        return f"confidence {alert.confidence:.2f} is below {match.min_confidence}"
    for key, wanted, got in _questions(match, alert):
        if wanted and not _folded(wanted) & _folded(got):
            return f"{key} {', '.join(sorted(filter(None, got))) or 'unknown'} is none of {', '.join(wanted)}"
    here = countries_of(alert)
    if match.regions and not any(_folded(_members(name, regions)) & _folded(here) for name in match.regions):
        return f"country {', '.join(sorted(here)) or 'unknown'} is in none of {', '.join(match.regions)}"
    return None


_CODE = 3


def check_regions(match: Match, regions: Regions) -> None:
    """Whether every region that is asked for is there, and every country a code: any other word would silently fit no alert.

    Raises:
        ValueError: one is not.
    """
    for country in match.countries:
        if len(country) > _CODE:
            raise ValueError(f"{country!r} is no country's code of three letters, such as IRN")
    for name in match.regions:
        if name.casefold() not in _folded(set(regions) | set(M49)):
            there = sorted({*regions, *(name for name in M49 if not name.isdigit())})
            raise ValueError(f"no region is called {name!r}; there are: {', '.join(there)}")


def countries_of(alert: Alert) -> set[str]:
    """The countries an alert is about: its sides' and its place's."""
    told = {who.country for who in (alert.actor, alert.target) if who} | {alert.place.country if alert.place else None}
    sides = {side.partition(":")[0] for side in (alert.dyad.a, alert.dyad.b)}
    return {country for country in told | sides if country}


def _questions(match: Match, alert: Alert) -> Iterator[tuple[str, tuple[str, ...], set[str]]]:
    here = countries_of(alert)
    yield "kind", match.kinds, {alert.kind}
    yield "actor", match.actors, _names(alert.actor)
    yield "target", match.targets, _names(alert.target)
    yield "pair", tuple(str(_pair(pair)) for pair in match.pairs), {str(alert.dyad)}
    yield "country", match.countries, here
    yield "type", match.types, {alert.type}
    yield "mode", match.modes, {alert.mode or ""}
    yield "status", match.statuses, {alert.status}


def _members(region: str, regions: Regions) -> tuple[str, ...]:
    """The countries of a region; one that the routing names goes before one of the same name in M49."""
    wanted = region.casefold()
    return next((members for name, members in regions.items() if name.casefold() == wanted), None) or M49.get(wanted, ())


def _names(actor: Actor | None) -> set[str]:
    return {name for name in (actor.id, actor.country, actor.text) if name} if actor else set()


def _pair(pair: str) -> Dyad:
    one, _, other = pair.upper().partition("-")
    return Dyad.of(one, other)


def _folded(words: tuple[str, ...] | set[str]) -> set[str]:
    return {word.casefold() for word in words}
