"""How fast `deduplicate` answers and how much it keeps per item, at windows of several sizes, beside other methods in the same run.

    python bench/deduplicate.py [--windows 10000,100000,1000000] [--items FILE.jsonl] [--measured 20000]

Without --items the stream is made up: headlines and leads of words drawn as in natural language (Zipf), a tenth of them copies
under another outlet, one in twenty an edit, as many fetched again. Every window is measured in a process of its own, full of
items; memory is what the process grew by (resident set), divided by the items in it. Peers know no guards, edits or names:
`dict` finds equal titles, `datasketch` (if it is installed) near-duplicate titles by MinHash with 128 permutations.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import multiprocessing
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from processors.deduplicate import Deduplicator
from tocsin.cli.lines import read_items
from tocsin.clock import utc_now
from tocsin.model import NewsItem

START = datetime(2026, 1, 1, tzinfo=UTC)
WINDOW = timedelta(hours=72)
VOCABULARY = 60_000


def made_up(window: int) -> Iterator[NewsItem]:
    """An endless stream of which `window` items fall into 72 hours."""
    rng = random.Random(1)
    words = ["".join(rng.choices("abcdefghijklmnoprstuvwz", k=rng.randint(3, 10))) for _ in range(VOCABULARY)]
    weights = list(itertools.accumulate(1 / (rank + 10) for rank in range(VOCABULARY)))
    recent: list[NewsItem] = []
    for number in itertools.count():
        at = START + number * WINDOW / window
        chance = rng.random()
        if recent and chance < 0.2:
            item = replace(rng.choice(recent), fetched=at, published=at)
            if chance < 0.1:
                item = replace(item, id=f"{number:032x}", outlet=f"outlet{number % 500}", feed=f"feed{number % 500}", guid="", url="")
            elif chance < 0.15:
                item = replace(item, title=f"{item.title} {rng.choice(words)}")
        else:
            drawn = rng.choices(words, cum_weights=weights, k=rng.randint(45, 60))
            cut = rng.randint(7, 14)
            item = NewsItem(
                id=f"{number:032x}",
                feed=f"feed{number % 400}",
                fetched=at,
                published=at,
                title=" ".join(drawn[:cut]).capitalize(),
                summary=" ".join(drawn[cut : cut + 30]).capitalize() + ".",
                url=f"https://www.outlet{number % 400}.example/world/{'-'.join(drawn[: cut - 2])}-{number}",
                guid=str(number),
                outlet=f"outlet{number % 400}.example",
            )
            recent[rng.randrange(len(recent)) if len(recent) == 2000 else len(recent) :] = [item]
        yield item


def ours() -> Callable[[NewsItem], object]:
    return Deduplicator({}).relate


def exact() -> Callable[[NewsItem], object]:
    seen: dict[str, str] = {}
    return lambda item: seen.setdefault(item.title.casefold(), item.id)


def datasketch() -> Callable[[NewsItem], object]:
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=0.55, num_perm=128)

    def relate(item: NewsItem) -> object:
        title = f" {item.title.casefold()} "
        sketch = MinHash(num_perm=128)
        sketch.update_batch([title[at : at + 4].encode() for at in range(len(title) - 3)])
        found = index.query(sketch)
        index.insert(f"{item.id}{item.fetched}", sketch, check_duplication=False)
        return found

    return relate


METHODS = {"tocsin": ours, "dict": exact, "datasketch": datasketch}
SLOW = {"datasketch": 100_000}
"""Peers are not taken through windows that would take them hours."""


def measure(method: str, window: int, measured: int) -> dict[str, object]:
    """Fill the window, then time `measured` items more."""
    gc.disable()  # as `tocsin dedupe` does
    stream = made_up(window)
    ahead = list(itertools.islice(made_up(window), 10))
    relate = METHODS[method]()
    relate(ahead[0])
    before = resident()
    for item in itertools.islice(stream, window):
        relate(item)
    grown = resident() - before
    batch = list(itertools.islice(stream, measured))
    began = time.process_time()
    slowest = 0.0
    for item in batch:
        start = time.perf_counter()
        relate(item)
        slowest = max(slowest, time.perf_counter() - start)
    took = time.process_time() - began
    return {
        "method": method,
        "window": window,
        "items_per_second": round(measured / took),
        "bytes_per_item": round(grown / window),
        "slowest_ms": round(slowest * 1000, 1),
    }


def rebuild(window: int) -> dict[str, object]:
    """How fast a new process takes over the state of the last one."""
    seen: dict[str, object] = {}
    relate = Deduplicator(seen).relate
    for item in itertools.islice(made_up(window), window):
        relate(item)
    began = time.process_time()
    Deduplicator(seen)
    return {"method": "tocsin, rebuilt", "window": window, "items_per_second": round(len(seen) / (time.process_time() - began))}


def resident() -> int:
    """The bytes of memory this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def through(path: Path) -> dict[str, object]:
    """The items of a file, once through."""
    with path.open("rb") as lines:
        items = list(read_items(lines, utc_now))
    relate = Deduplicator({}).relate
    began = time.process_time()
    for item in items:
        relate(item)
    return {
        "method": "tocsin",
        "file": path.name,
        "items": len(items),
        "items_per_second": round(len(items) / (time.process_time() - began)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--windows", default="10000,100000,1000000")
    parser.add_argument("--measured", type=int, default=20_000)
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--items", type=Path)
    args = parser.parse_args()
    if args.items:
        print(json.dumps(through(args.items)))
        return
    context = multiprocessing.get_context("spawn")
    for window in map(int, args.windows.split(",")):
        for method in args.methods.split(","):
            if window > SLOW.get(method, window):
                continue
            with context.Pool(1) as alone:
                try:
                    print(json.dumps(alone.apply(measure, (method, window, args.measured))), flush=True)
                except ImportError as missing:
                    print(f"{method} is left out: {missing}", file=sys.stderr)
        with context.Pool(1) as alone:
            print(json.dumps(alone.apply(rebuild, (min(window, 100_000),))), flush=True)


if __name__ == "__main__":
    main()
