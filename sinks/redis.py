"""Alerts into Redis: a capped stream, the latest state of every incident, and indexes by time and by dyad.

One Lua script does all of it or nothing, once per alert id. All keys share one hash tag, so the script runs on Redis Cluster too:

    {tocsin}:alerts                 stream; fields id, incident, revision, kind, level, dyad, at, alert (JSON)
    {tocsin}:incident:<incident>    hash with the same fields, of the latest revision
    {tocsin}:by-time                sorted set of incidents, score = seconds since 1970 of their latest alert
    {tocsin}:dyad:<dyad>            the same for one dyad; one whose name is no plain word stands under the hash of its name
    {tocsin}:seen:<alert id>        marks an alert that was taken
    {tocsin}:new                    channel; each alert's id is published there, as a hint to look at the stream
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from redis.cluster import RedisCluster
from redis.commands.core import Script
from redis.exceptions import (
    AuthenticationError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisClusterException,
    RedisError,
    ResponseError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from sinks.redis_client import Client, check_url, connect
from sinks.sink import DeliveryError, UnreachableError
from tocsin.clock import Clock, utc_now
from tocsin.model import Alert, Dyad, content_id
from tocsin.wire import dump

SCRIPT = """
local at, incident, revision, keep, length = unpack(ARGV, 1, 5)
local fields = {unpack(ARGV, 6)}
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local known = redis.call('HGET', KEYS[3], 'revision')
if not known or tonumber(known) < tonumber(revision) then
  redis.call('HSET', KEYS[3], unpack(fields))
  redis.call('EXPIRE', KEYS[3], keep)
  for i = 4, 5 do
    redis.call('ZADD', KEYS[i], at, incident)
    redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', tonumber(at) - tonumber(keep))
    redis.call('EXPIRE', KEYS[i], keep)
  end
end
redis.call('XADD', KEYS[2], 'MAXLEN', '~', length, '*', unpack(fields))
redis.call('SET', KEYS[1], '1', 'EX', keep)
redis.call('PUBLISH', KEYS[6], fields[2])
return 1
"""
"""KEYS: seen, stream, incident, by-time, dyad, channel. ARGV: at, incident, revision, seconds kept, stream length, then the
fields and their values, the id first.

A script that fails half-way is not rolled back. So what may be done twice comes first, the stream after it, the mark last.
"""

LEAST_RIGHTS = "-@all +evalsha +script|load +exists +hget +hset +expire +zadd +zremrangebyscore +xadd +set +publish +ping +info +select"
"""What the sink's user must be allowed, as `ACL SETUSER` takes it; with the keys `~{tocsin}:*` and the channel `&{tocsin}:*`."""


CLUSTER_RIGHTS = "+cluster|slots +command"
"""What it must be allowed besides on a cluster."""


class RedisSettings(BaseModel):
    """One Redis (7.0 or newer) or a compatible server."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["redis"] = "redis"
    url: SecretStr | None = SecretStr("redis://localhost:6379/0")
    """As `redis_client` takes it: a server, a cluster or sentinels, over TLS or not, with user and password where there are any."""
    url_file: Path | None = None
    """A file that holds the URL instead."""
    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")] = "tocsin"
    """The hash tag all keys begin with."""
    stream_length: Annotated[int, Field(ge=1)] = 10_000
    """About how many alerts the stream keeps."""
    keep: Annotated[timedelta, Field(ge=timedelta(days=2))] = timedelta(days=30)
    """How long the states, the indexes and the marks of alerts that were taken stay; never less than deliveries are retried."""
    ca_file: Path | None = None
    """The certificates of the authorities that are trusted over TLS; those of the system where it is not said."""
    timeout: Annotated[float, Field(gt=0, le=60)] = 5
    """Seconds for connecting and for one answer."""

    @model_validator(mode="after")
    def _one_url(self) -> Self:
        if self.url_file and "url" in self.model_fields_set:
            raise ValueError("say either url or url_file")
        return self

    def address(self) -> str:
        """The URL.

        Raises:
            ValueError: it is none, or a file cannot be read; the text names no secret.
        """
        try:
            url = self.url_file.read_text(encoding="utf-8").strip() if self.url_file else self.url.get_secret_value() if self.url else ""
        except (OSError, UnicodeDecodeError):
            raise ValueError(f"url_file: {self.url_file} cannot be read") from None
        check_url(url)
        if self.ca_file and not self.ca_file.is_file():
            raise ValueError(f"ca_file: {self.ca_file} cannot be read")
        return url

    def build(self, name: str, clock: Clock = utc_now) -> RedisSink:  # noqa: ARG002 -- every sink is built alike
        """The sink; nothing is connected yet.

        Raises:
            ValueError: the URL is none, or a file cannot be read; the text names no secret.
        """
        url = self.address()
        return RedisSink(name, lambda: connect(url, self.timeout, self.ca_file), self.prefix, self.stream_length, self.keep)


class RedisSink:
    """Writes alerts under one key prefix."""

    def __init__(self, name: str, connect: Callable[[], Client], prefix: str, stream_length: int, keep: timedelta) -> None:
        self.name = name
        self._connect, self._tag, self._length, self._keep = connect, f"{{{prefix}}}", stream_length, keep
        self._client: Client | None = None

    def _script(self) -> Script:
        self._client = self._client or self._connect()
        return self._client.register_script(SCRIPT)

    def check(self) -> None:
        """Ask whether Redis keeps what it is given, then do all that an alert needs, on keys that are soon gone."""
        with _failures(checking=True):
            script = self._script()
            for policy in _policies(script.registered_client) - {"noeviction"}:
                remedy = f"this Redis drops keys when it is full ({policy}): set its maxmemory-policy to noeviction"
                raise DeliveryError("eviction", retry=False, remedy=remedy)
            keys = [f"{self._tag}:check:{key}" for key in ("seen", "alerts", "incident", "by-time", "dyad", "new")]
            script(keys=keys, args=[0, "check", 1, 1, 1, "id", "check", "revision", 1])
            script.registered_client.expire(keys[1], 1)

    def send(self, alert: Alert) -> None:
        keys = [
            f"{self._tag}:{key}"
            for key in (f"seen:{alert.id}", "alerts", f"incident:{alert.incident}", "by-time", f"dyad:{dyad_key(alert.dyad)}", "new")
        ]
        told = fields(alert)
        settings = [int(self._keep.total_seconds()), self._length]
        with _failures():
            self._script()(keys=keys, args=[told["at"], alert.incident, alert.revision, *settings, *chain(*told.items())])

    def close(self) -> None:
        if self._client is not None:
            self._client.close()


def _policies(client: Client) -> set[str]:
    """What each server does when it is full; a compatible one that does not say is believed to keep what it has."""
    if isinstance(client, RedisCluster):
        told = client.info("memory", target_nodes=RedisCluster.PRIMARIES)
        memories = list(told.values()) if all(isinstance(one, dict) for one in told.values()) else [told]
    else:
        memories = [client.info("memory")]
    return {str(memory.get("maxmemory_policy", "noeviction")) for memory in memories}


def fields(alert: Alert) -> dict[str, str | int]:
    """What the stream and the hash hold of an alert: what a reader would filter on, and the whole as JSON."""
    return {
        "id": alert.id,
        "incident": alert.incident,
        "revision": alert.revision,
        "kind": alert.kind.value,
        "level": alert.level.value,
        "dyad": str(alert.dyad),
        "at": int(alert.at.timestamp()),
        "alert": dump(alert).decode(),
    }


def dyad_key(dyad: Dyad) -> str:
    """The dyad as part of a key: its own name where that is short and plain, else the hash of it.

    >>> dyad_key(Dyad("IRN", "PAK"))
    'IRN-PAK'
    """
    name = str(dyad)
    return name if re.fullmatch(r"[A-Za-z0-9_:-]{1,64}", name) else content_id(name)


@contextmanager
def _failures(*, checking: bool = False) -> Iterator[None]:
    """Redis' failures as ours. None of them is about one alert, so all are retried; a service that is only starting is told at once
    what its operator has to change.
    """
    try:
        yield
    except NoPermissionError as no:
        raise DeliveryError("no_permission", retry=not checking, remedy=_what_to_grant(str(no))) from None
    except AuthenticationError:
        raise DeliveryError("authentication", retry=not checking, remedy="Redis refuses the user or the password") from None
    except OutOfMemoryError:
        raise DeliveryError("out_of_memory", retry=True, remedy="Redis is full: raise its maxmemory") from None
    except ReadOnlyError:
        raise DeliveryError("read_only", retry=True, remedy="this Redis is a replica, or was just made one") from None
    except RedisTimeoutError:
        raise DeliveryError("timeout", retry=True) from None
    except RedisConnectionError as no:  # a server that is still loading its data is one
        if "certificate" in str(no).casefold():
            raise UnreachableError("certificate", remedy="the certificate of Redis is not valid; see ca_file") from None
        raise UnreachableError("unreachable") from None
    except ResponseError as no:
        if "executing the script can" in str(no):
            raise DeliveryError("no_permission", retry=not checking, remedy=_what_to_grant(str(no))) from None
        if str(no).startswith("WRONGTYPE"):
            raise DeliveryError(
                "wrong_type", retry=not checking, remedy="the keys are used by something else: set another prefix"
            ) from None
        raise DeliveryError("bad_answer", retry=True) from None
    except RedisClusterException:  # none of its nodes answers, or a part of the keys has none
        raise UnreachableError("unreachable") from None
    except RedisError:
        raise DeliveryError("bad_answer", retry=True) from None


def _what_to_grant(denial: str) -> str:
    """What the operator must change: the command that was denied, where the denial says which, and all that is needed."""
    command = re.search(r"run the '([a-z|]+)' command", denial)
    line = re.search(r"user_script:(\d+)", denial)
    called = re.search(r"call\('(\w+)'", SCRIPT.splitlines()[int(line.group(1)) - 1]) if line else None
    which = command or called
    denied = f"this user may not run {which.group(1).upper()} on these keys" if which else "this user may not use these keys"
    return f"{denied}; it needs: {LEAST_RIGHTS} (on a cluster also {CLUSTER_RIGHTS})"
