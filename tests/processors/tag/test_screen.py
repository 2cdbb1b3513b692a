"""The screen stops no sentence in which an act would be found."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

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


def test_it_stops_plain_text() -> None:
    assert not SCREEN.may_tell(["the", "cat", "sat", "on", "the", "mat", "."])
