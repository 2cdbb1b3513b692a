"""Alerts to any service that Apprise speaks to: e-mail, Teams, Discord, PagerDuty, Telegram and a hundred more.

Apprise is an extra (`pip install tocsin[notify]`), imported when such a sink is built. It says whether a service took a message and
no more: not what was answered, nor how long to wait. So this is the way for services without a sink of their own; waiting and trying
again stays with `deliver`.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from sinks.http import read_secret
from sinks.message import Message, compose
from sinks.sink import DeliveryError
from sinks.spacer import Spacer
from tocsin.clock import Clock, utc_now
from tocsin.model import Alert

_OURS = ("slack",)
"""Schemes for which there is a better sink: Apprise's own for Slack lets a headline mention a channel."""
_INERT = str.maketrans({char: chr(ord(char) + 0xFEE0) for char in "@<>[]*_`~|\\#&$"})
"""What begins a mention, a link or a format anywhere, as the wide form of the same character: it reads alike and does nothing."""


class AppriseSettings(BaseModel):
    """One service, by its Apprise URL. The whole URL is a secret: it holds the passwords."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["apprise"] = "apprise"
    url: SecretStr | None = None
    """The service, as Apprise writes it; taken for a secret."""
    url_file: Path | None = None
    """A file that holds it instead."""
    timeout: Annotated[float, Field(gt=0, le=60)] = 15
    """Seconds for one whole attempt."""
    spacing: Annotated[float, Field(ge=0, le=60)] = 1
    """Seconds between two messages."""
    digest_above: Annotated[int, Field(ge=0)] = 20
    """While more alerts than this wait, many are told in one message; 0: never."""

    @model_validator(mode="after")
    def _one_url(self) -> Self:
        if (self.url is None) == (self.url_file is None):
            raise ValueError("say either url or url_file")
        return self

    def build(self, name: str, clock: Clock = utc_now) -> AppriseSink:
        """The sink.

        Raises:
            ValueError: Apprise is not installed, its URL is none, or its file cannot be read; the text names no secret.
        """
        url = self.url.get_secret_value() if self.url else read_secret("url_file", self.url_file)
        return AppriseSink(name, _service(url), self.timeout, Spacer(clock, self.spacing))


def _service(url: str) -> Any:
    """An Apprise object with the one service of the URL, told to do nothing clever with the words.

    Raises:
        ValueError: as in `build`.
    """
    try:
        import apprise
    except ImportError:
        raise ValueError("this sink needs Apprise: pip install 'tocsin[notify]'") from None
    scheme = url.partition("://")[0].strip().casefold()
    if scheme in _OURS:
        raise ValueError(f'there is a sink of its own for {scheme}: use type = "{scheme}"')
    asset = apprise.AppriseAsset(
        async_mode=False,
        http_redirects=False,
        interpret_escapes=False,
        interpret_emojis=False,
        allow_templates=False,
        secure_logging=True,
        storage_mode=apprise.PersistentStoreMode.MEMORY,
    )
    service = apprise.Apprise(asset=asset)
    with warnings.catch_warnings():  # of all its services, which it loads to find the one
        warnings.simplefilter("ignore")
        known = service.add(url)
    if not known:
        raise ValueError("the URL is none that Apprise knows; see its list of services, and mind that special characters are escaped")
    return service


class AppriseSink:
    """Notifies one service, in plain text."""

    def __init__(self, name: str, service: Any, timeout: float, spacer: Spacer) -> None:
        self.name = name
        self._service, self._timeout, self._spacer = service, timeout, spacer

    def check(self) -> None:
        """Whatever there is to know without sending was known when the URL was read."""

    def send(self, alert: Alert) -> None:
        told = compose(alert)
        with self._spacer:
            result = self._service.notify(body=body(told), title=title(told), body_format="text", timeout=self._timeout)
        if result:
            return
        if getattr(getattr(result, "status", None), "name", "") == "TIMEOUT":
            raise DeliveryError("timeout", retry=True)
        raise DeliveryError("not_taken", retry=True, remedy="the service did not take it; Apprise does not say why")

    def close(self) -> None:
        """Apprise keeps no connection."""


def title(told: Message) -> str:
    """One line: the level, what became of the incident, and who did what to whom."""
    return _inert(f"{told.level} {told.kind}: {told.who} {told.what}")


def body(told: Message) -> str:
    """The message in plain lines, with nothing in it that a service would take for a mention, a link or a format; then our links."""
    lines = [told.title, told.headline, told.rung, f"Why: {told.reason}", *(f"“{q.text}” - {q.outlet}" for q in told.quotes), told.sources]
    return "\n".join([*(_inert(line) for line in lines if line), *told.links])


def _inert(words: str) -> str:
    return words.replace(" -> ", " → ").translate(_INERT)
