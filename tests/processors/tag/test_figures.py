"""Words of force that are no force: nobody acts, nothing that can be hurt suffers, or the words are an idiom."""

import pytest

from processors.tag import Tagger
from processors.tag.figures import head_of
from tests.values import item
from tocsin.model import Actor, EventType

TAGGER = Tagger()


def acts_of_force(text: str) -> list[str]:
    force = {EventType.ASSAULT, EventType.COERCE, EventType.MOBILIZE}
    return [event.rule for event in TAGGER.tag(item(text=text)) if event.type in force]


@pytest.mark.parametrize(
    "text",
    [
        # nature, beasts and things
        "A typhoon struck the Philippines and killed six people in Samar.",
        "Wolves attacked a flock near Kandahar on Monday.",
        "A tram hit two people in Istanbul and killed one.",
        # what can be attacked in words only
        "Israel attacked the budget of the United Nations.",
        "France destroyed the myth that Germany cannot lose.",
        # what one verb follows at once is of its object
        "Pakistan released captured Indian soldiers on Friday.",
        # idioms
        "Iraq and Jordan struck a new trade deal in Amman.",
        "Syria's army hit a record low in recruits.",
        "Envoys from Egypt bombarded the minister with complaints.",
        "The president of Ukraine suffered a heart attack.",
        "Russia and Turkey fear a price war over gas.",
        "Turkish police mobilised volunteers for the search.",
    ],
)
def test_a_figure_of_speech_is_no_force(text):
    assert acts_of_force(text) == []


@pytest.mark.parametrize(
    "text",
    [
        # the same words, meant
        "Israel struck Gaza on Friday despite a deal on a truce.",
        "A typhoon hit Manila as Abu Sayyaf gunmen attacked an army post on Jolo.",
        "Ukrainian forces hit a Russian army truck near Kherson.",
        "Rebels attacked the army's positions near Goma.",
        "A suicide car bombing killed seven people at a checkpoint in Mogadishu.",
        "Soldiers killed six people at the market in Konna.",
        "Russia mobilised 300,000 reservists.",
    ],
)
def test_force_beside_such_words_is_force(text):
    assert acts_of_force(text)


@pytest.mark.parametrize(
    ("phrase", "head"),
    [
        ("A powerful earthquake", "earthquake"),
        ("the government's record on housing", "record"),
        ("Army of Islam", "army"),
        ("of", "of"),
        ("", ""),
    ],
)
def test_the_head_of_a_phrase_is_its_last_word_before_a_preposition(phrase, head):
    assert head_of(Actor(text=phrase)) == head
