"""Which feed is asked next: the heap against the plain reading of the rules."""

from collections import Counter
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from producers.agenda import Agenda, paced
from producers.feed import FeedState, FeedStatus
from producers.hosts import Hosts


class World:
    """An agenda over a clock that is set by hand."""

    def __init__(self, **due):
        self.now = 0.0
        self.hosts = Hosts(1.0, lambda: self.now)
        self.agenda = Agenda(self.hosts)
        for name, seconds in due.items():
            self.put(name, seconds)

    def put(self, name, seconds, **more):
        """`a1` is the feed 1 of the host a."""
        self.agenda.put(FeedState(url=f"https://{name[0]}.example/{name[1:]}", **more), seconds)

    def take(self):
        taken = []
        while state := self.agenda.take(self.now):
            taken.append(state)
        return taken

    def names(self):
        return [state.url.removeprefix("https://").replace(".example/", "") for state in self.take()]


def test_who_waited_longest_comes_first_and_each_host_once():
    world = World(a1=-5, a2=-9, b1=-7, c1=1, d1=0)
    assert world.names() == ["a2", "b1", "d1"]
    assert world.names() == []


def test_a_host_is_busy_until_it_answered():
    world = World(a1=-2, a2=-1)
    (first,) = world.take()
    assert world.names() == []
    world.agenda.answered(first, first, 60.0)
    assert world.names() == ["a2"]


def test_a_host_that_asked_for_patience_has_it_from_all_its_feeds():
    world = World(a1=0, a2=0, b1=0)
    world.hosts.hold("a.example", timedelta(minutes=10))
    assert world.names() == ["b1"]
    assert world.agenda.next_at() == 600
    world.now = 600
    assert len(world.names()) == 1


def test_a_feed_that_moved_is_asked_at_its_new_host():
    world = World(a1=0, b1=0)
    first, other = world.take()
    assert (first.url, other.url) == ("https://a.example/1", "https://b.example/1")
    world.agenda.answered(first, FeedState(url=first.url, address="https://b.example/2"), 0.0)
    assert world.names() == [], "its new host is busy"
    world.agenda.answered(other, other, 60.0)
    assert [state.url for state in world.take()] == ["https://a.example/1"]


def test_a_feed_that_is_dropped_gone_or_paused_is_never_asked():
    world = World(a1=0, b1=0, c1=0)
    world.agenda.drop(["https://a.example/1"])
    (b, c) = world.take()
    world.agenda.answered(b, FeedState(url=b.url, status=FeedStatus.GONE), 0.0)
    world.agenda.answered(c, None, 0.0)
    world.now = 1e9
    assert world.take() == []
    assert world.agenda.next_at() is None


def test_a_feed_that_is_dropped_while_it_is_asked_stays_away():
    world = World(a1=0)
    (a,) = world.take()
    world.agenda.drop([a.url])
    world.agenda.answered(a, a, 0.0)
    assert world.names() == []


STEPS = st.lists(
    st.tuples(st.sampled_from(["put", "pass", "answer", "hold", "drop"]), st.integers(0, 11), st.integers(0, 90)), max_size=120
)


@given(STEPS)
def test_whatever_happens_no_host_is_asked_twice_at_once_or_too_soon_and_no_feed_is_forgotten(steps):
    world = World()
    due, asked, free = {}, {}, Counter()
    for step, number, seconds in steps:
        url, host = f"https://{'abcd'[number % 4]}.example/{number}", f"{'abcd'[number % 4]}.example"
        if step == "put" and url not in asked:
            due[url] = world.now + seconds
            world.put("abcd"[number % 4] + str(number), due[url])
        elif step == "pass":
            world.now += seconds
        elif step == "hold":
            world.hosts.hold(host, timedelta(seconds=seconds))
            free[host] = max(free[host], world.now + seconds)
        elif step == "drop" and url not in asked:
            world.agenda.drop([url])
            due.pop(url, None)
        elif step == "answer" and url in asked:
            state = asked.pop(url)
            due[url] = world.now + seconds
            world.agenda.answered(state, state, due[url])
        busy = {url.split("/")[2] for url in asked}
        for state in world.take():
            host = state.url.split("/")[2]
            assert due.pop(state.url) <= world.now
            assert host not in busy
            assert free[host] <= world.now
            busy.add(host)
            asked[state.url] = state
        waiting = {url.split("/")[2] for url, at in due.items() if at <= world.now}
        assert all(host in busy or free[host] > world.now for host in waiting), "what is due is asked as soon as its host is free"


def test_ten_thousand_feeds_that_are_overdue_fill_an_hour_evenly():
    moments = paced({f"https://{n}.example/": -5.0 for n in range(10_000)} | {"https://later.example/": 7.0})
    assert moments.pop("https://later.example/") == 7
    minutes = Counter(int(seconds // 60) for seconds in moments.values())
    assert set(minutes) >= set(range(59))
    assert max(minutes.values()) <= 1.5 * 10_000 / 60


def test_a_service_that_was_killed_in_the_midst_of_that_hour_goes_on_with_the_next_feed_at_the_same_pace():
    """Else it would wait until the phase it had come to, and after each kill longer."""
    all_ = paced({f"https://{n}.example/": 0.0 for n in range(10_000)})
    left = paced(dict.fromkeys((url for url, seconds in all_.items() if seconds > 1800), 0.0))
    assert min(left.values()) == 0
    minutes = Counter(int(seconds // 60) for seconds in left.values())
    assert set(minutes) >= set(range(29))
    assert max(minutes.values()) <= 1.5 * 10_000 / 60


def test_a_few_feeds_are_asked_at_once():
    assert set(paced({f"https://{n}.example/": 0.0 for n in range(30)}).values()) == {0.0}
