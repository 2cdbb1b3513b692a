"""How real an act is, from the words around it: reported, claimed, denied, planned, hypothetical, negated, historical."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from processors.tag.patterns import phrase_at
from processors.tag.reading import Reading
from processors.tag.statements import Statement
from tocsin.model import Status

_NEAR = 6
"""How many tokens before an act a "no" or "could" still speaks of it."""
_ABOUT = 8
"""How many tokens off a word of history still speaks of an act."""


class Cue(NamedTuple):
    """A phrase of a cue list at tokens [start, end)."""

    name: str
    start: int
    end: int


def cues(reading: Reading) -> list[Cue]:
    """All cue phrases of a sentence, in order; the longest at each place, once for each list."""
    found = []
    heads = reading.lexicon.cue_heads
    for at, word in enumerate(reading.low):
        if word not in heads:
            continue
        told: set[str] = set()
        for name, phrase in heads[word]:
            if name not in told and (end := phrase_at(reading.low, at, reading.size, phrase, _never)) > 0:
                told.add(name)
                found.append(Cue(name, at, end))
    return found


def _never(_: int) -> bool:
    return False


def status_of(statement: Statement, found: Sequence[Cue], *, background: bool) -> tuple[Status, Cue | None]:
    """The status of a statement and the cue it rests on (None where grammar alone says it).

    `background` says that the date of the act is long past.
    """
    deed = statement.deed
    near = _near(statement, found)
    if background or "historical" in near:
        return Status.HISTORICAL, near.get("historical")
    if deed.type == "THREATEN":
        return Status.THREATENED, None
    if deed.negated or "negated" in near:
        return Status.NEGATED, near.get("negated")
    if "denied" in near and not deed.turned:
        return Status.DENIED, near["denied"]
    if deed.possible or "hypothetical" in near:
        return Status.HYPOTHETICAL, near.get("hypothetical")
    if "planned" in near and not deed.turned:
        return Status.PLANNED, near["planned"]
    if "claimed" in near:
        return Status.CLAIMED, near["claimed"]
    return Status.REPORTED, None


def _near(statement: Statement, found: Sequence[Cue]) -> Mapping[str, Cue]:
    """The cues that speak of this statement: those of mood just before it in its clause, the others anywhere in the sentence."""
    reading, first = statement.reading, statement.words[0]
    near: dict[str, Cue] = {}
    for cue in found:
        if any(cue.start <= word < cue.end for word in statement.words) and cue.name not in {"planned", "claimed"}:
            continue
        if cue.name in {"negated", "hypothetical", "planned", "denied"}:
            if cue.end > first + 1 or first - cue.end > _NEAR or _parted(reading, cue.end, first):
                continue
            if cue.name == "negated" and not statement.is_noun and cue.end < first - 1:
                continue
        if cue.name == "historical" and min(abs(cue.start - word) for word in statement.words) > _ABOUT:
            continue
        near.setdefault(cue.name, cue)
    return near


def _parted(reading: Reading, start: int, end: int) -> bool:
    """Whether a mark or another verb stands between a cue and the act."""
    return any(reading.low[index] in ",;:.—" or (index in reading.verbs and reading.verbs[index].finite) for index in range(start, end))
