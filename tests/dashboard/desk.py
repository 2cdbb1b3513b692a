"""A desk over a real store, filled by the sample archive or by hand, and the page served from it on a free port."""

from __future__ import annotations

from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import tocsin
from producers.archive import Archive
from producers.fault import ParseError
from producers.feed import FeedState, FeedStatus
from producers.pool import ParserPool
from sinks.route import RoutingSettings
from tocsin.assembly import segments_of
from tocsin.dashboard.desk import Desk
from tocsin.dashboard.from_store import StoreSource
from tocsin.dashboard.serve import served
from tocsin.dashboard.settings import DashboardSettings
from tocsin.dispatch import Dispatch
from tocsin.intake import Intake
from tocsin.settings import Settings
from tocsin.store import Store

SAMPLE = Path(tocsin.__file__).parent / "sample"
AFTER_SAMPLE = datetime(2024, 4, 19, 8, tzinfo=UTC)
"""A morning on which the sample's last news is some hours old."""

FEEDS = (
    "https://north-wire.example/rss",
    "https://indus-courier.example/rss",
    "https://gulf-ledger.example/feed.xml",
    "https://meridian.example/world",
)
"""The last of them was not asked yet."""


def fill(store: Store, now: datetime = AFTER_SAMPLE, until: datetime | None = None) -> None:
    """Take the sample archive into a store, with two sinks of which one lags behind and three feeds of which one fails."""
    settings = Settings()
    dispatch = Dispatch(store, RoutingSettings(), ["desk", "screen"], lambda: now)
    intake = Intake(store, segments_of(settings), dispatch, lambda: now)
    with ParserPool(settings.parse) as pool, closing_archive() as archive:
        for body, parsed in pool.parse_all(archive):
            if not isinstance(parsed, ParseError) and (until is None or body.fetched < until):
                intake.take(parsed.items)
    with closing(store.outbox()) as outbox:
        for sink, most in (("screen", 10_000), ("desk", 30)):
            for _ in range(most):
                if (due := outbox.next(sink, now + timedelta(days=1))) is None:
                    break
                outbox.delivered(sink, due.alert_id, now)
        if due := outbox.next("desk", now + timedelta(days=1)):
            outbox.postpone("desk", due.alert_id, now + timedelta(minutes=4), "503 from the receiver")
            outbox.postpone("desk", due.alert_id, now + timedelta(minutes=8), "503 from the receiver")
        if due := outbox.next("desk", now + timedelta(minutes=1)):
            outbox.bury("desk", due.alert_id, "400: the receiver refuses this body", now)
    minutes = lambda n: now + timedelta(minutes=n)  # noqa: E731
    for state in (
        FeedState(
            url="https://north-wire.example/rss",
            status=FeedStatus.OK,
            title="North Wire",
            last_checked=minutes(-3),
            last_ok=minutes(-3),
            next_check=minutes(57),
        ),
        FeedState(
            url="https://indus-courier.example/rss",
            status=FeedStatus.OK,
            title="The Indus Courier",
            last_checked=minutes(-41),
            last_ok=minutes(-41),
            next_check=minutes(-2),
        ),
        FeedState(
            url="https://gulf-ledger.example/feed.xml",
            status=FeedStatus.FAILING,
            title="Gulf Ledger",
            last_checked=minutes(-5),
            last_ok=minutes(-500),
            next_check=minutes(12),
            errors=7,
            fault="status",
            reason="answers 503 Service Unavailable",
        ),
    ):
        with store.transaction():
            store.save_feed(state.url, state)


@contextmanager
def closing_archive():
    with ExitStack() as opened:
        yield opened.enter_context(Archive([SAMPLE], lambda _: None))


@contextmanager
def page(path: Path, now: datetime = AFTER_SAMPLE, listed=FEEDS, **told):
    """The page of the store at `path`, as long as it is inside: its address and its desk."""
    settings = DashboardSettings(**({"listen": "127.0.0.1:0"} | told))
    with closing(StoreSource(path, listed)) as source:
        desk = Desk(source=source, clock=lambda: now, settings=settings, token=settings.token())
        with served(desk) as address:
            yield address, desk
