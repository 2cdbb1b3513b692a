"""A real hub and the real service: subscribed, asked back, pushed, renewed, left; and everything that is not the hub's is not heard."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from contextlib import asynccontextmanager, closing, suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from producers import poll
from producers.archive import Archive
from tests.hub import Hub, call
from tests.servers import free_ports
from tests.values import NOON
from tocsin import book, subscribing
from tocsin.app import Service
from tocsin.book import FeedWish, say_changed, wishes
from tocsin.clock import Clocks
from tocsin.monitor import PortTakenError
from tocsin.pushing import subscriptions
from tocsin.settings import Settings
from tocsin.store import Store

OLD = ("1", "Ministers meet", "They met.", NOON - timedelta(hours=3))
WAR = ("2", "Israeli air strike on Aleppo kills 12", "An Israeli air strike on the Syrian city of Aleppo killed 12 people.", NOON)


class Clock:
    """The wall's clock, which a test sets forward."""

    def __init__(self):
        self.began, self.ahead = time.monotonic(), timedelta()

    def __call__(self) -> datetime:
        return NOON + timedelta(seconds=time.monotonic() - self.began) + self.ahead


class World:
    """One service over one folder, and the hub it meets."""

    def __init__(self, folder, hub, **websub):
        self.hub, self.clock, self.folder = hub, Clock(), folder
        self.port = free_ports(1)[0]
        network = {"allow_networks": ["127.0.0.1/32"], "ports": [int(hub.url.rpartition(":")[2])]}
        self.callback = f"http://127.0.0.1:{self.port}/websub/"
        told = {"callback": self.callback, "listen": f"127.0.0.1:{self.port}", **websub}
        self.settings = Settings.model_validate({
            "data_dir": folder, "sinks": {}, "feeds": {"urls": [hub.topic("wire")]}, "fetch": {"network": network}, "websub": told,
            "poll": {"host_pause_seconds": 0, "schedule": {"adaptive": False}}, "parse": {"workers": 1}, "monitor": {"listen": "off"}, "dashboard": {"listen": "off"},
        })  # fmt: skip

    @asynccontextmanager
    async def running(self):
        service = Service(self.settings, clocks=Clocks(self.clock, lambda: self.clock().timestamp(), "boot"))
        task = asyncio.create_task(service.run())
        waiting = asyncio.create_task(service.started.wait())
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        try:
            if task.done():
                await task
            yield service
        finally:
            service.stop()
            await task

    def store(self):
        return closing(Store(Path(self.folder) / "tocsin.db", lock=False))

    def subscription(self):
        with self.store() as store:
            return next(iter(subscriptions(store).values()), None)

    def sums(self):
        with self.store() as store:
            return store.sums()

    def alerts(self):
        with self.store() as store:
            return [alert.headline for alert in store.alerts()]

    def bodies(self):
        with Archive([Path(self.folder) / "archive"], pytest.fail) as archive:
            return [(body.feed, body.url, body.body) for body in archive]


async def until(holds, seconds=30):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come about"
        await asyncio.sleep(0.05)


async def until_polled(world, hub):
    """Let hours pass until the feed is asked again; a poll that was under way when they passed counts its pause from the new time."""
    polls = hub.asked["wire"]
    for _ in range(6):
        world.clock.ahead += timedelta(hours=5)
        with suppress(AssertionError):
            return await until(lambda: hub.asked["wire"] > polls, seconds=10)
    raise AssertionError("the feed was not asked again")


@pytest.fixture(autouse=True)
def looks_often(monkeypatch):
    """The clock jumps here, and nobody waits for what looks at it now and then: it looks ten times as often, and more than before in each pause."""
    monkeypatch.setattr(poll, "IDLE_SECONDS", 0.2)
    monkeypatch.setattr(subscribing, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(book, "LOOK_SECONDS", 0.2)


@pytest.fixture
def hub():
    with Hub() as hub:
        hub.entries["wire"] = [OLD]
        yield hub


@pytest.fixture
def world(tmp_path, hub):
    return World(tmp_path / "data", hub)


def in_thread(act, *arguments, **named):
    return asyncio.to_thread(partial(act, *arguments, **named))


def test_a_feed_that_names_a_hub_is_subscribed_to_and_what_it_pushes_raises_alerts_before_any_poll(world, hub):
    async def go():
        async with world.running():
            await until(lambda: hub.known)
            form = hub.known[hub.topic("wire")]
            assert form["hub.callback"].startswith(world.callback)
            assert len(form["hub.callback"]) >= len(world.callback) + 32
            assert form["hub.lease_seconds"] == "864000"
            assert 20 <= len(form["hub.secret"]) < 200
            polls = hub.asked["wire"]
            assert await in_thread(hub.push, "wire", [OLD, WAR]) == 204
            assert hub.asked["wire"] == polls
            with world.store() as store:
                assert [alert.headline for alert in store.alerts()] == [WAR[1]]
            assert await in_thread(hub.push, "wire", [OLD, WAR]) == 204
            hub.entries["wire"].append(WAR)
            world.clock.ahead += timedelta(hours=5)
            await until(lambda: hub.asked["wire"] > polls)
            await until(lambda: world.sums()["items"] >= 5)
        assert world.alerts() == [WAR[1]]

    asyncio.run(go())
    assert {(feed, url) for feed, url, _ in world.bodies()} == {(hub.topic("wire"), hub.topic("wire"))}
    assert sum(b"Aleppo" in body for _, _, body in world.bodies()) >= 2


def test_every_method_of_signing_is_understood(world, hub):
    methods = ("sha1", "sha256", "sha384", "sha512")

    async def go():
        async with world.running():
            await until(lambda: hub.known)
            return [await in_thread(hub.push, "wire", [(method, method, "", NOON)], method=method) for method in methods]

    assert asyncio.run(go()) == [204] * 4
    assert len(world.bodies()) == 5


FORGED = {
    "signed with another secret": {"secret": "guessed"},
    "signed by a method nobody trusts": {"method": "md5"},
    "not signed": {"X-Hub-Signature": ""},
    "signed with nonsense": {"X-Hub-Signature": "sha256=ünsinn".encode().decode("latin-1")},
    "signed with half a digest": {"X-Hub-Signature": "sha256=ab"},
}


def test_what_is_not_signed_by_the_hub_is_acknowledged_counted_and_ignored(world, hub):
    async def go():
        async with world.running() as service:
            await until(lambda: hub.known)
            statuses = {how: await in_thread(hub.push, "wire", [WAR], **forged) for how, forged in FORGED.items()}
            return statuses, service.metrics.text().decode()

    statuses, metrics = asyncio.run(go())
    assert statuses == dict.fromkeys(FORGED, 202)
    assert f'tocsin_websub_pushes_total{{result="ignored"}} {len(FORGED)}.0' in metrics
    assert world.alerts() == []
    assert len(world.bodies()) == 1


def test_nobody_is_answered_who_does_not_know_a_subscription(world, hub):
    async def go():
        async with world.running():
            await until(lambda: hub.known)
            form = hub.known[hub.topic("wire")]
            question = "?hub.mode=subscribe&hub.topic=x&hub.challenge=c&hub.lease_seconds=900"
            assert await in_thread(call, world.callback + "guess" + question) == (404, b"")
            assert (await in_thread(call, world.callback + "guess", b"<rss/>"))[0] == 410
            assert (await in_thread(call, world.callback))[0] == 404
            # the hub's own questions, where nothing of the kind was asked for
            for other in ({"hub.topic": "https://other.example/"}, {"hub.mode": "unsubscribe"}, {}):
                assert await in_thread(hub.ask_back, form, **other) == 404

    asyncio.run(go())


def test_a_lease_is_renewed_before_it_ends_by_the_same_address(world, hub):
    hub.lease = 3600

    async def go():
        async with world.running():
            await until(lambda: len(hub.answers) == 1)
            await until(lambda: world.subscription().verified)
            first = world.subscription()
            assert first.until - first.verified == timedelta(hours=1)
            world.clock.ahead += timedelta(minutes=47)
            await asyncio.sleep(0.5)
            assert len(hub.requests) == 1
            world.clock.ahead += timedelta(minutes=2)
            await until(lambda: len(hub.answers) == 2)
            await until(lambda: world.subscription().until > first.until)
            assert {form["hub.callback"] for form in hub.requests} == {hub.requests[0]["hub.callback"]}

    asyncio.run(go())


def test_a_restart_asks_no_hub_again_and_hears_what_it_pushes(world, hub):
    async def go():
        async with world.running():
            await until(lambda: hub.answers)
        async with world.running():
            assert await in_thread(hub.push, "wire", [WAR]) == 204
            await asyncio.sleep(0.5)

    asyncio.run(go())
    assert len(hub.requests) == 1
    assert world.alerts() == [WAR[1]]


def test_a_feed_that_is_paused_is_unsubscribed_from(world, hub):
    async def go():
        async with world.running():
            await until(lambda: hub.known)
            with world.store() as store, store.transaction():
                wishes(store)[hub.topic("wire")] = FeedWish(paused=True)
                say_changed(store)
            await until(lambda: not hub.known)
            assert hub.requests[-1]["hub.mode"] == "unsubscribe"
            await until(lambda: world.subscription() is None)
            hub.known[hub.topic("wire")] = hub.requests[0]
            return await in_thread(hub.push, "wire", [WAR])

    assert asyncio.run(go()) == 410
    assert world.alerts() == []


def test_polling_goes_on_more_seldom_while_a_hub_pushes_and_as_before_once_its_lease_is_over(world, hub):
    hub.lease = 6 * 3600

    async def go():
        async with world.running():
            await until(lambda: hub.known)
            await until(lambda: world.subscription().until)
            hub.status = 500  # it does not renew
            polls = hub.asked["wire"]
            world.clock.ahead += timedelta(seconds=6)  # the list of feeds is looked through every five
            await asyncio.sleep(0.5)
            world.clock.ahead += timedelta(hours=3, minutes=50)
            await asyncio.sleep(0.5)
            assert hub.asked["wire"] == polls
            for hours in (1, 3, 1.2):  # the usual four hours are over; the lease is; and an hour later
                world.clock.ahead += timedelta(hours=hours)
                polls += 1
                await until(lambda polls=polls: hub.asked["wire"] == polls)

    asyncio.run(go())


def test_a_hub_that_did_not_push_what_a_poll_finds_is_relied_on_no_longer_until_it_does(world, hub):
    async def go():
        async with world.running():
            await until(lambda: world.subscription() and world.subscription().until)
            for _ in range(2):
                hub.entries["wire"].append((f"at-{hub.asked['wire']}", "A bridge opens", "It opened.", world.clock()))
                await until_polled(world, hub)
            await until(lambda: world.subscription().missed)
            assert await in_thread(hub.push, "wire", [WAR]) == 204
            await until(lambda: not world.subscription().missed)

    asyncio.run(go())


def test_a_hub_that_refuses_or_fails_leaves_polling_as_it_was(world, hub):
    hub.status = 500

    async def go():
        async with world.running():
            await until(lambda: world.subscription() and world.subscription().reason)
            assert "500" in world.subscription().reason
            world.clock.ahead += timedelta(minutes=67)
            await until(lambda: hub.asked["wire"] == 2)

    asyncio.run(go())
    assert 1 <= len(hub.requests) <= 2


def test_a_hub_that_denies_says_why(world, hub):
    hub.asks_back = False

    async def go():
        async with world.running():
            await until(lambda: hub.requests)
            form = hub.requests[0]
            told = {"hub.mode": "denied", "hub.reason": "no room\r\nfor you"}
            assert await in_thread(hub.ask_back, form, **told) == 200
            await until(lambda: world.subscription().reason)
            return world.subscription().reason

    assert asyncio.run(go()) == "the hub refuses: no room for you"


def test_a_push_is_bounded_in_size_and_by_what_is_a_feed(tmp_path, hub):
    world = World(tmp_path / "data", hub, max_bytes=2000)

    async def go():
        async with world.running():
            await until(lambda: hub.known)
            return [
                await in_thread(hub.push, "wire", [], body=b"<rss>" + b" " * 2000),
                await in_thread(hub.push, "wire", [], body=b"<!doctype html><html></html>"),
                await in_thread(hub.push, "wire", [], body=b"x", **{"Content-Encoding": "gzip"}),
                await in_thread(hub.push, "wire", [WAR]),
            ]

    assert asyncio.run(go()) == [413, 204, 415, 204]
    assert world.alerts() == [WAR[1]]


def test_an_address_that_is_taken_is_told_at_the_start(world):
    async def go():
        with socket.create_server(("127.0.0.1", world.port)):
            async with world.running():
                pass

    with pytest.raises(PortTakenError, match=r"websub\.listen"):
        asyncio.run(go())


def test_without_a_callback_no_hub_is_asked(tmp_path, hub):
    world = World(tmp_path / "data", hub, callback="")

    async def go():
        async with world.running():
            await until(lambda: hub.asked["wire"])
            await asyncio.sleep(0.5)

    asyncio.run(go())
    assert hub.requests == []
    assert json.dumps(world.sums())
