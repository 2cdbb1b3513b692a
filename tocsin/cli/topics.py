"""`tocsin topics ensure | show`: the topics of a cluster. What is wrong with one is told with its remedy, and never altered."""

from __future__ import annotations

import argparse
from typing import Any

from tocsin.cli.exits import CommandError, Exit
from tocsin.cli.options import add_config, add_json, say, settings_of


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("topics", help="make and check the topics of a cluster", description=__doc__)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, told in (("ensure", "make the topics that are missing"), ("show", "what each topic should be, and what is wrong with it")):
        command = commands.add_parser(name, help=told, description=told)
        add_config(command)
        add_json(command)
        command.set_defaults(run=run, ensure=name == "ensure")


def run(arguments: argparse.Namespace) -> int:
    from contextlib import closing

    from tocsin.cli.options import cluster
    from tocsin.topics import topics_of
    from tocsin.wire import dump

    settings = settings_of(arguments).kafka
    with cluster():
        from tocsin.admin import BrokerError, Topics

        try:
            with closing(Topics(settings)) as topics:
                made = topics.ensure() if arguments.ensure else []
                wrong = topics.faults()
        except BrokerError as failed:
            raise CommandError(str(failed), Exit.UNAVAILABLE) from None
    wanted = topics_of(settings)
    if arguments.json:
        print(dump({"topics": wanted, "made": made, "wrong": wrong}).decode())
    else:
        for topic in wanted:
            days = int(topic.configs["retention.ms"]) / 86_400_000
            print(f"{topic.name}  {topic.partitions} partitions, on {topic.replication} brokers, kept {days:g} days")
        for name in made:
            say(f"made {name}")
        for fault in wrong:
            say(f"{fault.topic} {fault.what}; {fault.remedy}")
    return Exit.CONFIG if wrong else Exit.OK
