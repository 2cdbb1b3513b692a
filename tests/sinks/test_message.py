"""An alert becomes sentences that say everything and obey nothing."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinks.message import LONGEST_NAME, LONGEST_QUOTE, compose, line
from tests.sinks.hostile import HOSTILE
from tests.values import alert
from tocsin.model import Actor, Dyad, Level, Link, Place, Quote, Status, Toll

FULL = alert(
    level=Level.FORCE,
    mode="aerial",
    status=Status.CLAIMED,
    actor=Actor(text="Pakistan's air force", id="PAK", country="PAK", sector="MIL"),
    target=Actor(text="Iran", country="IRN"),
    place=Place(name="Sistan-Baluchestan"),
    on=date(2024, 1, 18),
    tolls=(Toll(kind="killed", min=7, max=9),),
    responds_to=Link(quote="two days after Iran's strikes", incident="other", hours=31.4),
    quotes=(
        Quote(text="The strikes killed nine people.", outlet="dawn.example", url="https://dawn.example/1"),
        Quote(text="Seven died.", outlet="irna.example", url="https://irna.example/2"),
    ),
    sources=2,
    outlets=5,
)


def test_the_headline_says_who_did_what_to_whom_where_when_how_many_how_sure_and_in_reply_to_what():
    assert compose(FULL).headline == (
        "PAK -> IRN  ASSAULT/aerial  Sistan-Baluchestan  2024-01-18  killed 7-9  claimed"
        '  in reply to "two days after Iran\'s strikes" (31 h later)'
    )


def test_what_an_alert_does_not_know_is_left_out():
    assert compose(alert()).headline == "? -> ?  ASSAULT  2026-03-01  reported"


def test_the_rest_is_said_beside_it():
    told = compose(FULL)
    assert told.level == "4 FORCE"
    assert told.kind == "opened"
    assert told.title == "Pakistan strikes targets in Iran"
    assert told.reason == "First report of an air strike by Pakistan in Iran."
    assert told.quotes == FULL.quotes
    assert told.sources == "2 independent sources, 5 outlets"
    assert told.links == ("https://dawn.example/1", "https://irna.example/2")


def test_a_dyad_that_moved_on_the_ladder_is_told_and_one_that_stayed_is_not():
    moved = alert(rung_before=Level.THREAT, rung=Level.FORCE)
    assert compose(moved).rung == "IRN-PAK: 2 THREAT -> 4 FORCE"
    assert compose(alert(rung_before=Level.FORCE, rung=Level.FORCE)).rung == ""


def test_one_is_singular():
    assert compose(alert(sources=1, outlets=1)).sources == "1 independent source, 1 outlet"


@pytest.mark.parametrize(
    ("toll", "said"),
    [
        (Toll(kind="killed", min=7, max=7), "killed 7"),
        (Toll(kind="injured", min=7, max=40), "injured 7-40"),
        (Toll(kind="killed", min=9, max=9, or_more=True), "killed at least 9"),
        (Toll(kind="killed", min=7, max=9, or_more=True), "killed 7-9 or more"),
    ],
)
def test_a_toll_is_a_range_unless_all_agree(toll, said):
    assert compose(alert(tolls=(toll,))).toll == said


@pytest.mark.parametrize(
    ("actor", "said"),
    [
        (Actor(text="the Houthis", id="HOUTHI", country="YEM"), "HOUTHI"),  # an armed group is not the country it lives in
        (Actor(text="Iranian forces", country="IRN"), "IRN"),
        (Actor(text="unidentified gunmen"), "unidentified gunmen"),
        (Actor(text="\u202e"), "?"),
        (None, "?"),
    ],
)
def test_an_actor_is_its_id_else_its_country_else_its_words(actor, said):
    assert compose(alert(actor=actor, dyad=Dyad("?", "?"))).who == f"{said} -> ?"


@pytest.mark.parametrize(
    ("dyad", "said"),
    [
        (Dyad("IRN", "PAK"), "PAK -> IRN"),  # the villagers were hit in Iran
        (Dyad("?", "PAK"), "PAK -> nine villagers"),
        (Dyad("PAK:MIL", "PAK:REB"), "PAK -> nine villagers"),  # which of the two is the other side cannot be told
    ],
)
def test_words_that_resolve_to_nobody_give_way_to_the_other_side_of_the_dyad(dyad, said):
    one = alert(dyad=dyad, actor=Actor(text="Pakistan", id="PAK", country="PAK"), target=Actor(text="nine villagers"))
    assert compose(one).who == said


def test_the_ground_it_was_done_on_is_never_the_doer():
    one = alert(dyad=Dyad("?", "FRA"), actor=Actor(text="Gunmen", sector="UAF"), target=Actor(text="hostages", sector="CVL"))
    assert compose(one).who == "Gunmen -> FRA"


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (Place(name="Panjgur", country="PAK"), "Panjgur, PAK"),
        (Place(name="PAK", country="PAK"), "PAK"),
        (Place(name="the border"), "the border"),
        (None, ""),
    ],
)
def test_a_place_is_its_name_and_its_country(place, said):
    assert compose(alert(place=place)).where == said


def test_only_the_strongest_quotes_are_shown():
    quotes = tuple(Quote(text=f"quote {n}", outlet="o.example", url="") for n in range(9))
    assert [quote.text for quote in compose(alert(quotes=quotes)).quotes] == ["quote 0", "quote 1", "quote 2"]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://example.org/a",
        "http://e.example/|Click><!channel>",
        "http://e.example/ a",
        "http://e.example/\x1b[2J",
        "http://e.example/\u202e",
        "https://\u0435.example/",  # a Cyrillic letter; a clean link is written in ASCII
        "",
    ],
)
def test_a_link_that_could_do_harm_is_not_shown(url):
    assert compose(alert(quotes=(Quote(text="q", outlet="o", url=url),))).links == ()


def test_a_link_that_two_quotes_share_is_shown_once():
    quotes = tuple(Quote(text=text, outlet="o", url="https://o.example/1") for text in ("a", "b"))
    assert compose(alert(quotes=quotes)).links == ("https://o.example/1",)


def _poisoned(text):
    return alert(
        headline=text,
        reason=text,
        mode=text,
        actor=Actor(text=text, id=text),
        target=Actor(text=text),
        place=Place(name=text, country=text),
        tolls=(Toll(kind=text, min=1, max=2),),
        responds_to=Link(quote=text),
        quotes=(Quote(text=text, outlet=text, url=text),),
    )


def _said(message):
    quoted = [part for quote in message.quotes for part in (quote.text, quote.outlet, quote.url)]
    return [message.headline, message.title, message.reason, message.sources, *quoted, *message.links]


def _is_inert(text):
    return all(unicodedata.category(char)[0] != "C" or char in "\u200c\u200d" for char in text) and len(text.splitlines()) <= 1


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_hostile_is_left_in_any_part(text):
    assert all(map(_is_inert, _said(compose(_poisoned(text)))))


@given(st.text(alphabet=st.characters(codec=None), max_size=200))
def test_any_text_at_all_becomes_one_inert_line_within_its_limit(text):
    told = line(text, 50)
    assert _is_inert(told)
    assert len(told) <= 50
    assert line(told, 50) == told


def test_long_words_end_in_an_ellipsis():
    told = compose(_poisoned("A" * 10_000))
    assert told.quotes[0].text == "A" * (LONGEST_QUOTE - 1) + "…"
    assert told.quotes[0].outlet == "A" * (LONGEST_NAME - 1) + "…"


def test_joiners_stay_inside_words():
    assert line("می\u200cخواهم 👩\u200d🚒", 50) == "می\u200cخواهم 👩\u200d🚒"
