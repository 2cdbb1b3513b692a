"""`tocsin doctor`: is this machine fit to run Tocsin, and are the services it needs? Each finding with its remedy; nothing is changed."""

from __future__ import annotations

import argparse
from typing import Any

from tocsin.cli.exits import Exit
from tocsin.cli.options import add_config, add_json, settings_of


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("doctor", help="look over machine, disk, clock, names and sinks; say what to do", description=__doc__)
    add_config(parser)
    add_json(parser)
    parser.add_argument("--offline", action="store_true", help="ask no other machine")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from tocsin.clock import utc_now
    from tocsin.doctor import Grade, examine
    from tocsin.settings import DEFAULT_FILE
    from tocsin.wire import dump

    settings = settings_of(arguments)
    found = []
    for finding in examine(settings, arguments.config or DEFAULT_FILE, utc_now, offline=arguments.offline):
        found.append(finding)
        if not arguments.json:
            print(f"{finding.grade.upper():5} {finding.check:12} {finding.text}", flush=True)
            if finding.remedy:
                print(f"{'':18} -> {finding.remedy}")
    worst = max((finding.grade for finding in found), key=list(Grade).index)
    if arguments.json:
        print(dump({"worst": worst, "findings": found}).decode())
    return Exit.FAILED if worst is Grade.FAIL else Exit.OK
