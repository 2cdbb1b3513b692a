"""The stage: every item answered with its story and its relation to it, and the same item always the same way."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping

from pydantic import BaseModel, ConfigDict, Field

from processors.deduplicate.fingerprint import CONTENT_FIELDS, Contents, Fingerprint, content_name, fingerprint, hash64
from processors.deduplicate.memory import Memory, Seen
from tocsin.model import NewsItem, Relation, Story


class DedupeSettings(BaseModel):
    """[deduplicate] of tocsin.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    window_hours: float = Field(default=72, gt=0)
    """How long an item is remembered after it was last met, in event time."""


class Deduplicator:
    """The stage NewsItem -> Story. Lets the very item pass again that it let pass before; drops what tells nothing new."""

    def __init__(self, seen: MutableMapping[str, Seen], settings: DedupeSettings | None = None) -> None:
        window = (settings or DedupeSettings()).window_hours * 3600
        self._memory = Memory(seen, window)

    def __call__(self, item: NewsItem) -> Iterable[Story]:
        story = self.relate(item)
        if story.relation is not Relation.SAME:
            yield story

    def relate(self, item: NewsItem) -> Story:
        """The item's story and its relation to it; the same answer when the very same item comes again."""
        known_as = fingerprint(item)
        told = self._memory.told(known_as.telling)
        if told is None:
            self._memory.tick(int(item.fetched.timestamp()))
            told = self._judge(item, known_as)
        return Story(id=told.story, relation=told.relation, item=item, changed=told.changed)

    def _judge(self, item: NewsItem, known_as: Fingerprint) -> Seen:
        """The answer for an item that did not come before in just this form."""
        earlier = self._earlier(known_as)
        if earlier is None:
            return self._remember(known_as, item.id, Relation.NEW, hash64("group", known_as.telling))
        said = content_name(earlier.group, known_as.contents)
        repeated = self._memory.named(said)
        if repeated and self._memory.named(known_as.names[0]):
            self._memory.renew(said)
            return self._answer(known_as, repeated.story, Relation.SAME, earlier.group)
        changed = () if repeated else _changed(earlier.contents, known_as.contents)
        relation = Relation.REVISION if changed else Relation.SAME
        return self._remember(known_as, earlier.story, relation, earlier.group, changed)

    def _earlier(self, known_as: Fingerprint) -> Seen | None:
        """The latest telling of the same item: by its id, its guid, or its address.

        Two entries of one feed body are two items, though a careless feed gives them one guid or one address, unless they
        say the same.
        """
        own, *shared = known_as.names
        earlier = self._memory.named(own)
        for name in shared:
            if earlier is None:
                other = self._memory.named(name)
                if other and (other.body != known_as.body or other.contents == known_as.contents):
                    earlier = other
        return earlier

    def _remember(self, known_as: Fingerprint, story: str, relation: Relation, group: int, changed: tuple[str, ...] = ()) -> Seen:
        row = self._answer(known_as, story, relation, group, changed)
        self._memory.keep(known_as.telling, row)
        return row

    def _answer(self, known_as: Fingerprint, story: str, relation: Relation, group: int, changed: tuple[str, ...] = ()) -> Seen:
        return Seen(
            story=story,
            relation=relation,
            changed=changed,
            group=group,
            kept=self._memory.now,
            names=known_as.names,
            body=known_as.body,
            contents=known_as.contents,
        )


def _changed(before: Contents, after: Contents) -> tuple[str, ...]:
    """The fields that say something else than before; a field that is left out says nothing."""
    return tuple(field for field, was, is_ in zip(CONTENT_FIELDS, before, after, strict=True) if is_ and is_ != was)
