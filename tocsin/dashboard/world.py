"""The map: the Equal Earth projection, the outlines that ship with Tocsin, and arcs between what is told.

Outlines of land only, since a line between two states would take a side. They are drawn by `tools/draw_world.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import asin, cos, hypot, radians, sin, sqrt
from pathlib import Path

WIDTH, HEIGHT = 1000.0, 486.7
"""Of the drawing of the whole world, in its own units: the proportions of the projection."""
_A1, _A2, _A3, _A4 = 1.340264, -0.081106, 0.000893, 0.003796
"""Of the polynomial of the Equal Earth projection (Šavrič, Patterson and Jenny 2018)."""
_M = sqrt(3) / 2
_SMALLEST_VIEW = 0.16
"""Of the world's width: nearer, the outlines are too coarse to tell anything."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Outlines:
    """`land` is the path of an SVG; `centres` says where a country's seat of government is (latitude, longitude), by its alpha-3 code."""

    land: str
    centres: Mapping[str, Point]


@dataclass(frozen=True, slots=True)
class View:
    """The part of the drawing that is shown, in its units."""

    x: float
    y: float
    width: float
    height: float

    def __str__(self) -> str:
        return f"{self.x:.1f} {self.y:.1f} {self.width:.1f} {self.height:.1f}"


WHOLE = View(60, 0, 930, 440)
"""Without the empty sea at the left, and the ice."""


@lru_cache(maxsize=1)
def outlines() -> Outlines:
    told = json.loads((Path(__file__).parent / "world.json").read_text(encoding="utf-8"))
    return Outlines(told["land"], {code: (lat, lon) for code, (lat, lon) in told["centres"].items()})


def project(lat: float, lon: float) -> Point:
    """Where a place lies on the drawing.

    >>> tuple(round(n, 1) for n in project(0, 0))
    (500.0, 243.3)
    """
    x, y = _equal_earth(lat, lon)
    scale = WIDTH / (2 * _equal_earth(0, 180)[0])
    return WIDTH / 2 + x * scale, HEIGHT / 2 - y * scale


def _equal_earth(lat: float, lon: float) -> Point:
    theta = asin(_M * sin(radians(lat)))
    t2 = theta * theta
    t6 = t2 * t2 * t2
    x = radians(lon) * cos(theta) / (_M * (_A1 + 3 * _A2 * t2 + t6 * (7 * _A3 + 9 * _A4 * t2)))
    return x, theta * (_A1 + _A2 * t2 + t6 * (_A3 + _A4 * t2))


def arc(one: Point, other: Point) -> str:
    """The path of an arc from one point to another, bent to the left of its way by a fifth of its length."""
    (x1, y1), (x2, y2) = one, other
    middle = ((x1 + x2) / 2 + (y2 - y1) * 0.2, (y1 + y2) / 2 - (x2 - x1) * 0.2)
    return f"M{x1:.1f} {y1:.1f}Q{middle[0]:.1f} {middle[1]:.1f} {x2:.1f} {y2:.1f}"


def distance(one: Point, other: Point) -> float:
    return hypot(one[0] - other[0], one[1] - other[1])


def centre(code: str) -> Point | None:
    """The point on the drawing that stands for a side; None for one that is no country."""
    known = outlines().centres.get(code.partition(":")[0])
    return project(*known) if known else None


def around(points: Iterable[Point], margin: float = 0.25) -> View:
    """The view that shows these points and some land around them; the whole world where there are none."""
    told: Sequence[Point] = list(points)
    if not told:
        return WHOLE
    left, right = min(x for x, _ in told), max(x for x, _ in told)
    top, bottom = min(y for _, y in told), max(y for _, y in told)
    ratio = HEIGHT / WIDTH
    width = max((right - left) * (1 + 2 * margin), (bottom - top) * (1 + 2 * margin) / ratio, WIDTH * _SMALLEST_VIEW)
    width = min(width, WIDTH)
    height = width * ratio
    x = min(max((left + right - width) / 2, 0), WIDTH - width)
    y = min(max((top + bottom - height) / 2, 0), HEIGHT - height)
    return View(x, y, width, height)
