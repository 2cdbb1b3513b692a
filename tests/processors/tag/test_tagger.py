"""The tagger as a whole: sentences in, coded events out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.tag import Tagger, label
from tocsin.model import EscalationEvent, NewsItem

NOON = datetime(2024, 5, 15, 12, tzinfo=UTC)
TAGGER = Tagger()


def tag(text: str = "", title: str = "", summary: str = "") -> list[EscalationEvent]:
    return TAGGER.tag(NewsItem(id="item", feed="test", fetched=NOON, title=title, summary=summary, text=text))


def side(actor: object) -> str | None:
    return getattr(actor, "country", None) or getattr(actor, "id", None) or getattr(actor, "sector", None)


@pytest.mark.parametrize(
    ("text", "type_", "mode", "actor", "target"),
    [
        # active, passive, nominal, headline
        ("Israeli jets bombed a base in Syria.", "ASSAULT", "aerial", "ISR", "SYR"),
        ("Three soldiers were killed by Taliban fighters near Kunduz.", "ASSAULT", None, "AFG", "AFG"),
        ("Turkey recalls envoy from Greece", "SANCTION", "withdraw", "TUR", "GRC"),
        # the governor decides: refused, ended, agreed, threatened
        ("Iran refused to allow inspectors into the plant.", "REJECT", None, "IRN", None),
        ("Russia will hold talks with Turkey on Monday.", "AGREE", None, "RUS", "TUR"),
        ("North Korea threatened to attack South Korea.", "THREATEN", "violence", "PRK", "KOR"),
        ("The United States lifted sanctions on Sudan.", "CONCEDE", None, "USA", "SDN"),
        ("Egypt demanded that Israel stop the bombing.", "REQUEST", None, "EGY", "ISR"),
        ("A truce between Egypt and Israel collapsed within hours.", "REJECT", None, "EGY", "ISR"),
        ("Germany cancelled a planned visit to Poland.", "REJECT", "meet", "DEU", "POL"),
        ("Canada condemned the attack by Hamas.", "ACCUSE", "disapprove", "CAN", "PSE"),
    ],
)
def test_acts_and_sides(text: str, type_: str, mode: str | None, actor: str | None, target: str | None) -> None:
    coded = [(str(event.type), event.mode, side(event.actor), side(event.target)) for event in tag(text)]
    assert any(
        (found[0], found[2]) == (type_, actor) and (mode is None or found[1] == mode) and (target is None or found[3] == target)
        for found in coded
    ), coded


@pytest.mark.parametrize(
    "text",
    [
        "The striker scored twice as the team beat its rivals in the cup final at the stadium.",
        "A price war among supermarkets hits the shares of retailers, analysts said.",
        "He died of a heart attack, his doctor said.",
        "",
    ],
)
def test_news_of_another_kind_says_nothing(text: str) -> None:
    assert label(tag(text)) == "none"


def test_a_response_names_the_act_it_answers() -> None:
    events = tag("Turkey shelled villages in Syria in retaliation for an attack by Syrian forces.")
    response = next(event.responds_to for event in events if event.responds_to)
    assert response.quote.startswith("in retaliation for")
    assert side(response.actor) == "SYR"


def test_ids_come_from_the_content() -> None:
    text = "Israeli jets bombed a base in Syria."
    assert [event.id for event in tag(text)] == [event.id for event in tag(text)]


words = st.sampled_from(
    "Iran Israel troops attacked killed 12 civilians , . ; was were by in Syria will not refused to lift sanctions on and the after who \" ' - \n ceasefire talks "
    "with in retaliation for strikes 1,200 U.S. said that he they bombed".split(" ")
)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=400), st.lists(words, max_size=60).map(" ".join)), st.text(max_size=40))
def test_it_never_raises_and_every_quote_stands_where_it_says(text: str, title: str) -> None:
    item = NewsItem(id="item", feed="test", fetched=NOON, title=title, text=text)
    for event in TAGGER.tag(item):
        assert event.evidence
        for evidence in event.evidence:
            assert getattr(item, evidence.field)[evidence.start : evidence.end] == evidence.quote
        assert all(toll.quote in text or toll.quote in title for toll in event.casualties)
        assert 0 <= event.confidence <= 1
