"""URL -> bytes, politely and within limits: conditional requests, deadlines, no address inside. No parsing.

Bodies are decoded here, chunk by chunk, because that is where a megabyte becomes a gigabyte: the limit holds for what comes over the
wire and for what comes out.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import TracebackType
from typing import Self
from urllib.parse import urldefrag, urljoin, urlsplit

import aiohttp
from pydantic import BaseModel, ConfigDict, Field

from producers.coding import decoder_of
from producers.fault import FetchError, FetchFault
from producers.feed import Validators
from producers.hosts import HeldError, Hosts, host_of
from producers.page import kind_of_page
from tocsin import __version__
from tocsin.clock import Clock
from tocsin.network import NetworkPolicy, Refused, check_url, connector


class FetchSettings(BaseModel):
    """[fetch] of tocsin.toml. `contact` is a page or mail address where publishers reach you; it is sent with every request."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    user_agent: str = Field(default=f"tocsin/{__version__} (news feed reader)", pattern=r"\A[\x21-\x7e][\x20-\x7e]*\z")
    """Who we say we are."""
    contact: str = Field(default="", pattern=r"\A[\x21-\x7e]*\z")
    """An address or page where publishers reach you; it is added to who we say we are."""
    connect_seconds: float = Field(default=10, gt=0)
    """How long a connection may take."""
    idle_seconds: float = Field(default=10, gt=0)
    """How long an answer may pause."""
    total_seconds: float = Field(default=30, gt=0)
    """How long a whole answer may take."""
    max_bytes: int = Field(default=10 * 1024 * 1024, gt=0)
    """How large an answer may be, as sent and unpacked."""
    max_redirects: int = Field(default=5, ge=0)
    """How many redirects are followed."""
    network: NetworkPolicy = Field(default_factory=NetworkPolicy)

    @property
    def introduction(self) -> str:
        """The User-Agent header."""
        return f"{self.user_agent} (+{self.contact})" if self.contact else self.user_agent

    def session(self, accept: str = "*/*") -> aiohttp.ClientSession:
        """A client that reaches only what may be reached, keeps no cookies and no connections, and heeds no proxy variables."""
        return aiohttp.ClientSession(
            # A connection that is kept would overlap the next where it runs out, and a request on a stale one is silently sent again.
            connector=connector(self.network, force_close=True),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self.connect_seconds, sock_read=self.idle_seconds),
            headers={"User-Agent": self.introduction, "Accept": accept, "Accept-Encoding": "gzip, deflate, br"},
            trust_env=False,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """An answer. `body` is None where nothing changed (304), and holds only what is new where `partial` (226, RFC 3229); `moved` is where
    permanent redirects led; `fresh_for` is how long the server says the answer stays good.
    """

    url: str
    status: int
    body: bytes | None
    headers: tuple[tuple[str, str], ...]
    validators: Validators
    fetched: datetime
    content_type: str = ""
    moved: str = ""
    fresh_for: timedelta | None = None
    partial: bool = False


_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json")
ACCEPT_FEEDS = ", ".join([*_FEED_TYPES, "application/xml;q=0.9", "text/xml;q=0.9", "*/*;q=0.1"])
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_VALIDATOR_LIMIT = 1_000
_PAGE_LIMIT = 65_536
"""Bytes of an error's page that are read to see what it is."""


class Fetcher:
    """Asks for feeds. One at a time or many at once; use as an async context manager. Keeps no cookies, heeds no proxy variables."""

    def __init__(self, settings: FetchSettings, clock: Clock, hosts: Hosts | None = None, accept: str = ACCEPT_FEEDS) -> None:
        self._settings = settings
        self._accept = accept
        self._clock = clock
        self._hosts = hosts or Hosts()
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = self._settings.session(self._accept)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, wrong: BaseException | None, where: TracebackType | None) -> None:
        if self._session:
            await self._session.close()
            self._session = None

    async def fetch(self, url: str, validators: Validators | None = None) -> Fetched:
        """The feed's body, or word that it has not changed since these validators were given.

        Raises:
            HeldError: a host on the way asked for patience before; it was not asked.
            FetchError: anything else.
        """
        try:
            return await self._follow(url, validators or Validators())
        except (FetchError, HeldError):
            raise
        except Exception as wrong:  # noqa: BLE001 -- aiohttp's own, and what strange URLs and answers make it raise
            raise fetch_error(wrong, self._settings) from None

    async def _follow(self, url: str, validators: Validators) -> Fetched:
        """The answer at the end of the redirects. Waiting for a host's turn costs nothing of the time all requests together may take."""
        moved, permanent = "", True
        loop, left = asyncio.get_running_loop(), self._settings.total_seconds
        for _ in range(self._settings.max_redirects + 1):
            check_url(url, self._settings.network)
            async with self._hosts.turn(host_of(url)):
                began = loop.time()
                async with asyncio.timeout(left):
                    answer = await self._ask(url, validators, moved, permanent=permanent)
                left -= loop.time() - began
            if isinstance(answer, Fetched):
                return answer
            if urlsplit(url).scheme == "https" and urlsplit(answer.target).scheme != "https":
                raise FetchError(FetchFault.REFUSED, "a redirect from https to something else")
            url = answer.target
            permanent = permanent and answer.permanent
            moved = url if permanent else moved
        raise FetchError(FetchFault.REDIRECTS, f"more than {self._settings.max_redirects} redirects")

    async def _ask(self, url: str, validators: Validators, moved: str, *, permanent: bool) -> Fetched | _Redirect:
        if self._session is None:
            raise RuntimeError("use the fetcher as an async context manager")
        async with self._session.get(url, headers=_conditions(validators), allow_redirects=False) as response:
            told = response.headers
            if response.status in _REDIRECTS and "Location" in told:
                return _Redirect(_target(url, told["Location"]), permanent=response.status in _PERMANENT)
            now = self._clock()
            unchanged = response.status == HTTPStatus.NOT_MODIFIED and bool(validators)
            partial = response.status == HTTPStatus.IM_USED and bool(validators.etag) and _is_delta(told)
            if not (unchanged or partial or response.status in _WHOLE):
                raise await _failure(response, now, permanent=permanent)
            if told.get("cf-mitigated") == "challenge":
                raise FetchError(FetchFault.CHALLENGE, "the server wants to see a browser")
            return Fetched(
                url=url,
                status=response.status,
                body=None if unchanged else await read_limited(response, self._settings.max_bytes),
                headers=tuple((name, value) for name, value in told.items() if value.isprintable()),
                validators=_validators(told, validators if unchanged else Validators()),
                fetched=now,
                content_type=told.get("Content-Type", ""),
                moved=moved,
                fresh_for=fresh_for(told, now),
                partial=partial,
            )


def _conditions(validators: Validators) -> dict[str, str]:
    """The headers that ask for what is new only; those entries alone, where the server knows how (RFC 3229)."""
    asked = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified, "A-IM": "feed" if validators.etag else ""}
    return {name: value for name, value in asked.items() if value}


def _is_delta(headers: Mapping[str, str]) -> bool:
    return "feed" in [name.partition(";")[0].strip().lower() for name in headers.get("IM", "").split(",")]


@dataclass(frozen=True, slots=True)
class _Redirect:
    target: str
    permanent: bool


def _target(url: str, location: str) -> str:
    try:
        return urldefrag(urljoin(url, location)).url
    except ValueError:
        raise FetchError(FetchFault.REFUSED, "a redirect to what is not a URL") from None


_WHOLE = frozenset({HTTPStatus.OK, HTTPStatus.NON_AUTHORITATIVE_INFORMATION})
_SPEAKING = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
"""The statuses behind which a page may say that it is a browser they want to see."""


async def _failure(response: aiohttp.ClientResponse, now: datetime, *, permanent: bool) -> FetchError:
    """What an answer without a feed means. `permanent`: no redirect that holds for a while only led here."""
    status, headers = response.status, response.headers
    there = _http_date(headers.get("Date", "")) or now  # a date is compared with the clock it was made by, ours may be wrong
    asked = [wait for wait in (retry_after(headers.get("Retry-After", ""), there), fresh_for(headers, now)) if wait]
    wait = max(asked, default=None)
    host = host_of(str(response.url))
    if headers.get("cf-mitigated") == "challenge" or (status in _SPEAKING and await _page_of(response) == "challenge"):
        return FetchError(FetchFault.CHALLENGE, f"the server wants to see a browser ({status})", wait)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return FetchError(FetchFault.RATE_LIMITED, f"the server asks for patience ({status})", wait, host=host)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return FetchError(FetchFault.UNAVAILABLE, f"the server asks for patience ({status})", wait, host=host)
    if status == HTTPStatus.GONE and permanent:
        return FetchError(FetchFault.GONE, "the feed is gone for good (410)")
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED):
        return FetchError(FetchFault.LOGIN, f"the server wants a name and a password ({status})", wait)
    if 400 <= status < 500:
        return FetchError(FetchFault.CLIENT_ERROR, f"the server refuses ({status})", wait)
    if status >= 500:
        return FetchError(FetchFault.SERVER_ERROR, f"the server fails ({status})", wait)
    return FetchError(FetchFault.PROTOCOL, f"an answer without a feed ({status})", wait)


async def _page_of(response: aiohttp.ClientResponse) -> str:
    """What kind of page came with an error; "" where it is none, or larger than such pages are."""
    if "html" not in response.headers.get("Content-Type", "").lower():
        return ""
    try:
        return kind_of_page((await read_limited(response, _PAGE_LIMIT)).decode("utf-8", "replace"))
    except FetchError:
        return ""


def _validators(headers: Mapping[str, str], before: Validators) -> Validators:
    """What the answer gives, else what was given before; what could not be sent back as it came is not kept."""

    def kept(name: str, old: str) -> str:
        value = headers.get(name, old)
        return value if value.isprintable() and len(value) <= _VALIDATOR_LIMIT else ""

    return Validators(etag=kept("ETag", before.etag), last_modified=kept("Last-Modified", before.last_modified))


def retry_after(raw: str, now: datetime) -> timedelta | None:
    """How long a Retry-After header asks to wait: a count of seconds or a date (RFC 9110, section 10.2.3)."""
    raw = raw.strip()
    if raw.isascii() and raw.isdigit():
        return timedelta(seconds=int(raw)) if len(raw) <= 9 else timedelta(days=365)
    moment = _http_date(raw)
    return max(moment - now, timedelta()) if moment else None


_MAX_AGE = re.compile(r"(?:^|,)\s*max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)


def fresh_for(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long the answer stays good: Cache-Control max-age, else Expires (RFC 9111, section 4.2.1)."""
    control = headers.get("Cache-Control", "")
    if found := _MAX_AGE.search(control):
        return timedelta(seconds=int(found.group(1)))
    expires = None if control else _http_date(headers.get("Expires", ""))
    return max(expires - (_http_date(headers.get("Date", "")) or now), timedelta()) if expires else None


def _http_date(raw: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(raw)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


async def read_limited(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """The decoded body of a response that was not decompressed, of at most `limit` bytes before and after decoding.

    Raises:
        FetchError: TOO_BIG, ENCODING or INCOMPLETE.
    """
    announced = response.content_length
    if announced is not None and announced > limit:
        raise FetchError(FetchFault.TOO_BIG, f"the server announces {announced} bytes, more than {limit}")
    decoder = decoder_of(response.headers.getall("Content-Encoding", []), limit)
    received = 0
    async for chunk in response.content.iter_any():
        received += len(chunk)
        if received > limit:
            raise FetchError(FetchFault.TOO_BIG, f"more than {limit} bytes")
        decoder.feed(chunk)
    return decoder.result()


def fetch_error(wrong: Exception, settings: FetchSettings) -> FetchError:
    """What went wrong, in our words: aiohttp's hold addresses and URLs."""
    match wrong:
        case Refused():
            return FetchError(FetchFault.REFUSED, _refused(wrong))
        case TimeoutError():
            within, silence = settings.total_seconds, settings.idle_seconds
            return FetchError(FetchFault.TIMEOUT, f"no whole answer within {within:g} s, or silence for {silence:g} s")
        case aiohttp.ClientSSLError() | aiohttp.ClientConnectorCertificateError():
            return FetchError(FetchFault.TLS, "no trusted TLS connection")
        case aiohttp.ClientConnectorDNSError():
            return FetchError(FetchFault.DNS, "the host's name is not known")
        case aiohttp.ClientConnectorError(os_error=Refused() as refused):
            return FetchError(FetchFault.REFUSED, _refused(refused))
        case aiohttp.ClientConnectorError(os_error=PermissionError()):
            return FetchError(FetchFault.REFUSED, "none of its addresses may be reached; see [fetch.network] allow_networks")
        case aiohttp.ClientPayloadError():
            return FetchError(FetchFault.INCOMPLETE, "the body ends before its end")
        case aiohttp.InvalidURL() | UnicodeError():
            return FetchError(FetchFault.REFUSED, "not a URL")
        case aiohttp.ClientConnectionError() | OSError():
            return FetchError(FetchFault.CONNECT, "no connection, or it broke")
        case _:
            return FetchError(FetchFault.PROTOCOL, f"not an HTTP answer that could be read ({type(wrong).__name__})")


def _refused(no: Refused) -> str:
    return f"{no.reason}; see [fetch.network] {no.key}" if no.key else no.reason
