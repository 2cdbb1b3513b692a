"""The one list of sinks. A new one is a file beside this, and a line here."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sinks.apprise import AppriseSettings
from sinks.console import ConsoleSettings
from sinks.jsonl import JsonlSettings
from sinks.redis import RedisSettings
from sinks.slack import SlackSettings
from sinks.stdout import StdoutSettings
from sinks.webhook import WebhookSettings

SinkSettings = Annotated[
    AppriseSettings | ConsoleSettings | JsonlSettings | RedisSettings | SlackSettings | StdoutSettings | WebhookSettings,
    Field(discriminator="type"),
]
"""The settings of any sink; `type` says which. `build(name, clock)` makes it."""
