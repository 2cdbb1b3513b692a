"""Where it happened: which names are places, which of several is meant, and what is only a dateline."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.tag import gazetteer
from processors.tag.gazetteer import plain
from processors.tag.names import NamesError, load
from processors.tag.places import PlaceFinder, PlaceKind, PlaceMention
from processors.tag.tokens import sentences

GAZETTEER = gazetteer.load()
FINDER = PlaceFinder(load(), lambda: GAZETTEER)


def places(text: str, near: frozenset[str] = frozenset()) -> list[PlaceMention]:
    return [mention for sentence in sentences("text", text) for mention in FINDER.find(sentence, near)]


@pytest.mark.parametrize(
    ("text", "name", "country"),
    [
        # a city, in the spelling of the news and in the gazetteer's
        ("Raids on Raqa in the night", "Raqqa", "SYR"),
        ("Rockets fell on Kiev", "Kyiv", "UKR"),
        ("A blast in the south-eastern city of Kerman", "Kerman", "IRN"),
        ("Shells hit Deir al-Zor", "Deir ez-Zor", "SYR"),
        # provinces and regions, each in its country
        ("Strikes in Siestan-o-Baluchistan province", "Sistan-Baluchestan", "IRN"),
        ("Strikes in the Pakistani province of Balochistan", "Balochistan", "PAK"),
        ("Shots across the Line of Control", "Line of Control", "IND"),
        ("Fighting in Donbass", "Donbas", "UKR"),
        ("Rockets from Gaza", "Gaza", "PSE"),
        # a town behind the name of its country
        ("Tanks left Georgia's Gori", "Gori", "GEO"),
        # a place no gazetteer lists, by the words before it
        ("Gunmen stormed the Malian town of Konna", "Konna", "MLI"),
        ("A raid on the South Sudanese village of Old Fangak", "Old Fangak", "SSD"),
        ("A raid on the village of Zorblax", "Zorblax", None),
        # the sea has no country
        ("A tanker seized in the Strait of Hormuz", "Strait of Hormuz", None),
        # a comma tells which of several is meant
        ("A fire in Paris, Texas", "Paris", "USA"),
        ("A fire in Athens, Georgia", "Athens", "USA"),
        ("A fire in Birmingham, AL", "Birmingham", "USA"),
        ("A fire in Zorblaxville, Ohio", "Ohio", "USA"),
        # ... but not the country of those who say it
        ("A fire in Isfahan, U.S. officials say", "Isfahan", "IRN"),
    ],
)
def test_a_place_is_found_by_any_of_its_names(text, name, country):
    found = [(m.place.name, m.place.country) for m in places(text)]
    assert (name, country) in found


def test_a_place_has_coordinates_in_degrees():
    (paris,) = places("A blast in Paris")
    assert (round(paris.place.lat), round(paris.place.lon)) == (49, 2)


def test_a_country_has_no_point():
    (iran,) = places("A blast in Iran")
    assert (iran.kind, iran.place.lat) == (PlaceKind.COUNTRY, None)


@pytest.mark.parametrize(
    ("near", "country"),
    [(frozenset(), "PSE"), (frozenset({"EGY"}), "PSE")],
)
def test_our_own_table_comes_before_the_gazetteer(near, country):
    assert places("Trucks wait in Rafah", near)[0].place.country == country


def test_of_several_places_the_one_in_a_country_that_is_spoken_of_is_meant():
    assert places("A blast in Tripoli")[0].place.country == "LBY"
    assert places("A blast in Tripoli", frozenset({"LBN"}))[0].place.country == "LBN"
    assert places("The Lebanese army went to a blast in Tripoli")[0].place.country == "LBN"


@pytest.mark.parametrize(
    "text",
    [
        "KABUL (Reuters) - Nobody came.",
        "KABUL, Nov 3 - Nobody came.",
        "Kabul: nobody came.",
        "TEL AVIV-- Nobody came.",
    ],
)
def test_a_dateline_is_not_where_it_happened(text):
    assert [m.kind for m in places(text)] == [PlaceKind.DATELINE]


def test_a_headline_that_opens_with_a_place_is_no_dateline():
    assert places("Kabul bombing kills nine")[0].kind is PlaceKind.CITY


@pytest.mark.parametrize(
    "text",
    [
        "Mobile phones and Police cars",
        "Nice work",
        "In March nobody came",
        "The New York Times said no",
        "Michael Jordan spoke",
        "Francisco Santiago spoke",
        "Most people came",
        "they live in peace",
    ],
)
def test_a_word_that_is_a_town_too_is_no_place_without_context(text):
    assert places(text) == []


def test_what_a_preposition_leads_is_a_site():
    assert [(m.place.name, m.after, m.is_site) for m in places("Moscow sent tanks from Belgorod to fight in Kharkiv")] == [
        ("Moscow", "", False),
        ("Belgorod", "from", False),
        ("Kharkiv", "in", True),
    ]


@given(
    st.text(max_size=200)
    | st.lists(st.sampled_from("Paris , Texas in the - St . Gaza Kabul ( Reuters ) of Jordan New York".split())).map(" ".join)
)
def test_any_sentence_is_read_and_offsets_are_those_of_the_text(text):
    for sentence in sentences("text", text):
        for mention in FINDER.find(sentence):
            assert mention.start == sentence.tokens[mention.first].start
            assert mention.end == sentence.tokens[mention.last].end


def test_the_gazetteer_is_read_when_the_first_sentence_asks():
    asked = []
    finder = PlaceFinder(load(), lambda: asked.append(1) or GAZETTEER)
    assert asked == []
    (sentence,) = sentences("text", "A blast in Paris")
    finder.find(sentence)
    finder.find(sentence)
    assert asked == [1]


def test_every_shipped_region_lies_on_the_globe():
    assert all(-90 <= spot.lat <= 90 and -180 <= spot.lon <= 180 for spots in GAZETTEER.values() for spot in spots)


def test_a_line_without_numbers_is_refused(tmp_path):
    (tmp_path / "places.tsv").write_text("region\tNOR\tnorth\t3\tZorblax\n")
    with pytest.raises(NamesError, match="line 1: lat and lon"):
        gazetteer.load(tmp_path)


@pytest.mark.parametrize(("name", "key"), [("Khān Yūnis", "khan yunis"), ("Sana'a", "sanaa"), ("St. Petersburg", "st petersburg")])
def test_names_are_compared_without_marks(name, key):
    assert plain(name) == key


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Jets bombed a market in Mekelle", "Mekelle"),
        ("Fighting near Dohuk", "Dohuk"),
        ("SHELLS FELL NEAR KHARKIV", "Kharkiv"),
        ("Shots across the LoC", "Line of Control"),
        ("Raids on Raqa", "Raqqa"),
    ],
    ids=["not Mek'ele", "not Dihok", "capitals say nothing", "no abbreviation", "our own table's"],
)
def test_a_place_is_told_by_the_name_its_readers_know(text, name):
    (found,) = places(text)
    assert found.place.name == name
    assert found.place.lat is not None
