"""What the page changes: silences, and dead letters that are to be tried again. Every form proves that it is ours."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from tocsin.dashboard import guard
from tocsin.dashboard.desk import Desk, is_secure

FORGED = "This form is not of this page, or too old: go back, load the page anew, and try again.\n"


def routes(desk: Desk) -> list[Route]:
    async def ask(request: Request) -> Response:
        return await run_in_threadpool(desk.page, request, "login.html", {"next": _next(request.query_params), "wrong": False})

    async def enter(request: Request) -> Response:
        told = await guard.form_of(request, desk.key)
        if told is None:
            return PlainTextResponse(FORGED, 403)
        if desk.token is None or not guard.is_token(told.get("token", ""), desk.token):
            return await run_in_threadpool(desk.page, request, "login.html", {"next": _next(told), "wrong": True}, 403)
        response = RedirectResponse(_next(told), 303)
        response.set_cookie(
            guard.COOKIE, guard.pass_for(desk.token, desk.key), httponly=True, samesite="strict", secure=is_secure(request, desk.settings)
        )
        return response

    return [Route(guard.LOGIN, ask, methods=["GET"]), Route(guard.LOGIN, enter, methods=["POST"])]


def _next(told: Mapping[str, str]) -> str:
    path = told.get("next", "/")
    return path if guard.is_own_path(path) else "/"
