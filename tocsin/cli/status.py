"""`tocsin status`: whether everything that came in is accounted for, and what still has to go out."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from tocsin.cli.exits import Exit
from tocsin.cli.options import add_config, add_json, opened, settings_of

SEGMENTS = ("deduplicate", "tag", "assess")


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("status", help="what came in, what became of it, what is still to be delivered", description=__doc__)
    add_config(parser)
    add_json(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from producers.feed import FeedState
    from tocsin.wire import dump

    with opened(settings_of(arguments)) as store:
        told: dict[str, Any] = {
            "sums": ledger(store.sums()),
            "dead_letters": sum(1 for _ in store.dead_letters()),
            "deliveries": store.deliveries(),
            "feeds": _by_state(store.feeds(FeedState)),
        }
    print(dump(told).decode() if arguments.json else "\n".join(_lines(told)))
    return Exit.OK if told["sums"]["adds_up"] else Exit.FAILED


def ledger(sums: Mapping[str, int]) -> dict[str, Any]:
    """The sums with every name there, and whether items = stories + duplicates + dead letters of `deduplicate`."""
    told: dict[str, Any] = {name: sums.get(name, 0) for name in ("items", "stories", "duplicates", "events", "alerts")}
    told |= {f"dead_{segment}": sums.get(f"dead.{segment}", 0) for segment in SEGMENTS}
    told["adds_up"] = told["items"] == told["stories"] + told["duplicates"] + told["dead_deduplicate"]
    return told


def _by_state(feeds: Mapping[str, Any]) -> dict[str, int]:
    told: dict[str, int] = {}
    for feed in feeds.values():
        told[str(feed.status)] = told.get(str(feed.status), 0) + 1
    return dict(sorted(told.items()))


def sentence(sums: Mapping[str, Any]) -> str:
    """The sums as one line: the promise that nothing was lost, spelled out."""
    dead = sum(sums[f"dead_{segment}"] for segment in SEGMENTS)
    sign = "=" if sums["adds_up"] else "is not"
    return (
        f"{sums['items']:,} items {sign} {sums['stories']:,} stories + {sums['duplicates']:,} duplicates + "
        f"{sums['dead_deduplicate']:,} dead letters; {sums['events']:,} events, {sums['alerts']:,} alerts, {dead:,} dead letters in all"
    )


def _lines(told: Mapping[str, Any]) -> list[str]:
    feeds = ", ".join(f"{n} {state}" for state, n in told["feeds"].items()) or "none polled yet"
    lines = [f"news        {sentence(told['sums'])}", f"feeds       {feeds}"]
    for sink, states in told["deliveries"].items():
        lines.append(f"sink        {sink}: " + ", ".join(f"{n:,} {state}" for state, n in states.items()))
    return lines
