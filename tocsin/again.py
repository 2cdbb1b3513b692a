"""Dead letters that somebody wants to be tried again: the wish is written beside the service, and fulfilled by it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from functools import partial

from tocsin.intake import Intake
from tocsin.model import Alert
from tocsin.store import Store
from tocsin.wire import WireError
from tocsin.wishes import RETRIES, Wish

log = logging.getLogger("tocsin")


def ask(store: Store, letters: Iterable[str], now: datetime) -> None:
    """Wish for these dead letters, by their ids. Belongs to the transaction of whoever calls."""
    wishes = store.table(RETRIES, Wish)
    for name in letters:
        wishes[name] = Wish(at=now)


def fulfil(store: Store, intake: Intake) -> list[Alert]:
    """Try every dead letter that is wished for, each in a transaction of its own, once; returns the alerts that are new."""
    wishes = store.table(RETRIES, Wish)
    raised: list[Alert] = []
    for name in list(wishes):
        letter = store.dead_letter(name)
        try:
            if letter is not None:
                raised += intake.retry(letter, also=partial(wishes.__delitem__, name))
                continue
        except (WireError, KeyError) as wrong:
            log.warning("dead letter %s cannot be read by this version (%s); it stays", name[:12], wrong)
        with store.transaction():
            wishes.pop(name, None)
    return raised
