"""The alert that tries a sink: marked as a test wherever it is shown, and grave enough for nobody."""

from __future__ import annotations

from datetime import datetime

from tocsin.model import UNKNOWN_SIDE, Alert, AlertKind, Dyad, EventType, Level, Sign, Status, content_id


def trial(sink: str, now: datetime) -> Alert:
    """A test alert for the sink of that name: its kind is `test`, its level the lowest, its sides nobody. Each moment has its own."""
    name = content_id("test", sink, now.isoformat())
    return Alert(
        id=name,
        incident=name,
        revision=1,
        kind=AlertKind.TEST,
        level=Level.NONE,
        at=now,
        dyad=Dyad(UNKNOWN_SIDE, UNKNOWN_SIDE),
        type=EventType.CONSULT,
        sign=Sign.NEUTRAL,
        status=Status.HYPOTHETICAL,
        intensity=0,
        headline=f"TEST of the sink {sink}: nothing has happened",
        reason="Somebody tries whether alerts arrive here.",
        sources=0,
        outlets=0,
    )
