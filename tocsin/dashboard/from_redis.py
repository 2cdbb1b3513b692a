"""The page's source on a cluster: the alerts as a redis sink keeps them, and the dyads as `assess` keeps its state.

It only reads. Feeds, deliveries and dead letters are kept by each role for itself there, and silences by each sink's process.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from processors.assess import DyadState
from producers.feed import FeedState
from sinks.redis_client import Client
from sinks.route import Silence
from tocsin.dashboard.choose import search
from tocsin.dashboard.decoded import Decoded
from tocsin.dashboard.source import Delivery, Found, Kept, NotHereError, Pulse, SourceError, Wanted
from tocsin.model import Alert
from tocsin.store import DeadLetter
from tocsin.wire import load

_CHUNK = 200
_MOST_IN_ONE_MS = 1 << 12
"""A stream's id is a millisecond and a number within it; together they make one number that a script of a browser holds exactly."""


class RedisSource:
    """Raises (from its methods): SourceError, where Redis cannot be read or something is to be changed."""

    is_whole = False

    def __init__(self, alerts: Client, prefix: str, state: Redis, state_prefix: str) -> None:
        """`alerts` is the client of the sink's Redis (it answers text), `prefix` the sink's; `state` that of the segments' (it answers
        bytes), `state_prefix` that of the topics.
        """
        self._alerts, self._stream, self._tag = alerts, f"{{{prefix}}}:alerts", f"{{{prefix}}}"
        self._state, self._dyads_key = state, f"{{{state_prefix}.assess}}:dyads"
        self._decoded = Decoded(DyadState)
        self._lock = threading.Lock()
        self._last = "0"
        self._by_incident: dict[str, list[int]] = {}
        self._by_dyad: dict[str, list[int]] = {}

    def close(self) -> None:
        self._alerts.close()
        self._state.close()

    def version(self) -> int:
        return self.newest()

    def newest(self) -> int:
        return next((seq for seq, _ in self._back(None, 1)), 0)

    def pulse(self) -> Pulse:
        newest = [load(raw, Alert) for _, raw in self._back(None, 1)]
        return Pulse(last_item=newest[0].at if newest else None)

    def after(self, seq: int, limit: int) -> list[Kept]:
        with _failing():
            return _kept(self._alerts.xrange(self._stream, min=f"({_id(seq)}", max="+", count=limit))

    def recent(self, wanted: Wanted, limit: int, before: int | None = None) -> Found:
        return search(wanted, limit, before, self._back)

    def of_incident(self, incident: str) -> list[Kept]:
        """All alerts of it that the stream still has, else the latest, which is kept longer."""
        self._index()
        with _failing():
            told = self._these(self._by_incident.get(incident, ()))
            if not told and (raw := self._alerts.hget(f"{self._tag}:incident:{incident}", "alert")):
                told = [Kept(0, load(str(raw), Alert))]
        return told

    def of_dyad(self, dyad: str, most: int) -> list[Kept]:
        self._index()
        with _failing():
            return self._these(self._by_dyad.get(dyad, ())[-most:])

    def dyads(self) -> Mapping[str, DyadState]:
        with _failing():
            rows: Any = self._state.hgetall(self._dyads_key)
        return self._decoded.of((key.decode(), raw) for key, raw in rows.items())

    def deliveries_of(self, alert_ids: Sequence[str]) -> list[Delivery]:  # noqa: ARG002 -- each sink's process knows of its own
        return []

    def refused(self, limit: int) -> list[tuple[Delivery, Alert]]:
        raise _elsewhere(limit)

    def feeds(self) -> list[FeedState]:
        raise _elsewhere()

    def dead_letters(self, limit: int) -> list[DeadLetter]:
        raise _elsewhere(limit)

    def retries(self) -> frozenset[str]:
        raise _elsewhere()

    def silences(self) -> list[Silence]:
        raise _elsewhere()

    def keep_silence(self, one: Silence) -> None:
        raise _elsewhere(one)

    def end_silence(self, name: str, now: datetime) -> bool:
        raise _elsewhere(name, now)

    def ask_retry(self, letters: Sequence[str], now: datetime) -> None:
        raise _elsewhere(letters, now)

    def deliver_again(self, sink: str, alert_id: str) -> None:
        raise _elsewhere(sink, alert_id)

    def _back(self, before: int | None, count: int) -> list[tuple[int, bytes]]:
        with _failing():
            newest = "+" if before is None else f"({_id(before)}"
            entries: Any = self._alerts.xrevrange(self._stream, max=newest, min="-", count=count)
        return [(_seq(name), fields["alert"].encode()) for name, fields in entries]

    def _these(self, seqs: Sequence[int]) -> list[Kept]:
        return [kept for seq in seqs for kept in _kept(self._alerts.xrange(self._stream, min=_id(seq), max=_id(seq)))]

    def _entries(self, after: str) -> list[tuple[str, dict[str, str]]]:
        told: Any = self._alerts.xrange(self._stream, min=after, max="+", count=_CHUNK)
        return list(told)

    def _index(self) -> None:
        """Learn where the alerts stand that have come since."""
        with self._lock, _failing():
            while some := self._entries(f"({self._last}"):
                for name, fields in some:
                    self._by_incident.setdefault(fields["incident"], []).append(_seq(name))
                    self._by_dyad.setdefault(fields["dyad"], []).append(_seq(name))
                    self._last = name


def _elsewhere(*_: object) -> NotHereError:
    return NotHereError("On a cluster the page shows alerts and dyads. The rest is told by each role itself.")


@contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except RedisError as wrong:
        raise SourceError(f"Redis cannot be read: {type(wrong).__name__}") from None


def _kept(entries: Any) -> list[Kept]:
    return [Kept(_seq(name), load(fields["alert"], Alert)) for name, fields in entries]


def _seq(name: str) -> int:
    """The number of a stream's id.

    >>> _id(_seq("1705467900000-3"))
    '1705467900000-3'
    """
    ms, _, n = name.partition("-")
    return int(ms) * _MOST_IN_ONE_MS + min(int(n), _MOST_IN_ONE_MS - 1)


def _id(seq: int) -> str:
    return f"{seq // _MOST_IN_ONE_MS}-{seq % _MOST_IN_ONE_MS}"
