"""What a segment remembers is kept whole or not at all, with how far it has come, and by one worker at a time."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.state import Mirror, SegmentState, StateMovedError, connect
from tocsin.wire import dump

pytestmark = [pytest.mark.service, pytest.mark.xdist_group("kafka")]


@dataclass(frozen=True)
class Row:
    n: int


@pytest.fixture
def run(redis_url):
    """Runs a coroutine with states of one name, as several workers would open it."""
    name = uuid.uuid4().hex

    def run(story):
        async def told():
            clients = []

            async def opened():
                clients.append(connect(redis_url))
                state = SegmentState(clients[-1], name, {"rows": Row})
                await state.load()
                return state

            try:
                return await story(opened)
            finally:
                for client in clients:
                    await client.aclose()

        return asyncio.run(told())

    return run


def test_what_was_kept_is_read_by_the_next(run):
    async def story(opened):
        state = await opened()
        state.tables["rows"]["a"], state.tables["rows"]["b"] = Row(1), Row(2)
        await state.commit({"following": 3})
        del state.tables["rows"]["a"]
        await state.commit({"following": 4})
        after = await opened()
        return dict(after.tables["rows"]), after.progress

    assert run(story) == ({"b": Row(2)}, {"following": 4})


def test_what_was_not_committed_is_gone_with_its_worker(run):
    async def story(opened):
        state = await opened()
        state.tables["rows"]["a"] = Row(1)
        return dict((await opened()).tables["rows"])

    assert run(story) == {}


def test_a_worker_that_was_thought_dead_cannot_write_over_its_successor(run):
    async def story(opened):
        zombie, successor = await opened(), await opened()
        successor.tables["rows"]["a"] = Row(1)
        await successor.commit({"following": 9})
        zombie.tables["rows"]["a"] = Row(7)
        with pytest.raises(StateMovedError):
            await zombie.commit({"following": 5})
        assert await zombie.load()
        return dict(zombie.tables["rows"]), zombie.progress

    assert run(story) == ({"a": Row(1)}, {"following": 9})


def test_a_commit_whose_answer_was_lost_may_be_made_again(run):
    async def story(opened):
        state = await opened()
        await state.commit({"following": 2})
        state._version -= 1  # as if the answer had not come
        await state.commit({"following": 2})
        await state.commit({"following": 3})
        return (await opened()).progress

    assert run(story) == {"following": 3}


def test_what_is_in_memory_already_is_not_read_again(run):
    async def story(opened):
        state = await opened()
        await state.commit({"following": 2})
        unchanged = await state.load()
        state.tables["rows"]["a"] = Row(1)
        return unchanged, await state.load(), dict(state.tables["rows"])

    assert run(story) == (False, True, {})


def test_what_was_kept_is_not_written_or_read_once_more(run):
    async def story(opened):
        state = await opened()
        state.tables["rows"]["a"] = Row(1)
        await state.commit({"following": 2})
        return state.tables["rows"].changes(), await state.load()

    assert run(story) == ({}, False)


def test_of_two_that_keep_at_the_same_moment_only_one_does(run):
    async def story(opened):
        outcomes = []
        for n in range(5):
            both = [await opened(), await opened()]
            for one, state in enumerate(both):
                state.tables["rows"]["a"] = Row(one)
            told = await asyncio.gather(
                *(state.commit({"following": 10 * n + one}) for one, state in enumerate(both)), return_exceptions=True
            )
            outcomes.append(sorted(type(each).__name__ for each in told))
            kept = await opened()
            assert kept.tables["rows"]["a"].n == kept.progress["following"] % 10
        return outcomes

    assert run(story) == [["NoneType", "StateMovedError"]] * 5


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.one_of(st.none(), st.integers(0, 9)), st.booleans())))
def test_a_mirror_is_a_mapping(steps):
    kept = {"a": dump(Row(0)), "b": dump(Row(1))}
    mirror, model = Mirror(Row, dict(kept)), {"a": Row(0), "b": Row(1)}
    for key, value, settle in steps:
        if value is not None:
            mirror[key] = model[key] = Row(value)
        else:
            assert mirror.pop(key, None) == model.pop(key, None)
        if settle:
            mirror.settle(mirror.changes())
        assert dict(mirror) == model
        assert (len(mirror), key in mirror) == (len(model), key in model)
