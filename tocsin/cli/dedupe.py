"""`tocsin dedupe`: items in as JSON lines, what each is to those before it out, one line per line, in order."""

from __future__ import annotations

import argparse
import gc
import sys
from typing import Any

from tocsin.cli.exits import Exit
from tocsin.cli.options import add_config, settings_of


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("dedupe", help="relate items from standard input (JSON lines in, JSON lines out)", description=__doc__)
    add_config(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from processors.deduplicate import Deduplicator
    from tocsin.cli.lines import read_items
    from tocsin.clock import utc_now
    from tocsin.wire import dump

    gc.disable()  # nothing here is cyclic, and a collection would walk every remembered item
    deduplicator, out = Deduplicator({}, settings_of(arguments).deduplicate), sys.stdout.buffer
    for item in read_items(sys.stdin.buffer, utc_now):
        story = deduplicator.relate(item)
        out.write(dump({"id": item.id, "story": story.id, "relation": story.relation}) + b"\n")
        out.flush()
    return Exit.OK
