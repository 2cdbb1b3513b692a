"""Items a second on one core, JSON in and out: the tagger, the tagger with a lexicon ten times the size, and a compiled keyword regex.

    python bench/tag_speed.py ITEMS.jsonl [--repeat 3]
    python bench/tag_speed.py ITEMS.jsonl --beside CHECKOUT

ITEMS.jsonl holds items as `tocsin tag` reads them. With none, the texts of the shipped gold set are used, which are nearly all of
our kind and so the slow case. `--doubling` shows the seconds for one text of 8, 16, 32 and 64 KB: linear time doubles.
"""

import argparse
import hashlib
import re
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from processors.tag import Tagger, TagSettings, label
from processors.tag.lexicon import load
from producers.lines import read_lines
from tocsin.cli.score import read_gold, shipped
from tocsin.model import NewsItem
from tocsin.wire import dump, plain

ROOT = Path(__file__).parent.parent
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
TURN, TURNS = 100, 5


def clock():
    return LONG_AGO


def grown(folder: Path, times: int) -> Path:
    """A lexicon file with as many new acts as make the shipped ones `times` as many: made-up words, so that none of them fits."""
    lexicon = load()
    acts = sum(len(patterns) for index in (lexicon.verb_acts, lexicon.noun_acts) for patterns in index.values()) // 5
    words = ", ".join(f'"qx{number}z @bomb"' for number in range(acts * (times - 1)))
    path = folder / "grown.toml"
    path.write_text(f'[[act]]\ntype = "ASSAULT"\nverb = [{words}]\n', "utf-8")
    return path


def measured(lines, answer, repeat):
    best = float("inf")
    for _ in range(repeat):
        began = time.process_time()
        for item in read_lines(lines, clock):
            dump(answer(item))
        best = min(best, time.process_time() - began)
    return len(lines) / best


def serve(path):
    """Tags the items whose first and last number stand on a line of standard input; answers with seconds and a hash of what was told."""
    tagger, items = Tagger(), list(read_lines([line for line in Path(path).read_bytes().splitlines() if line.strip()], clock))
    tagger.tag(items[0])
    for line in sys.stdin:
        first, end = map(int, line.split())
        began = time.process_time()
        told = [tagger.tag(item) for item in items[first:end]]
        took = time.process_time() - began
        print(took, hashlib.sha256(dump([[plain(event) for event in events] for events in told])).hexdigest(), flush=True)


def beside(path, count, other):
    """Seconds this tagger and that of another checkout take for the items, in turns."""
    serving = f"import sys; sys.path.insert(0, sys.argv[1]); import runpy; runpy.run_path({str(Path(__file__))!r})['serve'](sys.argv[2])"
    commands = [[sys.executable, "-c", serving, str(root), str(path)] for root in (ROOT, other.resolve())]
    ours, theirs = (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=tempfile.gettempdir())
        for command in commands
    )
    sums = {ours: 0.0, theirs: 0.0}
    for first in range(0, count, TURN):
        quickest, answers = dict.fromkeys(sums, float("inf")), set()
        for turn in range(TURNS):
            for tagger in (ours, theirs) if turn % 2 else (theirs, ours):
                tagger.stdin.write(f"{first} {min(first + TURN, count)}\n")
                tagger.stdin.flush()
                took, answer = tagger.stdout.readline().split()
                quickest[tagger] = min(quickest[tagger], float(took))
                answers.add(answer)
        if len(answers) > 1:
            print(f"items {first} to {first + TURN - 1}: other answers")
        for tagger, took in quickest.items():
            sums[tagger] += took
    for tagger in sums:
        tagger.stdin.close()
        tagger.wait()
    return sums[ours], sums[theirs]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("items", nargs="?", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--beside", type=Path, metavar="CHECKOUT")
    parser.add_argument("--doubling", action="store_true")
    arguments = parser.parse_args()
    if arguments.items:
        lines = [line for line in arguments.items.read_bytes().splitlines() if line.strip()]
    else:
        rows = (row.item for row in read_gold(shipped()))
        lines = [dump({"id": row.id, "title": row.title, "summary": row.summary, "text": row.text}) for row in rows]
    if arguments.beside:
        ours, theirs = beside(arguments.items.resolve(), len(lines), arguments.beside)
        print(f"{len(lines)} items: {len(lines) / ours:,.0f} items/s, {theirs / ours:.2f} times as fast as {arguments.beside.name}")
        return
    lexicon = load()
    keywords = re.compile(r"\b(?:" + "|".join(sorted(map(re.escape, {*lexicon.verb_acts, *lexicon.noun_acts}))) + r")\b")

    def by_keywords(item):
        return {"id": item.id, "found": keywords.findall(f"{item.title}\n{item.summary}\n{item.text}".casefold())}

    def by(tagger):
        def answer(item):
            events = tagger.tag(item)
            return {"id": item.id, "label": label(events), "events": [plain(event) for event in events]}

        return answer

    print(f"{len(lines)} items")
    print(f"keyword regex     {measured(lines, by_keywords, arguments.repeat):>9,.0f} items/s")
    print(f"tagger            {measured(lines, by(Tagger()), arguments.repeat):>9,.0f} items/s")
    with tempfile.TemporaryDirectory() as folder:
        large = Tagger(TagSettings(extra=(grown(Path(folder), 10),)))
        print(f"tagger, 10x words {measured(lines, by(large), arguments.repeat):>9,.0f} items/s")
    if arguments.doubling:
        tagger = Tagger()
        for kilobytes in (8, 16, 32, 64):
            text = ("Iran attacked 12 troops in Syria after 1,200 rebels refused to lift it and " * 1000)[: kilobytes * 1000]
            began = time.process_time()
            tagger.tag(NewsItem(id="long", feed="", fetched=LONG_AGO, text=text))
            print(f"{kilobytes:>3} KB without a point  {time.process_time() - began:.2f} s")


if __name__ == "__main__":
    main()
