"""How sure the tagger is of an event: a sum of what speaks for it, in [0, 1].

Monotone by construction: each sign of a sure reading adds, none subtracts. `docs/tagging.md` holds the measured bands.
"""

from __future__ import annotations

from processors.tag.drafts import Draft
from processors.tag.senses import Sense
from tocsin.model import Status


def confidence_of(draft: Draft, sense: Sense) -> float:
    """The confidence of a draft in an item of this sense."""
    points = 0.30
    points += 0.15 * min(draft.known, 2)
    points += 0.10 if draft.depth == 0 else 0.0
    points += 0.05 * min(draft.weight - 1, 2)
    points += 0.10 if sense.force > sense.other else 0.0
    points += 0.05 if not draft.is_noun else 0.0
    points += 0.05 if draft.status in {Status.REPORTED, Status.CLAIMED, Status.THREATENED} else 0.0
    return round(min(points, 0.95), 2)
