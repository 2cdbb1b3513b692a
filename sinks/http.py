"""POST to a URL somebody configured, whatever the one at the other end does (hang, drip, redirect, answer a gigabyte).

An attempt ends within its time-out and reads at most 64 KB. A redirect is a failure and never followed: it would carry the alert
to an address nobody configured.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import aiohttp

from sinks.sink import DeliveryError, SinkGoneError, UnreachableError
from tocsin import __version__
from tocsin.network import NetworkPolicy, Refused, check_url, connector

MOST_READ = 65_536
"""How many bytes of an answer are read."""
READING_SECONDS = 2
"""How long those bytes are waited for: the status has said most of what matters."""
RETRIED = frozenset({408, 425, 429})
"""The statuses from 400 to 499 that say nothing about the alert: time-out, too early, too many requests."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, the Retry-After header, and the beginning of the body."""

    status: int
    retry_after: str | None = None
    body: bytes = b""


class Poster:
    """Posts to receivers, over connections it keeps open; with an event loop of its own, in the thread that posts."""

    def __init__(self, policy: NetworkPolicy, timeout: float) -> None:
        self._policy, self._timeout = policy, timeout
        self._runner = asyncio.Runner()
        self._session: aiohttp.ClientSession | None = None

    def check(self, url: str) -> None:
        """Whether the URL's form allows it to be called.

        Raises:
            DeliveryError: it never will be.
        """
        try:
            check_url(url, self._policy)
        except Refused as no:
            allowed = f"; if it is yours, allow it in `network`, key `{no.key}`, of this sink" if no.key else ""
            raise DeliveryError("refused", retry=False, remedy=f"the URL may not be used: {no.reason}{allowed}") from None

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post once.

        Raises:
            DeliveryError: there was no answer.
        """
        return self._runner.run(self._post(url, body, {"User-Agent": f"tocsin/{__version__}", **headers}))

    def close(self) -> None:
        if self._session is not None:
            self._runner.run(self._session.close())
        self._runner.close()

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        self._session = self._session or aiohttp.ClientSession(
            connector=connector(self._policy, limit=1),
            timeout=aiohttp.ClientTimeout(total=self._timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,  # let no bomb go off
        )
        for _ in range(3):  # the loop rests between alerts: let it see which connections have ended meanwhile
            await asyncio.sleep(0)
        try:
            async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
                return Answer(answer.status, answer.headers.get("Retry-After"), await _beginning(answer))
        except aiohttp.InvalidURL:
            raise DeliveryError("bad_url", retry=True, remedy="the URL cannot be used") from None
        except aiohttp.ClientConnectorCertificateError:
            raise UnreachableError("certificate", remedy="the receiver's certificate is not valid") from None
        except aiohttp.ClientSSLError:
            raise UnreachableError("tls", remedy="no secure connection could be made") from None
        except aiohttp.ClientConnectorError as wrong:
            if isinstance(wrong.os_error, PermissionError):
                raise UnreachableError("refused", remedy="the receiver's address may not be reached; see network.allow_networks") from None
            raise UnreachableError("unreachable") from None
        except TimeoutError:
            raise DeliveryError("timeout", retry=True) from None
        except (aiohttp.ClientError, OSError, ValueError):  # cut off, or no HTTP; nobody can say whether the alert was taken
            raise DeliveryError("bad_answer", retry=True) from None


async def _beginning(answer: aiohttp.ClientResponse) -> bytes:
    """A short answer read to its end, so that the connection can be used again; any other ends with its connection."""
    read = b""
    with suppress(aiohttp.ClientError, OSError):  # TimeoutError is one: a status has come, and that is the answer
        async with asyncio.timeout(READING_SECONDS):
            while chunk := await answer.content.read(MOST_READ - len(read)):
                read += chunk
    return read


def judge(answer: Answer, now: datetime) -> DeliveryError | None:
    """What a status means for the alert: None where it was taken."""
    status = answer.status
    if 200 <= status < 300:
        return None
    if status == 410:
        return SinkGoneError("http_410", remedy="the receiver is gone for good: correct or remove the sink")
    retry = status >= 500 or status in RETRIED or status < 400
    return DeliveryError(f"http_{status}", retry=retry, after=pause(answer.retry_after, now))


def pause(retry_after: str | None, now: datetime) -> timedelta | None:
    """What a Retry-After header asks for: seconds or a date (RFC 9110, 10.2.3); None where it is missing or neither.

    >>> pause("120", datetime(2026, 1, 1, tzinfo=UTC))
    datetime.timedelta(seconds=120)
    """
    if not retry_after:
        return None
    said = retry_after.strip()
    if re.fullmatch(r"[0-9]{1,9}", said):
        return timedelta(seconds=int(said))
    try:
        until = parsedate_to_datetime(said)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    return max((until if until.tzinfo else until.replace(tzinfo=UTC)) - now, timedelta(0))


def read_secret(key: str, file: Path | None) -> str:
    """The contents of the file that a setting names.

    Raises:
        ValueError: it cannot be read; the text names the setting and the file.
    """
    try:
        return Path(file or "").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as wrong:
        raise ValueError(f"{key}: {file} cannot be read: {getattr(wrong, 'strerror', 'not UTF-8')}") from None
