"""`tocsin replay PATH...`: what would have been alerted. Archives, directories and tar files of feed bodies, JSON lines of items."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tocsin.cli.exits import CommandError, Exit
from tocsin.cli.options import add_config, cluster, say, settings_of, there
from tocsin.cli.status import ledger, sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from tocsin.model import Alert
    from tocsin.replay import Replay, Stretch


T = TypeVar("T")


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "replay", help="put an archive through the pipeline and print its alerts; nobody is woken", description=__doc__
    )
    parser.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="WARC, directory or tar file of FEED/FETCHTIME.xml, items.jsonl[.gz]"
    )
    parser.add_argument("--sample", action="store_true", help="the sample archive that ships with Tocsin")
    parser.add_argument("--json", action="store_true", help="alerts as JSON lines, also on a terminal (elsewhere they always are)")
    parser.add_argument("--rules", type=Path, metavar="FILE", help="compare: the alerts under this configuration ...")
    parser.add_argument("--against", type=Path, metavar="FILE", help="... and under this one; one of the two may be left out")
    parser.add_argument("--cluster", action="store_true", help="through Kafka and Redis, under a prefix of its own")
    parser.add_argument("--deliver", action="store_true", help="with --cluster: send the alerts to the sinks of the configuration")
    parser.add_argument("--sink", action="append", metavar="NAME", help="with --deliver: to this sink only; may be said again")
    parser.add_argument("--keep", action="store_true", help="with --cluster: leave its topics and state there")
    parser.add_argument("--since", type=_moment, metavar="TIME", help="only what was fetched from then on: 2026-02-26T06:30 (UTC)")
    parser.add_argument("--until", type=_moment, metavar="TIME", help="only what was fetched before then")
    parser.add_argument("--speed", type=_speed, metavar="N", help="N times real time, by the times of fetching; else as fast as it goes")
    add_config(parser)
    parser.set_defaults(run=run)


def _moment(told: str) -> datetime:
    try:
        moment = datetime.fromisoformat(told)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{told!r} is no time; write 2026-02-26 or 2026-02-26T06:30") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _speed(told: str) -> float:
    try:
        speed = float(told)
    except ValueError:
        speed = 0
    if not 0 < speed < float("inf"):
        raise argparse.ArgumentTypeError(f"{told!r} is no speed; write a number above 0, 3600 for an hour a second")
    return speed


def run(arguments: argparse.Namespace) -> int:
    from producers.archive import ArchiveError
    from producers.lines import LineError
    from tocsin.replay import Pace, Replay, Stretch

    paths = [*arguments.paths, *([sample_path()] if arguments.sample else [])]
    if not paths:
        raise CommandError("nothing to replay: name a PATH, or --sample", Exit.USAGE)
    stretch = Stretch(arguments.since, arguments.until)
    pace = Pace(arguments.speed) if arguments.speed else None
    if arguments.rules or arguments.against:
        return _compare(arguments, paths, stretch)
    if (arguments.deliver and not arguments.cluster) or (arguments.sink and not arguments.deliver):
        raise CommandError("--deliver goes with --cluster, and --sink with --deliver", Exit.USAGE)
    show = _printer(as_json=arguments.json or not sys.stdout.isatty())
    if arguments.cluster:
        if pace:
            raise CommandError("--speed is for a replay in this process: leave it out, or --cluster", Exit.USAGE)
        return _on_cluster(arguments, paths, stretch, show)
    try:
        with Replay(settings_of(arguments), paths, say, stretch=stretch, pace=pace) as replay, _progress(replay) as tick:
            for alert in replay.alerts(tick):
                show(alert)
                if pace:
                    sys.stdout.flush()
            told = summary(replay)
            whole, found = ledger(replay.sums())["adds_up"], replay.done or replay.sums()
    except (ArchiveError, LineError) as wrong:
        raise CommandError(str(wrong), Exit.USAGE) from None
    say(told)
    if not found:
        return Exit.NOTHING
    return Exit.OK if whole else Exit.FAILED


def _on_cluster(arguments: argparse.Namespace, paths: list[Path], stretch: Stretch, show: Callable[[Alert], None]) -> int:
    import asyncio

    from producers.archive import ArchiveError
    from producers.lines import LineError
    from tocsin.deliveries import State
    from tocsin.logs import secrets_in, set_up

    settings = settings_of(arguments)
    set_up(settings.log, secrets_in(settings))
    with cluster():
        from kafka.errors import KafkaError
        from redis.exceptions import RedisError

        from producers.kafka import PublishError
        from tocsin.admin import BrokerError
        from tocsin.delivering import SinkRefusedError
        from tocsin.desk import check
        from tocsin.replaying import ClusterReplay
        from tocsin.waiting import RefusedError

        elsewhere = [name for name, sink in settings.sinks.items() if sink.type != "console"]  # that is what this command writes to
        sinks = (arguments.sink or elsewhere) if arguments.deliver else []
        if arguments.deliver and not sinks:
            raise CommandError("--deliver, but the configuration has no sink besides the console: write [sinks.NAME]", Exit.CONFIG)
        try:
            for sink in sinks:
                check(settings, sink)
        except SinkRefusedError as wrong:
            raise CommandError(str(wrong), Exit.CONFIG) from None
        there(settings, redis=True)
        replay = ClusterReplay(settings, paths, say, stretch=stretch)
        say(f"tocsin: replaying under the prefix {replay.prefix}")
        try:
            alerts = asyncio.run(_until_told(replay.run(keep=arguments.keep, sinks=sinks)))
        except asyncio.CancelledError:
            left = f"; what it made is there: tocsin topics clean {replay.prefix}" if arguments.keep else ", and what it made is taken away"
            raise CommandError(f"the replay was stopped before its end{left}", Exit.INTERRUPTED) from None
        except RefusedError as wrong:
            raise CommandError(str(wrong), Exit.UNAVAILABLE) from None
        except (ArchiveError, LineError) as wrong:
            raise CommandError(str(wrong), Exit.USAGE) from None
        except (BrokerError, PublishError, KafkaError, RedisError) as wrong:
            raise CommandError(str(wrong), Exit.UNAVAILABLE) from None
    for alert in alerts:
        show(alert)
    say(f"{replay.items:,} items, {len(alerts):,} alerts")
    for sink, became in replay.delivered.items():
        say(f"{sink}: {', '.join(f'{count:,} {state}' for state, count in sorted(became.items())) or 'nothing'}")
    if any(became.get(State.DEAD) for became in replay.delivered.values()):
        return Exit.FAILED
    return Exit.OK if replay.items else Exit.NOTHING


async def _until_told(work: Coroutine[Any, Any, T]) -> T:
    """Do the work; a signal that ends it lets it clear away what it made."""
    import asyncio
    import signal

    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for which in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(which, task.cancel)
    return await task


def _compare(arguments: argparse.Namespace, paths: list[Path], stretch: Stretch) -> int:
    from producers.archive import ArchiveError
    from producers.lines import LineError
    from tocsin.cli import compare
    from tocsin.settings import ConfigError
    from tocsin.wire import dump

    try:
        told = list(compare.run_compared(paths, arguments.rules or arguments.config, arguments.against or arguments.config, say, stretch))
    except ConfigError as wrong:
        raise CommandError(f"the configuration is wrong\n{wrong}", Exit.CONFIG) from None
    except (ArchiveError, LineError) as wrong:
        raise CommandError(str(wrong), Exit.USAGE) from None
    for one in told:
        print(dump(one).decode() if arguments.json else compare.line(one))
    say(compare.summary(told))
    return Exit.OK


def sample_path() -> Path:
    """Where the sample archive lies: package data."""
    return Path(__file__).parent.parent / "sample"


def summary(replay: Replay) -> str:
    """What became of everything, as one line."""
    refused = ", ".join(f"{n} {kind}" for kind, n in sorted(replay.refused.items()))
    return f"{replay.done:,} bodies{f' ({refused} refused)' if refused else ''}: {sentence(ledger(replay.sums()))}"


def _printer(*, as_json: bool) -> Callable[[Alert], None]:
    from tocsin.wire import dump

    if as_json:
        return lambda alert: print(dump(alert).decode())
    from sinks.console import ConsoleSink

    return ConsoleSink("replay", sys.stdout).send


@contextmanager
def _progress(replay: Replay) -> Iterator[Callable[[], None]]:
    """A bar with rate and remaining time on standard error where that is a terminal; elsewhere nothing."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:,.0f} bodies/s" if task.speed else "")

    console = Console(stderr=True)
    columns = (TextColumn("replay"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("replay", total=replay.total)
        yield lambda: progress.update(task, completed=replay.done)
