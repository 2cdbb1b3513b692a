"""Another language through the same rules: what is told, in the words of the item."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.tag import Tagger, label
from processors.tag.glossary import load
from processors.tag.names import NamesError
from processors.tag.tokens import sentences
from tocsin.model import EscalationEvent, NewsItem

TAGGER = Tagger()
SPANISH = load("es")


def tagged(text: str) -> list[EscalationEvent]:
    return TAGGER.tag(NewsItem(id="1", feed="f", fetched=datetime(2024, 5, 1, tzinfo=UTC), text=text))


@pytest.mark.parametrize(
    ("text", "actor", "kind", "target", "killed"),
    [
        # a verb with its personal "a"; the toll stands where it is said
        ("El ejército colombiano mató a tres guerrilleros del ELN en la selva de Arauca.", "COL", "ASSAULT", "COL", 3),
        # present tense of a headline
        ("Turquía bombardea las posiciones de Hezbolá en el norte de Siria.", "TUR", "ASSAULT", "LBN", None),
        # an adjective of nationality behind its noun, in lower case
        ("Francia expulsa a dos diplomáticos rusos por espionaje y la medida se anunció el lunes.", "FRA", "SANCTION", "RUS", None),
        # a threat, with an infinitive behind "con"
        ("Irán amenaza con atacar Israel por la muerte de un general en la capital.", "IRN", "THREATEN", "ISR", None),
        # the future, by its ending
        ("Irán atacará las bases de Turquía en el norte de la isla.", "IRN", "THREATEN", "TUR", None),
        # an adjective behind its noun; points between thousands
        ("Los bombardeos israelíes en la ciudad de Gaza dejaron 1.200 muertos.", "ISR", "ASSAULT", "PSE", 1200),
        # an accent tells the verb from the noun
        ("Turquía bombardeó las posiciones de Siria en el norte.", "TUR", "ASSAULT", "SYR", None),
        # a verb before its subject
        ("Murieron doce personas en un ataque de Boko Haram en el norte de Nigeria.", "NGA", "ASSAULT", "NGA", 12),
        # a headline almost without little words
        ("Rusia expulsó a tres diplomáticos polacos", "RUS", "SANCTION", "POL", None),
        # several words for one, one for several
        ("La ONU condenó el golpe de Estado en la capital de Sudán.", "UN", "ACCUSE", "SDN", None),
        ("Hamás liberó a tres rehenes israelíes en la Franja de Gaza.", "PSE", "RETREAT", "ISR", None),
    ],
)
def test_an_act_is_told_in_spanish(text, actor, kind, target, killed):
    told = [(e.actor and (e.actor.country or e.actor.id), str(e.type), e.target and e.target.country) for e in tagged(text)]
    assert (actor, kind, target) in told
    assert killed is None or killed in [toll.min for event in tagged(text) for toll in event.casualties]


@pytest.mark.parametrize(
    "text",
    [
        "El precio de la vivienda sube en las grandes ciudades de España por la falta de oferta.",
        "El equipo ganó en el campo del rival con un gol en la segunda parte.",
        "La guerra de precios entre los supermercados de la ciudad llega a los consumidores.",
    ],
)
def test_other_news_in_spanish_is_none(text):
    assert label(tagged(text)) == "none"


def test_quotes_are_the_words_of_the_item():
    text = "El ejército colombiano mató a tres guerrilleros del ELN en la selva de Arauca."
    for event in tagged(text):
        assert all(text[evidence.start : evidence.end] == evidence.quote for evidence in event.evidence)


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("el gobierno de la isla rechazó la propuesta", True),
        ("the government of the island rejected the proposal", False),
        ("rusia expulsó a tres diplomáticos polacos", True),
        ("são paulo police arrest three men", False),
        ("los angeles police arrested a man in the city of la mesa on friday", False),
        ("", False),
    ],
)
def test_a_language_is_known_by_its_little_words(text, spoken):
    assert SPANISH.is_spoken(text) is spoken


def test_an_unknown_word_is_not_taken_for_an_english_one():
    (sentence,) = sentences("text", "come pan")
    assert [token.lower for token in SPANISH.read(sentence).tokens] != ["come", "pan"]


@given(
    st.text(max_size=200)
    | st.lists(st.sampled_from("el de la atacó a tres Rusia alto fuego ONU al , . 12 Estados Unidos".split())).map(" ".join)
)
def test_reading_keeps_every_character_of_every_word_in_its_place(text):
    for sentence in sentences("text", text):
        read = SPANISH.read(sentence)
        assert (read.start, read.end) == (sentence.start, sentence.end)
        for one, other in zip(read.tokens, read.tokens[1:], strict=False):
            assert one.end <= other.start or (one.start, one.end) == (other.start, other.end)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("noun\twar\tguerra", 'kind "noun" is not known'),
        ("verb\tkill|kills\tmatar", "needs five forms"),
        ("verb\ta|b|c|d|e\tguerra", "infinitive"),
    ],
)
def test_a_wrong_line_is_refused_with_its_number(tmp_path, line, says):
    (tmp_path / "es").mkdir()
    (tmp_path / "es" / "glossary.tsv").write_text(line)
    with pytest.raises(NamesError, match=f"line 1: .*{says}"):
        load("es", tmp_path)
