"""Which day a text means, read on the day it was published."""

import itertools
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.tag.dates import Precision, dates
from processors.tag.tokens import sentences

THURSDAY = date(2024, 1, 18)


def read(text, reference=THURSDAY):
    return [found for sentence in sentences("text", text) for found in dates(sentence, reference)]


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("in Kerman on 3 January", date(2024, 1, 3)),
        ("the October 7, 2023 attacks", date(2023, 10, 7)),
        ("in Vienna on Nov 14", date(2023, 11, 14)),  # no year: the latest
        ("on Jan. 20", date(2024, 1, 20)),  # no year: soon to come
        ("released 2024-01-18", date(2024, 1, 18)),
        ("the 3rd of May", date(2023, 5, 3)),
        ("on Sunday night", date(2024, 1, 14)),
        ("Pakistan on Wednesday condemned", date(2024, 1, 17)),
        ("on Thursday", THURSDAY),  # the day of the report itself
        ("last Thursday", date(2024, 1, 11)),
        ("next Sunday", date(2024, 1, 21)),
        ("earlier today", THURSDAY),
        ("This morning Pakistan struck", THURSDAY),
        ("an attack overnight", THURSDAY),
        ("yesterday", date(2024, 1, 17)),
        ("A day before, Iran struck", date(2024, 1, 17)),
        ("two days ago", date(2024, 1, 16)),
    ],
)
def test_reads_the_day(text, on):
    assert [found.on for found in read(text)] == [on]


@pytest.mark.parametrize(
    ("text", "precision"),
    [("last month", Precision.MONTH), ("in March 2011", Precision.MONTH), ("in 2013", Precision.YEAR), ("last week", Precision.WEEK)],
)
def test_a_span_has_no_day(text, precision):
    assert [(found.on, found.precision) for found in read(text)] == [(None, precision)]


@pytest.mark.parametrize(
    "text", ["people may flee", "they march on", "31 February 2020, they said", "the sun rose", "12 people", "at 2024 metres"]
)
def test_words_that_are_no_dates(text):
    assert not any(found.on for found in read(text))


def test_an_old_date_is_background_and_a_recent_one_is_not():
    assert [found.is_background for found in read("since the October 7, 2023 attacks")] == [True]
    assert [found.is_background for found in read("the uprising that began in March 2011")] == [True]
    assert [found.is_background for found in read("on the anniversary of January 3")] == [True]
    assert [found.is_background for found in read("killed since Monday")] == [False]
    assert [found.is_background for found in read("on Monday")] == [False]


@given(st.text(max_size=300), st.dates())
def test_any_text_is_read_without_error_and_in_order(text, reference):
    for sentence in sentences("text", text):
        found = dates(sentence, reference)
        assert all(0 <= one.first <= one.last < len(sentence.tokens) for one in found)
        assert all(one.last < other.first for one, other in itertools.pairwise(found))


@given(
    st.lists(st.sampled_from("3 May Monday 2020 - 01 last month two days ago 9999 next Sunday , . since today".split()), max_size=30),
    st.dates(),
)
def test_any_heap_of_date_words_is_read_without_error(words, reference):
    read(" ".join(words), reference)
