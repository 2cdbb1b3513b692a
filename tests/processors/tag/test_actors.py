"""Who is named in a sentence, as which phrase, and who that is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.tag.actors import ActorFinder, ActorKind, ActorMention
from processors.tag.names import Entry, Names, NamesError, fold, load
from processors.tag.phrases import PhraseWords
from processors.tag.tokens import sentences

WORDS = PhraseWords(
    closed=frozenset(
        "in on at by with from to against for after and or but that who he it is was has have be will not as over of into".split()
    ),
    verbs=frozenset("said killed struck met bombed visited rejected told recalled fired".split()),
    doubtful=frozenset("says vows visits reports warns strikes attacks".split()),
)
FINDER = ActorFinder(load(), WORDS)


def mentions(text: str, *acts: str) -> list[ActorMention]:
    found = []
    for sentence in sentences("text", text):
        triggers = {at for at, token in enumerate(sentence.tokens) if token.lower in acts}
        found.extend(FINDER.find(sentence, triggers))
    return found


def known(text: str, *acts: str) -> list[tuple[str, str | None, str | None, str | None]]:
    return [(m.actor.text, m.actor.id, m.actor.country, m.actor.sector) for m in mentions(text, *acts) if m.is_known]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # a country by name, by abbreviation, by its capital
        ("Norway protested.", ("Norway", "NOR", "NOR", "GOV")),
        ("The U.S. protested.", ("U.S.", "USA", "USA", "GOV")),
        ("Pak said no.", ("Pak", "PAK", "PAK", "GOV")),
        ("Islamabad said no.", ("Islamabad", "PAK", "PAK", "GOV")),
        ("The Kremlin said no.", ("Kremlin", "RUS", "RUS", "GOV")),
        # everything in one noun phrase speaks for one actor
        ("French Foreign Minister Laurent Fabius said no.", ("French Foreign Minister Laurent Fabius", "FRA", "FRA", "GOV")),
        ("President Bashar al-Assad's air force struck.", ("President Bashar al-Assad's air force", "SYR", "SYR", "MIL")),
        ("Iran's Revolutionary Guards said no.", ("Iran's Revolutionary Guards", "IRN", "IRN", "MIL")),
        ("Key ally Russia said no.", ("Key ally Russia", "RUS", "RUS", "GOV")),
        # a group has its own id, and its home where it has one
        ("Hamas said no.", ("Hamas", "HAMAS", "PSE", "REB")),
        ("Hezbollah's leader said no.", ("Hezbollah's leader", "HEZBOLLAH", "LBN", "REB")),
        ("Isis-K, the Afghan branch of Islamic State, said no.", ("Isis-K, the Afghan branch of Islamic State", "IS", "AFG", "REB")),
        ("The Islamic State (IS) said no.", ("Islamic State (IS)", "IS", None, "REB")),
        ("Jaish ul-Adl said no.", ("Jaish ul-Adl", "JAISH AL-ADL", "IRN", "REB")),
        # a generic side takes its country from a word beside it, from "of", or has none
        ("Syrian rebels said no.", ("Syrian rebels", None, "SYR", "REB")),
        ("The president of France said no.", ("president of France", "FRA", "FRA", "GOV")),
        ("Dozens of Syrian rebels said no.", ("Dozens of Syrian rebels", None, "SYR", "REB")),
        ("Gunmen said no.", ("Gunmen", None, None, "UAF")),
        ("Israeli settlers said no.", ("Israeli settlers", None, "ISR", "SET")),
        # who backs a side is not who it is; who leads it is
        ("Iran-backed militia said no.", ("Iran-backed militia", None, None, "UAF")),
        ("Anti-government protesters said no.", ("Anti-government protesters", None, None, "OPP")),
        ("The Saudi-led alliance said no.", ("Saudi-led alliance", None, "SAU", "IGO")),
        # diacritics and spellings
        ("Recep Tayyip Erdoğan said no.", ("Recep Tayyip Erdoğan", "TUR", "TUR", "GOV")),
        ("Volodymyr Zelenskyy said no.", ("Volodymyr Zelenskyy", "UKR", "UKR", "GOV")),
        # an adjective of nationality beats a surname that somebody else made known
        ("Croatian President Castro said no.", ("Croatian President Castro", "HRV", "HRV", "GOV")),
        ("U.N. peacekeepers said no.", ("U.N. peacekeepers", "UN", None, "MIL")),
    ],
)
def test_a_noun_phrase_is_one_actor(text, expected):
    assert known(text)[0] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Russia and China said no.", ["RUS", "CHN"]),
        ("Pakistan-Iran relations", ["PAK", "IRN"]),
        ("Israeli-Palestinian talks", ["ISR", "PSE"]),
        ("The Afghan government and security forces said no.", ["AFG", "AFG"]),
        ("Police in Nigeria said no.", ["NGA", "NGA"]),
    ],
)
def test_two_sides_stay_two(text, expected):
    assert [m.actor.country for m in mentions(text) if m.is_known] == expected


@pytest.mark.parametrize(
    "text",
    [
        "Michael Jordan said no.",
        "Jordan Spieth said no.",
        "Chad Kroeger said no.",
        "Georgia Power said no.",
        "The governor told the Atlanta court that Georgia ballots matter.",
        "Manchester United said no.",
        "The New York Times said no.",
        "They roast Turkey on Thanksgiving",
        "Talks in Vienna failed.",
        "KABUL (Reuters) - Nobody came.",
        "He told us that it is over",
    ],
)
def test_a_name_that_others_bear_is_no_country(text):
    assert [m.actor.country for m in mentions(text) if m.actor.country] == []


@pytest.mark.parametrize(
    ("text", "country"), [("Georgia said no to Russia.", "GEO"), ("Jordan said no.", "JOR"), ("Chad's army said no.", "TCD")]
)
def test_and_stays_a_country_where_the_context_says_so(text, country):
    assert known(text)[0][2] == country


def test_no_actor_reaches_over_an_act():
    assert [m.actor.text for m in mentions("Syrian regime raids on rebel bases", "raids") if m.is_known] == ["Syrian regime", "rebel bases"]
    assert [m.actor.text for m in mentions("Iranian missile strikes", "strikes") if m.is_known] == ["Iranian"]


def test_a_phrase_without_a_known_name_is_a_candidate_of_lower_rank():
    (name,) = [m for m in mentions("Zorblax Dynamics said no.") if m.kind is ActorKind.NAME]
    (phrase,) = [m for m in mentions("a bakery said no.") if m.kind is ActorKind.PHRASE and m.actor.text == "bakery"]
    assert (name.actor.text, name.actor.id, name.is_known) == ("Zorblax Dynamics", None, False)
    assert phrase.actor.country is None


def test_the_preposition_before_a_phrase_is_told():
    assert [(m.actor.text, m.after) for m in mentions("killed in the north of Mali by Tuareg rebels") if m.is_known][-1] == (
        "Tuareg rebels",
        "by",
    )


@pytest.mark.parametrize("text", ["ISRAEL AND THE US AGREE THAT IT IS OVER", "NATO chief warns"])
def test_capitals_throughout_do_not_make_pronouns_countries(text):
    assert "IS" not in [m.actor.id for m in mentions(text)]
    assert "USA" not in [m.actor.id for m in mentions(text)]


@given(
    st.text(max_size=300)
    | st.lists(st.sampled_from("US Iran's of the , - ( ) Syrian army in Jordan led Hamas 12 al rebels and".split())).map(" ".join)
)
def test_any_sentence_is_read_and_offsets_are_those_of_the_text(text):
    for sentence in sentences("text", text):
        for mention in FINDER.find(sentence, {1, 3}):
            assert 0 <= mention.first <= mention.last < len(sentence.tokens)
            assert mention.start < mention.end
            assert text[mention.start : mention.end].split() == mention.actor.text.split() or "-" in mention.actor.text


def test_a_users_file_adds_a_group_before_the_shipped_ones(tmp_path):
    path = tmp_path / "own.tsv"
    path.write_text("# ours\ngroup\tZORB\tNOR\tREB\tZorblax Front|Zorblaxians\n")
    finder = ActorFinder(load([path]), WORDS)
    (sentence,) = sentences("text", "Zorblaxians said no.")
    assert finder.find(sentence)[0].actor.id == "ZORB"


@pytest.mark.parametrize(
    ("line", "says"), [("group\tZORB\tNOR\tREB", "line 1: 4 columns where 5"), ("army\tZORB\tNOR\tREB\tZ", 'kind "army" is not known')]
)
def test_a_wrong_line_is_refused_with_its_number(tmp_path, line, says):
    path = tmp_path / "own.tsv"
    path.write_text(line)
    with pytest.raises(NamesError, match=says):
        load([path])


def test_the_longest_name_wins():
    names = Names([("Islamic State", Entry("group", "IS")), ("Islamic State of Nowhere", Entry("group", "ISN"))])
    (sentence,) = sentences("text", "Islamic State of Nowhere")
    assert names.match(sentence.tokens, [fold(t.text) for t in sentence.tokens], 0) == (4, Entry("group", "ISN"))
