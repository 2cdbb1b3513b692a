"""Alerts to any HTTP receiver: one POST per alert, a CloudEvents 1.0 body, signed after Standard Webhooks 1.0."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from sinks.http import Poster, judge, read_secret
from tocsin.clock import Clock, utc_now
from tocsin.model import Alert
from tocsin.network import NetworkPolicy
from tocsin.wire import dump, plain

EVENT_TYPE = "org.tocsin.alert.v1"
"""The `type` of the event; a change that an old reader could not read gets a new number."""


class WebhookSettings(BaseModel):
    """One receiver. Its whole URL is taken for a secret: with many services it is the password."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["webhook"] = "webhook"
    url: SecretStr | None = None
    """The receiver."""
    url_file: Path | None = None
    """A file that holds its address instead."""
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
        url = self.url.get_secret_value() if self.url else read_secret("url_file", self.url_file)
        told = [key.get_secret_value() for key in self.secrets]
        if self.secrets_file:
            told = read_secret("secrets_file", self.secrets_file).split()
        return WebhookSink(name, url, [signing_key(key) for key in told], self.network, timeout=self.timeout, clock=clock)


def signing_key(secret: str) -> bytes:
    """The bytes of a Standard Webhooks secret: base64, with or without `whsec_` before it, 24 to 64 bytes.

    Raises:
        ValueError: it is none.
    """
    try:
        words = secret.removeprefix("whsec_").rstrip("=")
        key = base64.b64decode(words + "=" * (-len(words) % 4), validate=True)  # some write it without its padding
    except (binascii.Error, ValueError):
        key = b""
    if not 24 <= len(key) <= 64:
        raise ValueError("a signing secret is whsec_ and the base64 of 24 to 64 bytes; make one with: openssl rand -base64 32")
    return key


class WebhookSink:
    """Posts alerts to one URL."""

    def __init__(
        self, name: str, url: str, keys: Iterable[bytes], policy: NetworkPolicy, *, timeout: float = 15, clock: Clock = utc_now
    ) -> None:
        self.name = name
        self._url, self._keys, self._clock = url, tuple(keys), clock
        self._http = Poster(policy, timeout)

    def check(self) -> None:
        self._http.check(self._url)

    def send(self, alert: Alert) -> None:
        body = event(alert)
        headers = {
            "Content-Type": "application/cloudevents+json; charset=utf-8",
            **signature_headers(alert.id, self._clock(), body, self._keys),
        }
        answer = self._http.post(self._url, body, headers)
        if wrong := judge(answer, self._clock()):
            raise wrong

    def close(self) -> None:
        self._http.close()


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
