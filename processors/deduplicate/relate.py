"""The stage: every item answered with its story and its relation to it, and the same item always the same way."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from datetime import datetime
from itertools import islice

from pydantic import BaseModel, ConfigDict, Field

from processors.deduplicate.fingerprint import CONTENT_FIELDS, Fingerprint, content_name, fingerprint, hash32
from processors.deduplicate.memory import Known, Memory
from processors.deduplicate.seen import NEWEST, Contents, Print, Seen
from processors.deduplicate.sketch import Sketch, sketch
from processors.deduplicate.verify import Text, likeness
from tocsin.model import NewsItem, Relation, Story

_COMPARED = 40
"""How many rows an item is compared with at most, the likeliest first."""


class DedupeSettings(BaseModel):
    """[deduplicate] of tocsin.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    window_hours: float = Field(default=72, gt=0)
    """How long an item is remembered after it was last met, in event time."""


class Deduplicator:
    """The stage NewsItem -> Story. Lets the very item pass again that it let pass before; drops what tells nothing new."""

    def __init__(self, seen: MutableMapping[str, Seen], settings: DedupeSettings | None = None) -> None:
        self._window = (settings or DedupeSettings()).window_hours * 3600
        self._memory = Memory(seen, self._window)

    def __call__(self, item: NewsItem) -> Iterable[Story]:
        story = self.relate(item)
        if story.relation is not Relation.SAME:
            yield story

    def relate(self, item: NewsItem) -> Story:
        """The item's story and its relation to it; the same answer when the very same item comes again."""
        known_as = fingerprint(item)
        told = self._memory.told(known_as.telling)
        if told is None:
            self._memory.tick(_seconds(item.fetched))
            told = self._judge(item, known_as)
        return Story(id=told.story, relation=told.relation, item=item, changed=told.changed)

    def _judge(self, item: NewsItem, known_as: Fingerprint) -> Seen:
        """The answer for an item that did not come before in just this form."""
        earlier = self._earlier(known_as)
        if earlier is None:
            return self._first_telling(item, known_as)
        group, story = earlier.print.group, earlier.seen.story
        self._memory.renew(earlier)
        repeated = self._memory.named(content_name(group, known_as.contents))
        if repeated:
            self._memory.renew(repeated)
            if self._memory.named(known_as.names[0]):
                return Seen(story=story, relation=Relation.SAME)
        changed = () if repeated else _changed(earlier.print.contents, known_as.contents)
        if not changed:
            return self._remember(item, known_as, Seen(story=story, relation=Relation.SAME), group)
        return self._remember(item, known_as, Seen(story=story, relation=Relation.REVISION, changed=changed), group, sketch(item))

    def _first_telling(self, item: NewsItem, known_as: Fingerprint) -> Seen:
        """The answer for an item that is no edit of an earlier one: another outlet's copy of one, or new."""
        drawn = sketch(item)
        alike = list(islice(self._memory.alike(drawn.keys), _COMPARED))
        best, story = 0.0, item.id
        if alike:
            text = Text.of(drawn.headlines, drawn.facts, drawn.lead, _outlet(item), _seconds(item.at))
            for known in alike:
                like = likeness(text, _remembered(known), self._window)
                if like > best:
                    best, story = like, known.seen.story
        answer = Seen(story=story, relation=Relation.RETELLING if best else Relation.NEW)
        return self._remember(item, known_as, answer, int(known_as.telling[:16], 16), drawn)

    def _earlier(self, known_as: Fingerprint) -> Known | None:
        """The latest telling of the same item: by its id, its guid, or its address.

        Two entries of one feed body are two items, though a careless feed gives them one guid or one address, unless they
        say the same.
        """
        own, *shared = known_as.names
        earlier = self._memory.named(own)
        for name in shared:
            if earlier is None:
                other = self._memory.named(name)
                if other and (other.print.body != known_as.body or other.print.contents == known_as.contents):
                    earlier = other
        return earlier

    def _remember(self, item: NewsItem, known_as: Fingerprint, answer: Seen, group: int, drawn: Sketch | None = None) -> Seen:
        """Keep the answer; without a sketch the row serves identity alone."""
        words = "\n".join((drawn.headlines[0], "".join(drawn.headlines[1:]), drawn.facts)) if drawn else ""
        print_ = Print(
            names=(*known_as.names, content_name(group, known_as.contents)),
            group=group,
            number=0,
            contents=known_as.contents,
            body=known_as.body,
            outlet=_outlet(item),
            kept=0,
            at=_seconds(item.at),
            keys=drawn.keys if drawn else b"",
            lead=drawn.lead if drawn else b"",
            words=words,
        )
        return self._memory.keep(known_as.telling, answer, print_)


def _seconds(moment: datetime) -> int:
    """A time as a row can hold it: seconds from 1970 to 2106."""
    return min(max(int(moment.timestamp()), 0), NEWEST)


def _outlet(item: NewsItem) -> int:
    return hash32(item.outlet or item.feed)


def _remembered(known: Known) -> Text:
    title, slug, facts = known.print.words.split("\n")
    return Text.of((title, slug) if slug else (title,), facts, known.print.lead, known.print.outlet, known.print.at)


def _changed(before: Contents, after: Contents) -> tuple[str, ...]:
    """The fields that say something else than before; a field that is left out says nothing."""
    return tuple(field for field, was, is_ in zip(CONTENT_FIELDS, before, after, strict=True) if is_ and is_ != was)
