"""One poll of one feed: asked, parsed, and what its answer means for the feed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from typing import Protocol

from producers.fault import FetchError, FetchFault, ParseError
from producers.feed import FeedState, Rhythm, Validators
from producers.fetch import Fetched
from producers.fulltext import completed
from producers.hosts import HeldError
from producers.parse import ParsedFeed
from producers.rhythm import ids_hash, rhythm_of
from producers.schedule import Answered, Failed, Outcome, Postponed, ScheduleSettings, after
from producers.warc import ArchivedBody
from producers.websub import linked, usable
from tocsin.clock import Clocks
from tocsin.model import NewsItem


class Fetches(Protocol):
    async def fetch(self, url: str, validators: Validators | None = None) -> Fetched: ...


class Parses(Protocol):
    async def parse(self, body: bytes, *, feed: str, url: str, fetched: datetime, content_type: str, baseline: bool) -> ParsedFeed: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """One feed, polled: its next state, what it brought, and the body where that was new (to be archived before the state is kept).

    `texts` are those of its items' articles, where they are wanted.
    """

    state: FeedState
    outcome: Outcome
    items: tuple[NewsItem, ...] = ()
    body: ArchivedBody | None = None
    problems: tuple[str, ...] = ()
    texts: Mapping[str, str] | None = None


class ReadsArticles(Protocol):
    async def texts(self, feed: str, items: Sequence[NewsItem]) -> dict[str, str] | None:
        """The texts of the items' articles, by their ids, as far as they can be had in time; None where they are not wanted."""


async def visit(
    state: FeedState,
    fetcher: Fetches,
    parser: Parses,
    clocks: Clocks,
    settings: ScheduleSettings,
    *,
    articles: ReadsArticles | None = None,
) -> Polled:
    """One poll of one feed; with `articles`, the pages of its new items are read too."""
    outcome: Outcome
    try:
        fetched = await fetcher.fetch(state.asked_at, state.validators)
        polled = await _read(state, fetched, parser, settings)
        if articles and polled.body and (texts := await articles.texts(state.url, polled.items)) is not None:
            polled = replace(polled, items=completed(polled.items, texts), body=with_texts(polled.body, texts), texts=texts)
    except HeldError as held:
        outcome = Postponed(wait=held.wait)
        polled = Polled(state=after(state, outcome, clocks.wall(), settings), outcome=outcome)
    except FetchError as wrong:
        outcome = Failed(fault=wrong.kind, reason=wrong.reason, retry_after=wrong.retry_after, host=wrong.host)
        polled = Polled(state=after(state, outcome, clocks.wall(), settings), outcome=outcome)
    except Exception as wrong:  # noqa: BLE001 -- a mistake of ours with one feed must not silence the others
        outcome = Failed(fault=FetchFault.INTERNAL, reason=f"our own mistake: {type(wrong).__name__}")
        polled = Polled(state=after(state, outcome, clocks.wall(), settings), outcome=outcome)
    return replace(polled, state=replace(polled.state, boot=clocks.boot, uptime=clocks.uptime()))


async def _read(state: FeedState, fetched: Fetched, parser: Parses, settings: ScheduleSettings) -> Polled:
    """What a feed's answer brings: nothing where its body is the one that came last, or is no feed."""
    if fetched.body is None:
        # What a 304 does not say anew holds on (RFC 9111, section 4.3.4).
        fresh_for = state.fresh_for if fetched.fresh_for is None else fetched.fresh_for
        outcome = Answered(validators=fetched.validators, moved=fetched.moved, fresh_for=fresh_for)
        return Polled(state=after(state, outcome, fetched.fetched, settings), outcome=outcome)
    digest = blake2b(fetched.body, digest_size=16).hexdigest()
    if digest == state.body_hash:
        outcome = Answered(validators=fetched.validators, moved=fetched.moved, fresh_for=fetched.fresh_for)
        return Polled(state=after(state, outcome, fetched.fetched, settings), outcome=outcome)
    try:
        parsed = await _parsed(state, fetched, fetched.body, parser)
    except ParseError as wrong:
        failed = Failed(fault=wrong.kind, reason=wrong.reason, retry_after=fetched.fresh_for)
        return Polled(state=after(state, failed, fetched.fetched, settings), outcome=failed)
    outcome = _answer(state, fetched, parsed, digest)
    return Polled(
        state=after(state, outcome, fetched.fetched, settings),
        outcome=outcome,
        items=parsed.items,
        body=_archived(state, fetched, fetched.body),
        problems=parsed.problems,
    )


def with_texts(body: ArchivedBody, texts: Mapping[str, str]) -> ArchivedBody:
    """The body with the texts that its items got, to be archived together."""
    return replace(body, texts=tuple(sorted((name, text) for name, text in texts.items() if text)))


async def received(
    state: FeedState, body: bytes, parser: Parses, *, url: str, fetched: datetime, content_type: str, headers: tuple[tuple[str, str], ...]
) -> tuple[tuple[NewsItem, ...], ArchivedBody | None]:
    """What a body brings that was pushed by the feed's hub: its items, and what is to be archived; nothing where it is the last one.

    Such a body may hold only what is new, and changes nothing of the feed's state: that is what polls say.

    Raises:
        ParseError: it is no feed.
    """
    if blake2b(body, digest_size=16).hexdigest() == state.body_hash:
        return (), None
    parsed = await parser.parse(body, feed=state.url, url=url, fetched=fetched, content_type=content_type, baseline=False)
    kept = ArchivedBody(feed=state.url, url=url, fetched=fetched, body=body, content_type=content_type, headers=headers)
    return parsed.items, kept


async def _parsed(state: FeedState, fetched: Fetched, body: bytes, parser: Parses) -> ParsedFeed:
    return await parser.parse(
        body,
        feed=state.url,
        url=fetched.url,
        fetched=fetched.fetched,
        content_type=fetched.content_type,
        baseline=state.last_ok is None,
    )


def _answer(state: FeedState, fetched: Fetched, parsed: ParsedFeed, digest: str) -> Answered:
    """What a new body says; of a partial one, what it leaves out holds on."""
    whole = not fetched.partial
    hub, topic = _hub(state, fetched, parsed)
    return Answered(
        validators=fetched.validators,
        body_hash=digest,
        title=parsed.title,
        moved=fetched.moved,
        fresh_for=fetched.fresh_for,
        ttl=parsed.ttl if whole else state.ttl,
        skip=parsed.skip if whole else state.skip,
        rhythm=rhythm_of(parsed.items, fetched.fetched) if whole else _livened(state, parsed, fetched),
        ids_hash=ids_hash(parsed.items) if whole else state.ids_hash,
        hub=hub,
        topic=topic,
    )


def _hub(state: FeedState, fetched: Fetched, parsed: ParsedFeed) -> tuple[str, str]:
    """The hub and the topic the answer names, in its headers or else its body (WebSub, section 4); "" where it cannot be used."""
    if fetched.partial:
        return state.hub, state.topic
    hub, topic = linked(fetched.headers, fetched.url)
    hub, topic = hub or parsed.hub, topic or parsed.topic
    return (hub, topic) if usable(hub, topic, state.asked_at) else ("", "")


def _livened(state: FeedState, parsed: ParsedFeed, fetched: Fetched) -> Rhythm:
    """The rhythm after a partial body: the gap is what it was; something new has come, if anything did."""
    return replace(state.rhythm, newest=fetched.fetched) if parsed.items else state.rhythm


def _archived(state: FeedState, fetched: Fetched, body: bytes) -> ArchivedBody:
    return ArchivedBody(
        feed=state.url,
        url=fetched.url,
        fetched=fetched.fetched,
        body=body,
        content_type=fetched.content_type,
        status=fetched.status,
        headers=fetched.headers,
    )
