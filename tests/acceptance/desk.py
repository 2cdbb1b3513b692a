"""The words scenarios are told in, and the receivers they are told about.

A scenario has a sink and a route of its own, news of a pair of sides that no other scenario tells of, and what its receiver is to see:
`at(0)`, `at(5)`, `between(30, 33)` seconds after the alert was committed. All run side by side in one `tocsin run`.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.sinks.receiver import Behaviour, Receiver, Request, answer

EARLY, LATE = 0.35, 1.9
"""Seconds an arrival may be off: jitter shortens a wait by a tenth, and the machine may be busy."""

ACTORS = {"Russian": "RUS", "Turkish": "TUR", "Israeli": "ISR", "Iranian": "IRN", "Saudi": "SAU"}
TOWNS = {
    "Kharkiv": "UKR",
    "Aleppo": "SYR",
    "Nabatieh": "LBN",
    "Erbil": "IRQ",
    "Sanaa": "YEM",
    "Kandahar": "AFG",
    "Muzaffarabad": "PAK",
    "Asmara": "ERI",
    "Goma": "COD",
    "Tindouf": "DZA",
    "Benghazi": "LBY",
    "Timbuktu": "MLI",
    "Mogadishu": "SOM",
}


@dataclass(frozen=True)
class News:
    """One act between two sides that nobody else is told of, and the rise of its toll."""

    actor: str
    town: str
    killed: int

    @property
    def pair(self):
        return "-".join(sorted((ACTORS[self.actor], TOWNS[self.town])))

    def first(self):
        title = f"{self.actor} air strike on {self.town} kills {self.killed}"
        return title, f"An air strike by {self.actor} jets on {self.town} killed {self.killed} people, officials said."

    def later(self):
        more = self.killed + 300
        title = f"Toll of {self.actor} air strike on {self.town} rises to {more}"
        return title, f"The air strike by {self.actor} jets on {self.town} killed {more} people, officials said."


NEWS = [News(actor, town, 10 + n) for n, (actor, town) in enumerate(itertools.product(ACTORS, TOWNS))]


@dataclass(frozen=True)
class Window:
    """When an attempt is to be seen, in seconds."""

    since: float
    until: float
    base: str = "committed"
    """From when they count: when the news was committed, when the later news was, or when routing ruled, shortly before."""


def at(seconds, base="committed"):
    return Window(seconds * 0.9 - EARLY, seconds * 1.1 + LATE, base)


def between(since, until, base="committed"):
    return Window(since - EARLY, until + LATE, base)


@dataclass(frozen=True)
class Scenario:
    """`answers` come one after the other, the last for ever. `expect` is all that its receiver sees; `state` what is on record."""

    name: str
    expect: tuple[Window, ...]
    answers: tuple[Behaviour, ...] = (answer(200),)
    state: str = "delivered"
    reason: str = ""
    sink: dict[str, Any] = field(default_factory=dict)
    route: dict[str, Any] = field(default_factory=dict)
    news: int = 1
    """How many acts its route hears of."""
    later: bool = False
    """Whether the toll of its first act rises in a later body."""
    silenced: bool = False
    check: Callable[[list[Request]], None] = lambda _: None


@dataclass
class Arrival(Request):
    when: float = 0.0


class Desk(Receiver):
    """One receiver for all scenarios: each has a path and a script of its own."""

    def __init__(self):
        super().__init__()
        self.scripts: dict[str, list[Behaviour]] = {}
        self.arrivals: dict[str, list[Arrival]] = {}
        self.closed_until: dict[str, float] = {}

    async def _serve(self, into, out):
        try:
            while line := await into.readline():
                headers = {}
                while (header := (await into.readline()).strip()) != b"":
                    name, _, value = header.decode().partition(":")
                    headers[name.lower()] = value.strip()
                body = await into.readexactly(int(headers.get("content-length", 0)))
                path = line.split()[1].decode().split("/")[1]
                self.arrivals.setdefault(path, []).append(Arrival(path, headers, body, time.monotonic()))
                script = self.scripts.get(path, [answer(404)])
                await (script.pop(0) if len(script) > 1 else script[0])(out)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            out.close()
