"""What the page changes: silences, and dead letters that are to be tried again. Every form proves that it is ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from tocsin.dashboard import guard, silences
from tocsin.dashboard.desk import Desk, is_secure
from tocsin.dashboard.health import MOST_LETTERS
from tocsin.dashboard.source import Kept, Wanted

FORGED = "This form is not of this page, or too old: go back, load the page anew, and try again.\n"
_MOST_PREVIEWED = 2_000

Fields = Mapping[str, str]
Deed = Callable[[Desk, Request, Fields], Response]


def routes(desk: Desk) -> list[Route]:
    """Every form of the page under its path."""

    def taking(path: str, deed: Deed) -> Route:
        async def take(request: Request) -> Response:
            told = await guard.form_of(request, desk.key)
            if told is None:
                return PlainTextResponse(FORGED, 403)
            return await run_in_threadpool(deed, desk, request, told)

        return Route(path, take, methods=["POST"])

    def shown(path: str, page: Callable[[Desk, Request], Response]) -> Route:
        def show(request: Request) -> Response:
            return page(desk, request)

        return Route(path, show, methods=["GET"])

    return [
        shown(guard.LOGIN, ask_token),
        taking(guard.LOGIN, enter),
        shown("/silences", show_silences),
        taking("/silences", keep_silence),
        taking("/silences/end", end_silence),
        taking("/letters/retry", retry),
        taking("/letters/deliver", deliver_again),
    ]


def ask_token(desk: Desk, request: Request) -> HTMLResponse:
    return desk.page(request, "login.html", {"next": _next(request.query_params), "wrong": False})


def enter(desk: Desk, request: Request, told: Fields) -> Response:
    """The reader is let in, who knows the token."""
    if desk.token is None or not guard.is_token(told.get("token", ""), desk.token):
        return desk.page(request, "login.html", {"next": _next(told), "wrong": True}, 403)
    response = RedirectResponse(_next(told), 303)
    known = guard.pass_for(desk.token, desk.key)
    response.set_cookie(guard.COOKIE, known, httponly=True, samesite="strict", secure=is_secure(request, desk.settings))
    return response


def show_silences(desk: Desk, request: Request) -> HTMLResponse:
    """What is silenced; and, where a silence is asked for in the URL, what it would have hidden."""
    return _silences(desk, request, request.query_params if "preview" in request.query_params else None, request.query_params)


def keep_silence(desk: Desk, request: Request, told: Fields) -> Response:
    asked = silences.asked(told, desk.clock(), desk.regions)
    if asked.one is None:
        return _silences(desk, request, told, told, 422)
    desk.source.keep_silence(asked.one)
    return RedirectResponse("/silences", 303)


def end_silence(desk: Desk, request: Request, told: Fields) -> Response:  # noqa: ARG001 -- a deed is handed both
    desk.source.end_silence(told.get("id", ""), desk.clock())
    return RedirectResponse("/silences", 303)


def retry(desk: Desk, request: Request, told: Fields) -> Response:  # noqa: ARG001
    """Ask for one dead letter, or for all that are shown, to be tried again."""
    known = [letter.id for letter in desk.source.dead_letters(MOST_LETTERS)]
    wanted = known if told.get("all") else [name for name in known if name == told.get("id")]
    desk.source.ask_retry(wanted, desk.clock())
    return RedirectResponse(f"/letters?{urlencode({'asked': len(wanted)})}", 303)


def deliver_again(desk: Desk, request: Request, told: Fields) -> Response:  # noqa: ARG001
    """Put a delivery that a sink refused back into the outbox."""
    desk.source.deliver_again(told.get("sink", ""), told.get("alert", ""))
    return RedirectResponse("/letters", 303)


def _silences(desk: Desk, request: Request, asked: Fields | None, filled: Fields, status: int = 200) -> HTMLResponse:
    now = desk.clock()
    known = None
    if asked is not None:
        known = silences.with_preview(silences.asked(asked, now, desk.regions), _recent(desk), desk.regions)
    fields = {name: filled.get(name, "") for name in (*silences.MATCHERS, "min_level", "hours", "author", "reason")}
    told = {"asked": known, "fields": fields, "in_force": silences.in_force(desk.source.silences(), now)}
    return desk.page(request, "silences.html", told, status)


def _recent(desk: Desk) -> list[Kept]:
    return desk.source.recent(Wanted(since=desk.clock() - silences.PREVIEW), _MOST_PREVIEWED).kept


def _next(told: Fields) -> str:
    path = told.get("next", "/")
    return path if guard.is_own_path(path) else "/"
