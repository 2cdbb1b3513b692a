"""What Faust waits for is what it was, only without tasks where nothing has to be waited for."""

from __future__ import annotations

import asyncio

import pytest

pytest.importorskip("faust")

from mode import Service

from processors.worker.quick import quick


async def ran(first, other, *, then=lambda: None):
    """What `quick` answers, and what it has become of the two."""
    service = Service()
    asyncio.get_running_loop().call_later(0.01, then)
    return await asyncio.wait_for(quick(service.wait_first)(first, other), 5)


def test_what_can_be_done_at_once_is_done_and_makes_no_task():
    async def scenario():
        done, before = [], asyncio.all_tasks()

        async def at_once():
            async with asyncio.Lock():
                done.append(asyncio.all_tasks() == before)

        other = asyncio.Event().wait()
        assert await quick(Service().wait_first)(at_once(), other) is None
        assert done == [True]
        assert other.cr_frame is None  # closed

    asyncio.run(scenario())


def test_what_must_wait_goes_on_where_it_waits_and_ends_once():
    async def scenario():
        steps, room, more = [], asyncio.Event(), asyncio.Event()

        async def waits_twice():
            steps.append("begun")
            await room.wait()
            steps.append("room")
            await asyncio.sleep(0)
            more.set()
            steps.append("done")

        await ran(waits_twice(), asyncio.Event().wait(), then=room.set)
        assert steps == ["begun", "room", "done"]
        assert more.is_set()

    asyncio.run(scenario())


def test_what_waits_is_cancelled_where_it_waits_when_the_other_comes_first():
    async def scenario():
        steps, stop = [], asyncio.Event()

        async def for_ever():
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                steps.append("cancelled")
                raise

        await ran(for_ever(), stop.wait(), then=stop.set)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert steps == ["cancelled"]

    asyncio.run(scenario())


@pytest.mark.parametrize("waits", [False, True])
def test_what_it_raises_comes_through(waits):
    async def scenario():
        async def fails():
            if waits:
                await asyncio.sleep(0)
            raise KeyError("tp")

        with pytest.raises(KeyError):
            await ran(fails(), asyncio.Event().wait())

    asyncio.run(scenario())
