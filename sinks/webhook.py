"""Alerts to any HTTP receiver: one POST per alert, a CloudEvents 1.0 body, signed after Standard Webhooks 1.0.

Whatever the receiver does (hang, drip, redirect, answer a gigabyte), an attempt ends within `timeout` and reads at most 64 KB. A
redirect is a failure and never followed: it would carry the alert to an address nobody configured.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Annotated, Literal, Self

import aiohttp
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from sinks.sink import DeliveryError, SinkGoneError, UnreachableError
from tocsin import __version__
from tocsin.clock import Clock, utc_now
from tocsin.model import Alert
from tocsin.network import NetworkPolicy, Refused, check_url, connector
from tocsin.wire import dump, plain

EVENT_TYPE = "org.tocsin.alert.v1"
"""The `type` of the event; a change that an old reader could not read gets a new number."""
MOST_READ = 65_536
"""How many bytes of an answer are read, so that the connection can be used again; a longer answer ends the connection."""
READING_SECONDS = 2
"""How long those bytes are waited for: the status has said all that matters."""
RETRIED = frozenset({408, 425, 429})
"""The statuses from 400 to 499 that say nothing about the alert: time-out, too early, too many requests."""


class WebhookSettings(BaseModel):
    """One receiver. Its whole URL is taken for a secret: with many services it is the password."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["webhook"] = "webhook"
    url: SecretStr | None = None
    url_file: Path | None = None
    secrets: Annotated[tuple[SecretStr, ...], Field(max_length=2)] = ()
    """Keys to sign with (`whsec_` and base64 of 24 to 64 bytes); two while one replaces the other."""
    secrets_file: Path | None = None
    """The same, one a line."""
    network: NetworkPolicy = NetworkPolicy()
    """Which addresses may be reached beyond the public ones."""
    timeout: Annotated[float, Field(gt=0, le=60)] = 15
    """Seconds for one whole attempt."""

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        if (self.url is None) == (self.url_file is None):
            raise ValueError("say either url or url_file")
        if self.secrets and self.secrets_file:
            raise ValueError("say either secrets or secrets_file")
        return self

    def build(self, name: str, clock: Clock = utc_now) -> WebhookSink:
        """The sink.

        Raises:
            ValueError: a file cannot be read, or a key is none; the text names no secret.
        """
        url = self.url.get_secret_value() if self.url else _read("url_file", self.url_file)
        told = [key.get_secret_value() for key in self.secrets]
        if self.secrets_file:
            told = _read("secrets_file", self.secrets_file).split()
        return WebhookSink(name, url, [signing_key(key) for key in told], self.network, timeout=self.timeout, clock=clock)


def _read(key: str, file: Path | None) -> str:
    try:
        return Path(file or "").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as wrong:
        raise ValueError(f"{key}: {file} cannot be read: {getattr(wrong, 'strerror', 'not UTF-8')}") from None


def signing_key(secret: str) -> bytes:
    """The bytes of a Standard Webhooks secret: base64, with or without `whsec_` before it, 24 to 64 bytes.

    Raises:
        ValueError: it is none.
    """
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not 24 <= len(key) <= 64:
        raise ValueError("a signing secret is whsec_ and the base64 of 24 to 64 bytes; make one with: openssl rand -base64 32")
    return key


class WebhookSink:
    """Posts alerts to one URL, over connections it keeps open; with a loop of its own, in the thread that sends."""

    def __init__(
        self, name: str, url: str, keys: Iterable[bytes], policy: NetworkPolicy, *, timeout: float = 15, clock: Clock = utc_now
    ) -> None:
        self.name = name
        self._url, self._keys, self._policy, self._timeout, self._clock = url, tuple(keys), policy, timeout, clock
        self._runner = asyncio.Runner()
        self._session: aiohttp.ClientSession | None = None

    def check(self) -> None:
        try:
            check_url(self._url, self._policy)
        except Refused as no:
            raise DeliveryError("refused", retry=False, remedy=f"the URL may not be used: {no.reason}") from None

    def send(self, alert: Alert) -> None:
        body = event(alert)
        headers = {
            "Content-Type": "application/cloudevents+json; charset=utf-8",
            "User-Agent": f"tocsin/{__version__}",
            **signature_headers(alert.id, self._clock(), body, self._keys),
        }
        status, after = self._runner.run(self._post(body, headers))
        verdict = judge(status, after, self._clock())
        if verdict:
            raise verdict

    def close(self) -> None:
        if self._session is not None:
            self._runner.run(self._session.close())
        self._runner.close()

    async def _post(self, body: bytes, headers: dict[str, str]) -> tuple[int, str | None]:
        """The status and the Retry-After header of the answer."""
        self._session = self._session or aiohttp.ClientSession(
            connector=connector(self._policy, limit=1),
            timeout=aiohttp.ClientTimeout(total=self._timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,  # nobody looks into the answer: let no bomb go off
        )
        for _ in range(3):  # the loop rests between alerts: let it see which connections have ended meanwhile
            await asyncio.sleep(0)
        try:
            async with self._session.post(self._url, data=body, headers=headers, allow_redirects=False) as answer:
                await _read_little(answer)
                return answer.status, answer.headers.get("Retry-After")
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


async def _read_little(answer: aiohttp.ClientResponse) -> None:
    """Read a short answer to its end, so that the connection can be used again; any other ends with its connection."""
    with suppress(aiohttp.ClientError, OSError):  # TimeoutError is one: a status has come, and that is the answer
        async with asyncio.timeout(READING_SECONDS):
            left = MOST_READ
            while chunk := await answer.content.read(left):
                left -= len(chunk)


def event(alert: Alert) -> bytes:
    """The alert as a CloudEvents 1.0 event in structured JSON: the same alert, the same bytes."""
    return dump(
        {
            "specversion": "1.0",
            "id": alert.id,
            "source": "tocsin",
            "type": EVENT_TYPE,
            "subject": alert.incident,
            "time": alert.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "datacontenttype": "application/json",
            "data": plain(alert),
        }
    )


def signature_headers(event_id: str, now: datetime, body: bytes, keys: Iterable[bytes]) -> dict[str, str]:
    """The three headers of Standard Webhooks 1.0: id, time of the attempt, and one signature per key (none without keys)."""
    stamp = str(int(now.timestamp()))
    signed = f"{event_id}.{stamp}.".encode() + body
    signatures = [base64.b64encode(hmac.digest(key, signed, "sha256")).decode() for key in keys]
    headers = {"webhook-id": event_id, "webhook-timestamp": stamp}
    return headers | {"webhook-signature": " ".join(f"v1,{signature}" for signature in signatures)} if signatures else headers


def judge(status: int, retry_after: str | None, now: datetime) -> DeliveryError | None:
    """What a status means for the alert: None where it was taken."""
    if 200 <= status < 300:
        return None
    if status == 410:
        return SinkGoneError("http_410", remedy="the receiver is gone for good: correct or remove the sink")
    retry = status >= 500 or status in RETRIED or status < 400
    return DeliveryError(f"http_{status}", retry=retry, after=pause(retry_after, now))


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
