"""Twelve rules of good manners, counted by a publisher of 500 feeds over seven days, with restarts, crashes and clocks that jump.

    python -m bench.politeness [--feeds 500] [--days 7] [--peers PYTHON] [--peer-days 1] [--json]

Feeds, hosts and the reader are real and talk over the loopback; only time is virtual, and stands still while a request is under way.
Tocsin is its whole service, killed with SIGKILL at random moments. PYTHON is the interpreter of an environment with `reader` and
`feedparser` (`python -m venv peers && peers/bin/pip install reader sgmllib3k`), which then meet the same publisher: `reader` by its
scheduled updates, run every five minutes; feedparser by a loop that parses every URL every hour. Peers are neither killed nor is their
clock set wrong.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from bench.publisher import DAY, HOUR, RULES, VirtualTime, publish

ROOT = Path(__file__).parent.parent


@contextmanager
def publishing(folder: Path, feeds: int, hosts: int) -> Iterator[tuple[Connection, list[str]]]:
    """A publisher in a process of its own, on as many addresses of the loopback as it has hosts."""
    names = [f"127.1.{number // 250}.{number % 250 + 1}" for number in range(hosts)]
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=publish, args=(theirs, folder / "clock", feeds, names), daemon=True)
    VirtualTime(folder / "clock")
    process.start()
    try:
        yield ours, ours.recv()
    finally:
        process.kill()
        process.join()


def life(which: str, python: str, folder: Path, until: float, end: str) -> None:
    """One life of a reader, to its end."""
    script = ["-m", "bench.polite_reader"] if which == "tocsin" else [str(ROOT / "bench" / "polite_reader.py")]
    command = [python, *script, which, str(folder), str(folder / "clock"), str(until), end]
    done = subprocess.run(command, check=False, cwd=ROOT, stderr=subprocess.PIPE)
    expected = -signal.SIGKILL if end == "kill" else 0
    if done.returncode != expected:
        raise RuntimeError(f"{which} ended with {done.returncode}: {done.stderr.decode()[-2000:]}")


def configure(folder: Path, urls: list[str]) -> None:
    port = urls[0].rsplit(":", 1)[1].split("/")[0]
    (folder / "urls.json").write_text(json.dumps(urls))
    (folder / "tocsin.toml").write_text(
        f'data_dir = "{folder}/data"\nsinks = {{}}\n[feeds]\nurls = {json.dumps(urls)}\n[parse]\nworkers = 1\n'
        '[monitor]\nlisten = "off"\n[dashboard]\nlisten = "off"\n'
        f'[fetch]\ncontact = "https://example.org/reader"\n[fetch.network]\nallow_networks = ["127.0.0.0/8"]\nports = [{port}]\n'
    )


def told(pipe: Connection, what: str):
    pipe.send(what)
    return pipe.recv()


def measure_tocsin(feeds: int, hosts: int, days: float, interruptions: int, seed: int = 1) -> dict[str, object]:
    """Tocsin's counts, after so many days with so many interruptions: crashes, restarts, and jumps of the clock with either."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as name, publishing(Path(name), feeds, hosts) as (pipe, urls):
        folder = Path(name)
        configure(folder, urls)
        clock = VirtualTime(folder / "clock")
        moments = sorted(chance.uniform(0.02 * days * DAY, 0.98 * days * DAY) for _ in range(interruptions))
        ends = ["kill" if number % 2 else "stop" for number in range(interruptions)]
        began = time.monotonic()
        for moment, end in zip(moments, ends, strict=True):
            if moment > clock.now:
                life("tocsin", sys.executable, folder, moment, end)
                told(pipe, "crash" if end == "kill" else "restart")
                clock.now += chance.choice((2.0, 90.0, 600.0))
                if chance.random() < 0.5:
                    clock.wrong = chance.choice((-HOUR, 0.0, DAY, 3650 * DAY))
        life("tocsin", sys.executable, folder, days * DAY, "stop")
        kept = dict(told(pipe, "report"))
    return {"who": "Tocsin", "days": days, "interruptions": interruptions, "seconds": round(time.monotonic() - began)} | kept


def measure_peer(which: str, python: str, feeds: int, hosts: int, days: float) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as name, publishing(Path(name), feeds, hosts) as (pipe, urls):
        folder = Path(name)
        configure(folder, urls)
        began = time.monotonic()
        life(which, python, folder, days * DAY, "stop")
        kept = dict(told(pipe, "report"))
    return {"who": which, "days": days, "interruptions": 0, "seconds": round(time.monotonic() - began)} | kept


def table(measured: list[dict], feeds: int) -> str:
    """The counts side by side, per rule; requests and bytes per feed and day."""
    rows = [["", *(f"{one['who']} ({one['days']:g} d, {one['interruptions']} interruptions)" for one in measured)]]
    for rule, text in RULES.items():
        rows.append([f"{rule}. {text}", *(str(one["violations"][str(rule)]) for one in measured)])
    rows.append(["violations in all", *(str(sum(one["violations"].values())) for one in measured)])
    rows.append(["requests per feed and day", *(f"{one['requests'] / feeds / one['days']:.1f}" for one in measured)])
    rows.append(["requests without validators per feed", *(f"{one['unconditional'] / feeds:.2f}" for one in measured)])
    rows.append(["bytes sent per feed and day", *(f"{one['bytes'] / feeds / one['days']:,.0f}" for one in measured)])
    return "\n".join("| " + " | ".join(row) + " |" + ("\n|" + "---|" * len(row) if number == 0 else "") for number, row in enumerate(rows))


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("--feeds", type=int, default=500)
    arguments.add_argument("--hosts", type=int, default=100)
    arguments.add_argument("--days", type=float, default=7)
    arguments.add_argument("--interruptions", type=int, default=40)
    arguments.add_argument("--peers", help="the Python of an environment with reader and feedparser")
    arguments.add_argument("--peer-days", type=float, default=1)
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    measured = [measure_tocsin(chosen.feeds, chosen.hosts, chosen.days, chosen.interruptions)]
    peers = ("reader", "feedparser") if chosen.peers else ()
    measured += [measure_peer(peer, chosen.peers, chosen.feeds, chosen.hosts, chosen.peer_days) for peer in peers]
    print(json.dumps(measured) if chosen.json else table(measured, chosen.feeds))
    for one in measured:
        print(
            f"{one['who']}: {json.dumps({key: one[key] for key in ('statuses', 'answers lost to crashes', 'seconds', 'examples')})}",
            file=sys.stderr,
        )


if __name__ == "__main__":
    main()
