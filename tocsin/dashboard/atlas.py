"""The map page: the incidents of the last days, arcs from who acts to where it happened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import HTMLResponse

from processors.assess import Incident
from processors.assess.portrait import as_of
from tocsin.dashboard import words, world
from tocsin.dashboard.desk import Desk
from tocsin.model import UNKNOWN_SIDE, Level, Place, Sign

SPANS = (2, 7, 14)
"""Days back; incidents are forgotten after a fortnight unless said otherwise."""
MOST = 150
_NEAR = 6.0
"""Units of the drawing under which an arc would be a dot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One incident on the map: where it happened, and from where it came."""

    incident: Incident
    by: words.Side
    against: words.Side
    act: str
    where: str
    at: world.Point
    start: world.Point | None
    arc: str
    calms: bool

    @property
    def told(self) -> str:
        return f"{self.by.name} to {self.against.name}: {self.act}{', ' + self.where if self.where else ''}"


@dataclass(frozen=True, slots=True)
class Name:
    at: world.Point
    text: str


def page(desk: Desk, request: Request) -> HTMLResponse:
    """Current incidents on the map, and below it in words."""
    states = desk.source.dyads()
    asked = request.query_params.get("days", "")
    shown = int(asked) if asked in map(str, SPANS) else SPANS[1]
    level = request.query_params.get("level", "")
    least = Level(int(level)) if level in {"1", "2", "3", "4", "5"} else Level.NONE
    at = as_of(states.values(), desk.clock(), timedelta(days=shown))
    incidents = [
        told
        for state in states.values()
        for told in state.incidents
        if told.revision and not told.twin_of and not told.merged_into and told.last > at - timedelta(days=shown) and told.level >= least
    ]
    incidents.sort(key=lambda told: (-told.level, -told.last.timestamp(), told.id))
    spots = [spot for told in incidents[:MOST] if (spot := spot_of(told)) is not None]
    whole = request.query_params.get("view") == "world"
    points = [point for spot in spots for point in (spot.at, spot.start) if point]
    view = world.WHOLE if whole else world.around(points)
    sides = names(spots)
    told = {
        "spots": spots[::-1],
        "listed": spots,
        "unplaced": len(incidents[:MOST]) - len(spots),
        "names": sides,
        "places": places(spots, sides, view.width / 1000),
        "land": world.outlines().land,
        "view": view,
        "unit": view.width / 1000,
        "whole": whole,
        "shown": shown,
        "spans": SPANS,
        "level": least,
        "at": at,
    }
    return desk.page(request, "map.html", told)


def spot_of(incident: Incident) -> Spot | None:
    """Where an incident lies on the map: at its place, at its place's country, else at the seat of who is acted upon; None where none of
    them is known.
    """
    placed = incident.places[0] if incident.places else None
    at = _point(placed) if placed else None
    at = at or world.centre(incident.against)
    if at is None:
        return None
    start = world.centre(incident.by) if incident.by != UNKNOWN_SIDE else None
    far = start is not None and world.distance(start, at) > _NEAR
    return Spot(
        incident=incident,
        by=words.side(incident.by),
        against=words.side(incident.against),
        act=words.act(incident.type, incident.mode),
        where=words.clean(placed.name)[:60] if placed else "",
        at=at,
        start=start if far else None,
        arc=world.arc(start, at) if start and far else "",
        calms=incident.sign is Sign.DEESCALATION,
    )


def _point(place: Place) -> world.Point | None:
    if place.lat is not None and place.lon is not None:
        return world.project(place.lat, place.lon)
    return world.centre(place.country) if place.country else None


def names(spots: Iterable[Spot]) -> list[Name]:
    """The sides whose seats are drawn, each once, as far as their names do not lie on one another."""
    told: dict[str, Name] = {}
    for spot in spots:
        for side in (spot.by, spot.against):
            where = world.centre(side.code)
            if where and all(abs(where[0] - other.at[0]) > 14 or abs(where[1] - other.at[1]) > 5 for other in told.values()):
                told.setdefault(side.code, Name(where, side.name))
    return list(told.values())


def places(spots: Iterable[Spot], taken: Iterable[Name], unit: float) -> list[Name]:
    """Where it happened, the gravest first, as far as there is room beside the names that are `taken`; `unit` is about a pixel."""
    seen, told = list(taken), []
    for spot in spots:
        free = all(abs(spot.at[0] - other.at[0]) > unit * 90 or abs(spot.at[1] - other.at[1]) > unit * 22 for other in seen)
        if spot.where and free:
            told.append(Name(spot.at, spot.where))
            seen.append(told[-1])
    return told
