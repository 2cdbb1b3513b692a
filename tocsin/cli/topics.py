"""`tocsin topics ensure | show | clean`: the topics of a cluster. What is wrong with one is told with its remedy, and never altered."""

from __future__ import annotations

import argparse
from typing import Any

from tocsin.cli.exits import CommandError, Exit
from tocsin.cli.options import add_config, add_json, cluster, say, settings_of, there


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("topics", help="make and check the topics of a cluster", description=__doc__)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, told in (("ensure", "make the topics that are missing"), ("show", "what each topic should be, and what is wrong with it")):
        command = commands.add_parser(name, help=told, description=told)
        add_config(command)
        add_json(command)
        command.set_defaults(run=run, ensure=name == "ensure")
    told = "take away what replays left behind: those that were killed, and those with --keep; topics, groups and state"
    command = commands.add_parser("clean", help=told, description=told)
    add_config(command)
    command.add_argument("replays", nargs="*", metavar="PREFIX", help="of a replay, as `tocsin topics show` tells it")
    command.add_argument("--all", action="store_true", help="of all replays that nobody works on")
    command.set_defaults(run=run_clean)


def run(arguments: argparse.Namespace) -> int:
    from contextlib import closing

    from tocsin.topics import topics_of
    from tocsin.wire import dump

    whole = settings_of(arguments)
    settings = whole.kafka
    with cluster():
        from tocsin.admin import BrokerError, Topics

        there(whole)
        try:
            with closing(Topics(settings)) as topics:
                made = topics.ensure() if arguments.ensure else []
                wrong = topics.faults()
                replays = topics.replays()
        except BrokerError as failed:
            raise CommandError(str(failed), Exit.UNAVAILABLE) from None
    wanted = topics_of(settings)
    if arguments.json:
        print(dump({"topics": wanted, "made": made, "wrong": wrong, "replays": replays}).decode())
    else:
        for topic in wanted:
            days = int(topic.configs["retention.ms"]) / 86_400_000
            print(f"{topic.name}  {topic.partitions} partitions, on {topic.replication} brokers, kept {days:g} days")
        for name in made:
            say(f"made {name}")
        for fault in wrong:
            say(f"{fault.topic} {fault.what}; {fault.remedy}")
        for prefix, at_work in replays.items():
            say(f"{prefix} is a replay {'at work' if at_work else f'that nobody works on; tocsin topics clean {prefix}'}")
    return Exit.CONFIG if wrong else Exit.OK


def run_clean(arguments: argparse.Namespace) -> int:
    import asyncio
    from contextlib import closing

    if arguments.all == bool(arguments.replays):
        raise CommandError("name the replays by their prefixes, or say --all; see tocsin topics show", Exit.USAGE)
    settings = settings_of(arguments)
    with cluster():
        from redis.exceptions import RedisError

        from tocsin.admin import BrokerError, Topics
        from tocsin.replaying import take_away

        there(settings, redis=True)
        try:
            with closing(Topics(settings.kafka)) as topics:
                found = topics.replays()
            for prefix in arguments.replays:
                if prefix not in found:
                    raise CommandError(f"there is no replay {prefix}; see tocsin topics show", Exit.NOTHING)
                if found[prefix]:
                    raise CommandError(f"{prefix} is at work: end it first, or wait until its group is given up", Exit.LOCKED)
            chosen = arguments.replays or [prefix for prefix, at_work in found.items() if not at_work]
            for prefix in chosen:
                asyncio.run(take_away(settings.kafka, prefix))
                say(f"took away {prefix}")
        except BrokerError as failed:
            raise CommandError(str(failed), Exit.UNAVAILABLE) from None
        except RedisError as failed:
            raise CommandError(f"Redis: {failed}", Exit.UNAVAILABLE) from None
    return Exit.OK if chosen else Exit.NOTHING
