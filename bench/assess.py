#!/usr/bin/env python3
"""How fast `assess` judges the events of one busy dyad, and whether its state stays flat once its window is full.

    bench/assess.py [--events 60000] [--per-day 2000] [--json]

The events are made up: two countries at war, some thirty acts a day in a dozen towns, each told by several outlets, tolls that rise, one
telling in ten with a denial, a claim or an answer. Event time runs `--per-day` events a day, so that the window (8 days of events, 14 of
incidents) fills and is passed several times.
"""

from __future__ import annotations

import argparse
import json
import random
import time
import tracemalloc
from datetime import UTC, datetime, timedelta

from processors.assess import Assessor
from tocsin.model import Actor, Casualties, EscalationEvent, EventType, Evidence, Place, Relation, Response, Sign, Status
from tocsin.wire import dump

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
TOWNS = [Place(name=f"Town {n}", country="BBB", lat=30.0 + n, lon=50.0 + n) for n in range(12)]
ONE, OTHER = (Actor(text=name, id=name, country=name) for name in ("AAA", "BBB"))
ACTS_A_DAY = 30


def made(n: int, per_day: int, dice: random.Random) -> EscalationEvent:
    """The n-th event: of one of the acts of its hours, by one of forty outlets."""
    at = BEGIN + timedelta(days=n / per_day)
    act = int(n / per_day * ACTS_A_DAY) - dice.randrange(12)
    there = act % 2 == 0
    status = dice.choices([Status.REPORTED, Status.CLAIMED, Status.DENIED], [90, 6, 4])[0]
    toll = (Casualties(kind="killed", min=act % 7 + dice.randrange(3), max=None, quote="killed"),) if act % 3 == 0 else ()
    return EscalationEvent(
        id=f"event {n}",
        type=EventType.ASSAULT,
        mode=dice.choice(["aerial", "drone", "heavy-weapons", None]),
        sign=Sign.ESCALATION,
        status=status,
        intensity=-9.5,
        confidence=0.9,
        evidence=(Evidence(field="title", start=0, end=6, quote="strike"),),
        actor=ONE if there else OTHER,
        target=OTHER if there else ONE,
        place=TOWNS[act % 12] if dice.random() < 0.7 else None,
        on=at.date() if dice.random() < 0.3 else None,
        casualties=toll,
        responds_to=Response(quote="in response") if dice.random() < 0.05 else None,
        item=f"item {n}",
        story=f"story {act} {dice.randrange(4)}",
        relation=dice.choice([Relation.NEW, Relation.RETELLING]),
        feed="feed",
        outlet=f"outlet {dice.randrange(40)}",
        url=f"https://outlet.example/{n}",
        headline=f"A strike on {TOWNS[act % 12].name}",
        at=at,
        fetched=at,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=60_000)
    parser.add_argument("--per-day", type=int, default=2_000)
    parser.add_argument("--json", action="store_true")
    told = parser.parse_args()
    dice = random.Random(1)
    events = [made(n, told.per_day, dice) for n in range(told.events)]
    state: dict = {}
    assess = Assessor(state)
    alerts, sizes, slice_of = 0, [], max(1, told.events // 10)
    took = 0.0
    for begin in range(0, told.events, slice_of):
        began = time.process_time()
        for event in events[begin : begin + slice_of]:
            alerts += len(list(assess(event)))
        took += time.process_time() - began
        sizes.append(len(dump(state["AAA-BBB"])))
    tracemalloc.start()
    for event in events[-slice_of:]:
        assess(event)
    grown, _ = tracemalloc.get_traced_memory()
    figures = {
        "events": told.events,
        "events_per_second": round(told.events / took),
        "alerts": alerts,
        "incidents_kept": len(state["AAA-BBB"].incidents),
        "state_bytes_by_tenth": sizes,
        "bytes_grown_by_redelivery": grown,
    }
    print(json.dumps(figures) if told.json else "\n".join(f"{name:28} {value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
