"""The pages that are read: from a request to what its template needs. Each is a function of the desk and the query."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from processors.assess.portrait import Portrait, portrait
from tocsin.dashboard import words
from tocsin.dashboard.choose import query_of, wanted_from
from tocsin.dashboard.desk import Desk
from tocsin.dashboard.live import MOST_STREAMS
from tocsin.dashboard.source import Kept
from tocsin.dashboard.strip import strip
from tocsin.model import UNKNOWN_SIDE, Dyad, Level

A_PAGE = 40
"""Alerts on a page."""
LADDER = 12
"""Dyads beside the alerts."""
LONGEST_QUERY = 4_000

Page = Callable[[Desk, Request], Response]


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


def routes(desk: Desk) -> list[Route]:
    """Every page of the desk under its path."""

    def at(path: str, page: Page) -> Route:
        def answer(request: Request) -> Response:
            return page(desk, request)

        return Route(path, answer, methods=["GET"], name=page.__name__)

    async def live(request: Request) -> Response:
        return stream(desk, request)

    return [at("/", alerts), Route("/live", live, methods=["GET"])]


def alerts(desk: Desk, request: Request) -> HTMLResponse:
    """The newest alerts, as far as they are asked for, and where the dyads stand."""
    wanted = wanted_from(request.query_params)
    newest = desk.source.pulse().newest
    before = request.query_params.get("before", "")
    told = desk.source.recent(wanted, A_PAGE + 1, int(before) if before.isdigit() and len(before) < 16 else None)
    return desk.page(
        request,
        "alerts.html",
        {
            "rows": [words.row(kept.seq, kept.alert) for kept in told[:A_PAGE]],
            "older": told[A_PAGE - 1].seq if len(told) > A_PAGE else None,
            "is_first": not before,
            "newest": newest,
            "wanted": wanted,
            "query": query_of(wanted),
            "standing": standing(desk)[:LADDER],
        },
    )


def stream(desk: Desk, request: Request) -> Response:
    """The live stream from where the reader left off: its `Last-Event-ID`, else `after`, else the newest."""
    if desk.live.streams >= MOST_STREAMS:
        return PlainTextResponse(f"{MOST_STREAMS} readers follow already.\n", 503, {"retry-after": "30"})
    told = request.headers.get("last-event-id") or request.query_params.get("after", "")
    after = int(told) if told.isdigit() and len(told) < 16 else desk.source.pulse().newest

    def tell(kept: Kept) -> tuple[str, str]:
        row = words.row(kept.seq, kept.alert)
        return desk.render("row.html", {"row": row, "now": desk.clock()}), row.brief

    def tell_strip() -> str:
        return desk.render("strip.html", {"strip": strip(desk.source, desk.clock())})

    events = desk.live.stream(after, wanted_from(request.query_params), tell, tell_strip)
    return StreamingResponse(events, media_type="text/event-stream", headers={"x-accel-buffering": "no"})


def standing(desk: Desk) -> list[Standing]:
    """Every dyad of two named sides that is not calm, the gravest first."""
    states = desk.source.dyads()
    at = max((state.newest for state in states.values()), default=desk.clock())
    told = []
    for name, state in states.items():
        a, _, b = name.partition("-")
        if UNKNOWN_SIDE in (a, b) or not state.incidents:
            continue
        told.append(Standing(name, words.side(a), words.side(b), portrait(Dyad(a, b), state, at, desk.assess)))
    told.sort(key=lambda one: (-one.portrait.rung, -one.tension, one.name))
    return [one for one in told if one.portrait.rung > Level.NONE or one.tension > 0]
