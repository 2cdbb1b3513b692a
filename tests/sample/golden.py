"""The alerts the sample archive raises, one line each, as they were last accepted: `make golden` accepts anew.

A line is for a reader: when, what kind, who, what, where, how many. Its digest is of the alert's bytes, so that nothing changes unseen.
"""

from __future__ import annotations

from pathlib import Path

import tocsin
from tocsin.model import Alert, content_id
from tocsin.replay import Replay
from tocsin.settings import Settings
from tocsin.wire import dump

SAMPLE = Path(tocsin.__file__).parent / "sample"
GOLDEN = Path(__file__).parent / "alerts.txt"


def replay() -> list[Alert]:
    """The alerts of the archive in the order they rise, through the code that live feeds go through."""
    with Replay(Settings(), [SAMPLE], report=lambda _: None) as running:
        return list(running.alerts())


def brief(alert: Alert) -> str:
    tolls = " ".join(f"{toll.kind}={toll.min}-{toll.max}" for toll in alert.tolls)
    what = f"{alert.type}/{alert.mode or ''} {alert.status}"
    where = alert.place.name if alert.place else "?"
    answers = "answers" if alert.responds_to else ""
    fields = (f"{alert.at:%Y-%m-%d %H:%M}", f"{alert.kind} {alert.level:d}", str(alert.dyad), what, where, tolls, answers, alert.headline)
    return " | ".join((*fields, content_id(dump(alert).decode())[:8]))


if __name__ == "__main__":
    GOLDEN.write_text("".join(brief(alert) + "\n" for alert in replay()), encoding="utf-8")
