#!/usr/bin/env python3
"""How many retaliation links of a stretch of real feeds are right, as a reader judged them.

    bench/links.py FEEDS [--since 20260226] [--until 20260312] [--labels bench/labels/links.toml] [--list]

A link is named by two items: the one that opened the answer and the one that opened what it answers, each by the first 16 digits of
content_id(canonical_url(its link)). Links without a label are counted apart; --list prints them, with their headlines, to be read.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from incidents import item_name, read_events, replay

from processors.assess import AssessSettings, Incident

LABELS = Path(__file__).with_name("labels") / "links.toml"


def opened_by(incident: Incident) -> str:
    """The item that opened an incident: its first quote stays."""
    return item_name(incident.quotes[0].url)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("feeds", type=Path)
    parser.add_argument("--since", default="20260226")
    parser.add_argument("--until", default="20260312")
    parser.add_argument("--labels", type=Path, default=LABELS)
    parser.add_argument("--list", action="store_true")
    told = parser.parse_args()
    labels = {(one["answer"], one["answered"]): one["right"] for one in tomllib.loads(told.labels.read_text(encoding="utf-8"))["link"]}
    _, incidents = replay(read_events(told.feeds, told.since, told.until), [], AssessSettings())
    judged, unknown = [], 0
    for answer in incidents.values():
        answered = incidents.get(answer.responds_to.incident or "") if answer.responds_to else None
        if answered is None:
            continue
        pair = opened_by(answer), opened_by(answered)
        if pair in labels:
            judged.append(labels[pair])
        else:
            unknown += 1
            if told.list:
                words = answer.responds_to.quote if answer.responds_to else ""
                print(
                    *pair,
                    f"{answer.by}>{answer.against} {answer.headline!r} [{words}] <- {answered.by}>{answered.against} {answered.headline!r}",
                )
    share = f"{sum(judged) / len(judged):.2f}" if judged else "-"
    print(f"links judged {len(judged)}, right {sum(judged)}, precision {share}, not read {unknown}")


if __name__ == "__main__":
    main()
