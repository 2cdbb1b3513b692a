"""How others ask whether this process works: `/metrics`, `/-/healthy`, `/-/ready`, and the small server that answers them.

`routes` are mounted by whoever serves HTTP already (the page); a process that serves nothing else starts `HttpServer` with `app` of
them. The server runs in a thread and an event loop of its own, so that it can still say that the rest hangs.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from ipaddress import ip_address
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict

from tocsin import __version__
from tocsin.progress import Progress

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp

    from tocsin.metrics import Metrics

OFF = "off"
_STOP_SECONDS = 3
"""How long an answer in progress (a live stream) is waited for when the server ends."""


def split_address(listen: str) -> tuple[str, int]:
    """Host and port of `127.0.0.1:8600`, `[::1]:8600` or `:8600` (all addresses); port 0 takes any that is free.

    Raises:
        ValueError: it is no such address.
    """
    host, colon, port = listen.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65_535 or ("[" in host) != ("]" in host):
        raise ValueError(f'{listen!r} is no address; say host:port, as "127.0.0.1:8601", or "off"')
    return host.strip("[]") or "0.0.0.0", int(port)  # noqa: S104 -- said so by whoever leaves the host out


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server on that address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _checked(listen: str) -> str:
    if listen != OFF:
        split_address(listen)
    return listen


Listen = Annotated[str, AfterValidator(_checked)]
"""`host:port`, or "off"."""


class MonitorSettings(BaseModel):
    """[monitor] of tocsin.toml: where metrics and health are served. They name sinks and count; they show no news and no secret."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    listen: Listen = "127.0.0.1:8601"
    """`host:port`, or "off"; served by the page too, where that runs."""


def routes(metrics: Metrics, progress: Progress) -> list[BaseRoute]:
    """`/metrics`, and `/-/healthy` and `/-/ready`: 200, or 503 with what has stopped."""
    from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
    from starlette.responses import JSONResponse, Response
    from starlette.routing import Route

    def scrape(_: Request) -> Response:
        return Response(metrics.text(), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    def judge(told: Callable[[], list[str]]) -> Callable[[Request], Response]:
        def answer(_: Request) -> Response:
            wrong = told()
            return JSONResponse(
                {"status": "failing" if wrong else "ok", "reasons": wrong, "strained": progress.strained(), "version": __version__},
                status_code=503 if wrong else 200,
                headers={"Cache-Control": "no-store"},
            )

        return answer

    healthy, ready = judge(progress.unhealthy), judge(progress.unready)
    return [
        Route("/metrics", scrape),
        Route("/-/healthy", healthy),
        Route("/-/ready", ready),
    ]


def app(metrics: Metrics, progress: Progress) -> ASGIApp:
    """An application of nothing but the routes, for a process that serves nothing else."""
    from starlette.applications import Starlette

    return Starlette(routes=routes(metrics, progress))


class PortTakenError(Exception):
    """The server cannot listen where it should; the text says why and what to do."""


class HttpServer:
    """An ASGI application, served by uvicorn in a thread of its own. `with` starts and stops it; `url` says where it is.

    Raises (on entering):
        PortTakenError: it cannot listen there.
    """

    def __init__(self, application: ASGIApp, listen: str, name: str = "http", **told: Any) -> None:
        """`told` goes to `uvicorn.Config`."""
        self._application, self._listen, self._name, self._told = application, listen, name, told

    def __enter__(self) -> Self:
        import uvicorn

        self._socket = bound(self._listen)
        host, port = self._socket.getsockname()[:2]
        self.url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        told = {
            "log_config": None,
            "access_log": False,
            "server_header": False,
            "ws": "none",
            "http": "h11",
            "loop": "asyncio",
            "lifespan": "off",
            "proxy_headers": False,
            "timeout_graceful_shutdown": _STOP_SECONDS,
        }
        self._server = uvicorn.Server(uvicorn.Config(self._application, **(told | self._told)))
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name=self._name, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(_STOP_SECONDS + 2)
        self._socket.close()


def bound(listen: str) -> socket.socket:
    """A listening socket.

    Raises:
        PortTakenError: the address is taken, not of this machine, or its port is reserved.
    """
    host, port = split_address(listen)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((host, port))
        opened.listen(128)
    except OSError as wrong:
        opened.close()
        raise PortTakenError(f"{listen}: {wrong.strerror or wrong}; set another address") from None
    opened.set_inheritable(False)
    return opened
