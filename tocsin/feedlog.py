"""What the log says of a feed, once and not at every poll."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from producers.feed import FeedState
from producers.rhythm import silent_since
from producers.schedule import Failed
from producers.visit import Polled

log = logging.getLogger("tocsin")


def _fell_silent(before: FeedState, last_ok: datetime, now: datetime) -> bool:
    """Whether a feed that is silent was not when it last answered; after a long sleep, or with a clock that jumped, nobody can tell."""
    return now - last_ok < timedelta(days=2) and not silent_since(before, last_ok)


def report(before: FeedState | None, polled: Polled, now: datetime) -> None:
    """Say once when a feed begins to fail, fails otherwise, is back, moves or falls silent."""
    state, outcome = polled.state, polled.outcome
    if isinstance(outcome, Failed):
        if before is None or before.reason != outcome.reason:
            again = f"next try {state.next_check:%Y-%m-%d %H:%M} UTC" if state.next_check else "not asked again"
            log.warning("feed %s: %s; %s", state.url, outcome.reason, again, extra={"feed": state.url, "reason": outcome.fault.value})
    elif before is not None and before.errors:
        log.info("feed %s: answers again", state.url, extra={"feed": state.url})
    else:
        log.debug("feed %s: %d items", state.url, len(polled.items), extra={"feed": state.url})
    if before is not None and state.address != before.address:
        log.info("feed %s: is asked for at %s from now on", state.url, state.asked_at, extra={"feed": state.url})
    if (since := silent_since(state, now)) and before and before.last_ok and _fell_silent(before, before.last_ok, now):
        told = {"feed": state.url, "reason": "silent"}
        log.warning("feed %s: answers, but has brought nothing new since %s UTC", state.url, f"{since:%Y-%m-%d %H:%M}", extra=told)
