"""The mode of an assault from what it was done with, where its own words leave it open."""

import pytest

from processors.tag import Tagger
from tests.values import item
from tocsin.model import EventType, Status

TAGGER = Tagger()


def assault(text: str):
    return next(event for event in TAGGER.tag(item(text=text)) if event.type is EventType.ASSAULT)


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        # the acting phrase names the weapon
        ("Saudi jets struck a Houthi camp near Saada.", "aerial"),
        ("Ukrainian drones hit a Russian refinery.", "drone"),
        ("Taliban gunmen killed four Afghan soldiers.", "firearms"),
        # so does the agent, or the phrase behind "with"
        ("Two Malian soldiers were killed by a mine.", "explosives"),
        ("Turkey attacked Kurdish fighters with howitzers.", "heavy-weapons"),
        # what flies strikes from the air, whatever the verb says
        ("Israeli warplanes pounded Hamas posts.", "aerial"),
        # a group without aircraft blows up what it bombs, a state bombs from the air
        ("Boko Haram bombed a Nigerian police station.", "explosives"),
        ("Russia bombed a Ukrainian police station.", "aerial"),
        # an act that says its own mode keeps it
        ("Syrian soldiers tortured rebels with knives.", "torture"),
    ],
)
def test_the_mode_follows_the_means(text, mode):
    assert assault(text).mode == mode


def test_no_means_no_mode():
    assert assault("Ethiopian troops attacked rebels in Tigray.").mode is None


@pytest.mark.parametrize(
    "text",
    [
        "Islamic State claimed responsibility for the bombing of a church in Colombo.",
        "The bombing of an army bus in Quetta was claimed by the Pakistani Taliban.",
    ],
)
def test_an_act_somebody_takes_upon_himself_is_claimed(text):
    assert assault(text).status is Status.CLAIMED
