"""`tocsin tag`: items in as JSON lines, their coded events out, one line per line, in order."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from tocsin.cli.exits import Exit

_EVENT_FIELDS = "type mode sign status intensity confidence actor target place on casualties responds_to evidence rule lexicon".split()


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("tag", help="tag items from standard input (JSON lines in, JSON lines out)", description=__doc__)
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    from processors.tag import Tagger, label
    from tocsin.cli.lines import read_items
    from tocsin.clock import utc_now
    from tocsin.wire import dump, plain

    tagger, out = Tagger(), sys.stdout.buffer
    for item in read_items(sys.stdin.buffer, utc_now):
        events = tagger.tag(item)
        told = [{key: value for key, value in plain(event).items() if key in _EVENT_FIELDS} for event in events]
        out.write(dump({"id": item.id, "label": label(events), "events": told}) + b"\n")
        out.flush()
    return Exit.OK
