"""The map from names to rows does what a dict does."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.deduplicate.names import Names

# Few upper bits, so that names crowd into the same homes; the lower ones are not looked at.
crowded = st.integers(1, 400).map(lambda upper: upper << 50 | 1 << 30)
steps = st.lists(st.tuples(st.sampled_from(["set", "drop", "get"]), crowded, st.integers(0, 50)), max_size=300)


@given(steps)
@settings(deadline=None)
def test_names_answers_as_a_dict_would(steps):
    names, model = Names(), {}
    for step, name, row in steps:
        if step == "set":
            names.set(name, row)
            model[name] = row
        elif step == "drop":
            names.drop(name, row)
            if model.get(name) == row:
                del model[name]
        assert names.get(name) == model.get(name)
    assert {name: names.get(name) for name in model} == model
    assert len(names) == len(model)


@given(st.integers(0, 2**32))
@settings(max_examples=5, deadline=None)
def test_thousands_of_names_are_all_found_after_growing_and_dropping(seed):
    chosen = [int(name) for name in np.random.default_rng(seed).integers(1 << 40, 1 << 63, 5_000)]
    names = Names()
    for row, name in enumerate(chosen):
        names.set(name, row)
    for row, name in enumerate(chosen[::2]):
        names.drop(name, 2 * row)
    assert [names.get(name) for name in chosen] == [row if row % 2 else None for row in range(len(chosen))]


@given(st.lists(crowded, max_size=200))
@settings(deadline=None)
def test_filled_at_once_is_as_set_one_by_one(chosen):
    at_once, one_by_one = Names(), Names()
    at_once.fill(np.array(chosen, np.uint64), np.arange(len(chosen), dtype=np.uint64))
    for row, name in enumerate(chosen):
        one_by_one.set(name, row)
    assert [at_once.get(name) for name in chosen] == [one_by_one.get(name) for name in chosen]
    assert len(at_once) == len(one_by_one)
