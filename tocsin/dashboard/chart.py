"""The history of a dyad as a drawing: what each side did day by day, signed, against what is usual; its rung as steps; its alerts as marks.

Values in, geometry out; the template only writes it down.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from processors.assess.state import Day
from tocsin.model import Alert, AlertKind, Dyad, Level, Sign

WIDTH = 960.0
LEFT, RIGHT = 46.0, 952.0
_RUNGS_TOP, _RUNG_STEP = 34.0, 13.0
_MARKS_Y = 14.0
_PLOT_TOP, _PLOT_BOTTOM = 116.0, 306.0
HEIGHT = 336.0
_LONGEST_NAME = 42.0
"""How much room the name of a day takes."""
_LEAST_SCALE = 5.0
"""The scale reaches at least this far down, so that a quiet week does not look like a war."""
BASELINE_DAYS = 365
"""How far before the drawing the usual is taken from."""
_LEAST_HISTORY = 14
"""Fewer known days than this make no usual."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One day's sum of one kind: `who` is a, b or friendly."""

    x: float
    y: float
    width: float
    height: float
    who: str
    told: str


@dataclass(frozen=True, slots=True)
class Mark:
    """One alert above the drawing, at its event time."""

    x: float
    y: float
    level: int
    calms: bool
    quiet: bool
    incident: str
    told: str


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """All that is drawn, in the units of a canvas of WIDTH by HEIGHT. `usual` is a daily sum (0 or less), None where little is known."""

    first: date
    last: date
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    days: tuple[Tick, ...]
    scale: tuple[Tick, ...]
    rungs: tuple[Tick, ...]
    rung_path: str
    zero: float
    usual: float | None
    usual_y: float | None
    usual_days: int
    height: float = HEIGHT


def chart(dyad: Dyad, days: Sequence[Day], alerts: Iterable[Alert], last: date, shown: int) -> Chart:
    """The drawing of `shown` days up to `last`. `days` are all that are known, `alerts` those of the dyad, oldest first."""
    first = last - timedelta(days=shown - 1)
    inside = [day for day in days if first <= day.on <= last]
    told = [alert for alert in alerts if alert.at.date() <= last]
    usual, known = usual_of(days, first)
    sums = [(_down(day), day.friendly) for day in inside]
    down = max([-low for low, _ in sums] + [_LEAST_SCALE, -(usual or 0)])
    up = max([high for _, high in sums] + [_LEAST_SCALE / 2])
    unit = (_PLOT_BOTTOM - _PLOT_TOP) / (up + down)
    zero = _PLOT_TOP + up * unit
    step = (RIGHT - LEFT) / shown
    return Chart(
        first=first,
        last=last,
        bars=tuple(bar for day in inside for bar in _bars(dyad, day, LEFT + (day.on - first).days * step, step, (zero, unit))),
        marks=tuple(_mark(alert, first, step) for alert in sorted(told, key=_weight) if alert.at.date() >= first),
        days=tuple(_day_ticks(first, shown, step)),
        scale=tuple(Tick(zero - value * unit, f"{value:+.0f}" if value else "0") for value in _round_values(-down, up)),
        rungs=tuple(Tick(_rung_y(level), str(level.value)) for level in Level),
        rung_path=_rung_path(told, first, last, step),
        zero=zero,
        usual=usual,
        usual_y=None if usual is None else zero - usual * unit,
        usual_days=known,
    )


def usual_of(days: Sequence[Day], first: date) -> tuple[float | None, int]:
    """The mean hostile sum of a day before `first`, over the days since the dyad is known (a year at most), and over how many."""
    since = first - timedelta(days=BASELINE_DAYS)
    before = [day for day in days if since <= day.on < first]
    known = (first - max(min((day.on for day in days), default=first), since)).days
    if known < _LEAST_HISTORY:
        return None, known
    return sum(map(_down, before)) / known, known


def _down(day: Day) -> float:
    return sum(day.hostile.values())


def _bars(dyad: Dyad, day: Day, at: float, step: float, upright: tuple[float, float]) -> Iterable[Bar]:
    """The bars of a day that begins at `at`; `upright` is where zero lies, and how long one unit is."""
    zero, unit = upright
    gap = min(step * 0.2, 2.0)
    x, width, y = at + gap / 2, step - gap, zero
    for who, side in (("a", dyad.a), ("b", dyad.b), ("other", None)):
        hostile = day.hostile.get(side, 0.0) if side else sum(v for k, v in day.hostile.items() if k not in (dyad.a, dyad.b))
        if hostile:
            height = max(-hostile * unit, 1.0)
            yield Bar(x, y, width, height, who, f"{day.on}: {hostile:+.1f} {side or 'by nobody named'}")
            y += height
    if day.friendly:
        height = max(day.friendly * unit, 1.0)
        yield Bar(x, zero - height, width, height, "friendly", f"{day.on}: {day.friendly:+.1f} friendly")


def _weight(alert: Alert) -> tuple[bool, int, datetime]:
    """The gravest is drawn last, over the others."""
    return alert.kind is not AlertKind.RESOLVED, alert.level, alert.at


def _mark(alert: Alert, first: date, step: float) -> Mark:
    return Mark(
        x=_x(alert.at, first, step),
        y=_MARKS_Y,
        level=alert.level.value,
        calms=alert.sign is Sign.DEESCALATION,
        quiet=alert.kind is AlertKind.RESOLVED,
        incident=alert.incident,
        told=f"{alert.at:%Y-%m-%d %H:%M} {alert.kind.value}",
    )


def _x(at: datetime, first: date, step: float) -> float:
    midnight = datetime(first.year, first.month, first.day, tzinfo=at.tzinfo)
    return LEFT + (at - midnight) / timedelta(days=1) * step


def _rung_y(level: Level) -> float:
    return _RUNGS_TOP + (Level.WAR - level) * _RUNG_STEP


def _rung_path(alerts: Sequence[Alert], first: date, last: date, step: float) -> str:
    """The rung as steps: it holds until an alert says that it changed."""
    if not alerts:
        return ""
    earlier = [alert for alert in alerts if alert.at.date() < first]
    rung = earlier[-1].rung if earlier else alerts[0].rung_before
    path, end = [f"M{LEFT:.1f} {_rung_y(rung):.1f}"], LEFT + ((last - first).days + 1) * step
    for alert in alerts[len(earlier) :]:
        if alert.rung != rung:
            rung = alert.rung
            path.append(f"H{max(_x(alert.at, first, step), LEFT):.1f}V{_rung_y(rung):.1f}")
    return "".join([*path, f"H{end:.1f}"])


def _day_ticks(first: date, shown: int, step: float) -> Iterable[Tick]:
    every = next(days for days in (1, 2, 7, 14, 30, 61) if shown / days <= 14 or days == 61)
    for n in range(shown):
        on = first + timedelta(days=n)
        if LEFT + n * step > RIGHT - _LONGEST_NAME:
            return
        if (on.day == 1 and (every == 30 or on.month % 2 == 1)) if every >= 30 else on.toordinal() % every == 0:
            yield Tick(LEFT + n * step, f"{on:%b %Y}" if every >= 30 else f"{on.day} {on:%b}")


def _round_values(low: float, high: float) -> list[float]:
    """A handful of round values between two, zero among them."""
    size = next(size for size in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10**9) if (high - low) / size <= 7)
    return [float(n * size) for n in range(int(low // size), int(high // size) + 1) if low <= n * size <= high]
