"""`tocsin status`: whether everything that came in is accounted for, and what still has to go out."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tocsin.cli.exits import Exit
from tocsin.cli.options import add_config, add_json, opened, settings_of

if TYPE_CHECKING:
    from datetime import datetime

    from tocsin.overview import Overview

SEGMENTS = ("deduplicate", "tag", "assess")


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("status", help="what came in, what became of it, what is still to be delivered", description=__doc__)
    add_config(parser)
    add_json(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from tocsin.clock import utc_now
    from tocsin.overview import overview
    from tocsin.wire import dump

    settings = settings_of(arguments)
    with opened(settings) as store:
        told, sums = overview(store, settings.feeds.listed()), ledger(store.sums())
    if arguments.json:
        print(dump(_for_scripts(told, sums)).decode())
    else:
        print("\n".join([f"news        {sentence(sums)}", *lines(told, utc_now())]))
    return Exit.OK if told.adds_up else Exit.FAILED


def ledger(sums: Mapping[str, int]) -> dict[str, Any]:
    """The sums with every name there, and whether items = stories + duplicates + dead letters of `deduplicate`."""
    told: dict[str, Any] = {name: sums.get(name, 0) for name in ("items", "stories", "duplicates", "events", "alerts")}
    told |= {f"dead_{segment}": sums.get(f"dead.{segment}", 0) for segment in SEGMENTS}
    told["adds_up"] = told["items"] == told["stories"] + told["duplicates"] + told["dead_deduplicate"]
    return told


def sentence(sums: Mapping[str, Any]) -> str:
    """The sums as one line: the promise that nothing was lost, spelled out."""
    dead = sum(sums[f"dead_{segment}"] for segment in SEGMENTS)
    sign = "=" if sums["adds_up"] else "is not"
    return (
        f"{sums['items']:,} items {sign} {sums['stories']:,} stories + {sums['duplicates']:,} duplicates + "
        f"{sums['dead_deduplicate']:,} dead letters; {sums['events']:,} events, {sums['alerts']:,} alerts, {dead:,} dead letters in all"
    )


def _for_scripts(told: Overview, sums: dict[str, Any]) -> dict[str, Any]:
    alerts = told.alerts
    return {
        "adds_up": told.adds_up,
        "sums": sums,
        "alerts": {"raised": alerts.raised, "digests": alerts.digests, "kept": alerts.kept, "removed": alerts.removed},
        "dead_letters": sum(told.dead_letters.values()),
        "deliveries": {sink: queue.states for sink, queue in told.sinks.items()},
        "sinks": told.sinks,
        "feeds": told.feeds,
    }


def lines(told: Overview, now: datetime) -> Iterator[str]:
    """What is not news: alerts, feeds, and each sink with its queue."""
    alerts = told.alerts
    sign = "=" if alerts.adds_up else "is not"
    removed = f" + {alerts.removed:,} removed as too old" if alerts.removed else ""
    yield f"alerts      {alerts.raised:,} raised + {alerts.digests:,} digests {sign} {alerts.kept:,} kept{removed}"
    yield f"feeds       {', '.join(f'{n} {state}' for state, n in told.feeds.items()) or 'none polled yet'}"
    for sink, queue in told.sinks.items():
        parts = [f"{n:,} {state}{_why(queue.suppressed) if state == 'suppressed' else ''}" for state, n in queue.states.items()]
        if queue.elsewhere:
            parts.append(f"{queue.elsewhere:,} routed elsewhere")
        waits = f"; the oldest waits for {age((now - queue.oldest).total_seconds())}" if queue.oldest else ""
        yield f"sink        {sink}: {alerts.kept:,} = {' + '.join(parts)}{waits}"


def _why(reasons: Mapping[str, int]) -> str:
    return f" ({', '.join(f'{n} {reason}' for reason, n in reasons.items())})" if reasons else ""


def age(seconds: float) -> str:
    """`12 s`, `3 min`, `5 h`, `2 d`."""
    for limit, unit, name in ((120, 1, "s"), (7_200, 60, "min"), (172_800, 3_600, "h")):
        if seconds < limit:
            return f"{max(seconds, 0) / unit:.0f} {name}"
    return f"{seconds / 86_400:.0f} d"
