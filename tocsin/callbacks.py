"""Where hubs reach us: the small server behind `[websub] callback`. It reads what comes within limits; others decide what becomes of it.

A hub asks with GET whether a subscription was meant, and sends news with POST. Both name a subscription by the last part of the path, which
nobody can guess. The server speaks plain HTTP: whoever stands before it with a certificate passes requests on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Protocol
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from tocsin.monitor import OFF, Listen, split_address

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp


def _checked_callback(url: str) -> str:
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or "@" in parts.netloc):
        raise ValueError('is no address hubs could call; say one like "https://news.example.org/websub/"')
    return url.rstrip("/") + "/" if url else ""


def _checked_listen(listen: str) -> str:
    if listen == OFF:
        raise ValueError("leave `callback` out instead")
    split_address(listen)
    return listen


class WebSubSettings(BaseModel):
    """[websub] of tocsin.toml: feeds that name a hub are pushed by it. Off unless `callback` says where hubs reach this service."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    callback: Annotated[str, AfterValidator(_checked_callback)] = ""
    """The public address under which hubs reach `listen`, such as "https://news.example.org/websub/"."""
    listen: Annotated[Listen, AfterValidator(_checked_listen)] = "127.0.0.1:8602"
    """`host:port` on which their requests are taken, in plain HTTP: put a server with a certificate before it."""
    poll_minutes: float = Field(default=240, ge=5, le=1440)
    """How often a feed is asked all the same while its hub pushes it."""
    max_bytes: int = Field(default=10 * 1024 * 1024, gt=0)
    """How large a push may be."""


@dataclass(frozen=True, slots=True)
class Push:
    """What somebody sent for a subscription."""

    token: str
    body: bytes
    signature: str
    content_type: str
    link: str = ""


class Called(Protocol):
    """Who decides. Called in the server's thread."""

    async def confirm(self, token: str, asked: Mapping[str, str]) -> str | None:
        """The challenge, where the hub's question is about something that was meant; else None."""

    async def take(self, push: Push) -> int:
        """Keep what was pushed; the status to answer with."""

    def knows(self, token: str) -> bool:
        """Whether there is such a subscription."""


READ_SECONDS = 30
"""How long a push may take to come."""
AT_ONCE = 64
"""Connections."""
_AGAIN = {"Retry-After": "60"}


def app(called: Called, most_bytes: int) -> ASGIApp:
    """The application. Whoever does not know a subscription's address learns nothing."""
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse, Response
    from starlette.routing import Route

    async def confirm(request: Request) -> Response:
        answer = await called.confirm(token_of(request), dict(request.query_params))
        return PlainTextResponse(answer, headers=_PLAIN) if answer is not None else Response(status_code=404)

    async def take(request: Request) -> Response:
        token = token_of(request)
        if not called.knows(token):
            return Response(status_code=410)  # of a subscription that is over: the hub may stop
        if request.headers.get("content-encoding", "identity") != "identity":
            return Response(status_code=415)
        try:
            async with asyncio.timeout(READ_SECONDS):
                body = await _read(request, most_bytes)
        except TimeoutError:
            return Response(status_code=408)
        if body is None:
            return Response(status_code=413)
        told = request.headers
        push = Push(token, body, told.get("x-hub-signature", ""), told.get("content-type", ""), ", ".join(told.getlist("link")))
        status = await called.take(push)
        return Response(status_code=status, headers=_AGAIN if status == 503 else None)

    async def endpoint(request: Request) -> Response:
        return await (take if request.method == "POST" else confirm)(request)

    return Starlette(routes=[Route("/{path:path}", endpoint, methods=["GET", "POST"])])


_PLAIN = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


def token_of(request: Request) -> str:
    """The last part of the path: what stands before it is the business of who passes requests on."""
    return str(request.path_params["path"]).rpartition("/")[2]


async def _read(request: Request, most_bytes: int) -> bytes | None:
    """The body; None where it is larger than it may be, of which no more is read."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > most_bytes:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            return None
    return bytes(body)
