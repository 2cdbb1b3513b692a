"""Joins the subscriber with the rest of a service: hubs call from a server's thread; the writer's keeps what they send."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, ParamSpec, Protocol, TypeVar

from producers.archive import ArchivedBody
from producers.fault import ParseError
from producers.feed import FeedState
from producers.fulltext import FeedArticles, completed
from producers.visit import Parses, ReadsArticles, received, with_texts
from producers.websub import Subscription, is_signed
from tocsin.callbacks import AT_ONCE, Push, WebSubSettings, app
from tocsin.clock import Clock
from tocsin.model import NewsItem
from tocsin.monitor import HttpServer, PortTakenError
from tocsin.room import INTAKE_FAILURES, Room, is_full
from tocsin.store import Store
from tocsin.subscribing import LATER, Subscriber
from tocsin.table import Table

log = logging.getLogger("tocsin")
P = ParamSpec("P")
T = TypeVar("T")

TAKEN_WITHIN = 60
"""Seconds after which a hub is told to send again what is not yet kept."""


def subscriptions(store: Store) -> Table[Subscription]:
    """What is kept of subscriptions, by token."""
    return store.table("subscriptions", Subscription)


def articles_of(store: Store) -> Table[FeedArticles]:
    """What is kept of the articles of feeds, by the feeds' URLs."""
    return store.table("articles", FeedArticles)


def keep_articles(store: Store, feed: str, texts: Mapping[str, str] | None) -> None:
    """Keep what a body's articles said, inside the transaction that takes the body in."""
    if texts is not None:
        table = articles_of(store)
        table[feed] = (table.get(feed) or FeedArticles({})).after(texts)


class TakesIn(Protocol):
    def __call__(self, feed: str, items: Sequence[NewsItem], body: ArchivedBody | None, also: Callable[[], None]) -> bool:
        """Archive the body and take its items in, and `also` in the same transaction; False where that failed."""


async def in_thread(thread: ThreadPoolExecutor, act: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """What is done there, without blocking the loop."""
    return await asyncio.get_running_loop().run_in_executor(thread, lambda: act(*arguments, **named))


class PushDesk:
    """Keeps subscriptions, and takes in what hubs push by the way that polled bodies take. For the writer, but for `receive`."""

    def __init__(self, store: Store, room: Room, clock: Clock, take_in: TakesIn, articles: ReadsArticles | None = None) -> None:
        self._store, self._room, self._clock, self._take_in, self._articles = store, room, clock, take_in, articles
        self._table = subscriptions(store)

    def kept(self) -> dict[str, Subscription]:
        """All subscriptions, by token."""
        return dict(self._table.items())

    def keep(self, changes: Mapping[str, Subscription | None]) -> bool:
        """Keep these, or forget them; False where that could not be done."""
        if not self._room.look():
            return False
        try:
            with self._store.transaction():
                for token, subscription in changes.items():
                    if subscription is not None:
                        self._table[token] = subscription
                    else:
                        self._table.pop(token, None)
        except INTAKE_FAILURES as wrong:
            if is_full(wrong):
                self._room.pause(str(wrong))
            log.error("what hubs are asked could not be kept (%s); tried again", wrong)  # noqa: TRY400 -- no bug of ours
            return False
        return True

    async def receive(self, parser: Parses, writer: ThreadPoolExecutor, state: FeedState, push: Push, subscription: Subscription) -> str:
        """As `tocsin.subscribing.Receives`: what was pushed is parsed, archived and taken in."""
        try:
            items, body = await received(
                state,
                push.body,
                parser,
                url=subscription.topic,
                fetched=self._clock(),
                content_type=push.content_type,
                headers=(("Link", push.link),) if push.link else (),
            )
        except ParseError as wrong:
            log.warning("feed %s: what its hub pushed is of no use: %s", state.url, wrong.reason, extra={"feed": state.url})
            return "refused"
        if body is None:
            return "unchanged"
        texts = await self._articles.texts(state.url, items) if self._articles else None
        if texts is not None:
            items, body = completed(items, texts), with_texts(body, texts)
        return "ok" if await in_thread(writer, self._take, items, body, subscription, texts) else "failed"

    def _take(self, items: Sequence[NewsItem], body: ArchivedBody, subscription: Subscription, texts: Mapping[str, str] | None) -> bool:
        def also() -> None:
            keep_articles(self._store, body.feed, texts)
            if subscription.token in self._table:
                self._table[subscription.token] = subscription

        return self._room.look() and self._take_in(body.feed, items, body, also)


class Callbacks:
    """`tocsin.callbacks.Called`, from the server's thread into the service's loop."""

    def __init__(self, subscriber: Subscriber, loop: asyncio.AbstractEventLoop) -> None:
        self._subscriber, self._loop = subscriber, loop

    def knows(self, token: str) -> bool:
        return self._subscriber.get(token) is not None

    async def confirm(self, token: str, asked: Mapping[str, str]) -> str | None:
        return await self._there(self._subscriber.confirm(token, asked), None)

    async def take(self, push: Push) -> int:
        one = self._subscriber.get(push.token)
        signed = one is not None and is_signed(one.secret, push.body, push.signature)
        return await self._there(self._subscriber.take(push, signed=signed), LATER)

    async def _there(self, work: Coroutine[Any, Any, T], otherwise: T) -> T:
        done = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(done), TAKEN_WITHIN)
        except (TimeoutError, asyncio.CancelledError):
            return otherwise


@asynccontextmanager
async def subscribing(subscriber: Subscriber, settings: WebSubSettings) -> AsyncIterator[None]:
    """Hubs are subscribed to and listened to meanwhile.

    Raises:
        PortTakenError: it cannot be listened there.
    """
    called = Callbacks(subscriber, asyncio.get_running_loop())
    server = HttpServer(app(called, settings.max_bytes), settings.listen, "websub", limit_concurrency=AT_ONCE, timeout_keep_alive=5)
    try:
        server.__enter__()
    except PortTakenError as wrong:
        raise PortTakenError(f"websub.listen: {wrong}") from None
    log.info("hubs are listened to at %s, as %s", server.url, settings.callback)
    running = asyncio.create_task(subscriber.run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await asyncio.to_thread(server.__exit__)
