#!/usr/bin/env python3
"""Does a month of real feeds replay in bounded memory? Prints the resident set of the replaying process day by day.

    bench/month.py ARCHIVE... [--since 2020-05-01] [--until 2020-06-01] [--json]

The archive goes through the very code that live feeds go through: parser pool, three segments, the store with its transactions (a
temporary one, that SQLite keeps on the disk where it grows large). A day is one of fetching. `items` and `alerts` are sums since the
beginning; `rss` is this process at the end of the day, in MB, without the parsers' own processes.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tocsin.replay import Replay, Stretch
from tocsin.settings import Settings


def resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize() / 1e6


def days(replay: Replay) -> Iterator[dict[str, object]]:
    """What stands at the end of each day that has bodies."""
    alerts, day, last = 0, "", ""
    began = time.monotonic()

    def row() -> dict[str, object]:
        sums = replay.sums()
        told = {"items": sums.get("items", 0), "alerts": alerts, "rss": round(resident_mb(), 1)}
        return {"day": day, "bodies": replay.done, **told, "seconds": round(time.monotonic() - began)}

    for alert in replay.alerts():
        alerts += 1
        last = f"{alert.fetched:%Y-%m-%d}" if alert.fetched else last
        if day and last > day:
            yield row()
        day = max(day, last)
    yield row()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", nargs="+", type=Path)
    parser.add_argument("--since", type=datetime.fromisoformat, default=None)
    parser.add_argument("--until", type=datetime.fromisoformat, default=None)
    parser.add_argument("--json", action="store_true")
    told = parser.parse_args()
    since, until = (when.replace(tzinfo=UTC) if when else None for when in (told.since, told.until))
    with Replay(Settings(), told.archive, lambda line: print(line, file=sys.stderr), stretch=Stretch(since, until)) as replay:
        for row in days(replay):
            print(json.dumps(row) if told.json else "  ".join(f"{name} {value}" for name, value in row.items()), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
