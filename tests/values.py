"""Values for tests: each maker fills what a test does not care about."""

from __future__ import annotations

from datetime import UTC, datetime

from tocsin.model import Alert, AlertKind, Dyad, EventType, Level, NewsItem, Sign, Status

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def item(name: str = "i", **told) -> NewsItem:
    return NewsItem(**({"id": name, "feed": "https://feed.example/rss", "fetched": NOON, "outlet": "feed.example"} | told))


def alert(name: str = "a", **told) -> Alert:
    filled = {
        "id": name,
        "incident": "incident",
        "revision": 1,
        "kind": AlertKind.OPENED,
        "level": Level.FORCE,
        "at": NOON,
        "dyad": Dyad("IRN", "PAK"),
        "type": EventType.ASSAULT,
        "sign": Sign.ESCALATION,
        "status": Status.REPORTED,
        "intensity": -9.5,
        "headline": "Pakistan strikes targets in Iran",
        "reason": "First report of an air strike by Pakistan in Iran.",
    }
    return Alert(**(filled | told))
