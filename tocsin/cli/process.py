"""`tocsin process`: run segments of the pipeline on a cluster, until stopped. Several processes share the work."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from tocsin.cli.exits import CommandError, Exit
from tocsin.cli.options import add_config, cluster, say, settings_of

if TYPE_CHECKING:
    from tocsin.metrics import Metrics
    from tocsin.progress import Progress
    from tocsin.settings import Settings

SEGMENTS = ("deduplicate", "tag", "assess")


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("process", help="on a cluster: run segments of the pipeline", description=__doc__)
    add_config(parser)
    parser.add_argument("--segment", action="append", choices=SEGMENTS, help="this one; may be said several times (default: all three)")
    parser.add_argument("-v", "--verbose", action="store_true", help="tell more")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from tocsin.cli.serving import kept, log_as, unhurt_by_hangup

    unhurt_by_hangup()
    settings = settings_of(arguments)
    log_as(arguments, settings)
    segments = tuple(dict.fromkeys(arguments.segment or SEGMENTS))
    with cluster():
        import uvloop

        from processors.worker import FaustEndedError
        from tocsin.processing import Processing, check_processing

        def make(told: Settings, metrics: Metrics, progress: Progress) -> Processing:
            return Processing(told, segments, metrics=metrics, progress=progress)

        say(f"tocsin: {', '.join(segments)} for {', '.join(settings.kafka.bootstrap)}; Ctrl-C ends")
        try:
            uvloop.run(kept(arguments, settings, make, check_processing))
        except FaustEndedError as wrong:
            raise CommandError(str(wrong), Exit.UNAVAILABLE) from None
    return Exit.OK
