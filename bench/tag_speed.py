"""Items a second on one core, JSON in and out: the tagger, the tagger with a lexicon ten times the size, and a compiled keyword regex.

    python bench/tag_speed.py ITEMS.jsonl [--repeat 3]

ITEMS.jsonl holds items as `tocsin tag` reads them. With none, the texts of the shipped gold set are used, which are nearly all of
our kind and so the slow case. `--doubling` shows the seconds for one text of 8, 16, 32 and 64 KB: linear time doubles.
"""

import argparse
import re
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

LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)


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


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("items", nargs="?", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--doubling", action="store_true")
    arguments = parser.parse_args()
    if arguments.items:
        lines = [line for line in arguments.items.read_bytes().splitlines() if line.strip()]
    else:
        rows = (row.item for row in read_gold(shipped()))
        lines = [dump({"id": row.id, "title": row.title, "summary": row.summary, "text": row.text}) for row in rows]
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
