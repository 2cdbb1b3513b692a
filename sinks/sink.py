"""What a sink is, and what it says when an alert could not be handed over."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from tocsin.model import Alert


class DeliveryError(Exception):
    """An alert that was not taken, and whether trying again could help.

    `reason` is one of a bounded set of short labels ("http_503", "timeout"): it is counted, stored and shown, so it never
    carries an address, a body or a secret. `retry` is False only where the very same alert would be refused for ever. `after` is how
    long the receiver asked to be left alone. `remedy` is a sentence for the person who runs Tocsin; it names no secret either.
    """

    def __init__(self, reason: str, *, retry: bool, after: timedelta | None = None, remedy: str = "") -> None:
        super().__init__(f"{reason}: {remedy}" if remedy else reason)
        self.reason = reason
        self.retry = retry
        self.after = after
        self.remedy = remedy


class UnreachableError(DeliveryError):
    """The service could not be spoken to at all: no address, no connection, no valid certificate. It says nothing about the alert."""

    def __init__(self, reason: str, *, remedy: str = "") -> None:
        super().__init__(reason, retry=True, remedy=remedy)


class SinkGoneError(DeliveryError):
    """The receiver asks never to be called again (HTTP 410): the sink is switched off, its alerts stay pending.

    They are tried again when the service is next started, after somebody has looked at its configuration.
    """

    def __init__(self, reason: str, *, remedy: str = "") -> None:
        super().__init__(reason, retry=True, remedy=remedy)


class Sink(Protocol):
    """One outside service that hears of alerts. Used by one thread at a time, the one that delivers to it."""

    @property
    def name(self) -> str:
        """The name it has in the configuration, unique there, and the same over restarts: what was delivered is kept under it."""

    def check(self) -> None:
        """Ask the service whether alerts could be sent, without sending one.

        Raises:
            DeliveryError: they could not; with `retry` it may be well later, without it the configuration must change first.
        """

    def send(self, alert: Alert) -> None:
        """Hand over one alert; when this returns, the service has it. The same alert may come again and must do no harm.

        Raises:
            DeliveryError: it was not taken, or nobody can say whether it was.
        """

    def close(self) -> None:
        """Give back what is held. Called once, after the last `send`."""
