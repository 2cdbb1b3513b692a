"""Where a dyad stands when somebody looks: time passes although no news of it comes."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from processors.assess import Assessor, AssessSettings
from processors.assess.ledger import held
from processors.assess.portrait import as_of, portrait
from tests.values import NOON, event
from tocsin.model import Dyad, EventType, Level, Sign

SETTINGS = AssessSettings()
PEACE = {"type": EventType.RETREAT, "mode": "ceasefire", "intensity": 7.5, "sign": Sign.DEESCALATION, "place": None}
PAIR = Dyad("IRN", "PAK")


def after(*events):
    assess = Assessor(state := {})
    for told in events:
        list(assess(told))
    return state[str(PAIR)]


def stands(state, days):
    return held(state, NOON + timedelta(days=days), SETTINGS)


STRUCK = (event("one"), event("two", 1))


def test_a_rung_is_held_for_its_days_and_falls_though_nothing_is_told():
    state = after(*STRUCK)
    assert stands(state, 29)[0] is Level.FORCE
    assert stands(state, 31) == (Level.NONE, NOON + timedelta(days=30))
    assert portrait(PAIR, state, NOON + timedelta(days=31), SETTINGS).rung is Level.NONE


def test_it_falls_to_what_a_lesser_act_still_holds():
    threat = {"type": EventType.THREATEN, "mode": None, "intensity": -3.5, "place": None}
    state = after(*STRUCK, event("three", 24 * 10, **threat), event("four", 24 * 10 + 1, **threat))
    assert stands(state, 31)[0] is Level.THREAT
    assert stands(state, 41)[0] is Level.NONE


def test_looking_back_shows_the_rung_as_the_last_event_left_it():
    state = after(*STRUCK)
    assert held(state, NOON - timedelta(days=9), SETTINGS) == (state.rung, state.rung_since)


def test_one_report_by_one_source_still_holds_nothing():
    assert stands(after(event("one")), 1)[0] is Level.NONE


@settings(deadline=None)
@given(days=st.lists(st.integers(0, 60), min_size=2, max_size=6), peace=st.booleans())
def test_looking_never_raises_a_rung_and_later_looks_never_higher(days, peace):
    state = after(*STRUCK, *((event("c", 30, **PEACE), event("d", 31, **PEACE)) if peace else ()))
    rungs = [stands(state, day)[0] for day in sorted(days)]
    assert rungs == sorted(rungs, reverse=True)
    assert rungs[0] <= state.rung


def test_states_are_looked_at_as_of_now_and_those_of_an_old_archive_as_of_then():
    states = [after(*STRUCK)]
    assert as_of(states, NOON + timedelta(days=3)) == NOON + timedelta(days=3)
    assert as_of(states, NOON + timedelta(days=300)) == states[0].newest
