"""The silences of a cluster: in Redis, where every role that delivers sees them.

A role asks again every few seconds. While Redis is away it goes on with what it knew: a silence it cannot see wakes somebody too many,
never too few.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from redis.exceptions import RedisClusterException, RedisError

from sinks.redis_client import connect
from sinks.route import Silence
from tocsin.clock import Clock
from tocsin.model import EPOCH
from tocsin.wire import WireError, dump, load

logger = logging.getLogger(__name__)

REFRESHED = timedelta(seconds=5)
TIMEOUT = 2.0
"""Seconds for Redis to answer: an alert waits for it."""


class SharedSilences(Mapping[str, Silence]):
    """The silences that are kept under a cluster's prefix, by id; those that are over are left out."""

    def __init__(self, url: str, prefix: str, clock: Clock) -> None:
        self._redis, self._key, self._clock = connect(url, TIMEOUT), f"{{{prefix}}}:silences", clock
        self._known: dict[str, Silence] = {}
        self._asked = EPOCH
        self._away = False

    def __getitem__(self, name: str) -> Silence:
        return self._fresh()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fresh())

    def __len__(self) -> int:
        return len(self._fresh())

    def put(self, one: Silence) -> None:
        """Keep a silence.

        Raises:
            RedisError: it could not be kept.
        """
        self._redis.hset(self._key, one.id, dump(one).decode())

    def end(self, name: str) -> bool:
        """End a silence; False where there is none of that name.

        Raises:
            RedisError: it could not be ended.
        """
        return bool(self._redis.hdel(self._key, name))

    def read(self) -> dict[str, Silence]:
        """Those in force and to come, asked for now.

        Raises:
            RedisError: Redis does not answer.
        """
        told = self._redis.hgetall(self._key)
        return {str(name): one for name, raw in told.items() if (one := _silence(raw)) and one.ends > self._clock()}

    def close(self) -> None:
        self._redis.close()

    def _fresh(self) -> dict[str, Silence]:
        now = self._clock()
        if _elapsed(self._asked, now):
            self._asked = now
            try:
                self._known, self._away = self.read(), False
            except (RedisError, RedisClusterException):
                if not self._away:
                    logger.warning("the silences of the cluster cannot be read from Redis; those known before hold on")
                self._away = True
        return self._known


def _elapsed(asked: datetime, now: datetime) -> bool:
    return not timedelta(0) <= now - asked < REFRESHED


def _silence(raw: str | bytes) -> Silence | None:
    try:
        return load(raw, Silence)
    except WireError:
        return None  # of a newer version: it is not guessed at
