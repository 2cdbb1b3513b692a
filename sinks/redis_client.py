"""A client for the Redis that a URL names: one server, a cluster, or whatever server its sentinels call the master.

    redis://user:password@host:6379/0                     one server; `unix://` for one on this machine
    redis+cluster://user:password@host:6379               a cluster, by any of its nodes
    redis+sentinel://user:password@s1:26379,s2:26379/mymaster/0?sentinel_password=...
    rediss://, rediss+cluster://, rediss+sentinel://      the same over TLS, certificates checked

It gives up soon: waiting is `deliver`'s business. One try more covers a connection that went stale.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from redis import Redis
from redis.backoff import NoBackoff
from redis.cluster import RedisCluster
from redis.retry import Retry
from redis.sentinel import Sentinel

Client = Redis | RedisCluster
SCHEMES = frozenset({"unix", *(f"{base}{kind}" for base in ("redis", "rediss") for kind in ("", "+cluster", "+sentinel"))})
SENTINEL_PORT = 26379


def check_url(url: str) -> None:
    """Whether the URL is one of Redis.

    Raises:
        ValueError: it is none; its text is not repeated.
    """
    try:
        right = _is_url(url)
    except (ValueError, TypeError, AttributeError):
        right = False
    if not right:
        raise ValueError(
            "the URL of Redis begins with redis://, rediss:// or unix://; of a cluster with redis+cluster://;"
            " of sentinels it is redis+sentinel://HOST:PORT,HOST:PORT/MASTER"
        )


def _is_url(url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme.endswith("+sentinel"):
        return parts.scheme in SCHEMES and bool(_sentinels(parts.netloc) and parts.path.strip("/"))
    if parts.scheme in SCHEMES:
        Redis.from_url(url.replace("+cluster", "", 1)).close()
    return parts.scheme in SCHEMES


def connect(url: str, timeout: float, ca_file: Path | None = None) -> Client:
    """The client of a URL that was checked. One of a cluster asks its nodes at once, any other connects when it is used.

    Raises:
        redis.RedisError, redis.exceptions.RedisClusterException: the nodes of a cluster do not answer.
    """
    parts = urlsplit(url)
    base, _, kind = parts.scheme.partition("+")
    told: dict[str, Any] = {
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        "health_check_interval": 30,
        "retry": Retry(NoBackoff(), 1),
        "decode_responses": True,
    }
    if base == "rediss" and ca_file:
        told["ssl_ca_certs"] = str(ca_file)
    if kind == "cluster":
        return RedisCluster.from_url(url.replace("+cluster", "", 1), **told)
    if kind == "sentinel":
        return _master(url, told | ({"ssl": True} if base == "rediss" else {}))
    return Redis.from_url(url, **told)


def _master(url: str, told: dict[str, Any]) -> Redis:
    """A client of the master; each new connection asks the sentinels who that is."""
    parts = urlsplit(url)
    service, _, db = parts.path.strip("/").partition("/")
    asked = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    sentinel_kwargs = {key.removeprefix("sentinel_"): value for key, value in asked.items() if key.startswith("sentinel_")}
    shared = {key: value for key, value in told.items() if key.startswith(("socket_", "ssl")) or key in ("decode_responses", "retry")}
    user, _, password = parts.netloc.rpartition("@")[0].partition(":")
    secrets = {"username": unquote(user) or None, "password": unquote(password) or None}
    sentinel: Any = Sentinel(  # type: ignore[no-untyped-call]
        _sentinels(parts.netloc), sentinel_kwargs=shared | sentinel_kwargs, **told, **secrets, db=int(db or 0)
    )
    master: Redis = sentinel.master_for(unquote(service))
    return master


def _sentinels(netloc: str) -> list[tuple[str, int]]:
    """Hosts and ports.

    Raises:
        ValueError: a port is no number, or a host is missing.
    """
    found = []
    for one in netloc.rpartition("@")[2].split(","):
        there = urlsplit(f"//{one}")
        if not there.hostname:
            raise ValueError(one)
        found.append((there.hostname, there.port or SENTINEL_PORT))
    return found
