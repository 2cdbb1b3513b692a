"""Keeps the subscriptions of the feeds that name a hub: asks for them, renews them, ends them, and judges what comes for them.

Everything is decided in the service's event loop and kept in the store before anybody is answered, so that a restart finds what hubs were
told.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from producers.fault import FetchError
from producers.feed import FeedState, FeedStatus
from producers.hosts import HeldError, host_of
from producers.schedule import Answered
from producers.visit import Polled
from producers.websub import (
    NotMeantError,
    Subscription,
    asking,
    confirmed,
    due,
    ending,
    failed,
    is_over,
    lengthened,
)
from tocsin.callbacks import Push, WebSubSettings
from tocsin.clock import Clock

log = logging.getLogger("tocsin")

LOOK_SECONDS = 1.0
"""How often it is looked whether a hub is to be asked."""
IN_HAND = 8
"""Pushes that are taken in at one time; the hub is asked to send others again."""
PUSHED, IGNORED, LATER, OVER = 204, 202, 503, 410

Keep = Callable[[Mapping[str, Subscription | None]], Awaitable[bool]]
"""Keep these subscriptions, or forget them; False where that cannot be done."""


class Asks(Protocol):
    async def ask(self, subscription: Subscription) -> None: ...


class Receives(Protocol):
    async def __call__(self, state: FeedState, push: Push, subscription: Subscription) -> str:
        """Take in what was pushed, the subscription with it: `ok`, `unchanged`, `refused` (it is no feed) or `failed`."""


class Subscriber:
    """All subscriptions of one service. For its event loop; `get` for any thread."""

    def __init__(
        self,
        settings: WebSubSettings,
        kept: Mapping[str, Subscription],
        keep: Keep,
        *,
        hub: Asks,
        known: Callable[[str], FeedState | None],
        receive: Receives,
        clock: Clock,
        changed: Callable[[], None] = lambda: None,
        count: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`known` tells how a feed is that is polled here; `changed` is called when other feeds are pushed than before, `count` with what
        became of each push.
        """
        self._settings, self._keep, self._hub, self._known, self._receive = settings, keep, hub, known, receive
        self._clock, self._changed, self._count = clock, changed, count
        self._all = dict(kept)
        self._wanted = {one.feed: one.token for one in self._all.values() if one.wanted}
        self._polled: dict[str, datetime] = {}
        self._in_hand = 0
        self._holding = frozenset[str]()

    def get(self, token: str) -> Subscription | None:
        return self._all.get(token)

    def of(self, feed: str) -> Subscription | None:
        """The wanted subscription of a feed."""
        return self._all.get(self._wanted.get(feed, ""))

    def lengthened(self, state: FeedState) -> FeedState:
        """The feed, asked for more seldom while it is pushed."""
        if state.url not in self._holding:
            return state
        return lengthened(state, self.of(state.url), self._clock(), timedelta(minutes=self._settings.poll_minutes))

    @property
    def holding(self) -> int:
        """How many feeds are pushed."""
        return len(self._holding)

    async def learn(self, polled: Polled) -> None:
        """What a poll says of a feed's hub: a new one is subscribed to, one no longer named is left, one that was silent is noted."""
        state, now = polled.state, self._clock()
        if not isinstance(polled.outcome, Answered) or state.status is not FeedStatus.OK:
            return
        current = self.of(state.url)
        before = self._polled.get(state.url)
        self._polled[state.url] = now
        changes: dict[str, Subscription | None] = {}
        if current and not current.is_for(state, self._settings.callback):
            changes[current.token], current = _left(current, self._settings.callback), None
        if current is None and state.hub:
            new = self._new(state)
            changes[new.token] = new
        elif current and before and polled.outcome.body_hash and _was_silent(current, before, now):
            told = {"feed": state.url, "reason": "hub"}
            log.info("feed %s: its hub did not push what a poll found; it is asked as often as others", state.url, extra=told)
            changes[current.token] = replace(current, missed=True)
        if changes:
            await self._change(changes)

    async def run(self) -> None:
        """Ask the hubs that are to be asked, for ever."""
        while True:
            try:
                await self.tick()
            except Exception:  # a mistake of ours with one subscription must not end the others
                log.exception("hubs could not be asked; tried again")
            await asyncio.sleep(LOOK_SECONDS)

    async def tick(self) -> None:
        """End what is no longer wanted, forget what is over, and ask the hubs that are due, one after the other for each host."""
        now = self._clock()
        changes: dict[str, Subscription | None] = {}
        for token, one in self._all.items():
            if one.wanted and not self._is_polled(one.feed):
                changes[token] = ending(one)
            elif is_over(one, now):
                changes[token] = None
        if changes:
            await self._change(changes)
        self._note_holding()
        await asyncio.gather(*(self._ask(one) for one in [one for one in self._all.values() if due(one, now)][:IN_HAND]))

    async def _ask(self, one: Subscription) -> None:
        asked = asking(one, self._clock())
        if not await self._change({one.token: asked}):
            return
        try:
            await self._hub.ask(asked)
        except (FetchError, HeldError) as wrong:
            reason = wrong.reason if isinstance(wrong, FetchError) else "its host asked for patience"
            log.warning("feed %s: its hub could not be asked: %s", one.feed, reason, extra={"feed": one.feed, "reason": "hub"})
            if (latest := self._all.get(one.token)) and latest.pending:
                await self._change({one.token: failed(latest, reason)})

    async def confirm(self, token: str, asked: Mapping[str, str]) -> str | None:
        """The challenge to answer a hub with that asks whether this was meant; None where it was not."""
        one = self._all.get(token)
        if one is None:
            return None
        try:
            after = confirmed(one, asked, self._clock())
        except NotMeantError as wrong:
            log.warning("feed %s: a hub's question was refused: %s", one.feed, wrong, extra={"feed": one.feed, "reason": "hub"})
            return None
        if not await self._change({token: after}):
            return None
        self._note_holding()
        if after.reason:
            log.warning("feed %s: %s", one.feed, after.reason, extra={"feed": one.feed, "reason": "hub"})
        elif after.wanted and after.until:
            log.info("feed %s: is pushed by %s until %s", one.feed, host_of(one.hub), f"{after.until:%Y-%m-%d %H:%M} UTC")
        return asked.get("hub.challenge", "")

    async def take(self, push: Push, *, signed: bool) -> int:
        """Take in what was sent for a subscription; the status to answer with."""
        one = self._all.get(push.token)
        state = self._known(one.feed) if one else None
        if one is None or not one.wanted or state is None:
            return OVER
        if not signed:
            self._count("ignored")
            self._all[push.token] = replace(one, ignored=one.ignored + 1)  # written with the next change: a stranger makes us write nothing
            return IGNORED
        if self._in_hand >= IN_HAND:
            self._count("later")
            return LATER
        self._in_hand += 1
        try:
            after = replace(one, pushed=self._clock(), pushes=one.pushes + 1, missed=False)
            result = await self._receive(state, push, after)
        finally:
            self._in_hand -= 1
        self._count(result)
        if result in ("ok", "unchanged") and (latest := self._all.get(push.token)):
            self._all[push.token] = replace(latest, pushed=after.pushed, pushes=latest.pushes + 1, missed=False)
            self._note_holding()
        return LATER if result == "failed" else PUSHED

    def _new(self, state: FeedState) -> Subscription:
        return Subscription(
            feed=state.url,
            hub=state.hub,
            topic=state.topic,
            callback=self._settings.callback,
            token=secrets.token_urlsafe(24),
            secret=secrets.token_urlsafe(32),
        )

    def _is_polled(self, feed: str) -> bool:
        state = self._known(feed)
        return state is not None and state.status not in (FeedStatus.PAUSED, FeedStatus.GONE)

    async def _change(self, changes: Mapping[str, Subscription | None]) -> bool:
        if not await self._keep(changes):
            return False
        for token, one in changes.items():
            if one is None:
                self._all.pop(token, None)
            else:
                self._all[token] = one
        self._wanted = {one.feed: one.token for one in self._all.values() if one.wanted}
        return True

    def _note_holding(self) -> None:
        now = self._clock()
        holding = frozenset(one.feed for one in self._all.values() if one.holds(now) and not one.missed)
        if holding != self._holding:
            self._holding = holding
            self._changed()


def _left(one: Subscription, callback: str) -> Subscription | None:
    """A subscription that another takes the place of: to be ended; forgotten where the hub could not reach us any more to ask back."""
    return ending(one) if one.callback == callback else None


def _was_silent(one: Subscription, before: datetime, now: datetime) -> bool:
    """Whether the hub pushed nothing since the poll before, although it should have."""
    return one.holds(now) and one.verified is not None and one.verified < before and (one.pushed is None or one.pushed < before)
