"""One entry of a feed, cleaned, and the ids that entries of one body get: the same entry the same id, poll after poll."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tocsin.links import canonical_url
from tocsin.model import content_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What an entry says, as clean text, before it is known which feed it came from and when.

    `source` and `credit` are the host and the name of the outlet that an aggregator says the entry is from.
    """

    guid: str = ""
    title: str = ""
    summary: str = ""
    text: str = ""
    url: str = ""
    source: str = ""
    credit: str = ""
    published: datetime | None = None

    @property
    def mark(self) -> Mark:
        link = canonical_url(self.url) if self.url else ""
        content = content_id(self.title, self.summary, self.text)
        return Mark(key=self.guid or link or self.title or content, link=link, content=content)


@dataclass(frozen=True, slots=True)
class Mark:
    """By what an entry is known: its key (guid, else link, else title), and what tells apart entries that share one."""

    key: str
    link: str
    content: str


def identities(feed: str, marks: Sequence[Mark]) -> list[str]:
    """One id for each entry of a body, all different.

    A key that stands for one entry gives the id alone. A key that several entries share (publishers that put the same guid on
    everything) tells nothing: their link does, else their content. Copies of one entry are numbered, so that none is lost from the sums.
    """
    sharing: dict[str, list[Mark]] = defaultdict(list)
    for mark in marks:
        sharing[mark.key].append(mark)
    return _distinct(content_id(feed, mark.key, *_told_apart(mark, sharing[mark.key])) for mark in marks)


def _told_apart(mark: Mark, sharing: list[Mark]) -> tuple[str, ...]:
    if len(set(sharing)) == 1:
        return ()
    by_link = mark.link and len({other.link for other in sharing}) == len(set(sharing))
    return (mark.link if by_link else mark.content,)


def _distinct(ids: Iterable[str]) -> list[str]:
    copies: dict[str, int] = defaultdict(int)
    distinct = []
    for identity in ids:
        distinct.append(content_id(identity, str(copies[identity])) if copies[identity] else identity)
        copies[identity] += 1
    return distinct
