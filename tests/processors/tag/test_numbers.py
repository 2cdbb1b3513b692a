"""What counts as a quantity, and how much it says."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.tag.numbers import quantities
from processors.tag.tokens import sentences


def read(text):
    return [(text[found.start : found.end], found.min, found.max) for sentence in sentences("text", text) for found in quantities(sentence)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # digits, grouped as English and as Indian English group them
        ("killed 12 people", [("12", 12, 12)]),
        ("more than 195,000 people", [("more than 195,000", 195_000, None)]),
        ("1,00,000 voters", [("1,00,000", 100_000, 100_000)]),
        ("1.2 million refugees and 3 lakh others", [("1.2 million", 1_200_000, 1_200_000), ("3 lakh", 300_000, 300_000)]),
        # words
        ("twenty-five soldiers", [("twenty-five", 25, 25)]),
        ("a hundred and five rebels", [("a hundred and five", 105, 105)]),
        ("two thousand three hundred men", [("two thousand three hundred", 2_300, 2_300)]),
        ("half a dozen men and two dozen women", [("half a dozen", 6, 6), ("two dozen", 24, 24)]),
        # plurals that say a size: at least two of their unit
        ("dozens of troops", [("dozens", 24, None)]),
        ("scores of rebels", [("scores", 40, None)]),
        ("hundreds of people", [("hundreds", 200, None)]),
        ("tens of thousands of people", [("tens of thousands", 20_000, None)]),
        ("several terrorists", [("several", 3, None)]),
        # bounds
        ("at least 95 people", [("at least 95", 95, None)]),
        ("up to 30 men", [("up to 30", 30, 30)]),
        ("about 40 men", [("about 40", 40, 40)]),
        ("20 or more men", [("20 or more", 20, None)]),
        # ranges
        ("between 20 and 30 people", [("between 20 and 30", 20, 30)]),
        ("20-30 people", [("20-30", 20, 30)]),
        ("20 to 30 people", [("20 to 30", 20, 30)]),
        ("300,000-350,000 people", [("300,000-350,000", 300_000, 350_000)]),
        ("two or three men", [("two or three", 2, 3)]),
        # a change is not a range
        ("rose from 11 to 15", [("11", 11, 11), ("15", 15, 15)]),
        # nobody
        ("no one was hurt", [("no one", 0, 0)]),
        ("none of them fell, and no soldier", [("none", 0, 0), ("no", 0, 0)]),
        ("two children and three others", [("two", 2, 2), ("three", 3, 3)]),
    ],
)
def test_reads_how_many(text, expected):
    assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "it cost $5 million and 40 percent",  # money, a share
        "a 16-year-old boy and a man aged 40",  # ages
        "on 5 May and on October 7, 2023",  # dates
        "since the 2023 attacks, in 2011",  # years
        "at 10:30 and at 5 pm",  # times of day
        "it lies 35 km off and took 3 days",  # distances, spans
        "Flight 17, F-16s, an AK-47 and the S-300",  # names
        "the 3rd and the first",  # ordinals
        "call 0044-20-7946-0958",  # a telephone number
        "no longer, no way",  # "no" that counts nothing
        "release 2011-08-S-042",  # a reference
    ],
)
def test_leaves_out_numbers_that_count_nothing(text):
    assert read(text) == []


def test_a_bare_year_counts_only_before_a_plural():
    assert read("some 2000 people fled") == [("some 2000", 2000, 2000)]
    assert read("in 2000 the war began") == []


@given(st.text(max_size=300))
def test_any_text_is_read_without_error_and_in_order(text):
    for sentence in sentences("text", text):
        found = quantities(sentence)
        assert all(0 <= one.first <= one.value <= one.last < len(sentence.tokens) for one in found)
        assert all(one.last < other.first for one, other in itertools.pairwise(found))
        assert all(one.min >= 0 and (one.max is None or one.max >= one.min) for one in found)


@pytest.mark.parametrize("piece", ["1 ", "12,", "million ", "one hundred and ", "dozens of ", "9" * 5000 + " ", "no ", "between 1 and "])
def test_ten_thousand_numbers_are_read(piece):
    read(piece * 10_000)
