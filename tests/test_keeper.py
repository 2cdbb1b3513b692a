"""What is kept running gives way to another when the configuration is read anew, and only to one that is right and can start."""

from __future__ import annotations

import asyncio

import pytest

from tocsin.database import StoreError
from tocsin.keeper import Keeper
from tocsin.settings import ConfigError, Mistake, Settings


class Role:
    """Waits until it is let start, runs until it is stopped; one that cannot start says so."""

    def __init__(self, name, *, waits=False, fails=False):
        self.name, self._waits, self._fails = name, waits, fails
        self.started, self._stopping = asyncio.Event(), asyncio.Event()
        self.ended = False

    def stop(self):
        self._stopping.set()

    async def run(self):
        if self._fails:
            raise StoreError(f"{self.name} cannot start")
        if not self._waits:
            self.started.set()
        await self._stopping.wait()
        self.ended = True


def settings(name):
    return Settings(data_dir=name)


def play(story, roles, new=()):
    """Tell the story to a keeper whose first role is the one called `first`; who ran, one after the other."""
    ran, read = [], list(new)

    def make(told, metrics, progress):
        ran.append(roles(str(told.data_dir)))
        return ran[-1]

    def anew():
        if isinstance(told := read.pop(0), Exception):
            raise told
        return told

    async def go():
        keeper = Keeper(settings("first"), anew, lambda _: None, make=make, check=lambda _: None)
        running = asyncio.create_task(keeper.run())
        await asyncio.sleep(0.01)
        await story(keeper, ran)
        keeper.stop()
        async with asyncio.timeout(5):
            await running
        return keeper

    keeper = asyncio.run(go())
    assert all(role.ended for role in ran if not role._fails)
    return [role.name for role in ran], keeper.metrics.text().decode()


async def until(holds):
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 -- of whatever the story does
            await asyncio.sleep(0.01)


def test_another_takes_its_place_when_the_configuration_is_read_anew():
    async def story(keeper, ran):
        keeper.reload()
        await until(lambda: len(ran) == 2 and ran[1].started.is_set())

    ran, metrics = play(story, Role, [settings("second")])
    assert ran == ["first", "second"]
    assert "tocsin_config_last_reload_successful 1.0" in metrics


def test_one_that_is_wrong_changes_nothing_and_is_told(caplog):
    async def story(keeper, ran):
        keeper.reload()
        await until(lambda: "stays in force" in caplog.text)

    ran, metrics = play(story, Role, [ConfigError([Mistake("tocsin.toml:3", "feedz", "unknown key")])])
    assert ran == ["first"]
    assert "tocsin.toml:3: feedz: unknown key" in caplog.text
    assert "tocsin_config_last_reload_successful 0.0" in metrics


def test_one_that_cannot_start_gives_way_to_the_one_before(caplog):
    async def story(keeper, ran):
        keeper.reload()
        await until(lambda: len(ran) == 3 and ran[2].started.is_set())

    ran, _ = play(story, lambda name: Role(name, fails=name == "second"), [settings("second")])
    assert ran == ["first", "second", "first"]
    assert "second cannot start" in caplog.text


def test_one_that_waits_for_others_can_be_told_otherwise_and_to_end():
    async def story(keeper, ran):
        keeper.reload()
        await until(lambda: len(ran) == 2)

    assert play(story, lambda name: Role(name, waits=True), [settings("second")])[0] == ["first", "second"]


def test_one_that_was_refused_while_its_predecessor_waited_does_not_keep_it_from_starting(caplog):
    async def story(keeper, ran):
        keeper.reload()
        await until(lambda: "stays in force" in caplog.text)
        ran[0].started.set()
        await asyncio.sleep(0.05)
        keeper.reload()
        await until(lambda: len(ran) == 3)

    wrong = ConfigError([Mistake("tocsin.toml", "", "wrong")])
    roles = {"first": {"waits": True}, "second": {"fails": True}}
    ran, _ = play(story, lambda name: Role(name, **roles[name]), [wrong, settings("second")])
    assert ran == ["first", "second", "first"]


def test_the_first_that_cannot_start_is_an_error():
    async def story(keeper, ran):
        return

    with pytest.raises(StoreError, match="first cannot start"):
        play(story, lambda name: Role(name, fails=True))
