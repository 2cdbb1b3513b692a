"""Two sets of rules over one archive: which alerts each would have raised, side by side, and where they disagree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tocsin.model import Alert
    from tocsin.replay import Stretch

MARKS = {"both": " ", "rules": "<", "against": ">"}
"""As diff(1) marks lines: "<" is raised by --rules alone, ">" by --against alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """An alert, and which of the two sets of rules raised it: `raised_by` is both, rules or against."""

    raised_by: str
    alert: Alert


def compare(rules: Iterable[Alert], against: Iterable[Alert]) -> Iterator[Compared]:
    """The alerts of both in order of their time. Two are the same where the same news of the same two sides raised the same kind.

    Ids do not serve: they follow from the incident, and which incident it is may be what the rules disagree on.
    """
    ours, theirs = list(rules), list(against)
    wanted, left = Counter(map(_key, theirs)), Counter(map(_key, ours))
    told = [Compared(raised_by="both" if _take(wanted, alert) else "rules", alert=alert) for alert in ours]
    told += [Compared(raised_by="against", alert=alert) for alert in theirs if not _take(left, alert)]
    return iter(sorted(told, key=lambda one: one.alert.at))


def run_compared(
    paths: Sequence[Path], rules: Path | None, against: Path | None, report: Callable[[str], None], stretch: Stretch
) -> Iterator[Compared]:
    """What two configuration files make of the paths; None stands for the configuration that is used anyway.

    Raises:
        ConfigError: a file is wrong.
        ArchiveError: a path is no archive.
    """
    import os

    from tocsin.replay import Replay
    from tocsin.settings import load_settings

    raised = []
    for file in (rules, against):
        with Replay(load_settings(file, os.environ), paths, report, stretch=stretch) as replay:
            raised.append(list(replay.alerts()))
    return compare(*raised)


def line(one: Compared) -> str:
    """One alert as a line of the comparison."""
    alert = one.alert
    return f"{MARKS[one.raised_by]} {alert.at:%Y-%m-%d %H:%M}  {alert.kind.value:11}  {alert.dyad}  {alert.reason}"


def summary(told: Sequence[Compared]) -> str:
    """How many alerts both raise, and how many one of them alone."""
    counts = Counter(one.raised_by for one in told)
    return f"{counts['both']:,} alerts by both, {counts['rules']:,} by --rules alone (<), {counts['against']:,} by --against alone (>)"


def _key(alert: Alert) -> tuple[str, ...]:
    return alert.kind, str(alert.dyad), alert.at.isoformat(), alert.headline


def _take(counts: Counter[tuple[str, ...]], alert: Alert) -> bool:
    key = _key(alert)
    if not counts[key]:
        return False
    counts[key] -= 1
    return True
