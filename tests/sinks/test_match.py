"""An alert fits when everything that is asked for is so; what does not fit says why."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from sinks.match import Match, why_not
from tests.values import alert, side
from tocsin.model import Actor, AlertKind, Dyad, EventType, Level, Place, Status

REGIONS = {"gulf": ("IRN", "SAU"), "levant": ("LBN", "SYR")}
RAID = alert(
    actor=side("PAK"),
    target=Actor(text="militants in Iran", id="JAISH", country="IRN", sector="REB"),
    place=Place(name="Saravan", country="IRN"),
    mode="aerial",
    sources=2,
    confidence=0.7,
)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({}, None),
        ({"min_level": "force"}, None),
        ({"min_level": 4}, None),
        ({"min_level": "WAR"}, "level FORCE is below WAR"),
        ({"kinds": ["Opened"]}, None),
        ({"kinds": ["escalated", "resolved"]}, "kind opened is none of escalated, resolved"),
        ({"actors": ["pak"]}, None),
        ({"actors": ["IRN"]}, "actor PAK is none of IRN"),
        ({"targets": ["JAISH"]}, None),
        ({"targets": ["IRN"]}, None),
        ({"targets": ["militants in iran"]}, None),
        ({"pairs": ["PAK-IRN"]}, None),  # whoever acts
        ({"pairs": ["irn-pak"]}, None),
        ({"pairs": ["IND-PAK"]}, "pair IRN-PAK is none of IND-PAK"),
        ({"countries": ["irn"]}, None),
        ({"countries": ["SYR"]}, "country IRN, PAK is none of SYR"),
        ({"regions": ["gulf"]}, None),
        ({"regions": ["levant"]}, "country IRN, PAK is in none of levant"),
        ({"regions": ["Southern-Asia"]}, None),
        ({"regions": ["034"]}, None),
        ({"regions": ["asia"]}, None),
        ({"regions": ["western-asia", "europe"]}, "country IRN, PAK is in none of western-asia, europe"),
        ({"types": ["assault"]}, None),
        ({"types": ["THREATEN"]}, "type ASSAULT is none of THREATEN"),
        ({"modes": ["aerial", "drone"]}, None),
        ({"modes": ["drone"]}, "mode aerial is none of drone"),
        ({"statuses": ["Reported"]}, None),
        ({"statuses": ["claimed"]}, "status reported is none of claimed"),
        ({"min_sources": 2}, None),
        ({"min_sources": 3}, "sources 2 is below 3"),
        ({"min_confidence": 0.7}, None),
        ({"min_confidence": 0.8}, "confidence 0.70 is below 0.8"),
        ({"actors": ["PAK"], "types": ["THREATEN"]}, "type ASSAULT is none of THREATEN"),  # every key must fit
    ],
)
def test_what_fits_and_why_the_rest_does_not(asked, why):
    assert why_not(Match(**asked), RAID, REGIONS) == why


def test_what_an_alert_does_not_know_fits_nothing_that_is_asked():
    bare = alert(dyad=Dyad("?", "?"))
    for asked in ({"actors": ["PAK"]}, {"targets": ["?"]}, {"modes": ["aerial"]}):
        assert why_not(Match(**asked), bare, REGIONS) is not None


def test_the_sides_of_a_dyad_count_as_countries_without_their_sector():
    assert why_not(Match(countries=["SDN"]), alert(dyad=Dyad("SDN:MIL", "SDN:REB")), REGIONS) is None


@pytest.mark.parametrize(
    "asked",
    [
        {"min_level": "huge"},
        {"min_level": 9},
        {"kinds": ["exploded"]},
        {"types": ["FIGHT"]},
        {"pairs": ["PAK"]},
        {"pairs": ["PAK IRN"]},
        {"min_sources": 0},
        {"min_confidence": 1.5},
        {"actor": ["PAK"]},
    ],
)
def test_what_cannot_be_asked_is_refused(asked):
    with pytest.raises(ValidationError):
        Match(**asked)


def test_every_kind_type_status_and_level_can_be_asked_for_by_its_name():
    for key, names in (("kinds", AlertKind), ("types", EventType), ("statuses", Status)):
        for name in names:
            assert getattr(Match(**{key: [name.value.upper()]}), key) == (name,)
    for level in Level:
        assert Match(min_level=level.name).min_level is level
