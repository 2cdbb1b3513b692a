"""The page as an ASGI application: its routes, its guard, and the watch of its live stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from sinks.message import line
from tocsin.dashboard import deeds, guard, pages
from tocsin.dashboard.desk import HERE, Desk
from tocsin.dashboard.source import NotHereError, SourceError

_YEAR = 31_536_000


def build(desk: Desk, also: Sequence[BaseRoute] = ()) -> Starlette:
    """The application; `also` are routes of others that are served beside it (metrics, health)."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        watching = asyncio.create_task(desk.live.watch())
        try:
            yield
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching

    async def unreadable(request: Request, wrong: Exception) -> Response:
        return _trouble(desk, request, 503, "Nothing can be read just now", str(wrong))

    async def elsewhere(request: Request, wrong: Exception) -> Response:
        return _trouble(desk, request, 404, "This is not told here", str(wrong))

    async def missing(request: Request, _: Exception) -> Response:
        return _trouble(desk, request, 404, "There is no such page", "What is known is found by the search, or from the list of alerts.")

    return Starlette(
        routes=[
            *pages.routes(desk),
            *deeds.routes(desk),
            *also,
            Mount("/static", _Static(directory=HERE / "static")),
        ],
        middleware=[
            Middleware(guard.Guard, settings=desk.settings, token=desk.token, key=desk.key),
            Middleware(GZipMiddleware, minimum_size=600, compresslevel=6),
        ],
        exception_handlers={NotHereError: elsewhere, SourceError: unreadable, 404: missing},
        lifespan=lifespan,
    )


def _trouble(desk: Desk, request: Request, status: int, title: str, why: str) -> Response:
    return HTMLResponse(desk.render("trouble.html", {"title": title, "why": line(why, 300), "path": request.url.path}), status)


class _Static(StaticFiles):
    """Files that never change under their URL, since it holds their digest."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = f"public, max-age={_YEAR}, immutable"
        return response
