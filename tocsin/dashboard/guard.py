"""Who may ask the page, and what every answer says to the browser: names, token, forged forms, headers. Knows nothing of the news."""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from collections.abc import Mapping
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl, quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tocsin.dashboard.settings import DashboardSettings

COOKIE = "tocsin"
"""Proves that the reader knew the token."""
FORM_COOKIE = "tocsin_form"
FORM_FIELD = "form"
"""A form must bring what follows from its own cookie, which a foreign page cannot read (double submit, signed)."""
MOST_FORM_BYTES = 65_536
MOST_FIELDS = 200
LOGIN = "/login"
_OPEN = (LOGIN, "/static/", "/-/")
"""Read without the token: the form that asks for it, what it looks like, and what a probe asks."""
_LOCAL_NAMES = frozenset({"localhost", "localhost.localdomain"})

SECURITY = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class Guard:
    """Wraps the page: refuses what must not come in, and gives every answer its headers."""

    def __init__(self, app: ASGIApp, settings: DashboardSettings, token: str | None, key: bytes) -> None:
        self._app, self._settings, self._token, self._key = app, settings, token, key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        refusal = self._refusal(scope)
        await (refusal or self._app)(scope, receive, guarded)

    def _refusal(self, scope: Scope) -> Response | None:
        headers, path = Headers(scope=scope), scope["path"]
        if not is_known_host(headers.get("host", ""), self._settings):
            return PlainTextResponse(
                "This page is not called so. Name the host under [dashboard] hosts in tocsin.toml where it should be.\n", 421
            )
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return PlainTextResponse("The page is read, and takes forms.\n", 405, {"allow": "GET, HEAD, POST"})
        if scope["method"] == "POST" and is_foreign(headers):
            return PlainTextResponse("This form was sent from another site.\n", 403)
        if self._token is None or path.startswith(_OPEN) or knows(self._token, self._key, headers):
            return None
        if "text/html" in headers.get("accept", "") and scope["method"] == "GET":
            return RedirectResponse(f"{LOGIN}?next={quote(path)}", 303)
        return PlainTextResponse("The page asks for its token.\n", 401, {"www-authenticate": "Bearer"})


def is_known_host(host: str, settings: DashboardSettings) -> bool:
    """Whether a page may be asked for under this name. A name that a stranger chose may lead here too; an address is nobody's name."""
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return False
    if name in _LOCAL_NAMES or name in {known.lower() for known in settings.hosts} or (settings.trust_proxy and not settings.hosts):
        return bool(name)
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name == settings.host.lower()
    return True


def is_foreign(headers: Headers) -> bool:
    """Whether the browser says that another site sent this."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host", "")


def knows(token: str, key: bytes, headers: Headers) -> bool:
    """Whether the reader brings the token, or the cookie that was given for it."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode()):
        return True
    return hmac.compare_digest(cookie_of(headers, COOKIE).encode(), pass_for(token, key).encode())


def pass_for(token: str, key: bytes) -> str:
    """What the cookie of a reader who knew the token holds; worth nothing after a restart."""
    return hmac.digest(key, b"pass " + token.encode(), "sha256").hex()


def is_token(given: str, token: str) -> bool:
    return hmac.compare_digest(given.strip().encode(), token.encode())


def form_cookie(request: Request) -> str:
    """The reader's form cookie, a new one where there is none."""
    known = cookie_of(request.headers, FORM_COOKIE)
    return known if len(known) == 32 and known.isalnum() else secrets.token_hex(16)


def form_proof(cookie: str, key: bytes) -> str:
    return hmac.digest(key, b"form " + cookie.encode(), "sha256").hex()


async def form_of(request: Request, key: bytes) -> Mapping[str, str] | None:
    """The fields of a form of ours; None where it is another's, or is no form."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        return None
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MOST_FORM_BYTES:
            return None
    try:
        told = dict(parse_qsl(raw.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except (UnicodeDecodeError, ValueError):
        return None
    cookie = cookie_of(request.headers, FORM_COOKIE)
    proven = bool(cookie) and hmac.compare_digest(told.get(FORM_FIELD, "").encode(), form_proof(cookie, key).encode())
    return told if proven else None


def cookie_of(headers: Headers, name: str) -> str:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(name)
    except Exception:  # noqa: BLE001 -- what a browser sends is not ours to crash on
        return ""
    return morsel.value if morsel else ""


def is_own_path(path: str) -> bool:
    """Whether a redirect may lead there: a path of this page, no other site."""
    return path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
