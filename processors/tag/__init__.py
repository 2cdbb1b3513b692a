"""Story -> EscalationEvent: who did what to whom, with which words.

`Tagger(TagSettings()).tag(item)` is the whole of it; `label(events)` sums an item up in one word.
"""

from __future__ import annotations

from processors.tag.tagger import Tagger, TagSettings, label

__all__ = ["TagSettings", "Tagger", "label"]
