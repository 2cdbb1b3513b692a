"""The routing cookbook of docs/alerts.md does what it says."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sinks.pace import Fate, Pacer, State
from sinks.route import RoutingSettings, Tree
from tests.values import NOON, alert, side
from tocsin.model import AlertKind, Dyad, EventType, Level, Place

DOCS = (Path(__file__).parents[2] / "docs" / "alerts.md").read_text(encoding="utf-8")
COOKBOOK = DOCS.partition("### Cookbook")[2].partition("### What is held")[0]
RECIPES = [tomllib.loads(text)["routing"] for text in re.findall(r"^```toml\n(.*?)^```$", COOKBOOK, re.DOTALL | re.MULTILINE)]
SINKS = ("cache", "channel", "desk", "room")
NIGHT = datetime(2026, 3, 2, 23, 0, tzinfo=UTC)
"""Midnight in Berlin."""


class Kitchen:
    """One recipe, and what it made of each alert: `(sink, fate)`."""

    def __init__(self, number):
        self.state = State()
        self.pacer = Pacer(Tree(RoutingSettings.model_validate(RECIPES[number]), SINKS), self.state)

    def take(self, one, now):
        return {(sink, ruling.fate) for ruling in self.pacer.take(one, now) if ruling.alert == one for sink in ruling.sinks}

    def tick(self, now):
        return [ruling for ruling in self.pacer.tick(now) if ruling.fate is Fate.SEND]


def between(a, b, **told):
    return alert(**({"dyad": Dyad.of(a, b), "actor": side(a), "target": side(b)} | told))


def test_there_is_a_test_for_each_recipe():
    assert len(RECIPES) == 4


@pytest.mark.parametrize("now", [NOON, NIGHT])
def test_force_in_the_gulf_that_two_sources_tell_wakes_somebody_at_any_hour(now):
    told = Kitchen(0).take(between("IRN", "SAU", sources=2), now)
    assert told == {("cache", Fate.SEND), ("desk", Fate.SEND), ("channel", Fate.SEND)}


def test_the_rest_of_the_gulf_is_told_a_dyad_at_a_time_and_not_at_night():
    kitchen = Kitchen(0)
    words = {"level": Level.THREAT, "type": EventType.THREATEN}
    assert kitchen.take(between("IRN", "SAU", id="a", incident="a", **words), NOON) == {("cache", Fate.SEND), ("channel", Fate.HOLD)}
    kitchen.take(between("SAU", "IRN", id="b", incident="b", **words), NOON + timedelta(seconds=10))
    (one,) = kitchen.tick(NOON + timedelta(seconds=30))
    assert (one.alert.kind, one.sinks, len(one.alert.quotes)) == (AlertKind.DIGEST, ("channel",), 2)
    kitchen.take(between("IRN", "QAT", id="c", incident="c", **words), NIGHT)
    assert kitchen.pacer.next_tick() == datetime(2026, 3, 3, 5, 0, tzinfo=UTC)  # six in the morning in Berlin


def test_what_is_not_of_the_gulf_goes_to_the_stream_alone():
    assert Kitchen(0).take(between("RUS", "UKR"), NOON) == {("cache", Fate.SEND)}


def test_a_channel_stays_readable_in_a_storm():
    kitchen = Kitchen(1)
    fates = [kitchen.take(alert(f"a{n}", incident=f"i{n}"), NOON + timedelta(seconds=n)) for n in range(25)]
    assert fates == [{("room", Fate.SEND)}] * 20 + [{("room", Fate.HOLD)}] * 5
    (one,) = kitchen.tick(NOON + timedelta(minutes=5))
    assert one.alert.headline.startswith("5 alerts")


def test_an_incident_is_told_every_ten_minutes_at_most_unless_it_gets_worse():
    kitchen = Kitchen(1)
    assert kitchen.take(alert("a1", incident="i"), NOON) == {("room", Fate.SEND)}
    assert kitchen.take(alert("a2", incident="i", revision=2), NOON + timedelta(minutes=2)) == {("room", Fate.HOLD)}
    assert kitchen.take(alert("a3", incident="i", revision=3, level=Level.WAR), NOON + timedelta(minutes=3)) == {("room", Fate.SEND)}


@pytest.mark.parametrize(
    ("one", "heard"),
    [
        (between("IND", "PAK", confidence=0.8), True),
        (between("USA", "IRN", confidence=0.8), True),  # one side is enough
        (between("USA", "RUS", place=Place(name="Aleppo", country="SYR"), confidence=0.8), True),
        (between("IND", "PAK", confidence=0.5), False),
        (between("IND", "PAK", level=Level.THREAT, confidence=0.9), False),
        (between("RUS", "UKR", confidence=0.9), False),
    ],
)
def test_only_two_regions_and_only_what_is_sure(one, heard):
    assert Kitchen(2).take(one, NOON) == ({("desk", Fate.SEND)} if heard else set())


def test_while_force_is_used_threats_of_the_same_sides_are_not_told():
    kitchen = Kitchen(3)
    threat = {"level": Level.THREAT, "type": EventType.THREATEN}
    kitchen.take(between("IRN", "PAK", id="a", incident="a"), NOON)
    fates = {fate for _, fate in kitchen.take(between("PAK", "IRN", id="b", incident="b", **threat), NOON + timedelta(hours=5))}
    assert fates == {Fate.SUPPRESS}
    for one, later in (
        (between("RUS", "UKR", id="c", incident="c", **threat), 5),
        (between("IRN", "PAK", id="d", incident="d", **threat), 7),
    ):
        assert {fate for _, fate in kitchen.take(one, NOON + timedelta(hours=later))} == {Fate.SEND}
