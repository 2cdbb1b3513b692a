"""Who polls which feeds, among several processes: every shard is leased in Redis, beside what is known of its feeds.

A process has the shard it was started for, and those whose process is gone. What it is about to ask is kept there first, in one step
with the look whether the lease is still its own: so whoever takes a shard over knows what was asked, and nobody asks without the lease.
A process that slept through the end of its lease finds out before its next request.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from producers.feed import FeedState
from producers.shard import Shard, shard_of_feed
from tocsin.clock import Uptime, uptime
from tocsin.wire import dump, load

LEASE_SECONDS = 30.0
"""After how long, and two rounds more at most, a shard is polled by another when its process dies."""
ROUNDS = 3
"""How often a lease is renewed in its time."""

_SAVE = """
for number = 2, #KEYS do if redis.call('GET', KEYS[number]) ~= ARGV[1] then return 0 end end
for number = 2, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[number], ARGV[number + 1]) end
return 1
"""
_RENEW = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) else return 0 end"
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) else return 0 end"


class LeaseError(OSError):
    """What was about to be kept was not: another process polls these feeds by now, or Redis cannot be asked."""


class Leases:
    """The shards of one process. `round` is for one thread, everything else for any.

    Raises (from `round`, `release` and `states`):
        redis.RedisError: Redis cannot be asked; then nothing is polled once the leases have run out.
    """

    def __init__(self, redis: Redis, prefix: str, shard: Shard, *, seconds: float = LEASE_SECONDS, now: Uptime = uptime) -> None:
        self._redis, self._prefix, self._shard, self._seconds, self._now = redis, prefix, shard, seconds, now
        self._token = uuid.uuid4().hex
        self._until: dict[int, float] = {}
        self._orphans: set[int] = set()
        self._save, self._renew, self._release = (redis.register_script(script) for script in (_SAVE, _RENEW, _RELEASE))

    @property
    def round_seconds(self) -> float:
        """How often `round` must come."""
        return self._seconds / ROUNDS

    def mine(self) -> frozenset[int]:
        """The shards to poll now, as far as this process knows."""
        now = self._now()
        return frozenset(number for number, until in self._until.items() if now < until)

    def has(self, url: str) -> bool:
        """Whether the feed is polled here."""
        return self._now() < self._until.get(shard_of_feed(url, self._shard.of), float("-inf"))

    def round(self) -> frozenset[int]:
        """Renew what is held, claim one's own shard, take one that nobody has, give back what its own process asks for."""
        for number in list(self._until):
            if number != self._shard.number and self._redis.get(self._key("want", number)):
                self._give_back(number)
            elif not self._extend(number):
                self._until.pop(number, None)
        if self._shard.number not in self._until and not self._claim(self._shard.number):
            self._redis.set(self._key("want", self._shard.number), self._token, px=self._milliseconds)
        self._adopt()
        return self.mine()

    def release(self) -> None:
        """Give back all, so that others need not wait for the leases to run out."""
        for number in list(self._until):
            self._give_back(number)

    def states(self, shards: Collection[int]) -> dict[str, FeedState]:
        """What is known of the feeds of these shards, as whoever polled them last kept it."""
        told: dict[str, FeedState] = {}
        for number in shards:
            rows: Any = self._redis.hgetall(self._key("feeds", number))
            told |= {url.decode(): load(raw, FeedState) for url, raw in rows.items()}
        return told

    def save(self, states: Sequence[FeedState]) -> None:
        """Keep these states, all of a shard or none.

        Raises:
            LeaseError: a shard has been taken over meanwhile, or Redis cannot be asked.
        """
        by_shard: dict[int, list[FeedState]] = {}
        for state in states:
            by_shard.setdefault(shard_of_feed(state.url, self._shard.of), []).append(state)
        for number, some in by_shard.items():
            pairs = [part for state in some for part in (state.url, dump(state))]
            try:
                kept = self._save(keys=[self._key("feeds", number), self._lease(number)], args=[self._token, *pairs])
            except RedisError as wrong:
                raise LeaseError(f"Redis: {wrong}") from None
            if not kept:
                self._until.pop(number, None)
                raise LeaseError(f"shard {number}/{self._shard.of} is polled by another process")

    def _adopt(self) -> None:
        """Take over one shard that had no process at the last look either; one at a time, so that the survivors share."""
        homeless = {n for n in range(1, self._shard.of + 1) if n not in self._until and not self._redis.exists(self._lease(n))}
        for number in sorted(homeless & self._orphans, key=lambda n: (n - self._shard.number) % self._shard.of):
            if not self._redis.get(self._key("want", number)) and self._claim(number):
                break
        self._orphans = homeless - self._until.keys()

    def _claim(self, number: int) -> bool:
        asked = self._now()
        return self._held(number, asked, self._redis.set(self._lease(number), self._token, nx=True, px=self._milliseconds))

    def _extend(self, number: int) -> bool:
        asked = self._now()
        return self._held(number, asked, self._renew(keys=[self._lease(number)], args=[self._token, self._milliseconds]))

    def _held(self, number: int, asked: float, answer: Any) -> bool:
        """Whether Redis says that the lease is ours; then it is, and ends here a little sooner than there."""
        if answer:
            self._until[number] = asked + self._seconds * 0.9
        return bool(answer)

    def _give_back(self, number: int) -> None:
        self._until.pop(number, None)
        self._release(keys=[self._lease(number)], args=[self._token])

    @property
    def _milliseconds(self) -> int:
        return int(self._seconds * 1000)

    def _lease(self, number: int) -> str:
        return self._key("lease", number)

    def _key(self, what: str, number: int) -> str:
        return f"{self._prefix}.{what}.{number}of{self._shard.of}"
