"""Once, patiently, to one sink: what to do after an attempt, and the loop that a sink's own thread runs.

The decisions (`decide`, `Health`) are values in, values out; `drain` asks the outbox, sends, and writes down what was decided.
Between a send that succeeded and the note that it did, a crash causes one repeat, with the same alert id.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from sinks.sink import DeliveryError, Sink, SinkGoneError, UnreachableError
from tocsin.clock import Clock
from tocsin.model import Alert, content_id
from tocsin.wire import WireError, load

logger = logging.getLogger(__name__)

SCHEDULE = tuple(timedelta(seconds=s) for s in (0, 5, 30, 120, 300, 900, 3_600, 10_800, 21_600, 43_200))
"""The wait before each attempt, about 22 hours in all. Standard Webhooks proposes 75 hours; an alert older than a day is no
alert any more, so the steps are closer together and end sooner."""
JITTER = 0.1
"""Each wait is stretched or shrunk by up to this share, so that alerts that failed together do not come back together."""
LONGEST_WAIT = SCHEDULE[-1]
"""A receiver that asks for a longer pause than the longest step is not believed."""

PROBES = tuple(timedelta(seconds=s) for s in (0, 5, 15, 30))
"""How long a sink that refused the last n alerts is left alone. Short, since it decides how soon a sink that returns is noticed."""
DOWN = 2
"""So many alerts refused in a row, and it is the sink that is down, not one alert that it cannot take."""

IDLE = timedelta(seconds=5)
"""How long `drain` rests at most when nothing is due: another process may put alerts back into the outbox."""
_SHORTEST_REST = timedelta(milliseconds=50)


class Outcome(StrEnum):
    """What becomes of a delivery after an attempt."""

    DELIVERED = "delivered"
    RETRY = "retry"
    DEAD = "dead"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What to do after an attempt: `until` is when to try again, `reason` why it was not taken."""

    outcome: Outcome
    reason: str = ""
    until: datetime | None = None


def decide(sink: str, alert_id: str, attempt: int, error: DeliveryError | None, now: datetime) -> Verdict:
    """The verdict on attempt number `attempt` (from 1) that ended with `error`, or with none."""
    if error is None:
        return Verdict(outcome=Outcome.DELIVERED)
    if isinstance(error, SinkGoneError):
        return Verdict(outcome=Outcome.GONE, reason=error.reason, until=now)
    if not error.retry or attempt >= len(SCHEDULE):
        return Verdict(outcome=Outcome.DEAD, reason=error.reason)
    wait = SCHEDULE[attempt] * (1 + JITTER * _spread(sink, alert_id, str(attempt)))
    return Verdict(outcome=Outcome.RETRY, reason=error.reason, until=now + max(wait, asked_pause(error)))


def asked_pause(error: DeliveryError) -> timedelta:
    """How long the receiver asked to be left alone, within what is believed."""
    return min(max(error.after or timedelta(0), timedelta(0)), LONGEST_WAIT)


def _spread(*parts: str) -> float:
    """A number in [-1, 1) that follows from the parts."""
    return int(content_id(*parts)[:8], 16) / 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a sink has answered lately: `refused` alerts in a row, the last of them `refused_last`; left alone for `pause` from `since`.

    One alert that fails again and again is its own trouble and waits for its own next attempt, while others go by. When the
    sink itself is down, it is probed with one alert at a time, and the first that is taken brings back all the others at once.
    """

    refused: int = 0
    refused_last: str = ""
    since: datetime | None = None
    pause: timedelta = timedelta(0)

    def after(self, alert_id: str, error: DeliveryError | None, now: datetime) -> Health:
        """The health after one more attempt."""
        if error is None or not error.retry:  # an alert that is refused for ever was refused by a sink that works
            return Health()
        refused = self.refused + (DOWN if isinstance(error, UnreachableError) else alert_id != self.refused_last)
        pause = max(PROBES[min(refused, len(PROBES)) - 1], asked_pause(error))
        return Health(refused=refused, refused_last=alert_id, since=now, pause=pause)

    @property
    def down(self) -> bool:
        return self.refused >= DOWN

    def rest(self, now: datetime) -> timedelta:
        """How long the sink is still to be left alone; not at all where the clock was set back behind the last attempt."""
        if self.since is None or now < self.since:
            return timedelta(0)
        return max(self.since + self.pause - now, timedelta(0))


class Pending(Protocol):
    """One delivery that is due: `attempts` were made before; `body` is the alert as `wire` bytes."""

    @property
    def alert_id(self) -> str: ...
    @property
    def attempts(self) -> int: ...
    @property
    def body(self) -> bytes: ...


class Outbox(Protocol):
    """What is still to be delivered, kept where a crash does not reach it."""

    def next(self, sink: str, now: datetime) -> Pending | None:
        """The oldest delivery that is due, never one that would overtake an older one of its incident."""

    def next_due(self, sink: str) -> datetime | None:
        """When `next` will have something; None where nothing is pending."""

    def delivered(self, sink: str, alert_id: str, now: datetime) -> None:
        """It is done."""

    def postpone(self, sink: str, alert_id: str, until: datetime, reason: str) -> None:
        """One more attempt was made; not to be handed out before `until`."""

    def bury(self, sink: str, alert_id: str, reason: str, now: datetime) -> None:
        """No further attempt; it stays visible as dead, with its reason."""

    def hasten(self, sink: str, now: datetime) -> None:
        """All that is postponed is due now."""


class Bell:
    """Wakes a sink's thread when there is something new for it, or when it is to end. May be rung from any thread."""

    def __init__(self) -> None:
        self._rung = threading.Event()
        self._stopped = threading.Event()

    def ring(self) -> None:
        """There is something new in the outbox."""
        self._rung.set()

    def stop(self) -> None:
        """It is time to end."""
        self._stopped.set()
        self._rung.set()

    def wait(self, longest: timedelta) -> bool:
        """Rest until rung, at most so long; True when it is time to end."""
        if not self._stopped.is_set():
            self._rung.wait(longest.total_seconds())
            self._rung.clear()
        return self._stopped.is_set()


def drain(outbox: Outbox, sink: Sink, clock: Clock, wait: Callable[[timedelta], bool]) -> None:
    """Deliver what the outbox holds for the sink, oldest first and in order within an incident, until told to end.

    `wait` rests at most so long, returns early when something new is pending, and returns True when it is time to end; the
    attempt in progress is finished first. Ends too when the receiver is gone. An outbox that fails (a full disk) is asked again
    later; until it has noted an attempt, no other is made, so that an alert is not sent over and over.
    """
    health, rest = Health(), timedelta(0)
    while not wait(min(rest, IDLE)):
        now = clock()
        if rest := health.rest(now):
            continue
        pending, rest = _look(outbox, sink.name, now)
        if pending is None:
            continue
        error = _attempt(sink, pending.body)
        now = clock()
        verdict = decide(sink.name, pending.alert_id, pending.attempts + 1, error, now)
        _log(sink.name, pending.alert_id, verdict, error)
        was_down, health = health.down, health.after(pending.alert_id, error, now)
        while not _noted(outbox, sink.name, pending.alert_id, verdict, now, hasten=was_down and not health.refused):
            if wait(IDLE):
                return
        if verdict.outcome is Outcome.GONE:
            return


def _look(outbox: Outbox, sink: str, now: datetime) -> tuple[Pending | None, timedelta]:
    """What is due, or else how long to rest."""
    try:
        if pending := outbox.next(sink, now):
            return pending, timedelta(0)
        due = outbox.next_due(sink)
    except Exception:
        logger.exception("sink %s: the outbox cannot be read", sink)
        return None, IDLE
    return None, IDLE if due is None else max(due - now, _SHORTEST_REST)


def _attempt(sink: Sink, body: bytes) -> DeliveryError | None:
    """Send once; what went wrong, or None."""
    try:
        sink.send(load(body, Alert))
    except DeliveryError as wrong:
        return wrong
    except WireError:
        return DeliveryError("unreadable", retry=False, remedy="the stored alert was written by another version")
    except Exception as wrong:
        logger.exception("sink %s: a fault of ours", sink.name)
        return DeliveryError(f"fault_{type(wrong).__name__}", retry=True)
    return None


def _noted(outbox: Outbox, sink: str, alert_id: str, verdict: Verdict, now: datetime, *, hasten: bool) -> bool:
    """Write the verdict down; False where the outbox could not."""
    try:
        if verdict.outcome is Outcome.DELIVERED:
            outbox.delivered(sink, alert_id, now)
        elif verdict.until is not None:
            outbox.postpone(sink, alert_id, verdict.until, verdict.reason)
        else:
            outbox.bury(sink, alert_id, verdict.reason, now)
        if hasten:
            outbox.hasten(sink, now)
    except Exception:
        logger.exception("sink %s: the outbox cannot be written", sink)
        return False
    return True


def _log(sink: str, alert_id: str, verdict: Verdict, error: DeliveryError | None) -> None:
    if verdict.outcome is Outcome.DELIVERED:
        logger.debug("sink %s: delivered %s", sink, alert_id, extra={"sink": sink, "alert": alert_id})
        return
    known = {"sink": sink, "alert": alert_id, "reason": verdict.reason}
    told = f"again at {verdict.until:%Y-%m-%d %H:%M:%S} UTC" if verdict.until else "no further attempt"
    if verdict.outcome is Outcome.GONE:
        told = "the sink is switched off until the next start"
    logger.warning("sink %s: %s was not taken (%s); %s", sink, alert_id, error, told, extra=known)
