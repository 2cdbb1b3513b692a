"""Which process polls which feed, and who takes over when one is gone: against a real Redis."""

import time
from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from producers.feed import FeedState
from producers.leases import LeaseError, Leases
from producers.shard import Shard, shard_of, shard_of_feed
from tests.servers import RedisServer, needs

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@given(st.text(), st.integers(1, 50))
def test_every_host_has_one_shard_and_keeps_it_or_moves_to_the_new_one(host, of):
    before, after = shard_of(host, of), shard_of(host, of + 1)
    assert 1 <= before <= of
    assert after in (before, of + 1)


def test_hosts_are_shared_evenly():
    counts = Counter(shard_of(f"{n}.example", 5) for n in range(10_000))
    assert set(counts) == {1, 2, 3, 4, 5}
    assert max(counts.values()) < 1.1 * min(counts.values())


def test_the_shard_of_a_host_is_the_same_in_every_version():
    assert [shard_of(host, 5) for host in ("wire.example", "courier.example", "", "xn--e1afmkfd.example")] == PINNED


PINNED = [2, 4, 3, 5]


def test_all_feeds_of_a_host_are_in_one_shard():
    assert len({shard_of_feed(url, 9) for url in ("https://A.example/1", "http://a.example:8080/2", "https://a.example/")}) == 1


def test_a_shard_is_said_as_two_numbers():
    assert Shard.parse("2/5") == Shard(2, 5)
    assert str(Shard(2, 5)) == "2/5"


@pytest.mark.parametrize("told", ["", "0/5", "6/5", "2", "2/0", "-1/5", "2/5/1", "a/b"])
def test_what_is_no_shard_is_refused(told):
    with pytest.raises(ValueError, match="is no shard"):
        Shard.parse(told)


@pytest.fixture(scope="module")
def server():
    server = RedisServer(needs("redis-server", "Debian: apt-get install redis-server"))
    server.start()
    yield server
    server.remove()


@pytest.fixture
def redis(server):
    server.admin.flushall()
    client = Redis(unix_socket_path=str(server.socket))
    yield client
    client.close()


SECONDS = 0.6
"""A lease is that short here."""


def process(redis, number, of=3):
    return Leases(redis, "t", Shard(number, of), seconds=SECONDS)


def feed_of(shard, of=3):
    """The URL of a feed of that shard."""
    return next(url for n in range(999) if shard_of_feed(url := f"https://{n}.example/", of) == shard)


def until(holds, seconds=10):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_each_has_its_own(redis):
    processes = [process(redis, number) for number in (1, 2, 3)]
    assert [sorted(one.round()) for one in processes] == [[1], [2], [3]]
    assert [one.has(feed_of(2)) for one in processes] == [False, True, False]


def test_the_shards_of_those_that_are_gone_are_shared_by_the_others_and_given_back_when_they_return(redis):
    one, two = process(redis, 1, of=4), process(redis, 2, of=4)

    def rounds():
        one.round(), two.round()
        return one.mine() | two.mine() == {1, 2, 3, 4}

    until(rounds)
    assert not one.mine() & two.mine()
    assert len(one.mine()) == len(two.mine()) == 2
    three = process(redis, 3, of=4)

    def returned():
        one.round(), two.round(), three.round()
        return 3 in three.mine()

    until(returned)
    assert sum(3 in each.mine() for each in (one, two, three)) == 1


def test_what_was_kept_is_known_to_whoever_takes_over_and_who_lost_the_lease_keeps_nothing_more(redis):
    url = feed_of(2)
    dead, heir = process(redis, 2), process(redis, 1)
    dead.round(), heir.round()
    dead.save([FeedState(url=url, last_checked=NOON)])

    def inherited():
        return 2 in heir.round()

    until(inherited)
    assert heir.states({2}) == {url: FeedState(url=url, last_checked=NOON)}
    assert not dead.has(url), "by its own clock"
    dead._until[2] = float("inf")  # a process that was asleep
    with pytest.raises(LeaseError, match="another process"):
        dead.save([FeedState(url=url, title="late")])
    assert heir.states({2})[url].title == ""
    assert not dead.has(url)


def test_leases_that_are_given_back_are_free_at_once(redis):
    first = process(redis, 1)
    first.round()
    first.release()
    assert process(redis, 1).round() == {1}
    assert first.mine() == frozenset()


def test_nothing_is_polled_when_redis_does_not_answer(server, redis):
    one = process(redis, 1)
    one.round()
    server.kill()
    try:
        with pytest.raises(LeaseError):
            one.save([FeedState(url=feed_of(1))])
        until(lambda: not one.mine())
    finally:
        server.start()
