"""What an act answers: "in retaliation for", "a day after ... carried out", "tit-for-tat"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from processors.tag.reading import Reading
from processors.tag.statements import Statement
from processors.tag.status import Cue

_REPLIES = frozenset({"ASSAULT", "COERCE", "SANCTION", "MOBILIZE", "THREATEN", "REJECT", "PROTEST", "ACCUSE"})
_REACH = 24
"""How far behind its cue the act replied to may stand, in tokens."""


@dataclass(frozen=True, slots=True)
class Reply:
    """That a statement answers another: the words that say so, and the act answered where the sentence tells it."""

    start: int
    end: int
    earlier: Statement | None


def reply_of(statement: Statement, others: Sequence[Statement], found: Sequence[Cue]) -> Reply | None:
    """The earlier act a statement is said to answer; None where nothing says so."""
    if statement.deed.type not in _REPLIES:
        return None
    reading = statement.reading
    for cue in found:
        if cue.name == "reply":
            earlier = _act_after(reading, cue.end, others)
            if earlier is statement or (earlier and _is_inside(statement, cue, others)):
                continue
            end = _quote_end(reading, cue.end, earlier)
            return Reply(cue.start, end, earlier)
    for cue in found:
        if cue.name == "bare_reply":
            earlier = _setting(reading, statement, others)
            if earlier:
                return Reply(min(earlier.words[0], cue.start), max(earlier.words[-1] + 1, cue.end), earlier)
            return Reply(cue.start, cue.end, None)
    return None


def _act_after(reading: Reading, start: int, others: Sequence[Statement]) -> Statement | None:
    near = [other for other in others if start <= other.index < min(reading.size, start + _REACH) and other.deed.type in _REPLIES]
    return min(near, key=lambda other: other.index, default=None)


def _is_inside(statement: Statement, cue: Cue, others: Sequence[Statement]) -> bool:
    """An act told behind the cue is the one replied to, or part of it: it answers nothing."""
    return statement.index >= cue.end and any(other.index < cue.start for other in others)


def _setting(reading: Reading, statement: Statement, others: Sequence[Statement]) -> Statement | None:
    """The act of "a day after Iran ... , Islamabad has responded"."""
    for other in others:
        if other is not statement and other.depth > 0 and other.cue in {"after", "following"} | {"to"} and _after_word(reading, other):
            return other
    return None


def _after_word(reading: Reading, other: Statement) -> bool:
    return any(word in {"after", "following"} for word in reading.low[max(0, other.words[0] - 12) : other.words[0]])


def _quote_end(reading: Reading, start: int, earlier: Statement | None) -> int:
    if earlier:
        return max(earlier.words[-1] + 1, start)
    end = start
    while end < reading.size and end < start + 12 and reading.low[end] not in {",", ";", ".", ":"}:
        end += 1
    return max(end, min(start + 1, reading.size))
