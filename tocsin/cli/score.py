"""`tocsin score`: the tagger against gold, the shipped texts or files of one's own, as a table or as JSON."""

from __future__ import annotations

import argparse
import gzip
import sys
import zlib
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from tocsin.cli.exits import CommandError, Exit
from tocsin.cli.options import add_config, settings_of

if TYPE_CHECKING:
    from rich.table import Table

    from processors.tag.gold import Gold
    from processors.tag.score import F1, Figures, Rate

_READS = """Without FILE, the gold texts that ship with the project. A FILE holds JSON lines, plain or gzipped, of our own format
(processors/tag/gold/README.md) or of three foreign ones: relevance ({id, title|summary|text, label}), coding ({id, text, events:
[{source_text, target_text, plover}], tier}) and casualties ({id, text, killed, wounded, core})."""


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("score", help="score the tagger against gold texts", description=__doc__, epilog=_READS)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="gold to score against, instead of the shipped")
    parser.add_argument("--language", default="en", metavar="CODE", help="the shipped texts of another language: es (default: en)")
    parser.add_argument("--misses", type=int, default=0, metavar="N", help="print N rows that went wrong, and how")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    add_config(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from processors.tag.score import score
    from tocsin.wire import dump

    gold = list(read_gold(arguments.files or shipped(arguments.language)))
    if not gold:
        raise CommandError("no row of gold in these files", Exit.NOTHING)
    tagger = settings_of(arguments).lexicon.build()
    tagger.tag(gold[0].item)  # the lexicon is read before the clock runs
    began = perf_counter()
    answers = [tagger.tag(row.item) for row in gold]
    speed = len(gold) / (perf_counter() - began)
    figures = score(zip(gold, answers, strict=True))
    if arguments.json:
        sys.stdout.buffer.write(dump(as_plain(figures, speed, arguments.misses)) + b"\n")
    else:
        _show(figures, speed, arguments.misses)
    return Exit.OK


def shipped(language: str = "en") -> list[Path]:
    """The gold files that ship with the project: those of English, or of another language.

    Raises:
        CommandError: there are none of this language.
    """
    folder = Path(str(files("processors.tag.gold")))
    found = sorted((folder if language == "en" else folder / language).glob("*.jsonl"))
    if not found:
        known = ", ".join(["en", *sorted(path.name for path in folder.iterdir() if path.is_dir() and any(path.glob("*.jsonl")))])
        raise CommandError(f'no gold texts of language "{language}" ship; use one of {known}', Exit.USAGE)
    return found


def read_gold(paths: Iterable[Path]) -> Iterator[Gold]:
    """The gold rows of the files, in order.

    Raises:
        CommandError: a file that cannot be read, or a line that is no gold; says where and why.
    """
    from processors.tag.gold import read_row
    from tocsin.wire import WireError

    for path in paths:
        try:
            with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
                for number, line in enumerate(lines, start=1):
                    try:
                        row = read_row(line)
                    except WireError as wrong:
                        raise CommandError(f"{path}, line {number}: {wrong}", Exit.USAGE) from None
                    if row is not None:
                        yield row
        except (OSError, EOFError, zlib.error) as wrong:
            raise CommandError(f"cannot read {path}: {wrong}", Exit.USAGE) from None


def as_plain(figures: Figures, speed: float, misses: int) -> dict[str, Any]:
    """The figures as JSON tells them: shares and F1 rounded to four digits, with their counts."""
    rates = {name: _rate(getattr(figures, name)) for name in _RATES}
    groups = {name: {key: _rate(rate) for key, rate in sorted(getattr(figures, name).items())} for name in _GROUPS}
    return {
        "rows": figures.rows,
        "items_per_second": round(speed),
        "labels": {name: _f1(count) for name, count in figures.labels.items()},
        "types": _f1(figures.types),
        **rates,
        **groups,
        "misses": [{"id": miss.id, "text": miss.text, "wrong": list(miss.wrong)} for miss in figures.misses[:misses]],
    }


_RATES = {
    "whole": "rows without any fault",
    "false_alarms": "rows of label none called otherwise",
    "events": "wanted events found whole",
    "dyads": "actor and target",
    "dyads_typed": "actor, target and type",
    "killed": "killed exact, where there are any",
    "killed_none": "killed exact, where there are none",
    "injured": "injured exact",
    "traps": "traps not fallen for",
    "evidence": "events whose quotes stand where they say",
}
_GROUPS = {"by_type": "recall of type", "facets": "of the nearest event", "bands": "right at confidence", "covers": "rows that cover"}

_FEWEST = {"covers": 5}
"""Rows below which a line is left out of the table; JSON has them all."""


def _rate(rate: Rate) -> dict[str, float]:
    return {"share": round(rate.share, 4), "right": rate.right, "of": rate.of}


def _f1(count: F1) -> dict[str, float]:
    return {"precision": round(count.precision, 4), "recall": round(count.recall, 4), "f1": round(count.f1, 4)}


def _show(figures: Figures, speed: float, misses: int) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    for table in _tables(figures, speed):
        console.print(table)
    for miss in figures.misses[:misses]:
        console.print(f"{miss.id}: {'; '.join(miss.wrong)}\n    {miss.text[:400]}", markup=False, soft_wrap=True)


def _tables(figures: Figures, speed: float) -> Iterator[Table]:
    from rich.table import Table

    from processors.tag.score import totals

    head = Table("", "share", "right", "of", title=f"{figures.rows} rows, {speed:,.0f} items/s", title_justify="left")
    for name, meaning in _RATES.items():
        _add_rate(head, meaning, getattr(figures, name))
    yield head
    classes = Table("", "precision", "recall", "F1", "missed", "false")
    for name, count in {**figures.labels, "type": figures.types}.items():
        classes.add_row(name, f"{count.precision:.3f}", f"{count.recall:.3f}", f"{count.f1:.3f}", str(count.fn), str(count.fp))
    yield classes
    for name, meaning in _GROUPS.items():
        rates = {key: rate for key, rate in totals(getattr(figures, name)).items() if rate.of >= _FEWEST.get(name, 1)}
        if rates:
            group = Table(meaning, "share", "right", "of")
            for key, rate in sorted(rates.items()):
                _add_rate(group, key, rate)
            yield group


def _add_rate(table: Table, name: str, rate: Rate) -> None:
    if rate.of:
        table.add_row(name, f"{rate.share:.3f}", str(rate.right), str(rate.of))
