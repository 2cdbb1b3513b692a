"""The tolls of an incident: every house's latest word, and the range over all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from processors.assess.state import MOST_SOURCES, Figure
from processors.assess.telling import Telling
from tocsin.model import Casualties, Toll

_ALIKE = 0.1
"""Two figures this near each other (as a fraction) are one figure, rounded or counted again."""
_SEVERAL = 3
"""From this many dead on, a telling of one death speaks of a part of them."""
_FEW = 5
"""Below this many, a lower figure says nothing against an incident."""


def add_figures(known: tuple[Figure, ...], telling: Telling) -> tuple[Figure, ...]:
    """The figures with those of the telling: a house's later word replaces its earlier one; an older word changes nothing, nor does one
    that only speaks of fewer.
    """
    if not telling.event.casualties:
        return known
    kept = list(known)
    for told in _largest_of_each_kind(telling.event.casualties):
        new = Figure(house=telling.house, kind=told.kind, min=told.min, max=told.max, at=telling.at)
        old = next((figure for figure in kept if (figure.house, figure.kind) == (new.house, new.kind)), None)
        if old is None:
            kept.append(new)
        elif old.at <= new.at and not _speaks_of_fewer(new, old):
            kept[kept.index(old)] = new
    if kept == list(known):
        return known
    return tuple(sorted(kept, key=lambda figure: (figure.at, figure.house, figure.kind)))[-MOST_SOURCES:]


def _speaks_of_fewer(new: Figure, old: Figure) -> bool:
    """Whether a house's word takes nothing back: "at least" so many, below its earlier number, or one death beside several."""
    return _top(new.min, new.max) < old.min and (new.max is None or (new.max == 1 and old.min >= _SEVERAL))


def range_of(figures: Iterable[Figure]) -> tuple[Toll, ...]:
    """The current range of each kind, killed first."""
    by_kind: dict[str, list[Figure]] = {}
    for figure in figures:
        by_kind.setdefault(figure.kind, []).append(figure)
    order = ("killed", "injured", "captured")
    return tuple(
        _range(kind, by_kind[kind]) for kind in sorted(by_kind, key=lambda kind: (order.index(kind) if kind in order else 9, kind))
    )


def _range(kind: str, figures: Sequence[Figure]) -> Toll:
    """The range of one kind. "At least 24" beside 169 is no other opinion: least numbers only raise the top. Nor is one death beside
    several: it is told of who has a name.
    """
    highest = max(_top(figure.min, figure.max) for figure in figures)
    if kind == "killed" and highest >= _SEVERAL:
        figures = [figure for figure in figures if figure.max != 1]
    open_end = any(figure.max is None and figure.min == highest for figure in figures)
    lowest = min((figure.min for figure in figures if figure.max is not None), default=highest)
    return Toll(kind=kind, min=lowest, max=highest, or_more=open_end)


def changed(told: Sequence[Toll], before: Sequence[Toll], now: Sequence[Toll], step: float) -> tuple[Toll, ...]:
    """The tolls that are news: of a kind not told before, or outside the range that was told.

    Higher by more than `step` of what was told is news. Lower is news only where the top of the range has come down: then a house
    has corrected itself. A lower word of another house, mostly an older one told late, widens the range in silence.
    """
    news = []
    for toll in now:
        then = _of_kind(told, toll.kind)
        last = _of_kind(before, toll.kind)
        first = then is None and (toll.kind == "killed" or toll.max >= _FEW)
        risen = then is not None and toll.max > then.max * (1 + step)
        corrected = then is not None and last is not None and toll.max < last.max and toll.max < then.max * (1 - step)
        if first or risen or corrected:
            news.append(toll)
    return tuple(news)


def agree(casualties: Iterable[Casualties], figures: Iterable[Figure]) -> bool:
    """Whether the telling names a number of killed that the incident knows, or nearly."""
    told = killed(casualties)
    known = _killed_range(figures) if told else None
    return known is not None and known[0] * (1 - _ALIKE) <= told <= known[1] * (1 + _ALIKE)


def exclude(casualties: Sequence[Casualties], figures: Iterable[Figure]) -> bool:
    """Whether the telling's killed cannot be a version of the incident's: a toll rises, and is corrected, but does not fall below half.

    A least number ("dozens", "at least 3") excludes nothing above it, nor does a single death: it is told of who has a name.
    """
    told = killed(casualties) if all(toll.max is not None for toll in casualties if toll.kind == "killed") else 0
    known = _killed_range(figures) if told else None
    return known is not None and known[0] >= _FEW and 1 < told < known[0] / 2


def killed(casualties: Iterable[Casualties]) -> int:
    return max((_top(told.min, told.max) for told in casualties if told.kind == "killed"), default=0)


def killed_of(figures: Iterable[Figure]) -> int:
    """The highest number of killed any house gives; 0 where none gives one."""
    known = _killed_range(figures)
    return known[1] if known else 0


def _killed_range(figures: Iterable[Figure]) -> tuple[int, int] | None:
    least = most = single = -1  # a plain loop: this is asked of every incident
    for figure in figures:
        if figure.kind == "killed":
            if figure.max == 1:
                single = 1
                continue
            top = _top(figure.min, figure.max)
            least, most = (figure.min, top) if least < 0 else (min(least, figure.min), max(most, top))
    if single > 0 and most < _SEVERAL:
        return 1, max(most, 1)
    return None if least < 0 else (least, most)


def _of_kind(tolls: Iterable[Toll], kind: str) -> Toll | None:
    return next((toll for toll in tolls if toll.kind == kind), None)


def _top(least: int, most: int | None) -> int:
    return least if most is None else most


def _largest_of_each_kind(casualties: Iterable[Casualties]) -> list[Casualties]:
    """One figure of each kind: where a telling names a whole and its parts, the whole. That nobody was hurt is no toll."""
    largest: dict[str, Casualties] = {}
    for told in (told for told in casualties if _top(told.min, told.max)):
        held = largest.get(told.kind)
        if held is None or _top(told.min, told.max) > _top(held.min, held.max):
            largest[told.kind] = told
    return list(largest.values())
