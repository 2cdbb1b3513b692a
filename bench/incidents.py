#!/usr/bin/env python3
"""Does one event ring once? Replays a labelled week of feed bodies through the three segments and counts.

    bench/incidents.py FEEDS [--since 20260226] [--until 20260305] [--labels FILE] [--misses] [--json]

FEEDS holds the bodies (FEED/FETCHTIME.xml, as `tocsin replay` reads them); the labels say which items tell which real event. Of each
labelled event it is asked: how many incidents did its items open, was it missed, is its range of killed right, and what does it answer.
An item that tells two events counts for the one whose sides and type an alert names; a blow and its answer are told apart by the doer.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from processors.assess import AssessSettings, DyadState, Incident
from processors.assess.tolls import range_of
from processors.deduplicate import DedupeSettings
from processors.segments import assess, deduplicate, tag
from processors.tag import TagSettings
from producers.archive import read_bodies
from producers.parse import ParseError, parse_body
from tocsin.links import canonical_url
from tocsin.model import Alert, AlertKind, EscalationEvent, content_id

LABELS = Path(__file__).with_name("labels") / "war_week_2026.toml"
FIRST = frozenset({AlertKind.OPENED, AlertKind.ESCALATED})


@dataclass
class Label:
    """One real event: its items by the names of their links, and what a reader says of it."""

    name: str
    by: list[str]
    against: list[str]
    items: list[str]
    killed: list[int] | None = None
    answers: str = ""
    types: list[str] = field(default_factory=lambda: ["ASSAULT"])
    incidents: Counter[str] = field(default_factory=Counter)
    """Incident -> how many alerts of it were raised by items of this event."""
    opened: set[str] = field(default_factory=set)
    of_items: set[str] = field(default_factory=set)
    """The items as incidents name them."""
    first: datetime | None = None

    def fits(self, alert: Alert) -> bool:
        return alert.type in self.types and _side(alert.dyad.a, self) and _side(alert.dyad.b, self)

    def names_doer(self, alert: Alert) -> bool:
        """Whether the alert names the event's doer as doer, and nobody but its target as target."""
        by, against = alert.actor, alert.target
        return (
            by is not None and by.side.partition(":")[0] in self.by and (against is None or against.side.partition(":")[0] in self.against)
        )


def _side(side: str, label: Label) -> bool:
    return side.partition(":")[0] in (*label.by, *label.against, "?")


def item_name(url: str) -> str:
    return content_id(canonical_url(url))[:16]


def read_labels(file: Path) -> list[Label]:
    return [Label(**told) for told in tomllib.loads(file.read_text(encoding="utf-8"))["incident"]]


def read_events(feeds: Path, since: str, until: str) -> Iterator[EscalationEvent]:
    """The events of all bodies fetched in [since, until), in fetched order."""
    first, second = deduplicate({}, DedupeSettings()), tag(TagSettings())
    for body in read_bodies([feeds], lambda *_: None):
        if since <= body.fetched.strftime("%Y%m%d") < until:
            try:
                items = parse_body(body.body, feed=body.feed, url=body.url, fetched=body.fetched).items
            except ParseError as wrong:
                print(f"{body.feed} {body.fetched:%Y%m%dT%H%M%SZ}: {wrong}", file=sys.stderr)
                continue
            for item in items:
                for story in first(item):
                    yield from second(story)


def replay(events: Iterable[EscalationEvent], labels: list[Label], settings: AssessSettings) -> tuple[list[Alert], dict[str, Incident]]:
    """All alerts, once each, and the incidents as they stand at the end; what labelled items raised is noted in their labels."""
    told: dict[str, list[Label]] = defaultdict(list)
    for label in labels:
        for name in label.items:
            told[name].append(label)
    state: dict[str, DyadState] = {}
    stage, alerts, seen = assess(state, settings), [], set()
    for event in events:
        for label in told.get(item_name(event.url), ()):
            label.of_items.add(event.item[:16])
            label.first = min(label.first or event.at, event.at)
        for alert in stage(event):
            if alert.id in seen:
                continue
            seen.add(alert.id)
            alerts.append(alert)
            for label in _told_of(alert, told.get(item_name(event.url), [])):
                label.incidents[alert.incident] += 1
                if alert.revision == 1:
                    label.opened.add(alert.incident)
    return alerts, {incident.id: incident for kept in state.values() for incident in kept.incidents}


def _told_of(alert: Alert, labels: list[Label]) -> list[Label]:
    """The events of an item that an alert it raised tells: of several that fit, those whose doer it names."""
    fitting = [label for label in labels if label.fits(alert) and alert.kind is not AlertKind.RESOLVED]
    return [label for label in fitting if label.names_doer(alert)] or fitting if len(fitting) > 1 else fitting


def told_by_another(label: Label, incidents: dict[str, Incident]) -> bool:
    """Whether an alert told the event although an item that has no label raised it.

    So it is where most of its items are of one incident that began at most twelve hours before them, and make a quarter of that incident.
    """
    shared = {name: len(label.of_items & incident.items) for name, incident in incidents.items() if incident.revision}
    home = max(shared, key=lambda name: (shared[name], name), default="")
    if not home or not shared[home]:
        return False
    incident = incidents[home]
    return shared[home] * 4 >= len(incident.items) and label.first is not None and label.first - incident.first <= timedelta(hours=12)


def toll_is_right(label: Label, incidents: dict[str, Incident]) -> bool | None:
    """Whether a range of killed, as an alert on one of the event's incidents would tell it now, is within the label's and reaches its top;
    None where none is known.
    """
    ranges = []
    for name in label.opened or label.incidents:
        tolls = range_of(incidents[name].figures) if name in incidents else ()
        ranges += [(toll.min, toll.max) for toll in tolls if toll.kind == "killed"]
    if label.killed is None or not ranges:
        return None
    lowest, highest = label.killed
    return any(low >= lowest and highest * 0.9 <= high <= highest for low, high in ranges)


def links(alerts: list[Alert], labels: list[Label]) -> Iterator[tuple[str, str, str]]:
    """Of every link between two labelled events: the answer, what it was linked to, and what the label says it answers."""
    of_incident = {incident: label for label in labels for incident in label.opened}
    linked = {alert.incident: alert.responds_to.incident for alert in alerts if alert.responds_to and alert.responds_to.incident}
    for answer, answered in linked.items():
        if answer in of_incident:
            to = of_incident.get(answered)
            yield of_incident[answer].name, to.name if to else "?", of_incident[answer].answers or "?"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("feeds", type=Path)
    parser.add_argument("--since", default="20260226")
    parser.add_argument("--until", default="20260305")
    parser.add_argument("--labels", type=Path, default=LABELS)
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--json", action="store_true")
    told = parser.parse_args()
    report(read_events(told.feeds, told.since, told.until), read_labels(told.labels), misses=told.misses, as_json=told.json)


def report(events: Iterable[EscalationEvent], labels: list[Label], *, misses: bool, as_json: bool) -> None:
    alerts, incidents = replay(events, labels, AssessSettings())
    rung = [label for label in labels if label.opened]
    missed = [label.name for label in labels if not label.incidents and not told_by_another(label, incidents)]
    tolls = {label.name: right for label in labels if (right := toll_is_right(label, incidents)) is not None}
    figures = {
        "labelled_events": len(labels),
        "alerts": dict(Counter(alert.kind.value for alert in alerts)),
        "incidents_per_event": round(sum(len(label.opened) for label in rung) / max(1, len(rung)), 3),
        "events_with_one_incident": sum(len(label.opened) == 1 for label in rung),
        "missed": round(len(missed) / len(labels), 3),
        "tolls_right": f"{sum(tolls.values())}/{len(tolls)}",
        "links": [" <- ".join(link) for link in links(alerts, labels)],
    }
    print(json.dumps(figures) if as_json else "\n".join(f"{name:26} {value}" for name, value in figures.items()))
    if misses:
        print("missed:", *missed)
        print("toll wrong:", *(name for name, right in tolls.items() if not right))
        for label in labels:
            if len(label.opened) > 1:
                print(f"{label.name}: {len(label.opened)} incidents")
                for name in sorted(label.opened):
                    reason = next(alert.reason for alert in alerts if alert.incident == name)
                    print(f"    {label.incidents[name]} alerts: {reason}")


if __name__ == "__main__":
    main()
