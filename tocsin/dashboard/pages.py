"""The pages of alerts: the newest, live, and those that are looked for. And the list of all pages."""

from __future__ import annotations

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from tocsin.dashboard import about, atlas, health, incident, pairs, words
from tocsin.dashboard.choose import query_of, wanted_from
from tocsin.dashboard.desk import Desk
from tocsin.dashboard.live import MOST_STREAMS
from tocsin.dashboard.source import Kept, Wanted

A_PAGE = 40
"""Alerts on a page."""
LADDER = 12
"""Dyads beside the alerts."""

Page = Callable[[Desk, Request], Response]
PAGES: dict[str, Page] = {
    "/incidents/{id:str}.json": incident.raw,
    "/incidents/{id:str}": incident.page,
    "/dyads": pairs.every,
    "/dyads/{name:str}": pairs.one,
    "/map": atlas.page,
    "/feeds": health.feeds,
    "/letters": health.letters,
    "/about": about.page,
}


def routes(desk: Desk) -> list[Route]:
    """Every page that is read, under its path."""

    def at(path: str, page: Page) -> Route:
        def answer(request: Request) -> Response:
            return page(desk, request)

        return Route(path, answer, methods=["GET"])

    async def live(request: Request) -> Response:
        return await run_in_threadpool(stream, desk, request)

    return [at("/", alerts), at("/search", search), Route("/live", live, methods=["GET"]), *(at(*page) for page in PAGES.items())]


def alerts(desk: Desk, request: Request) -> HTMLResponse:
    """The newest alerts, as far as they are asked for, and where the dyads stand."""
    newest = desk.source.newest()
    wanted, before = wanted_from(request.query_params), _place(request.query_params.get("before", ""))
    rows, older = found(desk, wanted, before)
    told = {
        "rows": rows,
        "older": older,
        "is_first": before is None,
        "newest": newest,
        "is_deaf": not rows and desk.source.is_whole and not any(feed.last_ok for feed in desk.source.feeds()),
        "wanted": wanted,
        "query": query_of(wanted),
        "standing": pairs.standing(desk)[:LADDER],
    }
    return desk.page(request, "alerts.html", told)


def search(desk: Desk, request: Request) -> HTMLResponse:
    """Stored alerts by text, actor, place and time."""
    wanted, before = wanted_from(request.query_params), _place(request.query_params.get("before", ""))
    rows, older = found(desk, wanted, before) if wanted else ([], None)
    return desk.page(request, "search.html", {"rows": rows, "older": older, "wanted": wanted, "query": query_of(wanted)})


def found(desk: Desk, wanted: Wanted, before: int | None) -> tuple[list[words.Row], int | None]:
    """A page of the alerts that fit, newest first, and before which alert the next page begins, if there is one."""
    told = desk.source.recent(wanted, A_PAGE, before)
    is_more = told.further is not None and desk.source.recent(Wanted(), 1, told.further).kept
    return [words.row(kept.seq, kept.alert) for kept in told.kept], told.further if is_more else None


def stream(desk: Desk, request: Request) -> Response:
    """The live stream from where the reader left off: its `Last-Event-ID`, else `after`, else the newest."""
    if desk.live.streams >= MOST_STREAMS:
        return PlainTextResponse(f"{MOST_STREAMS} readers follow already.\n", 503, {"retry-after": "30"})
    known = _place(request.headers.get("last-event-id", "")), _place(request.query_params.get("after", ""))
    after = next((place for place in known if place is not None), None)

    def tell(kept: Kept) -> tuple[str, str]:
        row = words.row(kept.seq, kept.alert)
        return desk.render("row.html", {"row": row, "now": desk.clock()}), row.brief

    def tell_strip() -> str:
        return desk.render("strip.html", {"strip": desk.strip()})

    after = desk.source.newest() if after is None else after
    events = desk.live.stream(after, wanted_from(request.query_params), tell, tell_strip)
    return StreamingResponse(events, media_type="text/event-stream", headers={"x-accel-buffering": "no"})


def _place(told: str) -> int | None:
    """The place of an alert, as a reader says it."""
    return int(told) if told.isascii() and told.isdigit() and len(told) < 17 else None
