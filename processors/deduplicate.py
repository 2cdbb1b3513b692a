"""NewsItem -> Story: what is this item to those seen before? State: `seen`, by item id."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from tocsin.model import NewsItem, Relation, Story


class DedupeSettings(BaseModel):
    """[deduplicate] of tocsin.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    window_hours: float = 72


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is remembered of one item."""

    story: str
    fetched: datetime


class Deduplicator:
    """The stage NewsItem -> Story. Lets the very item pass again that it let pass before; drops what tells nothing new."""

    def __init__(self, seen: MutableMapping[str, Seen], settings: DedupeSettings | None = None) -> None:
        self._seen = seen
        self._settings = settings or DedupeSettings()

    def __call__(self, item: NewsItem) -> Iterable[Story]:
        story = self.relate(item)
        if story.relation is not Relation.SAME:
            yield story

    def relate(self, item: NewsItem) -> Story:
        """The item's story and its relation to it; the same answer when the very same item comes again."""
        known = self._seen.get(item.id)
        if known and known.fetched != item.fetched:
            return Story(id=known.story, relation=Relation.SAME, item=item)
        self._seen[item.id] = Seen(story=item.id, fetched=item.fetched)
        return Story(id=item.id, relation=Relation.NEW, item=item)
