"""What somebody beside the running service asks it to do: written by the page and the command line, done by the service, which alone writes
the news.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

RETRIES = "retries"
"""The store's mapping of dead letters that are to be tried again, by their ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Somebody asked for it at this time."""

    at: datetime
