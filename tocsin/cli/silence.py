"""`tocsin silence`: ask not to hear of something for a while; see what that would have hidden; end it early."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tocsin.cli.exits import CommandError, Exit
from tocsin.cli.options import add_config, add_json, opened, settings_of

if TYPE_CHECKING:
    from sinks.match import Match
    from tocsin.settings import Settings
    from tocsin.silences import SharedSilences

PREVIEW = timedelta(hours=24)
"""How far back the preview looks, in the event time of alerts."""


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("silence", help="silence alerts for a while", description=__doc__)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    adding = commands.add_parser("add", help="silence what fits all of the matchers")
    adding.add_argument("matchers", nargs="+", metavar="KEY=VALUE[,VALUE]", help="as in a route: pairs=IRN-PAK, min_level=FORCE, types=...")
    adding.add_argument("--hours", type=float, required=True, help="how long")
    adding.add_argument("--author", required=True, help="who asks")
    adding.add_argument("--reason", required=True, help="why")
    adding.add_argument("--dry-run", action="store_true", help="only show what it would have hidden in the last 24 hours")
    adding.set_defaults(run=run_add)
    listing = commands.add_parser("list", help="the silences in force and to come")
    add_json(listing)
    listing.set_defaults(run=run_list)
    expiring = commands.add_parser("expire", help="end a silence now")
    expiring.add_argument("id")
    expiring.set_defaults(run=run_expire)
    for command in (adding, listing, expiring):
        command.add_argument("--cluster", action="store_true", help="on a cluster: for every role that delivers, kept in its Redis")
        add_config(command)


def run_add(arguments: argparse.Namespace) -> int:
    from sinks.match import check_regions
    from sinks.route import Silence, silence, would_hide
    from tocsin.clock import utc_now
    from tocsin.dispatch import SILENCES

    settings, now = settings_of(arguments), utc_now()
    try:
        match = _match(arguments.matchers)
        check_regions(match, settings.routing.regions)
        one = silence(match, arguments.author, arguments.reason, now, _end(now, arguments.hours))
    except ValueError as wrong:
        raise CommandError(str(wrong), Exit.USAGE) from None
    if arguments.cluster:
        if not arguments.dry_run:
            with _shared(settings) as shared:
                shared.put(one)
        print(f"{one.id} {'not kept' if arguments.dry_run else f'in force until {one.ends:%Y-%m-%d %H:%M} UTC'}")
        return Exit.OK
    with opened(settings) as store:
        recent = list(store.alerts(now - PREVIEW))
        hidden = would_hide(one, recent, settings.routing.regions)
        if not arguments.dry_run:
            with store.transaction():
                silences = store.table(SILENCES, Silence)
                for old in [old.id for old in silences.values() if old.ends <= now]:
                    del silences[old]
                silences[one.id] = one
    print(f"{one.id} would have hidden {len(hidden)} of the {len(recent)} alerts of the last 24 hours")
    for alert in hidden:
        print(f"  {alert.at:%Y-%m-%d %H:%M} {alert.level.name} {alert.dyad}: {alert.headline}")
    print("not kept" if arguments.dry_run else f"in force until {one.ends:%Y-%m-%d %H:%M} UTC")
    return Exit.OK


def run_list(arguments: argparse.Namespace) -> int:
    from sinks.route import Silence
    from tocsin.clock import utc_now
    from tocsin.dispatch import SILENCES
    from tocsin.wire import dump

    now, settings = utc_now(), settings_of(arguments)
    if arguments.cluster:
        with _shared(settings) as shared:
            known = list(shared.read().values())
    else:
        with opened(settings) as store:
            known = list(store.table(SILENCES, Silence).values())
    kept = sorted((one for one in known if one.ends > now), key=lambda one: (one.ends, one.id))
    if arguments.json:
        print(dump({"silences": kept}).decode())
    else:
        for one in kept:
            asked = " ".join(f"{key}={','.join(map(str, value)) if isinstance(value, list) else value}" for key, value in one.match.items())
            print(f"{one.id}  until {one.ends:%Y-%m-%d %H:%M} UTC  {asked}  {one.author}: {one.reason}")
    return Exit.OK if kept else Exit.NOTHING


def run_expire(arguments: argparse.Namespace) -> int:
    from sinks.route import Silence
    from tocsin.dispatch import SILENCES

    settings, missing = settings_of(arguments), CommandError(f"no silence is called {arguments.id}; see tocsin silence list", Exit.NOTHING)
    if arguments.cluster:
        with _shared(settings) as shared:
            if not shared.end(arguments.id):
                raise missing
    else:
        with opened(settings) as store, store.transaction():
            silences = store.table(SILENCES, Silence)
            if arguments.id not in silences:
                raise missing
            del silences[arguments.id]
    print(f"{arguments.id} is over")
    return Exit.OK


@contextmanager
def _shared(settings: Settings) -> Iterator[SharedSilences]:
    """The silences of the cluster.

    Raises:
        CommandError: its Redis is not configured as it should be, or does not answer.
    """
    from contextlib import closing

    from redis.exceptions import RedisClusterException, RedisError

    from tocsin.clock import utc_now
    from tocsin.silences import SharedSilences

    try:
        with closing(SharedSilences(settings.kafka.state_url(), settings.kafka.prefix, utc_now)) as silences:
            yield silences
    except ValueError as wrong:
        raise CommandError(f"kafka.state: {wrong}", Exit.CONFIG) from None
    except (RedisError, RedisClusterException):
        raise CommandError("the cluster's Redis (kafka.state) does not answer", Exit.UNAVAILABLE) from None


def _end(now: datetime, hours: float) -> datetime:
    try:
        return now + timedelta(hours=hours)
    except (OverflowError, ValueError):
        raise ValueError(f"{hours} hours cannot be waited for") from None


def _match(matchers: list[str]) -> Match:
    """The matchers as they are told on the command line.

    Raises:
        ValueError: a key or a value is none of a route's.
    """
    from pydantic import ValidationError

    from sinks.match import Match

    told: dict[str, Any] = {}
    for matcher in matchers:
        key, given, values = matcher.partition("=")
        if not given:
            raise ValueError(f"{matcher!r} is no matcher; an example is pairs=IRN-PAK")
        told[key] = values if key.startswith("min_") else values.split(",")
    try:
        return Match.model_validate(told)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        raise ValueError(f"{first['loc'][0]}: {first['msg']}; known are {', '.join(Match.model_fields)}") from None
