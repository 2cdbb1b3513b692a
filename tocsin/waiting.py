"""Waits, at the start of a role, for the services it cannot work without; whoever starts a cluster starts them in any order.

A service that is away is waited for. One that is there and does not let us in, or has no topics for us, is told: waiting does not help.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from aiokafka import errors
from aiokafka.conn import create_conn
from aiokafka.protocol.metadata import MetadataRequest
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError, ResponseError

from tocsin.broker import KafkaSettings
from tocsin.progress import Progress
from tocsin.state import connect
from tocsin.topics import Entity, name_of

log = logging.getLogger("tocsin")

ANSWER_SECONDS = 5
"""How long one attempt may take."""
TOPICS_SECONDS = 10
"""How long a broker that answers may have none of our topics: one that has just started learns of them by and by."""
_PAUSES = (0.2, 0.5, 1, 2, 3)
"""Between attempts, in seconds; the last is repeated."""
_REFUSED = (
    errors.SaslAuthenticationFailed,
    errors.UnsupportedSaslMechanismError,
    errors.IllegalSaslStateError,
    errors.TopicAuthorizationFailedError,
    errors.ClusterAuthorizationFailedError,
)


_REDIS_LEAST = 7


class RefusedError(Exception):
    """A service is there, and waiting for it does not help; the text says why, and the remedy."""


class AwayError(Exception):
    """A service does not answer, or cannot serve yet; the text says why."""


@dataclass(frozen=True, slots=True)
class Service:
    """What is waited for: its name in `/-/ready`, what it is called in the log, and how it is asked.

    `ask` raises AwayError while it is to be waited for, and RefusedError where that does not help.
    """

    name: str
    title: str
    ask: Callable[[], Awaitable[None]]


async def until_there(services: Sequence[Service], progress: Progress, stopped: Awaitable[Any]) -> bool:
    """Wait until each of the services answers; False where `stopped` came first.

    Raises:
        RefusedError: one is there and does not serve us.
    """
    asking = asyncio.ensure_future(_ask(services, progress))
    ending = asyncio.ensure_future(stopped)
    try:
        await asyncio.wait({asking, ending}, return_when=asyncio.FIRST_COMPLETED)
        if not asking.done():
            return False
        asking.result()
        return True
    finally:
        for task in (asking, ending):
            task.cancel()
        await asyncio.gather(asking, ending, return_exceptions=True)


async def ask_now(services: Sequence[Service]) -> None:
    """Ask each of the services once, for a command that somebody waits for.

    Raises:
        RefusedError: one does not answer, or does not serve us.
    """
    for service in services:
        try:
            await service.ask()
        except AwayError as wrong:
            raise RefusedError(f"{service.title} does not answer ({wrong})") from None


async def _ask(services: Sequence[Service], progress: Progress) -> None:
    for service in services:
        said = set[str]()
        try:
            for pause in _pauses():
                try:
                    await service.ask()
                except AwayError as wrong:
                    progress.trouble(service.name, "away")
                    if str(wrong) not in said:
                        said.add(str(wrong))
                        log.warning("waiting for %s (%s); tried again until it answers", service.title, wrong)
                    await asyncio.sleep(pause)
                else:
                    break
        finally:
            progress.clear(service.name)
        if said:
            log.info("%s answers; going on", service.title)


def _pauses() -> Iterator[float]:
    yield from _PAUSES
    while True:
        yield _PAUSES[-1]


def broker(settings: KafkaSettings, entities: Sequence[Entity]) -> Service:
    """The broker, with these topics."""
    title = f"the broker at {', '.join(settings.bootstrap)}"
    return Service("broker", title, _Broker(settings, [name_of(settings.prefix, entity) for entity in entities], title))


class _Broker:
    """Asks one of the brokers for the topics, by aiokafka's own connection: its client would hide why it cannot connect."""

    def __init__(self, settings: KafkaSettings, topics: Sequence[str], title: str) -> None:
        self._settings, self._topics, self._title = settings, list(topics), title
        self._answered: float | None = None

    async def __call__(self) -> None:
        missing = await self._missing()
        now = asyncio.get_running_loop().time()
        self._answered = self._answered or now
        if missing and now - self._answered > TOPICS_SECONDS:
            raise RefusedError(f"{self._title} has no {' and no '.join(missing)}; make what is missing with: tocsin topics ensure")
        if missing:
            raise AwayError(f"it has no {' and no '.join(missing)} yet")

    async def _missing(self) -> list[str]:
        wrong: Exception | None = None
        for address in self._settings.bootstrap:
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    return await self._asked(address)
            except _REFUSED as refused:
                raise RefusedError(
                    f"{self._title} does not let us in ({_told(refused)}); see [kafka] username, password, mechanism"
                ) from None
            except ssl.SSLError as refused:
                if isinstance(refused, ssl.SSLCertVerificationError) or refused.reason == "WRONG_VERSION_NUMBER":
                    raise RefusedError(f"{self._title} cannot be believed ({refused.reason}); see [kafka] tls and ca_file") from None
                wrong = refused
            except (OSError, errors.KafkaError) as away:
                wrong = away
        hung_up = isinstance(wrong, ConnectionResetError | errors.KafkaConnectionError)
        raise AwayError(f"{_told(wrong)}{'; it hung up: if it always does, see [kafka] tls and the port' if hung_up else ''}")

    async def _asked(self, address: str) -> list[str]:
        """Which of the topics the broker at that address does not have."""
        host, _, port = address.rpartition(":")
        told = self._settings.client()
        del told["bootstrap_servers"]
        connection = await create_conn(host.strip("[]"), int(port), request_timeout_ms=ANSWER_SECONDS * 1000, **told)
        try:
            answer = await connection.send(MetadataRequest(self._topics, allow_auto_topic_creation=False))
        finally:
            connection.close()
        if not answer.brokers:
            raise AwayError("it is still starting")
        missing = []
        for code, topic, *_ in answer.topics:
            error = errors.for_code(code)
            if error in (errors.UnknownTopicOrPartitionError, errors.LeaderNotAvailableError):
                missing.append(topic)
            elif error is not errors.NoError:
                raise error(topic)
        return missing


def memory(settings: KafkaSettings) -> Service:
    """The Redis that keeps what segments remember and who polls what."""

    async def ask() -> None:
        async with aclosing(connect(settings.state_url())) as redis:
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await redis.ping()
                    _judge(await _information(redis))
            except (AuthenticationError, NoPermissionError) as wrong:
                raise RefusedError(f"Redis does not let us in ({wrong}); see the user and password in [kafka] state") from None
            except ResponseError as wrong:
                raise RefusedError(f"Redis refuses ({wrong}); see [kafka] state") from None
            except (RedisError, OSError) as wrong:
                raise AwayError(_told(wrong)) from None

    return Service("redis", "Redis", ask)


async def _information(redis: Any) -> Mapping[str, Any]:
    """What Redis says of itself; nothing where we may not ask."""
    try:
        told: Mapping[str, Any] = await redis.info()
    except NoPermissionError:
        return {}
    return told


def _judge(told: Mapping[str, Any]) -> None:
    """See whether this Redis can keep what it is given, and say where it may lose it.

    Raises:
        AwayError: it takes no writes.
    """
    if told.get("role") == "slave":
        raise AwayError("it is a read-only replica; name its primary in [kafka] state")
    version = str(told.get("redis_version", ""))
    if version.partition(".")[0].isdecimal() and int(version.partition(".")[0]) < _REDIS_LEAST:
        log.warning("Redis %s is older than %d, with which this is tested", version, _REDIS_LEAST)
    if str(told.get("maxmemory_policy", "")).startswith("allkeys"):
        log.warning("Redis throws away what segments remember when its memory is full; set maxmemory-policy noeviction")
    if told.get("aof_enabled") == 0:
        log.warning("Redis keeps no append-only file: what dies with it is read again from the news; set appendonly yes")


def _told(wrong: Exception | None) -> str:
    """An error in one line, without a class's name said twice."""
    text = str(wrong)
    name = type(wrong).__name__
    return text if text.startswith(name) else f"{name}: {text}" if text else name
