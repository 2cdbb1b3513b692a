"""One request at a time for each host, a pause between, patience where it was asked for."""

import asyncio
from datetime import timedelta

import pytest

from producers.hosts import HeldError, Hosts, host_of


class Time:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    async def sleep(self, seconds):
        self.now += seconds
        await asyncio.sleep(0)


def test_turns_of_one_host_follow_each_other_with_a_pause():
    async def go():
        time, open_now, begun = Time(), [], []
        hosts = Hosts(1.0, time, time.sleep)

        async def ask(host):
            async with hosts.turn(host):
                assert host not in open_now
                open_now.append(host)
                begun.append((host, time()))
                await asyncio.sleep(0)
                open_now.remove(host)

        await asyncio.gather(*(ask("a") for _ in range(4)))
        return [at for _, at in begun]

    assert asyncio.run(go()) == [0, 1, 2, 3]


def test_hosts_do_not_wait_for_each_other():
    async def go():
        hosts = Hosts(1.0, Time())
        async with hosts.turn("a"), hosts.turn("b"):
            return True

    assert asyncio.run(go())


def test_a_host_that_asked_for_patience_is_not_asked_and_nobody_waits():
    async def go():
        time = Time()
        hosts = Hosts(0, time, time.sleep)
        hosts.hold("a", timedelta(seconds=90))
        hosts.hold("a", timedelta(seconds=5))
        with pytest.raises(HeldError) as held:
            async with hosts.turn("a"):
                raise AssertionError
        time.now = 90
        async with hosts.turn("a"):
            return held.value

    held = asyncio.run(go())
    assert (held.host, held.wait) == ("a", timedelta(seconds=90))


def test_who_waited_for_the_pause_heeds_what_the_answer_before_asked_for():
    async def go():
        time = Time()

        async def pause(seconds):
            await time.sleep(seconds)
            hosts.hold("a", timedelta(hours=1))  # the answer before was read meanwhile

        hosts = Hosts(1.0, time, pause)
        async with hosts.turn("a"):
            pass
        with pytest.raises(HeldError):
            async with hosts.turn("a"):
                pytest.fail("the host was asked")

    asyncio.run(go())


def test_a_turn_ends_when_it_fails():
    async def go():
        time = Time()
        hosts = Hosts(1.0, time, time.sleep)
        with pytest.raises(KeyError):
            async with hosts.turn("a"):
                raise KeyError
        async with hosts.turn("a"):
            return time()

    assert asyncio.run(go()) == 1


def test_hosts_that_owe_nothing_are_forgotten():
    async def go():
        time = Time()
        hosts = Hosts(1.0, time, time.sleep)
        for n in range(5_000):
            time.now += 1
            async with hosts.turn(str(n)):
                pass
        return len(hosts._hosts)

    assert asyncio.run(go()) <= 1_001


@pytest.mark.parametrize(
    ("url", "host"), [("https://A.example:8443/x", "a.example"), ("http://[::1]/", "::1"), ("no url", ""), ("http://[", "")]
)
def test_the_host_of_a_url(url, host):
    assert host_of(url) == host
