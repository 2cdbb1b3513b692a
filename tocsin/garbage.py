"""Keeps the collector of cycles from stopping the process for long: what was built at the start is not gone through again."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def settled() -> Iterator[None]:
    """What there is by now is left alone by the collector meanwhile (lexicons, settings, the list of feeds).

    A full collection goes through every object and holds all threads: 120 ms with the tagger's lexicons and ten thousand feeds, a few
    milliseconds without them.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
