"""The bell rings for states and armed groups: not for crime, nor for a country's own politics, nor for courtesies."""

from dataclasses import replace
from datetime import timedelta

import pytest

from processors.assess import Assessor
from tests.values import event
from tocsin.model import Actor, Casualties, EventType, Sign


def actor(country, sector):
    return Actor(text=f"{country} {sector}", id=f"{country}{sector}", country=country, sector=sector)


def rings(*events):
    assess = Assessor({}, None)
    return [alert.kind.value for told in events for alert in assess(told)]


@pytest.mark.parametrize(
    ("doer", "target", "rung"),
    [
        (("IRN", "GOV"), ("PAK", "GOV"), True),
        (("IRN", "MIL"), ("PAK", "CVL"), True),
        (("SYR", "GOV"), ("SYR", "REB"), True),  # a government and its rebels
        (("YEM", "REB"), ("SAU", "BUS"), True),
        (("GBR", "CVL"), ("MYS", "CVL"), False),  # a crime, across borders
        (("USA", "GOV"), ("USA", "MED"), False),  # a quarrel at home
        (("DEU", "COP"), ("DEU", "OPP"), False),  # police and a demonstration
        (("FRA", "JUD"), ("DZA", "CVL"), False),  # a court
    ],
)
def test_an_act_of_force_rings_by_who_did_it_to_whom(doer, target, rung):
    assert bool(rings(event(actor=actor(*doer), target=actor(*target)))) is rung


def test_a_deadly_act_rings_whoever_did_it():
    massacre = Casualties(kind="killed", min=12, max=12, quote="12 killed")
    assert rings(event(actor=actor("GBR", "CVL"), target=actor("GBR", "CVL"), casualties=(massacre,)))


@pytest.mark.parametrize(("kind", "mode", "rung"), [("SUPPORT", None, False), ("AID", None, False), ("RETREAT", "ceasefire", True)])
def test_between_sides_that_were_never_hostile_only_what_ends_hostility_is_news(kind, mode, rung):
    friendly = event(type=EventType(kind), mode=mode, intensity=8.0, sign=Sign.DEESCALATION)
    assert bool(rings(friendly)) is rung


def test_a_friendly_act_after_a_hostile_one_is_news_because_it_cools():
    friendly = event(type=EventType.AID, mode=None, intensity=8.0, sign=Sign.DEESCALATION)
    assert rings(event(), friendly) == ["opened", "opened"]


def test_a_killing_between_peoples_rings_where_they_are_enemies_already():
    settlers = event(
        "two", 1, actor=actor("ISR", "CVL"), target=actor("PSE", "CVL"), casualties=(Casualties(kind="killed", min=2, max=2, quote="two"),)
    )
    assert rings(settlers) == []
    assert "opened" in rings(event("one", actor=actor("ISR", "MIL"), target=actor("PSE", "GOV"), mode="abduct"), settlers)[1:]


@pytest.mark.parametrize(
    ("headline", "rung"),
    [
        ("Moscow condemns strike on town", False),
        ("Stocks fall amid strike on town", False),
        ("Officials report strike on town", True),
        ("Lawmakers debate strike on refinery", True),  # what was hit is named: it may be the first word of it
    ],
)
def test_an_act_that_a_headline_only_speaks_about_opens_nothing(headline, rung):
    told = event(actor=actor("IRN", "MIL"), target=actor("PAK", "GOV"), headline=headline)
    start = headline.index("strike")
    evidence = tuple(replace(one, field="title", start=start, end=start + 6, quote="strike") for one in told.evidence[:1])
    assert bool(rings(replace(told, evidence=evidence))) is rung


def test_what_texts_date_days_back_below_their_headlines_opens_nothing():
    def below(name, days_back):
        told = event(name, actor=actor("IRN", "MIL"), target=actor("PAK", "GOV"))
        evidence = tuple(replace(one, field="summary") for one in told.evidence)
        return replace(told, evidence=evidence, on=told.at.date() - timedelta(days=days_back))

    assert rings(below("one", 3), below("two", 3)) == []
    assert rings(below("one", 0), below("two", 0))
