"""The screen stops no sentence in which an act would be found."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.tag.casualties import may_tell_toll, tolls
from processors.tag.lexicon import load
from processors.tag.reading import Reading
from processors.tag.screen import Screen
from processors.tag.statements import statements
from processors.tag.tokens import sentences
from tocsin.cli.score import read_gold, shipped

LEXICON = load()
SCREEN = Screen(LEXICON)
patterns = st.sampled_from(
    [pattern.source for index in (LEXICON.verb_acts, LEXICON.noun_acts) for found in index.values() for pattern in found]
)
words = st.one_of(
    patterns.map(lambda source: source.replace("|", " ").replace("_", " ").replace("@", "")),
    st.sampled_from("Iran must will not say says said , . the was by to envoy Kyiv US IS May - 's n't".split()),
)


def is_sound(text: str) -> bool:
    told = (sentence for sentence in sentences("text", text) if statements(Reading(sentence, LEXICON)))
    return all(SCREEN.may_tell(sentence.lower) for sentence in told)


@settings(max_examples=300, deadline=None)
@given(st.lists(words, max_size=25).map(" ".join))
def test_it_stops_no_act_of_made_up_text(text: str) -> None:
    assert is_sound(text)


def test_it_stops_no_act_of_the_gold_texts() -> None:
    assert all(is_sound(text) for row in read_gold(shipped()) for text in (row.item.title, row.item.summary, row.item.text))


fragments = st.one_of(
    words, st.sampled_from("don't won’t \u0345 İstanbul U.S. Iran’s 1,200 strike-hit they're dead , wounded 's under ' : _ \n".split(" "))
)


def is_sound_for_an_item(text: str) -> bool:
    distinct = frozenset(re.findall(r"\w+", text.casefold()))
    found = [sentence for sentence in sentences("text", text) if SCREEN.may_tell(sentence.lower)]
    harmed = [sentence for sentence in sentences("text", text) if tolls(sentence)]
    return (not found or SCREEN.may_tell_anywhere(distinct, text)) and (not harmed or may_tell_toll(distinct))


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(fragments, st.sampled_from(["", " ", ". "])), max_size=20).map(lambda parts: "".join(map("".join, parts))))
def test_an_item_is_not_stopped_where_one_of_its_sentences_is_let_through(text: str) -> None:
    assert is_sound_for_an_item(text)


def test_no_gold_text_is_stopped_as_an_item_where_one_of_its_sentences_is_let_through() -> None:
    assert all(is_sound_for_an_item(text) for row in read_gold(shipped()) for text in (row.item.title, row.item.summary, row.item.text))


@pytest.mark.parametrize(
    "text",
    [
        # "n't" is a token of its own, and what stands before it is a word no list of words has
        "Iran said they mustn't.",
        # a mark that casefolding makes a letter
        "strike\u0345",
        # an act that begins with a mark
        "It's under attack.",
    ],
)
def test_an_item_of_odd_words_is_let_through(text: str) -> None:
    assert is_sound_for_an_item(text)


def test_it_stops_plain_text() -> None:
    assert not SCREEN.may_tell(["the", "cat", "sat", "on", "the", "mat", "."])
    assert not SCREEN.may_tell_anywhere(frozenset({"the", "cat", "sat", "on", "mat"}), "The cat sat on the mat.")
