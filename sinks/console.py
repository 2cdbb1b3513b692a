"""Alerts on a terminal or in a pipe: one compact block each, nothing in it that a terminal or rich would obey."""

from __future__ import annotations

import sys
from typing import Literal, TextIO

from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.text import Text

from sinks.message import Message, compose
from sinks.sink import DeliveryError
from tocsin.clock import Clock, utc_now
from tocsin.model import Alert, Level

_COLOURS = {Level.NONE: "dim", Level.THREAT: "yellow", Level.DISPLAY: "dark_orange", Level.FORCE: "red", Level.WAR: "bold red"}


class ConsoleSettings(BaseModel):
    """Alerts on standard output."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["console"] = "console"

    def build(self, name: str, clock: Clock = utc_now) -> ConsoleSink:  # noqa: ARG002 -- every sink is built alike
        return ConsoleSink(name, sys.stdout)


class ConsoleSink:
    """Writes to a stream; coloured where it is a terminal, plain text elsewhere."""

    def __init__(self, name: str, stream: TextIO) -> None:
        self.name = name
        self._stream = stream
        self._console = _Console(file=stream, highlight=False, markup=False, emoji=False)

    def check(self) -> None:
        if self._stream.closed:
            raise DeliveryError("closed", retry=False, remedy="standard output is closed")

    def send(self, alert: Alert) -> None:
        try:
            self._console.print(self._writable(block(compose(alert), alert.level)), soft_wrap=True)
        except (OSError, ValueError):  # ValueError: the stream is closed
            raise DeliveryError("closed", retry=True, remedy="nobody reads standard output any more") from None

    def close(self) -> None:
        """The stream is not ours to close."""

    def _writable(self, text: Text) -> Text:
        """The text with a "?" for what the stream's encoding cannot say."""
        encoding = self._console.encoding
        text.plain = text.plain.encode(encoding, "replace").decode(encoding)
        return text


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Tell the caller, where rich would end the process."""
        raise BrokenPipeError


def block(message: Message, level: Level) -> Text:
    """One alert as lines: the headline, then, indented, the title, the dyad's move, the reason, the quotes, the sources and the links."""
    text = Text()
    text.append(f"{message.level} {message.kind}", style=_COLOURS[level])
    text.append(f"  {message.headline}\n", style="bold")
    text.append(f"  {message.title}\n")
    if message.rung:
        text.append(f"  {message.rung}\n")
    text.append(f"  why: {message.reason}\n")
    for quote in message.quotes:
        text.append(f'  "{quote.text}"')
        text.append(f" - {quote.outlet}\n", style="dim")
    text.append(f"  {message.sources}\n", style="dim")
    for link in message.links:
        text.append(f"  {link}\n", style="dim")
    return text
