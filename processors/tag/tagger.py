"""The tagger put together: sentences -> mentions of actors, places, numbers -> acts with their roles -> events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from tocsin.model import EscalationEvent, NewsItem, Sign, Story


class TagSettings(BaseModel):
    """[lexicon] of tocsin.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    extra: tuple[Path, ...] = ()
    """Lexicon files of one's own, read after the shipped ones."""

    def build(self) -> Tagger:
        return Tagger(self)


class Tagger:
    """The stage Story -> EscalationEvent. Holds nothing but its lexicon; the same item gets the same events."""

    def __init__(self, settings: TagSettings | None = None) -> None:
        self._settings = settings or TagSettings()

    def __call__(self, story: Story) -> Iterable[EscalationEvent]:
        return self.tag(story.item, story)

    def tag(self, item: NewsItem, story: Story | None = None) -> list[EscalationEvent]:  # noqa: ARG002
        """The events one item tells, in the order of the text; none for news of another kind."""
        return []


def label(events: Sequence[EscalationEvent]) -> str:
    """One word for an item: escalation, deescalation or none."""
    return max((event.sign for event in events if event.sign is not Sign.NEUTRAL), default="none")
