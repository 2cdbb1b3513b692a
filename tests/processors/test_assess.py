from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.assess import Assessor, AssessSettings, DyadState
from tests.values import NOON, event, killed, side
from tocsin.model import AlertKind, Casualties, EventType, Evidence, Level, Place, Relation, Response, Sign, Status
from tocsin.wire import dump, load


def at_least(n):
    return Casualties(kind="killed", min=n, max=None, quote=f"at least {n} killed")


BACK = {"actor": side("IRN"), "target": side("PAK")}
TEHRAN = Place(name="Tehran", country="IRN", lat=35.69, lon=51.42)


def alerts(*events, settings=None):
    assess = Assessor({}, settings)
    return [alert for told in events for alert in assess(told)]


def kinds(*events, **told):
    return [alert.kind.value for alert in alerts(*events, **told)]


# --- what opens an incident


@pytest.mark.parametrize("status", [Status.REPORTED, Status.CLAIMED, Status.THREATENED, Status.PLANNED])
def test_an_act_that_is_told_as_real_or_meant_opens_an_incident(status):
    assert kinds(event(status=status)) == ["opened"]


@pytest.mark.parametrize("status", [Status.HYPOTHETICAL, Status.NEGATED, Status.HISTORICAL, Status.DENIED])
def test_an_act_that_is_only_thought_of_or_denied_or_past_wakes_nobody(status):
    assert kinds(event(status=status)) == []


def test_what_is_only_threatened_stands_on_the_rung_of_threats():
    assert alerts(event(status=Status.THREATENED))[0].level is Level.THREAT


def test_mere_words_move_no_bell():
    assert kinds(event(type=EventType.ACCUSE, mode="disapprove", intensity=-2.0)) == []


def test_a_ceasefire_opens_an_incident_of_its_own_sign():
    told = alerts(event(type=EventType.RETREAT, mode="ceasefire", intensity=7.5, sign=Sign.DEESCALATION))
    assert [(alert.kind, alert.sign, alert.level) for alert in told] == [(AlertKind.OPENED, Sign.DEESCALATION, Level.NONE)]


def test_an_old_item_of_a_new_feed_is_tracked_in_silence():
    old = event("old", baseline=True, fetched=NOON + timedelta(hours=7))
    assert kinds(old, event("live", hours=8, relation=Relation.RETELLING)) == []


def test_a_recent_item_of_a_new_feed_alerts():
    assert kinds(event(baseline=True, fetched=NOON + timedelta(hours=5))) == ["opened"]


def test_an_act_dated_long_ago_is_history():
    assert kinds(event(on=NOON.date() - timedelta(days=30))) == []


@pytest.mark.parametrize(
    "headline",
    [
        "Live updates: Pakistan strikes Iran",
        "Why did Pakistan strike Iran?",
        "Pakistan strikes Iran: what happens next?",
        "Analysis: Pakistan strikes Iran",
    ],
)
def test_live_pages_questions_and_comments_open_nothing_and_add_to_what_is_known(headline):
    assert kinds(event(headline=headline)) == []
    assert len({alert.incident for alert in alerts(event("one"), event("two", 1, headline=headline))}) == 1


def test_what_stands_far_below_the_lead_is_background():
    deep = (Evidence(field="text", start=2000, end=2007, quote="strikes"),)
    assert kinds(event(evidence=deep)) == []


def test_what_no_headline_tells_rings_when_a_second_house_tells_it_or_a_headline_does():
    lead = (Evidence(field="summary", start=30, end=37, quote="strikes"),)
    first = event("one", evidence=lead, headline="Ministers meet")
    assert kinds(first) == []
    assert kinds(first, event("two", 1, evidence=lead, outlet="one.example", headline="Ministers part")) == []
    assert kinds(first, event("two", 1, evidence=lead, headline="Ministers part"))[0] == "escalated"
    told = alerts(first, event("two", 1, outlet="one.example"))
    assert [(alert.kind, alert.revision) for alert in told] == [(AlertKind.OPENED, 1)]
    assert kinds(replace(first, headline="Border town struck, strikes go on")) == ["opened"]
    assert kinds(first, event("two", 1, evidence=lead, headline="Why they met", outlet="one.example", status=Status.DENIED)) == []


def test_a_text_opens_one_incident_with_its_headline_and_not_another_with_its_lead():
    lead = (Evidence(field="summary", start=30, end=37, quote="strikes"),)
    told = {"item": "i", "story": "s", "outlet": "same.example"}
    assert kinds(event("one", **told), event("two", actor=side("IRN"), target=side("PAK"), evidence=lead, **told)) == ["opened"]


def test_an_act_of_nobody_on_nobody_opens_only_where_it_is_loud_deadly_or_on_a_thing_of_state():
    nobody = {"actor": None, "target": None, "headline": "Man shot", "mode": "firearms"}
    assert kinds(event(**nobody)) == []
    assert kinds(event(**nobody | {"mode": "explosives"})) == ["opened"]
    assert kinds(event(**nobody, casualties=(killed(12),))) == ["opened"]
    assert kinds(event(**nobody | {"headline": "Shots at embassy"})) == ["opened"]


# --- one event, one alert: (why, first telling, second telling, kinds of alerts)

SAME = [
    ("another outlet in other words", {}, {"headline": "Jets hit border town"}),
    ("a retelling", {}, {"relation": Relation.RETELLING, "story": "story of one"}),
    ("no place named", {}, {"place": None}),
    ("only the country named", {}, {"place": Place(name="Iran", country="IRN")}),
    ("a village beside the town", {}, {"place": Place(name="Hafez", country="IRN", lat=27.5, lon=62.4)}),
    ("no mode named", {}, {"mode": None}),
    ("missiles for jets", {}, {"mode": "heavy-weapons"}),
    ("a toll that is no news", {"casualties": (killed(9),)}, {"casualties": (killed(9),)}),
    ("a lower toll, told late", {"casualties": (killed(9),)}, {"casualties": (killed(7),)}),
    ("again, but of something else", {}, {"headline": "Pakistan strikes Saravan as the war widens yet again", "hours": 10}),
    ("a thing is named", {}, {"headline": "Pakistan strikes refinery in Saravan"}),
    ("at least fewer", {"casualties": (killed(95),), "place": None}, {"casualties": (at_least(24),), "place": None}),
    ("the sides turned round, of one thing in one place", {"headline": "Port hit"}, {"headline": "Port hit", **BACK}),
    ("the same number of dead, told a day later", {"casualties": (killed(34),)}, {"casualties": (killed(34),), "hours": 24}),
    ("a follow-up", {}, {"headline": "Iran protests a day after strike on Saravan", "hours": 24}),
]
OTHER = [
    ("the other direction", {}, {"actor": side("IRN"), "target": side("PAK")}),
    ("the answer, as deadly", {"casualties": (killed(9),)}, {"casualties": (killed(7),), **BACK}),
    ("the answer, in the same text", {"item": "i", "headline": "Port hit"}, {"item": "i", "headline": "Port hit", **BACK}),
    ("another town", {}, {"place": TEHRAN}),
    ("another kind of act", {}, {"mode": "abduct"}),
    ("another day by its date", {"on": NOON.date()}, {"on": NOON.date() + timedelta(days=1), "hours": 24}),
    ("the next day, without a date", {}, {"hours": 24}),
    ("a second strike, in its own words", {}, {"headline": "Pakistan strikes Saravan again", "hours": 10}),
    ("only a threat", {}, {"status": Status.THREATENED}),
    ("the same thing hit a day later", {"headline": "Strike on refinery"}, {"headline": "Strike on refinery", "hours": 24}),
    ("another thing in the same town", {"headline": "Strike on refinery"}, {"headline": "Strike on hospital"}),
    ("far fewer dead, somewhere", {"casualties": (killed(95),), "place": None}, {"casualties": (killed(3),), "place": None}),
]


@pytest.mark.parametrize(("why", "first", "second"), SAME, ids=[case[0] for case in SAME])
def test_one_act_in_two_tellings_is_one_incident(why, first, second):
    one, other = alerts(event("one", **first)), event("two", **({"hours": 1} | second))
    assert [alert.incident for alert in alerts(event("one", **first), other) if alert.kind is AlertKind.OPENED] == [one[0].incident]


@pytest.mark.parametrize(("why", "first", "second"), OTHER, ids=[case[0] for case in OTHER])
def test_two_acts_are_two_incidents(why, first, second):
    told = alerts(event("one", **first), event("two", **({"hours": 1} | second)))
    assert len({alert.incident for alert in told}) == 2


def test_in_a_war_a_town_named_late_is_an_act_of_its_own_and_in_peace_it_is_not():
    far = [event(f"{n}", n, place=Place(name=f"Far {n}", country="IRN", lat=30.0 + n, lon=50.0)) for n in range(3)]
    vague = event("vague", 3, place=None)
    assert len({alert.incident for alert in alerts(vague, event("late", 9))}) == 1
    assert len({alert.incident for alert in alerts(*far, vague, event("late", 9))}) == 4


# --- what is news in an incident


def test_a_rising_toll_is_news_with_its_range_and_words():
    told = alerts(event("one", casualties=(killed(10),)), event("two", hours=2, casualties=(killed(95),), relation=Relation.RETELLING))
    assert len(told) == 1, "a copy tells no new toll"
    told = alerts(event("one", casualties=(killed(10),)), event("one", hours=2, casualties=(killed(95),), relation=Relation.REVISION))
    assert [(toll.min, toll.max) for toll in told[1].tolls] == [(95, 95)]
    assert "95 killed" in told[1].reason
    assert "10 killed" in told[1].reason


def test_that_nobody_was_hurt_is_no_toll():
    assert alerts(event(casualties=(killed(0),)))[0].tolls == ()


def test_the_tolls_of_two_houses_are_a_range():
    told = alerts(event("one", casualties=(killed(10),)), event("two", hours=2, casualties=(killed(95),)))
    assert [(toll.min, toll.max) for toll in told[-1].tolls] == [(10, 95)]


def test_a_claim_is_confirmed_by_another_house_and_not_by_its_own():
    claim = event("one", status=Status.CLAIMED, outlet="bbc.com")
    assert [alert.kind for alert in alerts(claim, event("two", hours=1, outlet="bbc.co.uk"))] == [AlertKind.OPENED]
    confirmed = alerts(claim, event("two", hours=1, outlet="reuters.com"))
    assert confirmed[-1].status is Status.REPORTED


def test_a_denial_is_news_once():
    told = alerts(
        event("one"),
        event("two", hours=1, status=Status.DENIED, relation=Relation.RETELLING),
        event("three", hours=2, status=Status.DENIED),
    )
    assert [(alert.kind, alert.status) for alert in told] == [(AlertKind.OPENED, Status.REPORTED), (AlertKind.UPDATED, Status.DENIED)]


def test_sources_are_houses_and_outlets_are_all_who_carried_it():
    assess = Assessor(state := {})
    for told in (
        event("one", outlet="bbc.com"),
        event("two", outlet="bbc.co.uk"),
        event("three", outlet="copy.example", relation=Relation.RETELLING, story="story of one"),
        event("four", outlet="reuters.com"),
    ):
        list(assess(told))
    (incident,) = state["IRN-PAK"].incidents
    assert incident.sources == ("bbc", "reuters")
    assert incident.outlets == ("bbc.com", "bbc.co.uk", "copy.example", "reuters.com")


def test_reports_that_changed_no_fact_are_kept_with_their_times():
    assess = Assessor(state := {})
    copy = event("two", 2, outlet="copy.example", relation=Relation.RETELLING, story="story of one")
    for told in (event("one"), copy, event("three", 3, outlet="copy.example"), event("four", 1)):
        list(assess(told))
    (incident,) = state["IRN-PAK"].incidents
    assert [(report.outlet, report.at - NOON, report.copy) for report in incident.reports] == [
        ("one.example", timedelta(0), False),
        ("copy.example", timedelta(hours=2), True),
        ("four.example", timedelta(hours=1), False),
    ]


def test_quiet_is_told_once_when_a_later_event_comes():
    strike, later = event("one"), event("two", hours=80, place=TEHRAN)
    told = alerts(strike, later, event("three", hours=90, place=TEHRAN))
    assert [(alert.kind.value, alert.revision) for alert in told][:3] == [("opened", 1), ("opened", 1), ("resolved", 2)]
    assert [alert.kind.value for alert in told].count("resolved") == 1


# --- the ladder


def test_a_second_source_moves_the_rung():
    one, rise = alerts(event("one"), event("two", hours=1))
    assert (one.kind, one.rung) == (AlertKind.OPENED, Level.NONE)
    assert (rise.kind, rise.rung_before, rise.rung, rise.incident) == (AlertKind.ESCALATED, Level.NONE, Level.FORCE, one.incident)


def test_a_believed_ceasefire_lowers_the_rung():
    peace = {"type": EventType.RETREAT, "mode": "ceasefire", "intensity": 7.5, "sign": Sign.DEESCALATION, "place": None}
    told = alerts(event("one"), event("two", hours=1), event("three", hours=30, **peace), event("four", hours=31, **peace))
    assert [alert.kind.value for alert in told] == ["opened", "escalated", "opened", "deescalated"]
    assert told[-1].rung is Level.DISPLAY


# --- the law

_SIDES = [("PAK", "IRN"), ("IRN", "PAK")]
_EVENTS = st.lists(
    st.builds(
        lambda n, hours, sides, status, place, toll, relation, story, below, reply: event(
            f"e{n}",
            hours,
            actor=side(sides[0]),
            target=side(sides[1]),
            status=status,
            place=place,
            casualties=toll,
            relation=relation,
            story=story,
            evidence=(Evidence(field="summary", start=90, end=95, quote="raids"),) if below else event().evidence,
            responds_to=Response(quote="in response to the strike", type=EventType.ASSAULT) if reply else None,
        ),
        st.integers(0, 30),
        st.integers(0, 400),
        st.sampled_from(_SIDES),
        st.sampled_from([Status.REPORTED, Status.CLAIMED, Status.DENIED, Status.THREATENED]),
        st.sampled_from([None, TEHRAN, event().place]),
        st.sampled_from([(), (killed(3),), (killed(40),)]),
        st.sampled_from(list(Relation)),
        st.sampled_from(["s1", "s2", "s3"]),
        st.booleans(),
        st.booleans(),
    ),
    max_size=25,
)


@settings(deadline=None)
@given(events=_EVENTS, data=st.data())
def test_any_redelivery_of_any_prefix_gives_the_same_alerts(events, data):
    once = {alert.id: dump(alert) for alert in alerts(*events)}
    again, state = {}, {}
    assess = Assessor(state)
    for n, told in enumerate(events, start=1):
        prefix = data.draw(st.lists(st.sampled_from(events[:n]), max_size=4))
        for delivered in (told, *prefix):
            for alert in assess(delivered):
                assert again.setdefault(alert.id, dump(alert)) == dump(alert)
            for key, kept in state.items():
                state[key] = load(dump(kept), DyadState)
    assert again == once


@settings(deadline=None)
@given(events=_EVENTS)
def test_an_event_that_comes_again_within_the_window_is_answered_with_the_same_bytes(events):
    assess = Assessor({}, AssessSettings(event_hours=1000))
    first = [dump(list(assess(told))) for told in events]
    answered = dict(zip(events, first, strict=True)) if len(set(events)) == len(events) else {}
    for told, answer in answered.items():
        assert dump(list(assess(told))) == answer


# --- what a reader may ask of an alert


def test_an_alert_is_as_sure_as_the_surest_telling_of_its_incident_and_says_when_its_own_was_fetched():
    first = event("a", confidence=0.5)
    later = event("b", hours=1, confidence=0.8, fetched=NOON + timedelta(hours=2))
    vague = event("c", hours=3, confidence=0.3, casualties=(killed(9),))
    told = alerts(first, later, vague)
    assert [(alert.confidence, alert.fetched) for alert in (told[0], told[-1])] == [(0.5, NOON), (0.8, NOON + timedelta(hours=3))]


def test_a_house_that_speaks_of_fewer_takes_nothing_back_and_one_that_corrects_itself_does():
    def told_of(*tolls):
        told = alerts(*(event(f"e{n}", n, outlet="one.example", casualties=(toll,)) for n, toll in enumerate(tolls)))
        return [(toll.min, toll.max) for toll in told[-1].tolls]

    assert told_of(killed(15), at_least(1), killed(20)) == [(20, 20)]
    assert told_of(killed(15), killed(9)) == [(9, 9)]
    assert [
        alert.kind.value
        for alert in alerts(*(event(f"e{n}", n, outlet="one.example", casualties=(t,)) for n, t in enumerate([killed(15), at_least(1)])))
    ] == ["opened"]
