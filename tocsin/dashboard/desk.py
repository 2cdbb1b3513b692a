"""What every page is made from: the source, the clock, the settings, the templates."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from processors.assess import AssessSettings
from sinks.match import Regions
from sinks.message import line
from tocsin import __version__
from tocsin.clock import Clock
from tocsin.dashboard import guard, words
from tocsin.dashboard.brief import Brief
from tocsin.dashboard.live import Live
from tocsin.dashboard.settings import DashboardSettings
from tocsin.dashboard.source import Source
from tocsin.dashboard.strip import Reading, strip

HERE = Path(__file__).parent
_KEY = secrets.token_bytes(32)
"""Of this process: what a browser brings back outlives a configuration that is read anew."""

_STRIP_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True)
class Desk:
    """All that the page is made from. `key` signs what browsers bring back; `token` is what a reader must know, if anything."""

    source: Source
    clock: Clock
    settings: DashboardSettings = field(default_factory=DashboardSettings)
    assess: AssessSettings = field(default_factory=AssessSettings)
    regions: Regions = field(default_factory=dict)
    token: str | None = None
    key: bytes = _KEY

    def __post_init__(self) -> None:
        object.__setattr__(self, "live", Live(self.source))
        object.__setattr__(self, "templates", _templates())
        object.__setattr__(self, "_strip", Brief[list[Reading]](_STRIP_SECONDS))

    live: Live = field(init=False)
    templates: Environment = field(init=False)
    _strip: Brief[list[Reading]] = field(init=False)

    def page(self, request: Request, name: str, told: Mapping[str, Any], status: int = 200) -> HTMLResponse:
        """A page from its template; every page has the strip, and a proof for its forms."""
        cookie = guard.form_cookie(request)
        html = self.render(name, {**told, **self.common(request, cookie)})
        response = HTMLResponse(html, status)
        if cookie != guard.cookie_of(request.headers, guard.FORM_COOKIE):
            response.set_cookie(guard.FORM_COOKIE, cookie, httponly=True, samesite="strict", secure=is_secure(request, self.settings))
        return response

    def common(self, request: Request, cookie: str) -> dict[str, Any]:
        return {
            "strip": self.strip(),
            "path": request.url.path,
            "now": self.clock(),
            "proof": guard.form_proof(cookie, self.key),
            "is_whole": self.source.is_whole,
        }

    def strip(self) -> list[Reading]:
        """The strip's readings, at most two seconds old: every page and every stream shows them."""
        return self._strip.get(lambda: strip(self.source, self.clock()))

    def render(self, name: str, told: Mapping[str, Any]) -> str:
        return self.templates.get_template(name).render(**told)


def is_secure(request: Request, settings: DashboardSettings) -> bool:
    """Whether the browser speaks TLS, as far as we or a trusted proxy can say."""
    return request.url.scheme == "https" or (settings.trust_proxy and request.headers.get("x-forwarded-proto") == "https")


def _templates() -> Environment:
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    env.globals |= {"version": __version__, "asset": _assets(), "words": words}
    env.filters |= {"ago": words.ago, "line": line, "side": words.side, "toll": words.toll}
    return env


def _assets() -> Callable[[str], str]:
    """The URL of a file under `static/`, with its digest."""
    digests = {file.name: blake2b(file.read_bytes(), digest_size=6).hexdigest() for file in (HERE / "static").iterdir()}
    return lambda name: f"/static/{name}?v={digests[name]}"
