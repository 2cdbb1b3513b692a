"""What a sentence is about is told; what it only mentions beside it is not."""

from datetime import UTC, datetime

import pytest

from processors.tag import Tagger
from tocsin.model import NewsItem

TAGGER = Tagger()


def item(text):
    return NewsItem(id="item", feed="test", fetched=datetime(2024, 5, 15, 12, tzinfo=UTC), text=text)


def types(text):
    return {str(event.type) for event in TAGGER.tag(item(text))}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        # A participle behind its noun is no verb of the sentence.
        ("Rwandan rebels announced they will return trucks and radios seized last year from Ugandan peacekeepers.", {"AGREE"}),
        # A clause without "that" behind a noun hangs on the noun.
        ("Peruvian police arrested a Chilean banker they say threatened the finance minister.", {"COERCE"}),
        # Force in the background of another act.
        ("Norwegian doctors suspended aid in Malakal on Friday after fighters of the White Army attacked their clinic.", {"SANCTION"}),
        # What a subordinate clause asks for is not what the sentence is about, even behind a word of saying.
        (
            "Al-Shabab fighters stormed a Kenyan army base on Sunday, officers told reporters, a day after Nairobi urged calm.",
            {"ASSAULT"},
        ),
        # A verb that has found its object governs nothing behind it.
        ("Jakarta students staged a protest in the capital to demand talks with the army.", {"PROTEST"}),
        ("Canada imposed sanctions on Belarus over its crackdown on dissent.", {"COERCE"}),
        # "had" makes a tense and no talks.
        ("Ethiopia had halted the talks with Eritrea.", {"SANCTION"}),
        # Two verbs share one "to".
        ("Rebels in Mindanao agreed to lay down their arms and join forces with the police.", {"AGREE"}),
        # What somebody says another must do is asked, whatever it is.
        ("Brazil declared that Paraguay must drop its claim to the dam.", {"REQUEST"}),
        # The "to" of a headline is what is to come.
        ("Latvia to expel Belarusian envoys", {"THREATEN"}),
        # A noun that only says of which kind the next one is.
        ("Protest leaders met the raid victims.", {"CONSULT"}),
        # Two acts set side by side are two.
        ("Bolivia expelled the Peruvian ambassador and closed its border with Peru.", {"SANCTION", "COERCE"}),
        # Force that is mentioned with its dead is told beside the call it led to.
        ("Jordan condemned Israeli strikes that killed 14 people in Jenin.", {"ACCUSE", "ASSAULT"}),
    ],
)
def test_a_sentence_tells_what_it_is_about(text, told):
    assert types(text) == told


def test_the_dead_of_an_earlier_act_are_not_those_of_the_act_told():
    (strike,) = TAGGER.tag(item("Indian jets bombed a camp near Balakot after the suicide bombing that killed 40 policemen in Pulwama."))
    assert strike.casualties == ()
