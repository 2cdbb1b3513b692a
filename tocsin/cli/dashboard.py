"""`tocsin dashboard`: on a cluster, serve the page from what a redis sink keeps, until stopped. `tocsin run` serves it by itself."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from tocsin.cli.exits import CommandError, Exit
from tocsin.cli.options import add_config, say, settings_of

if TYPE_CHECKING:
    from sinks.redis import RedisSettings
    from tocsin.settings import Settings


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("dashboard", help="on a cluster: serve the page from Redis", description=__doc__)
    add_config(parser)
    parser.add_argument("--sink", help="the redis sink whose alerts are shown (default: the only one there is)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    import asyncio
    from contextlib import closing

    from redis import Redis

    from sinks.redis_client import connect
    from tocsin.beside import monitoring
    from tocsin.cli.serving import unhurt_by_hangup, until_stopped
    from tocsin.clock import utc_now
    from tocsin.dashboard.desk import Desk
    from tocsin.dashboard.from_redis import RedisSource
    from tocsin.dashboard.serve import Alone
    from tocsin.logs import secrets_in, set_up
    from tocsin.metrics import Metrics
    from tocsin.monitor import PortTakenError, routes
    from tocsin.progress import Progress

    unhurt_by_hangup()
    settings = settings_of(arguments)
    set_up(settings.log, secrets_in(settings))
    sink = _sink(settings, arguments.sink)
    if not settings.dashboard.enabled:
        raise CommandError('dashboard.listen is "off": say where the page is to listen', Exit.CONFIG)
    try:
        alerts = connect(sink.address(), sink.timeout, sink.ca_file)
        state = Redis.from_url(settings.kafka.state_url(), socket_timeout=sink.timeout, socket_connect_timeout=sink.timeout)
        source = RedisSource(alerts, sink.prefix, state, settings.kafka.prefix)
        desk = Desk(
            source=source,
            clock=utc_now,
            settings=settings.dashboard,
            assess=settings.assess,
            regions=settings.routing.regions,
            token=settings.dashboard.token(),
        )
    except ValueError as wrong:
        raise CommandError(f"the configuration is wrong\n{wrong}", Exit.CONFIG) from None
    metrics, progress = Metrics(), Progress()

    async def serve() -> None:
        with monitoring(settings.monitor, metrics, progress):
            await until_stopped(Alone(desk, say, routes(metrics, progress)))

    with closing(source):
        try:
            asyncio.run(serve())
        except PortTakenError as wrong:
            raise CommandError(str(wrong), Exit.CONFIG) from None
    return Exit.OK


def _sink(settings: Settings, name: str | None) -> RedisSettings:
    from sinks.redis import RedisSettings

    found = {known: sink for known, sink in settings.sinks.items() if isinstance(sink, RedisSettings)}
    if name is not None and name not in found:
        raise CommandError(f"no redis sink is called {name!r}; there are: {', '.join(found) or 'none'}", Exit.CONFIG)
    if name is None and len(found) != 1:
        wanted = "say which with --sink" if found else "the page of a cluster reads what one keeps: add a sink of type redis"
        raise CommandError(f"there are {len(found) or 'no'} redis sinks; {wanted}", Exit.CONFIG)
    return found[name or next(iter(found))]
