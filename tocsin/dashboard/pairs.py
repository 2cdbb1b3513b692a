"""The pages of dyads: where every pair of sides stands, and the history of one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse

from processors.assess.portrait import Portrait, as_of, days, moves, portrait
from processors.assess.state import Day
from tocsin.dashboard import words
from tocsin.dashboard.chart import chart
from tocsin.dashboard.desk import Desk
from tocsin.dashboard.retold import ladder
from tocsin.model import UNKNOWN_SIDE, Dyad, Level

SPANS = (30, 90, 365)
"""Days a drawing may show."""
MOVES = 12
A_PAGE = 30
MOST_MARKS = 400
"""The newest alerts that are drawn as marks and steps."""
_CALM = 0.05
"""A tension that is shown as 0.0."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a pair of named sides stands."""

    name: str
    a: words.Side
    b: words.Side
    portrait: Portrait

    @property
    def tension(self) -> float:
        return sum(self.portrait.tension.values())


def standing(desk: Desk) -> list[Standing]:
    """Every dyad of two named sides that is not calm, the gravest first."""
    states = desk.source.dyads()
    at = as_of(states.values(), desk.clock())
    told = []
    for name, state in states.items():
        dyad = dyad_of(name)
        if dyad is None or UNKNOWN_SIDE in (dyad.a, dyad.b) or not (state.incidents or state.past):
            continue
        told.append(Standing(name, words.side(dyad.a), words.side(dyad.b), portrait(dyad, state, at, desk.assess)))
    told.sort(key=lambda one: (-one.portrait.rung, -one.tension, one.name))
    return [one for one in told if one.portrait.rung > Level.NONE or one.tension >= _CALM]


def every(desk: Desk, request: Request) -> HTMLResponse:
    """All dyads, the gravest first."""
    return desk.page(request, "dyads.html", {"standing": standing(desk)})


def one(desk: Desk, request: Request) -> HTMLResponse:
    """One dyad: its drawing, what moved it, who answered whom, its alerts.

    Raises:
        HTTPException: nothing is known of it (404).
    """
    name = request.path_params["name"].upper()
    states = desk.source.dyads()
    dyad, state = dyad_of(name), states.get(name)
    if dyad is None or state is None:
        raise HTTPException(404)
    asked = request.query_params.get("days", "")
    at = as_of(states.values(), desk.clock())
    history = days(state, desk.assess)
    shown = int(asked) if asked in map(str, SPANS) else _enough(history, at)
    alerts = desk.source.of_dyad(name, MOST_MARKS)
    told = {
        "name": name,
        "a": words.side(dyad.a),
        "b": words.side(dyad.b),
        "about": portrait(dyad, state, at, desk.assess),
        "at": at,
        "chart": chart(dyad, history, [kept.alert for kept in alerts], at.date(), shown),
        "shown": shown,
        "spans": SPANS,
        "moves": [(move, words.act(move.incident.type, move.incident.mode)) for move in moves(state, at, desk.assess)[:MOVES]],
        "blows": ladder(states, dyad, ""),
        "rows": [words.row(kept.seq, kept.alert) for kept in alerts[: -A_PAGE - 1 : -1]],
        "silence": f"/silences?pairs={name}",
    }
    return desk.page(request, "dyad.html", told)


def _enough(history: Sequence[Day], at: datetime) -> int:
    """The shortest span that shows all that is known."""
    known = (at.date() - min((day.on for day in history), default=at.date())).days
    return next((span for span in SPANS if known < span), SPANS[-1])


def dyad_of(name: str) -> Dyad | None:
    """The dyad of that name; a side's code may itself hold a hyphen, so that the last one parts them."""
    a, cut, b = name.rpartition("-")
    return Dyad(a, b) if cut and a and b else None
