"""Two alerts that turn out to be of one act: the later incident is closed in silence, and counts no more."""

import pytest

from processors.assess import Assessor, AssessSettings
from processors.assess.ledger import is_believed, tension
from tests.values import NOON, event, killed
from tocsin.model import AlertKind, Place
from tocsin.wire import dump, load

AGAIN = {"headline": "Pakistan strikes again", "place": None, "item": "i", "outlet": "late.example"}
FIRST = (event("one", casualties=(killed(9),)), event("two", 1, casualties=(killed(9),)))
LATER = event("three", 9, **AGAIN)
SAME_AFTER_ALL = event("four", 10, **AGAIN | {"place": FIRST[0].place}, casualties=(killed(9),))


def run(*events):
    assess = Assessor(state := {})
    told = [list(assess(one)) for one in events]
    return told, state["IRN-PAK"].incidents


def test_an_act_that_turns_out_to_be_a_known_one_is_closed_without_an_alert_and_counts_no_more():
    told, (earlier, later) = run(*FIRST, LATER, SAME_AFTER_ALL)
    assert [alert.kind for alert in told[2]] == [AlertKind.OPENED]
    assert told[3] == []
    assert (later.merged_into, later.resolved, earlier.merged_into) == (earlier.id, True, "")
    assert "late" in earlier.sources
    assert not is_believed(later, AssessSettings())


def test_what_is_told_of_the_closed_one_is_news_of_the_one_that_stays():
    told, incidents = run(*FIRST, LATER, SAME_AFTER_ALL, event("five", 11, **AGAIN, casualties=(killed(14),)))
    assert [(alert.kind, alert.incident) for alert in told[4]] == [(AlertKind.UPDATED, incidents[0].id)]


def test_a_merged_act_weighs_once():
    assess, once = Assessor(merged := {}), Assessor(plain := {})
    for one in (*FIRST, LATER, SAME_AFTER_ALL):
        list(assess(one))
    for one in (*FIRST, event("four", 10, casualties=(killed(9),), outlet="late.example")):
        list(once(one))
    settings = AssessSettings()
    assert tension(merged["IRN-PAK"], NOON, settings) == tension(plain["IRN-PAK"], NOON, settings)


@pytest.mark.parametrize(
    "told",
    [
        {"casualties": (killed(30),)},
        {"casualties": ()},
        {"place": Place(name="Tehran", country="IRN", lat=35.69, lon=51.42)},
    ],
)
def test_what_differs_in_its_dead_or_its_town_stays_apart(told):
    last = event("four", 10, **AGAIN | {"place": FIRST[0].place, "casualties": (killed(9),)} | told)
    assert not any(incident.merged_into for incident in run(*FIRST, LATER, last)[1])


def test_events_that_come_again_after_a_merge_are_answered_the_same():
    assess, events = Assessor(state := {}), (*FIRST, LATER, SAME_AFTER_ALL)
    told = [list(assess(one)) for one in events]
    kept = {name: load(dump(one), type(one)) for name, one in state.items()}
    assert [list(Assessor(kept)(one)) for one in events] == told
    assert dump(kept["IRN-PAK"]) == dump(state["IRN-PAK"])
