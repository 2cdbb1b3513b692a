"""What an item says of one act in several sentences is one event, and the days of other acts stay theirs."""

from datetime import UTC, date, datetime

import pytest

from processors.tag import Tagger
from processors.tag.drafts import MOST_ACTS, MOST_EVIDENCE
from tests.values import item

TAGGER = Tagger()
THURSDAY = datetime(2024, 3, 14, 12, tzinfo=UTC)


def events(text, title=""):
    return TAGGER.tag(item("i", title=title, text=text, published=THURSDAY, fetched=THURSDAY))


def force(text):
    return [event for event in events(text) if event.type == "ASSAULT"]


def test_the_day_of_a_clause_beside_the_act_is_not_the_acts():
    strike, *_ = force(
        "Turkish air strikes on the town of Mosul killed at least 14 people as a delegation prepared for talks with Russia today. "
        "The bombing on Tuesday was the deadliest by Turkey this year."
    )
    assert strike.on == date(2024, 3, 12)


def test_one_sentence_names_who_was_hit_and_another_the_ground_and_the_day():
    (strike, *_) = force("Turkey has hit back with air strikes against the PKK. Turkey conducted new air strikes in Mosul on Tuesday.")
    assert (strike.actor.id, strike.target.id, strike.place.name, strike.on) == ("TUR", "PKK", "Mosul", date(2024, 3, 12))


@pytest.mark.parametrize("text", ["Iran bombs Iraq. ", "12 killed, ", "Iran bombs Iraq and "])
def test_a_text_that_repeats_itself_stays_within_bounds(text):
    told = events(text * (16_384 // len(text)), title="Iran bombs Iraq")
    assert len(told) <= MOST_ACTS
    assert all(len(event.evidence) <= 2 * MOST_EVIDENCE for event in told)
