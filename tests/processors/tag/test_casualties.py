"""Which tolls a sentence tells, with the words that say so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.tag.casualties import Scope, tolls
from processors.tag.tokens import sentences


def read(text):
    return [mention for sentence in sentences("text", text) for mention in tolls(sentence)]


def said(text):
    """The tolls of the text's own event, as (kind, min, max)."""
    return [(mention.kind, mention.min, mention.max) for mention in read(text) if mention.is_real and mention.scope is not Scope.BACKGROUND]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # active
        ("The raid killed 12 people.", [("killed", 12, 12)]),
        ("Air strikes on the town killed at least 95 people.", [("killed", 95, None)]),
        ("A bomb went off, killing 10 and injuring scores of people.", [("killed", 10, 10), ("injured", 40, None)]),
        ("Gunmen killed the mayor and his driver.", [("killed", 2, 2)]),
        ("Rebels shot dead a police officer.", [("killed", 1, 1)]),
        ("Militants abducted and later executed two teachers.", [("killed", 2, 2)]),
        ("They claimed to have killed 17 soldiers.", [("killed", 17, 17)]),
        # passive
        ("7 were killed.", [("killed", 7, 7)]),
        ("Two soldiers and three civilians were killed.", [("killed", 5, 5)]),
        ("Two policemen were killed and three others wounded.", [("killed", 2, 2), ("injured", 3, 3)]),
        ("A soldier patrolling with two medics was killed.", [("killed", 1, 1)]),
        ("One worker was kidnapped by unknown men and shot and killed.", [("captured", 1, 1), ("killed", 1, 1)]),
        ("Two nurses were ambushed on the road and killed.", [("killed", 2, 2)]),
        # headline
        ("Blast kills 12, wounds 30 in Kabul", [("killed", 12, 12), ("injured", 30, 30)]),
        ("Pak strikes hideouts, 7 killed", [("killed", 7, 7)]),
        ("12 dead, 30 wounded in blast", [("killed", 12, 12), ("injured", 30, 30)]),
        ("Taliban leader killed in raid", [("killed", 1, 1)]),
        # nominal
        ("The death toll rose to 95.", [("killed", 95, 95)]),
        ("It led to the deaths of two children and injuries to three others.", [("killed", 2, 2), ("injured", 3, 3)]),
        ("The attack claimed 11 lives.", [("killed", 11, 11)]),
        ("The shelling left five fighters of a rebel group dead.", [("killed", 5, 5)]),
        ("FATALITIES: 15", [("killed", 15, 15)]),
        # parts of a whole are not added
        ("Five people including two children were killed.", [("killed", 5, 5)]),
        ("Twelve people, two soldiers and ten civilians, were killed.", [("killed", 12, 12)]),
        ("An attack killed 12 people, five of them children.", [("killed", 12, 12)]),
        # nobody
        ("No one was killed.", [("killed", 0, 0)]),
        ("No casualties were reported.", [("killed", 0, 0)]),
    ],
)
def test_reads_the_toll(text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "The war has killed more than 195,000 people since it began in 2011.",  # a war's total
        "The city had a population of about 220,000.",  # people nobody harmed
        "Twelve aircraft dropped 20 bombs.",  # no people
        "They threatened to kill 5 hostages.",  # not done
        "The mine could have killed dozens.",  # not done
        "The drought killed 200 cows.",  # no people
        "The soldiers killed time in the mess.",
        "Thousands protested against the murder of a student.",  # an earlier death
        "It was unknown how many jihadists were killed.",
        "An ambulance rushed 12 people to hospital.",
    ],
)
def test_what_is_no_toll_of_this_event(text):
    assert [toll for toll in said(text) if toll[0] == "killed"] == []


def test_words_of_a_toll_stand_where_it_says():
    text = "In Kabul, two soldiers and three civilians were killed on Monday."
    (mention,) = read(text)
    assert text[mention.start : mention.end] == "two soldiers and three civilians were killed"


@given(st.text(max_size=300))
def test_any_text_is_read_without_error(text):
    read(text)


_WORDS = "killed was were two 12 soldiers a soldier and , including ( ) by in dead death toll to 95 others no one of them bodies found left who Ali Khan Kabul"


@given(st.lists(st.sampled_from(_WORDS.split()), max_size=60))
def test_a_number_rests_on_its_words(words):
    text = " ".join(words)
    for mention in read(text):
        assert 0 <= mention.start < mention.end <= len(text)
        assert mention.max is None or mention.min <= mention.max


@pytest.mark.parametrize("piece", ["killed 5 and ", "two soldiers, ", "was killed ", "no one ", "Khan ", "(2 ", "death toll "])
def test_ten_thousand_tolls_are_read(piece):
    read(piece * 10_000)
