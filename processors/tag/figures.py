"""Acts of force that are figures of speech: storms that strike, captains that fire warnings, lawmakers that bombard with questions.

Decided by the heads of the phrases on either side of the act (`lexicon/en/figures.toml`), never by the act itself.
"""

from __future__ import annotations

import re

from processors.tag.drafts import Draft
from processors.tag.lexicon import Lexicon
from tocsin.model import Actor

_FORCE = frozenset({"ASSAULT", "COERCE", "MOBILIZE", "THREATEN"})
_PHRASE_END = re.compile(r"\b(?:of|in|on|at|for|with|from|to|over|against|by|near|about|after|into|under)\b|[,;:(]")
_WORD = re.compile(r"[\w-]+")


def is_figure(draft: Draft, lexicon: Lexicon) -> bool:
    """Whether an act of force is none, because nobody acts or nothing that can be hurt suffers."""
    if draft.deed.type not in _FORCE:
        return False
    words = lexicon.words
    actor, target = head_of(draft.actor), head_of(draft.target)
    if actor in words["nobody"] and not _is_named(draft.actor):
        return True
    if actor in words["vehicles"] and not draft.deed.mode and not _is_bomb(draft.actor):
        return True
    return target in words["abstract"] and draft.deed.type == "ASSAULT" and not _kills(draft) and not _is_named(draft.target)


def _is_bomb(actor: Actor | None) -> bool:
    """Whether a vehicle is one only as a weapon: "a suicide car bombing"."""
    return actor is not None and "suicide" in _WORD.findall(actor.text.casefold())


def _kills(draft: Draft) -> bool:
    """Whether people die, so that what stands behind the verb is where ("killed six people at the market")."""
    return draft.deed.rule.startswith("kill")


def head_of(actor: Actor | None) -> str:
    """The head of a noun phrase, casefolded: the last word before its first preposition; "" where there is none."""
    if actor is None:
        return ""
    text = actor.text.casefold()
    end = _PHRASE_END.search(text, 1)
    words = _WORD.findall(text[: end.start()] if end else text)
    return words[-1] if words else ""


def _is_named(actor: Actor | None) -> bool:
    return actor is not None and (actor.id is not None or actor.country is not None)
