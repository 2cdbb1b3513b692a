"""What an item is about, before it is read closely: force and politics, or sport, business, health and the rest that borrow their words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from processors.tag.lexicon import Lexicon


@dataclass(frozen=True, slots=True)
class Sense:
    """How loud force and the loudest other topic speak in an item, in distinct words."""

    force: int
    other: int
    topic: str

    @property
    def is_foreign(self) -> bool:
        """Whether another topic owns the item: it speaks, and louder than force does."""
        return self.other >= 2 and self.other > 2 * self.force

    @property
    def is_doubtful(self) -> bool:
        """Whether only plain words of force may be believed: another topic speaks at least as loud."""
        return self.other > self.force


class Senses:
    """Weighs the words of items against the topics of the lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        index: dict[str, list[str]] = {}
        for topic in lexicon.topics:
            for word in topic.words:
                index.setdefault(word, []).append(topic.name)
        self._index: Mapping[str, tuple[str, ...]] = {word: tuple(names) for word, names in index.items()}
        phrases: dict[str, list[tuple[str, str]]] = {}
        for topic in lexicon.topics:
            for phrase in topic.phrases:
                phrases.setdefault(phrase[0], []).append((topic.name, _written(phrase)))
        self._phrases: Mapping[str, Sequence[tuple[str, str]]] = phrases

    def weigh(self, words: AbstractSet[str], text: str) -> Sense:
        """The sense of an item with these distinct words; `text` is its casefolded text, for the phrases."""
        counts: dict[str, int] = {}
        for word in words & self._index.keys():
            for name in self._index[word]:
                counts[name] = counts.get(name, 0) + 1
        for head in words & self._phrases.keys():
            for name, phrase in self._phrases[head]:
                if phrase in text:
                    counts[name] = counts.get(name, 0) + 1
        force = counts.pop("force", 0)
        topic = max(sorted(counts), key=counts.__getitem__, default="")
        return Sense(force, counts.get(topic, 0), topic)


def _written(phrase: tuple[str, ...]) -> str:
    """The tokens of a phrase as they stand in a text: marks join what they stand between."""
    return re.sub(r" ?([^\w ]) ?", r"\1", " ".join(phrase))
