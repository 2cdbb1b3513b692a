"""What the page can be told, whoever keeps it: the store of this process, or Redis on a cluster.

All methods may be called by any thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from processors.assess import DyadState
from producers.feed import FeedState
from sinks.route import Silence
from tocsin.model import Alert, Level, Sign
from tocsin.store import DeadLetter


class SourceError(Exception):
    """Nothing can be read now; the text says why."""


class NotHereError(SourceError):
    """The source does not know of such things, or cannot change them."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An alert with its place in the order in which alerts were raised: what a stream goes on from."""

    seq: int
    alert: Alert


MOST_LOOKED = 20_000
"""How many alerts are looked at for one page of those that fit; the next page goes on from there."""


@dataclass(frozen=True, slots=True)
class Found:
    """Alerts that fit, newest first; `further` is before which place to look for more, None where all were looked at."""

    kept: list[Kept]
    further: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of an alert at one sink. `changed` is when that was last noted, `due` when a pending one is tried next."""

    alert_id: str
    sink: str
    state: str
    attempts: int
    reason: str
    changed: datetime | None
    due: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which alerts are asked for; what is left empty fits all. Every word of `text` must stand in headline, quotes, reason or outlets."""

    level: Level = Level.NONE
    sign: Sign | None = None
    text: str = ""
    actor: str = ""
    place: str = ""
    dyad: str = ""
    since: datetime | None = None
    until: datetime | None = None
    live: bool = False
    """Without those that only say that nothing more was told."""

    def __bool__(self) -> bool:
        return self != Wanted()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """How it goes, in a few figures. `waiting_since` is when the oldest undelivered alert was put in its outbox."""

    sums: Mapping[str, int] = field(default_factory=dict)
    deliveries: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    waiting_since: datetime | None = None
    last_item: datetime | None = None
    dead_letters: int = 0


class Source(Protocol):
    """Raises (all of them): SourceError."""

    is_whole: bool
    """Whether it knows of feeds, deliveries, dead letters and silences too, and can change them; else of alerts and dyads only."""

    def version(self) -> int:
        """A number that changes when something was written."""

    def pulse(self) -> Pulse: ...

    def after(self, seq: int, limit: int) -> list[Kept]:
        """The alerts raised after that one, oldest first."""

    def newest(self) -> int:
        """The place of the newest alert, 0 where there is none."""

    def recent(self, wanted: Wanted, limit: int, before: int | None = None) -> Found:
        """The newest alerts that fit, newest first, raised before that one, as far as MOST_LOOKED of them were looked at."""

    def of_incident(self, incident: str) -> list[Kept]:
        """All alerts of an incident, oldest first."""

    def of_dyad(self, dyad: str, most: int) -> list[Kept]:
        """The newest alerts of a dyad, oldest first."""

    def dyads(self) -> Mapping[str, DyadState]: ...

    def deliveries_of(self, alert_ids: Sequence[str]) -> list[Delivery]: ...

    def feeds(self) -> list[FeedState]: ...

    def dead_letters(self, limit: int) -> list[DeadLetter]: ...

    def refused(self, limit: int) -> list[tuple[Delivery, Alert]]:
        """The deliveries that were given up, newest first, with their alerts."""

    def deliver_again(self, sink: str, alert_id: str) -> None:
        """Put a delivery that was given up back into the outbox."""

    def retries(self) -> frozenset[str]:
        """The dead letters that are asked to be tried again and were not yet."""

    def silences(self) -> list[Silence]: ...

    def keep_silence(self, one: Silence) -> None: ...

    def end_silence(self, name: str, now: datetime) -> bool: ...

    def ask_retry(self, letters: Sequence[str], now: datetime) -> None: ...
