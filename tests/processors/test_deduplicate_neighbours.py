"""Rows that share keys are found, the most shared first, for as long as they are young enough."""

from __future__ import annotations

import numpy as np

from processors.deduplicate.names import ROWS
from processors.deduplicate.neighbours import Neighbours


def keys(*numbers):
    """Keys that fall into buckets far apart."""
    return (np.array(numbers, np.uint64) * 0x9E3779B1 % 2**32).astype(np.uint32)


def test_the_most_shared_comes_first_then_the_oldest():
    neighbours = Neighbours()
    neighbours.add(keys(1, 2), 1)
    neighbours.add(keys(1, 2, 3), 2)
    neighbours.add(keys(1, 2), 3)
    assert neighbours.find(keys(1, 2, 3), newest=3, oldest=1) == [2, 1, 3]
    assert neighbours.find(keys(1, 2, 3), newest=3, oldest=2) == [2, 3]
    assert neighbours.find(keys(7), newest=3, oldest=1) == []


def test_of_many_keys_one_in_common_is_chance():
    neighbours = Neighbours()
    neighbours.add(keys(*range(1, 21)), 1)
    assert neighbours.find(keys(1, *range(101, 120)), newest=1, oldest=1) == []
    assert neighbours.find(keys(1, 2, *range(101, 120)), newest=1, oldest=1) == [1]


def test_a_key_of_the_day_keeps_its_youngest_rows():
    neighbours = Neighbours()
    for row in range(1, 101):
        neighbours.add(keys(5), row)
    assert neighbours.find(keys(5), newest=100, oldest=1) == list(range(93, 101))


def test_growing_loses_none_of_the_younger_rows():
    """Those that saw the table double several times may lose keys to the copies of their elders."""
    every = np.random.default_rng(2).integers(0, 2**32, (20_001, 12)).astype(np.uint32)
    neighbours = Neighbours()
    for row in range(1, 20_001):
        neighbours.add(every[row], row)
    found = [row in neighbours.find(every[row], newest=20_000, oldest=1) for row in range(1, 20_001)]
    assert sum(found[5_000:]) > 0.999 * 15_000
    assert sum(found[:5_000]) > 0.7 * 5_000


def test_numbers_go_round():
    neighbours = Neighbours()
    neighbours.add(keys(1, 2), ROWS - 1)
    neighbours.add(keys(1, 2), ROWS + 1)
    assert neighbours.find(keys(1, 2), newest=ROWS + 1, oldest=ROWS - 5) == [ROWS - 1, ROWS + 1]


def test_filled_at_once_is_as_added_one_by_one():
    at_once, one_by_one = Neighbours(), Neighbours()
    rows = np.repeat(np.arange(1, 501, dtype=np.uint32), 4)
    every = keys(*np.random.default_rng(1).integers(0, 300, len(rows)).tolist())
    at_once.fill(every, rows)
    for row in range(1, 501):
        one_by_one.add(every[rows == row], row)
    for asked in range(0, 300, 2):
        pair = keys(asked, asked + 1)
        assert at_once.find(pair, newest=500, oldest=480) == one_by_one.find(pair, newest=500, oldest=480)
