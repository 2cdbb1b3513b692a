"""The three segments, each built from its settings and its state. Who runs them joins and guards them (`tocsin.intake`)."""

from __future__ import annotations

from collections.abc import MutableMapping

from processors.assess import Assessor, AssessSettings, DyadState
from processors.deduplicate import DedupeSettings, Deduplicator, Seen
from processors.tag import TagSettings
from tocsin.model import Alert, EscalationEvent, NewsItem, Story
from tocsin.stage import Stage


def deduplicate(seen: MutableMapping[str, Seen], settings: DedupeSettings) -> Stage[NewsItem, Story]:
    """Items in, stories out; `seen` is what is remembered of items."""
    return Deduplicator(seen, settings)


def tag(settings: TagSettings) -> Stage[Story, EscalationEvent]:
    """Stories in, events out; remembers nothing."""
    return settings.build()


def assess(dyads: MutableMapping[str, DyadState], settings: AssessSettings) -> Stage[EscalationEvent, Alert]:
    """Events in, alerts out; `dyads` is what is remembered of each dyad."""
    return Assessor(dyads, settings)
