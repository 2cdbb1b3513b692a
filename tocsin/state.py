"""What a segment remembers on a cluster: mappings in memory, kept in Redis in one step with how far the segment has come.

One worker has the state at a time. Each `commit` names the version it builds on, and Redis takes it only if that is the one it has:
a worker that was thought dead and wakes up cannot write over the one that took its place. What Redis holds is therefore always the state
after a whole number of messages, and `progress` says after which.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, Generic, TypeVar

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import WatchError

from tocsin.wire import dump, load

T = TypeVar("T")
_SECONDS = 10
_VERSION = "version"


class StateMovedError(Exception):
    """Another worker has gone on from here: what this one has in memory is out of date."""


class Mirror(MutableMapping[str, T], Generic[T]):
    """A mapping in memory, which knows what has changed since it was last kept."""

    def __init__(self, kind: type[T], rows: dict[str, bytes]) -> None:
        self._kind, self._rows = kind, rows
        self._changed: dict[str, T | None] = {}

    def __getitem__(self, key: str) -> T:
        if key in self._changed:
            changed = self._changed[key]
            if changed is None:
                raise KeyError(key)
            return changed
        return load(self._rows[key], self._kind)

    def __setitem__(self, key: str, value: T) -> None:
        self._changed[key] = value

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        self._changed[key] = None

    def __contains__(self, key: object) -> bool:
        return self._changed[key] is not None if key in self._changed else key in self._rows

    def __iter__(self) -> Iterator[str]:
        yield from (key for key in list(self._rows) if key not in self._changed)
        yield from (key for key, value in list(self._changed.items()) if value is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def changes(self) -> dict[str, bytes | None]:
        """What is to be kept: each changed row as bytes, None for one that is gone."""
        return {key: None if value is None else dump(value) for key, value in self._changed.items()}

    def settle(self, changes: Mapping[str, bytes | None]) -> None:
        """These changes are kept."""
        for key, raw in changes.items():
            if raw is None:
                self._rows.pop(key, None)
            else:
                self._rows[key] = raw
        self._changed.clear()


class SegmentState:
    """The tables of one segment, and its progress: named numbers that change with them in one step."""

    def __init__(self, redis: Redis, name: str, kinds: Mapping[str, type[Any]]) -> None:
        self._redis, self._kinds = redis, kinds
        self._head = f"{{{name}}}:progress"
        self._keys = {table: f"{{{name}}}:{table}" for table in kinds}
        self._version: int | None = None
        self.tables: dict[str, Mirror[Any]] = {}
        self.progress: dict[str, int] = {}

    async def load(self) -> bool:
        """Read all that is kept, unless what is in memory is that already; whether it was read.

        Raises:
            redis.RedisError: Redis cannot be reached.
        """
        kept = await self._redis.hget(self._head, _VERSION)
        if self._version is not None and int(kept or 0) == self._version and not self._is_changed():
            return False
        async with self._redis.pipeline(transaction=True) as asked:
            asked.hgetall(self._head)
            for key in self._keys.values():
                asked.hgetall(key)
            head, *tables = await asked.execute()
        progress = {name.decode(): int(value) for name, value in head.items()}
        self._version = progress.pop(_VERSION, 0)
        self.progress = progress
        self.tables = {
            table: Mirror(kind, {key.decode(): raw for key, raw in rows.items()})
            for (table, kind), rows in zip(self._kinds.items(), tables, strict=True)
        }
        return True

    async def commit(self, progress: Mapping[str, int]) -> None:
        """Keep all changes and this progress, in one step.

        Raises:
            StateMovedError: another worker has committed since this one read.
            redis.RedisError: Redis cannot be reached; whether it took the step is not known.
        """
        changes = {table: mirror.changes() for table, mirror in self.tables.items()}
        version = self._version or 0
        step: Any
        async with self._redis.pipeline(transaction=True) as step:
            try:
                await step.watch(self._head)
                kept = await step.hmget(self._head, _VERSION, *progress)
                if [int(told or 0) for told in kept[:1]] != [version]:
                    # Perhaps our own last attempt was taken and its answer lost: then the numbers are the very ones we bring.
                    if int(kept[0] or 0) != version + 1 or [int(told or 0) for told in kept[1:]] != list(progress.values()):
                        raise StateMovedError(f"{self._head} is at version {int(kept[0] or 0)}, not {version}")
                    await step.unwatch()
                else:
                    step.multi()
                    self._queue(step, changes, {**progress, _VERSION: version + 1})
                    await step.execute()
            except WatchError:
                raise StateMovedError(f"{self._head} moved on from version {version}") from None
        self._version, self.progress = version + 1, dict(progress)
        for table, mirror in self.tables.items():
            mirror.settle(changes[table])

    async def forget(self) -> None:
        """Delete all that is kept."""
        await self._redis.delete(self._head, *self._keys.values())

    def _queue(self, step: Any, changes: Mapping[str, Mapping[str, bytes | None]], head: Mapping[str, int]) -> None:
        for table, rows in changes.items():
            kept = {key: raw for key, raw in rows.items() if raw is not None}
            gone = [key for key, raw in rows.items() if raw is None]
            if kept:
                step.hset(self._keys[table], mapping=kept)
            if gone:
                step.hdel(self._keys[table], *gone)
        step.hset(self._head, mapping=dict(head))

    def _is_changed(self) -> bool:
        return any(mirror.changes() for mirror in self.tables.values())


def connect(url: str) -> Redis:
    """A client that gives up on an answer after a few seconds; nothing is connected yet."""
    return Redis.from_url(
        url,
        protocol=2,
        socket_timeout=_SECONDS,
        socket_connect_timeout=_SECONDS,
        retry=Retry(ExponentialBackoff(cap=1, base=0.05), 3),
    )
