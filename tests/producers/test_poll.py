"""Rounds of polls against a server that misbehaves: one feed's trouble is that feed's alone."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from producers.fault import FetchError, FetchFault
from producers.feed import FeedState, FeedStatus, Rhythm, Validators
from producers.fetch import Fetched, Fetcher
from producers.hosts import Hosts
from producers.parse import parse_body
from producers.poll import PollSettings, poll
from producers.schedule import Postponed, ScheduleSettings
from producers.visit import visit
from tests.producers.server import FEED, serving
from tocsin.clock import Clocks

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SETTINGS = PollSettings(host_pause_seconds=0)


class InThisProcess:
    """The parser without its processes."""

    async def parse(self, body, **how):
        return parse_body(body, **how)


class Clock:
    def __init__(self):
        self.now = NOON

    def __call__(self):
        return self.now

    async def sleep(self, seconds):
        self.now += timedelta(seconds=seconds)
        await asyncio.sleep(0)


class Desk:
    """Keeps what polls bring, as the store would."""

    def __init__(self, *urls):
        self.states = {url: FeedState(url=url) for url in urls}
        self.polled = []

        self.noted, self.told = [], None

    def changes(self):
        if self.told == list(self.states):
            return None
        self.told = list(self.states)
        return list(self.states.values())

    def known(self, url):
        return self.states.get(url)

    async def note(self, states):
        self.noted += states
        return True

    def keep(self, polled):
        self.states[polled.state.url] = polled.state
        self.polled.append(polled)


async def once(desk, fetcher, clock, settings=SETTINGS):
    desk.told = None
    async for polled in polling(desk, fetcher, clock, settings, once=True):
        desk.keep(polled)
    return desk


def polling(desk, fetcher, clock, settings=SETTINGS, **more):
    clocks = Clocks.by(clock)
    hosts = Hosts(settings.host_pause_seconds, clocks.uptime, clock.sleep)
    return poll(desk, fetcher, InThisProcess(), clocks, settings, hosts=hosts, sleep=clock.sleep, **more)


def told(desk, server):
    return {
        polled.state.url.removeprefix(server.base): (polled.state.status.value, polled.state.fault, len(polled.items))
        for polled in desk.polled
    }


def test_a_round_over_feeds_of_which_most_misbehave():
    paths = [
        "/html",
        "/feed",
        "/empty",
        "/cut",
        "/50-megabytes",
        "/bomb-gzip",
        "/endless",
        "/drip",
        "/to-loopback",
        "/loop",
        "/gone",
        "/busy",
        "/missing",
        "/at/last",
    ]

    async def go():
        clock = Clock()
        async with serving() as server, Fetcher(server.settings(), clock) as fetcher:
            # every path on a host of its own, so that one that is told to wait does not hold the others
            desk = Desk(*(server.url(path) for path in paths))
            for url in list(desk.states):
                await once(alone := Desk(url), fetcher, clock)
                desk.polled += alone.polled
            return told(desk, server)

    assert asyncio.run(go()) == {
        "/html": ("failing", "html", 0),
        "/feed": ("ok", "", 1),
        "/empty": ("failing", "empty", 0),
        "/cut": ("ok", "", 1),
        "/50-megabytes": ("failing", "too_big", 0),
        "/bomb-gzip": ("failing", "too_big", 0),
        "/endless": ("failing", "too_big", 0),
        "/drip": ("failing", "timeout", 0),
        "/to-loopback": ("failing", "refused", 0),
        "/loop": ("failing", "redirects", 0),
        "/gone": ("gone", "gone", 0),
        "/busy": ("rate_limited", "rate_limited", 0),
        "/missing": ("failing", "client_error", 0),
        "/at/last": ("ok", "", 1),
    }


def test_feeds_of_one_host_are_asked_one_at_a_time():
    async def go():
        clock = Clock()
        async with serving() as server, Fetcher(server.settings(), clock) as fetcher:
            desk = await once(Desk(*(server.url(f"/at/{n}") for n in range(10))), fetcher, clock)
            return server, desk

    server, desk = asyncio.run(go())
    assert len(server.asked) == len(desk.polled) == 10
    assert server.busiest == 1


class Fake:
    """A fetcher that answers out of its head, and remembers how many it was asked for at once."""

    def __init__(self, clock, answer=None):
        self.clock, self.answer = clock, answer or (lambda url, validators: FEED)
        self.asked, self.open, self.busiest = [], 0, 0

    async def fetch(self, url, validators=None):
        self.asked.append((url, validators))
        self.open += 1
        self.busiest = max(self.busiest, self.open)
        await asyncio.sleep(0)
        self.open -= 1
        body = self.answer(url, validators)
        if isinstance(body, Exception):
            raise body
        return Fetched(url=url, status=200, body=body, headers=(), validators=Validators(etag='"1"'), fetched=self.clock())


def with_fake(desk, answer=None, settings=SETTINGS, rounds=1):
    async def go():
        clock = Clock()
        fetcher = Fake(clock, answer)
        for _ in range(rounds):
            await once(desk, fetcher, clock, settings)
            clock.now += timedelta(hours=2)
        return fetcher

    return asyncio.run(go())


def test_no_more_are_fetched_at_once_than_allowed():
    fetcher = with_fake(Desk(*(f"https://{n}.example/" for n in range(20))), settings=replace_concurrent(4))
    assert (len(fetcher.asked), fetcher.busiest) == (20, 4)


def replace_concurrent(count):
    return PollSettings(concurrent=count, host_pause_seconds=0)


def test_the_first_poll_is_the_baseline_and_what_comes_later_is_news():
    bodies = iter([FEED, FEED.replace(b"One", b"Two")])
    desk = Desk("https://news.example/")
    with_fake(desk, lambda *_: next(bodies), rounds=2)
    assert [[(item.title, item.baseline) for item in polled.items] for polled in desk.polled] == [[("One", True)], [("Two", False)]]


def test_a_failure_before_the_first_success_does_not_use_up_the_baseline():
    answers = iter([FetchError(FetchFault.TIMEOUT, "late"), FEED])
    desk = Desk("https://news.example/")
    with_fake(desk, lambda *_: next(answers), rounds=2)
    assert [item.baseline for polled in desk.polled for item in polled.items] == [True]


def test_a_body_that_came_before_brings_nothing_and_is_not_archived():
    desk = Desk("https://news.example/")
    with_fake(desk, rounds=2)
    first, second = desk.polled
    assert (len(first.items), first.body.body) == (1, FEED)
    assert (second.items, second.body, second.state.status) == ((), None, FeedStatus.OK)


def test_the_validators_of_what_was_kept_are_sent_and_no_others():
    desk = Desk("https://news.example/")
    fetcher = with_fake(desk, rounds=2)
    assert [validators for _, validators in fetcher.asked] == [Validators(), Validators(etag='"1"')]
    lost = Desk("https://news.example/")
    lost.keep = lost.polled.append  # a transaction that fails
    fetcher = with_fake(lost, rounds=2)
    assert [validators for _, validators in fetcher.asked] == [Validators(), Validators()]
    assert [len(polled.items) for polled in lost.polled] == [1, 1], "the body comes again, and all its items with it"


def test_a_mistake_of_ours_is_one_feeds_trouble_too():
    desk = Desk("https://a.example/", "https://b.example/")
    with_fake(desk, lambda url, _: RuntimeError("bug") if "a.example" in url else FEED)
    assert sorted((polled.state.fault, len(polled.items)) for polled in desk.polled) == [("", 1), ("internal", 0)]


def test_an_archived_body_names_the_feed_and_where_it_was_found():
    desk = Desk("https://news.example/")
    with_fake(desk)
    (polled,) = desk.polled
    assert (polled.body.feed, polled.body.url, polled.body.fetched) == ("https://news.example/", "https://news.example/", NOON)
    assert polled.items[0].feed == "https://news.example/"


def test_polling_goes_on_by_the_schedule_and_ends_when_it_is_closed():
    async def go():
        clock, desk = Clock(), Desk("https://a.example/", "https://b.example/")
        fetcher = Fake(clock, lambda url, _: FEED.replace(b"One", str(clock.now).encode()))
        polls = polling(desk, fetcher, clock)
        async for polled in polls:
            desk.keep(polled)
            if clock.now > NOON + timedelta(hours=24):
                break
        await polls.aclose()
        return desk

    desk = asyncio.run(go())
    for url in desk.states:
        times = [polled.state.last_checked for polled in desk.polled if polled.state.url == url]
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert 20 <= len(gaps) <= 24
        assert all(timedelta(minutes=60) <= gap <= timedelta(minutes=67) for gap in gaps)


def test_a_feed_that_is_added_is_seen():
    async def go():
        clock, desk = Clock(), Desk("https://a.example/")
        seen = []
        polls = polling(desk, Fake(clock), clock)
        async for polled in polls:
            desk.keep(polled)
            seen.append((polled.state.url, clock.now))
            if len(seen) == 2:
                break
            desk.states["https://b.example/"] = FeedState(url="https://b.example/")
        await polls.aclose()
        return seen

    (_, first), (url, second) = asyncio.run(go())
    assert url == "https://b.example/"
    assert second - first <= timedelta(seconds=31)


def test_what_runs_when_polling_is_closed_is_cancelled():
    async def go():
        started, cancelled = asyncio.Event(), []

        class Hanging:
            async def fetch(self, url, validators=None):
                if "slow" not in url:
                    await started.wait()
                    return Fetched(url=url, status=200, body=FEED, headers=(), validators=Validators(), fetched=NOON)
                started.set()
                try:
                    await asyncio.sleep(3600)
                except asyncio.CancelledError:
                    cancelled.append(url)
                    raise

        polls = polling(Desk("https://slow.example/", "https://quick.example/"), Hanging(), Clock())
        await anext(polls)
        await polls.aclose()
        return cancelled

    assert asyncio.run(go()) == ["https://slow.example/"]


@pytest.mark.parametrize("minutes", [0, 4.9, -1])
def test_nobody_can_be_made_to_poll_more_often_than_every_five_minutes(minutes):
    with pytest.raises(ValueError, match="interval_minutes"):
        ScheduleSettings(interval_minutes=minutes)


def test_that_a_feed_is_asked_is_kept_before_it_is():
    desk = Desk("https://news.example/")
    seen = []

    def answer(url, _):
        seen.append([state.url for state in desk.noted])
        return FEED

    with_fake(desk, answer)
    assert seen == [["https://news.example/"]]
    (noted,) = desk.noted
    assert noted.next_check >= NOON + timedelta(hours=1), "should we die now, it is not asked again before that"
    assert noted.validators == Validators()


def test_what_cannot_be_kept_is_not_asked():
    async def go():
        clock, desk = Clock(), Desk("https://news.example/")
        tried = []

        async def note(states):
            tried.append(clock.now)
            return len(tried) > 1

        desk.note = note
        fetcher = Fake(clock)
        polls = polling(desk, fetcher, clock)
        desk.keep(await anext(polls))
        await polls.aclose()
        return tried, fetcher

    tried, fetcher = asyncio.run(go())
    assert len(fetcher.asked) == 1
    assert tried[1] - tried[0] >= timedelta(minutes=5)


def test_when_it_is_time_to_stop_what_was_asked_is_finished_and_nothing_more_is_asked():
    async def go():
        clock, stopping = Clock(), asyncio.Event()
        desk = Desk(*(f"https://{n}.example/" for n in range(9)))

        class Slow(Fake):
            async def fetch(self, url, validators=None):
                stopping.set()
                await asyncio.sleep(0.05)
                return await super().fetch(url, validators)

        fetcher = Slow(clock)
        async for polled in polling(desk, fetcher, clock, replace_concurrent(4), stopping=stopping):
            desk.keep(polled)
        return desk, fetcher

    desk, fetcher = asyncio.run(go())
    assert len(desk.polled) == len(fetcher.asked) == 4


def test_who_sleeps_wakes_to_stop():
    async def go():
        stopping = asyncio.Event()
        polls = poll(Desk(), None, None, Clocks(lambda: NOON), SETTINGS, stopping=stopping)
        asyncio.get_running_loop().call_later(0.02, stopping.set)
        return [polled async for polled in polls]

    assert asyncio.run(asyncio.wait_for(go(), 5)) == []


def test_a_host_that_asks_for_patience_has_it_from_all_its_feeds_after_a_restart_too():
    async def go():
        clock, asked = Clock(), []

        def answer(url, _):
            asked.append((url, clock.now))
            return FetchError(FetchFault.RATE_LIMITED, "429", timedelta(hours=3), host="news.example") if url.endswith("/1") else FEED

        desk = Desk("https://news.example/1", "https://news.example/2", "https://other.example/")
        while clock.now < NOON + timedelta(hours=7):
            desk.told, polls = None, polling(desk, Fake(clock, answer), clock)  # a new agenda each time: as if started again
            desk.keep(await anext(polls))
            await polls.aclose()
            clock.now += timedelta(minutes=20)
        return asked

    asked = asyncio.run(go())
    first = next(at for url, at in asked if url.endswith("/1"))
    assert not [at for url, at in asked if "news.example" in url and first < at < first + timedelta(hours=3)]
    assert [at for url, at in asked if url.endswith("/2")]
    assert len([at for url, at in asked if "other" in url]) >= 3


def test_a_redirect_to_a_host_that_is_held_costs_no_request_there_and_is_no_failure():
    async def go():
        clock = Clock()
        async with serving() as server:
            hosts = Hosts(0, lambda: clock().timestamp(), clock.sleep)
            hosts.hold("127.0.0.1", timedelta(hours=2))
            async with Fetcher(server.settings(), clock, hosts) as fetcher:
                polled = await visit(FeedState(url=server.url("/feed")), fetcher, InThisProcess(), Clocks.by(clock), SETTINGS.schedule)
            return polled, server

    polled, server = asyncio.run(go())
    assert server.asked == []
    assert (polled.state.status, polled.state.errors, polled.outcome) == (FeedStatus.NEW, 0, Postponed(wait=timedelta(hours=2)))
    assert polled.state.next_check >= NOON + timedelta(hours=2)


def test_a_partial_body_brings_its_items_and_leaves_the_rest_as_it_was():
    async def go():
        clock = Clock()
        state = FeedState(
            url="https://a.example/", last_ok=NOON, ttl=timedelta(hours=3), rhythm=Rhythm(timedelta(hours=5), NOON), ids_hash="x"
        )

        class Partial(Fake):
            async def fetch(self, url, validators=None):
                return replace(await super().fetch(url, validators), status=226, partial=True)

        clock.now += timedelta(hours=1)
        return await visit(state, Partial(clock), InThisProcess(), Clocks.by(clock), SETTINGS.schedule)

    polled = asyncio.run(go())
    assert [item.title for item in polled.items] == ["One"]
    assert (polled.state.ttl, polled.state.ids_hash) == (timedelta(hours=3), "x")
    assert polled.state.rhythm == Rhythm(timedelta(hours=5), NOON + timedelta(hours=1))
