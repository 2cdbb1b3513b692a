"""Values for tests: each maker fills what a test does not care about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tocsin.model import (
    Actor,
    Alert,
    AlertKind,
    Casualties,
    Dyad,
    EscalationEvent,
    EventType,
    Evidence,
    Level,
    NewsItem,
    Place,
    Relation,
    Sign,
    Status,
)

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


def side(country: str, **told) -> Actor:
    return Actor(**({"text": country, "id": country, "country": country} | told))


def killed(least: int, most: int | None = None) -> Casualties:
    return Casualties(kind="killed", min=least, max=least if most is None else most, quote=f"{least} killed")


def event(name: str = "e", hours: float = 0, **told) -> EscalationEvent:
    """An air strike by Pakistan on Saravan in Iran, told `hours` after noon by an outlet of its own in an item of its own."""
    at = NOON + timedelta(hours=hours)
    filled = {
        "id": name,
        "type": EventType.ASSAULT,
        "mode": "aerial",
        "sign": Sign.ESCALATION,
        "status": Status.REPORTED,
        "intensity": -9.5,
        "confidence": 0.9,
        "evidence": (Evidence(field="title", start=0, end=7, quote="strikes"),),
        "actor": side("PAK"),
        "target": side("IRN"),
        "place": Place(name="Saravan", country="IRN", lat=27.37, lon=62.33),
        "item": f"item of {name}",
        "story": f"story of {name}",
        "relation": Relation.NEW,
        "feed": "https://feed.example/rss",
        "outlet": f"{name}.example",
        "url": f"https://{name}.example/1",
        "headline": "Pakistan strikes Saravan in Iran",
        "at": at,
        "fetched": at,
    }
    return EscalationEvent(**(filled | told))
