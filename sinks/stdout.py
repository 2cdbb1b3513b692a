"""Alerts on standard output as JSON lines, for the next program in a pipe."""

from __future__ import annotations

import sys
from typing import BinaryIO, Literal

from pydantic import BaseModel, ConfigDict

from sinks.lines import json_line
from sinks.sink import DeliveryError
from tocsin.clock import Clock, utc_now
from tocsin.model import Alert


class StdoutSettings(BaseModel):
    """Standard output, one line of JSON an alert."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["stdout"] = "stdout"

    def build(self, name: str, clock: Clock = utc_now) -> StdoutSink:  # noqa: ARG002 -- every sink is built alike
        return StdoutSink(name, sys.stdout.buffer)


class StdoutSink:
    """Writes whole lines, and sees to it that the reader has them before an alert counts as delivered."""

    def __init__(self, name: str, stream: BinaryIO) -> None:
        self.name = name
        self._stream = stream

    def check(self) -> None:
        if self._stream.closed:
            raise DeliveryError("closed", retry=False, remedy="standard output is closed")

    def send(self, alert: Alert) -> None:
        try:
            self._stream.write(json_line(alert))
            self._stream.flush()
        except (OSError, ValueError):  # ValueError: the stream is closed
            raise DeliveryError("closed", retry=True, remedy="nobody reads standard output any more") from None

    def close(self) -> None:
        """The stream is not ours to close."""
