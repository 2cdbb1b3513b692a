"""`tocsin process`: run segments of the pipeline on a cluster, until stopped. Several processes share the work."""

from __future__ import annotations

import argparse
from typing import Any

from tocsin.cli.exits import CommandError, Exit
from tocsin.cli.options import add_config, cluster, say, settings_of

SEGMENTS = ("deduplicate", "tag", "assess")


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("process", help="on a cluster: run segments of the pipeline", description=__doc__)
    add_config(parser)
    parser.add_argument("--segment", action="append", choices=SEGMENTS, help="this one; may be said several times (default: all three)")
    parser.add_argument("-v", "--verbose", action="store_true", help="tell more")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from tocsin.logs import secrets_in, set_up

    settings = settings_of(arguments)
    set_up(settings.log, secrets_in(settings), verbose=arguments.verbose)
    segments = tuple(dict.fromkeys(arguments.segment or SEGMENTS))
    with cluster():
        import uvloop

        from processors.worker import FaustEndedError
        from tocsin.cli.serving import told_of, until_stopped
        from tocsin.cluster import Processing

        async def serve() -> None:
            with told_of(settings):
                await until_stopped(Processing(settings, segments))

        say(f"tocsin: {', '.join(segments)} for {', '.join(settings.kafka.bootstrap)}; Ctrl-C ends")
        try:
            uvloop.run(serve())
        except FaustEndedError as wrong:
            raise CommandError(str(wrong), Exit.UNAVAILABLE) from None
        except ValueError as wrong:
            raise CommandError(str(wrong), Exit.CONFIG) from None
    return Exit.OK
