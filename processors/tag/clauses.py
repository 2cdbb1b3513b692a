"""How deep in its sentence a verb stands: 0 in a clause the sentence is about, 1 in one it only mentions.

A sentence is about its first finite verb that nothing subordinates, and about those that "and", a comma or a new mark set beside it. What
follows without any of these hangs on a word of that clause ("weapons they had seized", "a man they say offered cash").
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import NamedTuple

from processors.tag.lexicon import Kind
from processors.tag.reading import Reading
from processors.tag.verb_groups import Verb

SETTING = frozenset(
    "after before since until as when while because if although though unless amid following despite once whereas "
    "where who which whose whom".split()
)
"""Words that open a clause which is only the setting of another."""
_CONDITIONS = frozenset({"if", "unless", "until", "when", "while", "where", "because", "which"})
"""Those of them that two clauses joined by "and" share."""
_JOINED = 12
"""Tokens between two verbs that share one of them."""
_BREAKS = frozenset(";:.!?—–|")
"""Marks behind which a sentence begins anew."""


class Depth(NamedTuple):
    """0 or 1, and the word that makes a clause a setting ("after", "who", ...; "" where none stands)."""

    level: int
    cue: str = ""


class Clauses:
    """The clauses of one sentence. `reporting` are the verbs that say what follows them: it is as deep as they are."""

    def __init__(self, reading: Reading, reporting: AbstractSet[int]) -> None:
        self._reading = reading
        self._reporting = reporting
        self._depths: dict[int, Depth] = {}
        main: Verb | None = None
        for verb in reading.verbs.values():
            if main and any(reading.low[index] in _BREAKS for index in range(main.index, verb.start)):
                main = None
            depth = self._depth(verb, main)
            self._depths[verb.index] = depth
            if depth.level == 0:
                main = verb

    def depth(self, verb: Verb) -> Depth:
        """How deep a verb of the sentence stands."""
        return self._depths[verb.index]

    def _depth(self, verb: Verb, main: Verb | None) -> Depth:
        reading = self._reading
        if verb.infinitive:
            return Depth(1, "to")
        if not verb.finite:
            return Depth(1, reading.low[verb.start - 1] if verb.start else "")
        start = reading.clause_start(verb.start)
        while start < verb.start and (reading.kind[start] & Kind.COORDINATOR or reading.light(start)):
            start += 1
        opener = reading.low[start] if start < verb.start else ""
        before = reading.low[start - 1] if start else ""
        if before in SETTING or (before == "that" and reading.low[start - 2] == "so"):
            return Depth(1, before)
        if opener in SETTING and not self._has_main_before(start, verb):
            return Depth(1, opener)
        if cue := self._shared_setting(start, verb):
            return Depth(1, cue)
        if main is not None and main.index not in self._reporting and not self._is_beside(main, verb):
            return Depth(1, "embedded")
        return Depth(0)

    def _shared_setting(self, start: int, verb: Verb) -> str:
        """The word that makes a setting of the clause that "and" joins to one: "if the raids did not end and the men | were not freed"."""
        reading = self._reading
        joint = next((at for at in range(verb.start - 1, max(0, start - 2), -1) if reading.kind[at] & Kind.COORDINATOR), 0)
        if not joint or reading.low[joint - 1] == ",":
            return ""
        before = next((at for at in range(joint - 1, max(-1, joint - _JOINED), -1) if at in self._depths), None)
        if before is None or any(reading.low[at] in _BREAKS | {","} for at in range(before, joint)):
            return ""
        depth = self._depths[before]
        return depth.cue if depth.level and depth.cue in _CONDITIONS else ""

    def _has_main_before(self, start: int, verb: Verb) -> bool:
        """As in "After the raid, Israel said": the setting ends at the comma before the verb's own subject."""
        subject = self._reading.subject(verb)
        return subject is not None and any(self._reading.low[index] == "," for index in range(start, subject.start))

    def _is_beside(self, main: Verb, verb: Verb) -> bool:
        """Whether a coordinator, a comma or a quotation mark sets a verb beside the one before it."""
        between = range(max(main.index + 1, self._reading.clause_start(verb.start) - 1), verb.start)
        return any(
            self._reading.kind[index] & Kind.COORDINATOR or self._reading.low[index] in {",", '"', "“", "”", "'"} for index in between
        )
