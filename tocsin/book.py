"""The feeds to poll, with what is known and wished of each: those of the configuration and those that were added by hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from producers.feed import FeedState, FeedStatus
from producers.opml import Outline
from producers.schedule import FLOOR
from tocsin.clock import Uptime, uptime
from tocsin.store import Store
from tocsin.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedWish:
    """What a person wants of a feed: not to poll it, or to try it again, whatever its state says."""

    paused: bool = False
    again: datetime | None = None


def wishes(store: Store) -> Table[FeedWish]:
    """What is wished of feeds, by URL. Beside their states, which the service writes: a wish must not be overwritten by a poll."""
    return store.table("feed_wishes", FeedWish)


def outlines(store: Store) -> Table[Outline]:
    """The titles and folders of feeds that came from a list, by URL."""
    return store.table("outlines", Outline)


def say_changed(store: Store) -> None:
    """Say, in the transaction that changes what is polled or wished, that a running service should read the list again."""
    table = _versions(store)
    table["list"] = table.get("list", 0) + 1


def _versions(store: Store) -> Table[int]:
    return store.table("feed_versions", int)


def polled(store: Store, listed: Iterable[str]) -> dict[str, FeedState]:
    """What is known of the feeds that are polled: those of the configuration and those added by hand. What was polled once, under another
    configuration, is not counted any more.
    """
    wanted = {*listed, *store.watched()}
    return {url: state for url, state in store.feeds(FeedState).items() if url in wanted}


def wished(state: FeedState, wish: FeedWish | None) -> FeedState:
    """A feed's state under a wish. One that is to be tried again is not gone, and due as soon as manners allow; once it was asked the wish
    is fulfilled. A host that asked for patience has it from people too.
    """
    if wish is None:
        return state
    if wish.paused:
        return replace(state, status=FeedStatus.PAUSED)
    asked = state.last_checked
    if wish.again is None or state.status not in _MENDABLE or asked is None or asked >= wish.again:
        return state
    status = FeedStatus.NEW if state.last_ok is None else FeedStatus.FAILING
    return replace(state, status=status, next_check=asked + FLOOR, errors=0)


_MENDABLE = frozenset({FeedStatus.GONE, FeedStatus.QUARANTINED, FeedStatus.FAILING})


LOOK_SECONDS, READ_SECONDS = 5.0, 60.0
"""How often it is looked whether another process says that the list has changed; and after how long it is read though none says so."""

Save = Callable[[Sequence[FeedState]], Awaitable[bool]]


async def save_nothing(_: Sequence[FeedState]) -> bool:
    """For who only reads."""
    return True


class FeedBook:
    """`producers.poll.Book` over the store. Reads through a connection of its own, so that it never sees a transaction half done."""

    def __init__(
        self,
        store: Store,
        listed: Sequence[str],
        save: Save = save_nothing,
        *,
        mine: Callable[[str], bool] = lambda _: True,
        round: Callable[[], None] = lambda: None,  # noqa: A002 -- what it is
        now: Uptime = uptime,
        pushed: Callable[[FeedState], FeedState] = lambda state: state,
    ) -> None:
        """`save` keeps states and says whether it could; `mine` picks the feeds that are polled here, by URL; `round` is called whenever
        the list is looked through; `pushed` says when a feed is due that a hub pushes.
        """
        self._listed, self._save, self._mine, self._round, self._now = listed, save, mine, round, now
        self._pushed = pushed
        self._store = store.reader()
        self._known: dict[str, FeedState] = self._store.feeds(FeedState)
        self._wishes: dict[str, FeedWish] = {}
        self._urls: dict[str, None] = {}
        self._version, self._stir = -1, True
        self._looked = self._read_at = float("-inf")

    def changes(self) -> list[FeedState] | None:
        self._round()
        now = self._now()
        if 0 <= now - self._looked < LOOK_SECONDS:
            return None
        self._looked = now
        version = _versions(self._store).get("list", 0)
        if version == self._version and 0 <= now - self._read_at < READ_SECONDS and not self._stir:
            return None
        self._version, self._read_at = version, now
        stirred, self._stir = self._stir, False
        return self._all() if self._read() or stirred else None

    def all(self) -> list[FeedState]:
        """All feeds, with what is known and wished of each."""
        self._read()
        return self._all()

    def known(self, url: str) -> FeedState | None:
        return self._state(url) if url in self._urls and self._mine(url) else None

    async def note(self, states: Sequence[FeedState]) -> bool:
        kept = await self._save(states)
        for state in states if kept else ():
            self.learn(state)
        return kept

    def learn(self, state: FeedState) -> None:
        """The feed's state from now on; the caller has kept it."""
        self._known[state.url] = state

    def learn_all(self, states: Mapping[str, FeedState]) -> None:
        """What others know of these feeds, which are polled here from now on; the list is given anew."""
        self._known |= states
        self.stir()

    def stir(self) -> None:
        """Give the list anew: what `mine` or `pushed` say has changed."""
        self._looked, self._stir = float("-inf"), True

    def close(self) -> None:
        self._store.close()

    def _all(self) -> list[FeedState]:
        return [self._state(url) for url in self._urls if self._mine(url)]

    def _state(self, url: str) -> FeedState:
        return wished(self._pushed(self._known.get(url) or FeedState(url=url)), self._wishes.get(url))

    def _read(self) -> bool:
        """Read the lists again; whether they have changed."""
        urls = dict.fromkeys((*self._listed, *self._store.watched()))
        told = dict(wishes(self._store).items())
        changed = urls.keys() != self._urls.keys() or told != self._wishes
        self._urls, self._wishes = urls, told
        return changed
