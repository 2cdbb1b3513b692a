"""NewsItem -> Story: what is this item to those seen before? Nothing is deleted; `same` alone is not passed on.

`Deduplicator(seen)` is the stage; `seen` is its whole state, a mapping of `Seen` by fingerprint.
"""

from __future__ import annotations

from processors.deduplicate.relate import DedupeSettings, Deduplicator
from processors.deduplicate.seen import Seen

__all__ = ["DedupeSettings", "Deduplicator", "Seen"]
