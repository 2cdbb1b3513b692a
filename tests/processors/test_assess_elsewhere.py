"""Acts told without their doer, with a group for its country, or as done by two: one act is one incident all the same."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.assess import Assessor, DyadState
from tests.values import event, killed, side
from tocsin.model import AlertKind, EventType, Evidence, Place, Status
from tocsin.wire import dump, load

TEHRAN = Place(name="Tehran", country="IRN", lat=35.69, lon=51.42)
RAQQA = Place(name="Raqqa", country="SYR", lat=35.95, lon=39.01)
IS = replace(side("IS"), country=None)
ISR, IRN, USA, FRA = map(side, ("ISR", "IRN", "USA", "FRA"))


def blast(name, hours=0.0, **told):
    return event(name, hours, **({"actor": None, "target": IRN, "place": TEHRAN, "headline": "Blasts in Tehran"} | told))


def strike(name, hours=0.0, **told):
    return blast(name, hours, **({"actor": ISR, "headline": "Israel strikes Tehran"} | told))


def run(*events):
    assess = Assessor(state := {})
    return [alert for told in events for alert in assess(told)], state


def test_a_doer_who_is_named_later_is_news_of_the_same_incident():
    told, state = run(blast("one"), strike("two", 2))
    assert [(alert.kind, alert.incident) for alert in told] == [
        (AlertKind.OPENED, told[0].incident),
        (AlertKind.ESCALATED, told[0].incident),
    ]
    assert str(told[1].dyad) == "IRN-ISR"
    assert state["?-IRN"].incidents == ()


def test_a_doer_who_was_named_before_is_not_asked_for_again():
    told, _ = run(strike("one"), blast("two", 2), blast("three", 3, casualties=(killed(12),)))
    assert {alert.incident for alert in told} == {told[0].incident}
    assert [alert.kind.value for alert in told] == ["opened", "escalated", "updated"]


def test_an_unnamed_doer_elsewhere_or_at_another_time_is_another_incident():
    assert (
        len({a.incident for a in run(strike("one"), blast("two", 2, place=Place(name="Tabriz", country="IRN", lat=38.1, lon=46.3)))[0]})
        == 2
    )
    assert len({a.incident for a in run(strike("one"), blast("two", 60))[0] if a.kind is AlertKind.OPENED}) == 2


def test_an_unknown_target_is_not_taken_for_a_place_elsewhere():
    assert (
        len({a.incident for a in run(blast("one"), strike("two", 2, target=side("LBN"), place=Place(name="Beirut", country="LBN")))[0]})
        == 2
    )


def test_an_act_with_no_side_at_all_wakes_nobody():
    assert run(blast("one", target=None, place=None))[0] == []


def test_the_country_stands_for_the_group_in_it_whichever_comes_first():
    raid = {"actor": FRA, "place": RAQQA, "headline": "French jets bomb Raqqa"}
    for first, second in ((None, IS), (IS, None)):
        told, _ = run(event("one", target=first, **raid), event("two", 1, target=second, **raid))
        assert len({alert.incident for alert in told}) == 1


def test_two_who_strike_together_in_one_text_ring_once():
    together = {"item": "i", "story": "s"}
    told, state = run(strike("one", **together), strike("two", actor=USA, **together), strike("three", 1, actor=USA, status=Status.CLAIMED))
    assert [str(alert.dyad) for alert in told if alert.kind is AlertKind.OPENED] == ["IRN-ISR"]
    assert state["IRN-USA"].incidents[0].twin_of == told[0].incident


def test_two_who_strike_apart_ring_twice():
    told, _ = run(strike("one"), strike("two", 1, actor=USA))
    assert [str(alert.dyad) for alert in told] == ["IRN-ISR", "IRN-USA"]


def test_an_event_heard_in_another_dyad_is_answered_the_same_when_it_comes_again():
    events = [strike("one"), blast("two", 2), blast("three", 3, casualties=(killed(12),))]
    assess = Assessor({})
    first = [list(assess(told)) for told in events]
    assert [list(assess(told)) for told in reversed(events)] == first[::-1]


def test_the_host_of_an_embassy_and_its_owner_are_told_of_one_act():
    riyadh = Place(name="Riyadh", country="SAU", lat=24.69, lon=46.72)
    told = {"actor": None, "place": riyadh, "headline": "Drones hit embassy in Riyadh"}
    assert len({alert.incident for alert in run(event("one", target=None, **told), event("two", 1, target=USA, **told))[0]}) == 1


def test_a_side_that_stood_in_the_wrong_place_is_put_right_when_both_are_named():
    oman, vague = side("OMN"), {"target": None, "place": None, "headline": "Oman port hit in attack"}
    told, state = run(
        event("one", actor=oman, **vague), event("two", 1, actor=IRN, target=oman, place=None, headline="Iran hits Omani port")
    )
    assert len({alert.incident for alert in told}) == 1
    assert [(incident.by, incident.against) for incident in state["IRN-OMN"].incidents] == [("IRN", "OMN")]


def test_one_act_blamed_on_two_is_one_incident():
    natanz = {"target": IRN, "place": Place(name="Natanz", country="IRN", lat=33.5, lon=51.9), "headline": "Nuclear site at Natanz hit"}
    assert len({alert.incident for alert in run(event("one", actor=ISR, **natanz), event("two", 1, actor=USA, **natanz))[0]}) == 1


def test_events_of_one_name_and_other_sides_are_two_that_are_never_taken_for_each_other():
    deadly = {"actor": None, "place": None, "casualties": (killed(7),), "item": "i", "story": "i", "headline": "Blasts"}
    of_two_sides = [event("one", target=ISR, **deadly), event("one", target=IRN, **deadly)]
    assess = Assessor({})
    first = [list(assess(told)) for told in of_two_sides]
    ids = [alert.id for alerts in first for alert in alerts]
    assert len(set(ids)) == len(ids) > 0
    assert [list(assess(told)) for told in of_two_sides] == first


def test_an_event_heard_elsewhere_is_not_answered_with_what_another_of_its_name_raised_there():
    vague = {"actor": None, "target": None, "item": "i", "story": "i", "headline": "Blasts"}
    events = [
        event("one", target=ISR, actor=None, place=TEHRAN, item="i", story="i", headline="Blasts"),
        event("one", place=TEHRAN, **vague),
    ]
    alerts = run(*events)[0]
    assert len({alert.id for alert in alerts}) == len({dump(alert) for alert in alerts})


def test_an_address_that_is_used_again_when_all_is_forgotten_raises_alerts_of_new_names():
    first = strike("one")
    assess, weeks = Assessor({}), 24 * 30
    old = list(assess(first))
    again = replace(first, at=first.at + timedelta(hours=weeks), fetched=first.fetched + timedelta(hours=weeks))
    list(assess(strike("between", weeks - 100, place=None, headline="Israel bombs a camp")))
    new = list(assess(again))
    assert old[0].kind is AlertKind.OPENED
    assert {alert.id for alert in old}.isdisjoint(alert.id for alert in new)


def test_an_event_that_came_again_with_a_later_time_is_remembered_from_that_time():
    first = blast("one", target=ISR, place=None, casualties=(killed(7),))
    edited = replace(first, at=first.at + timedelta(hours=169), headline="Blasts kill seven")
    assess = Assessor({})
    answer = list(assess(first))
    assert answer
    assert list(assess(edited)) == answer
    assess(blast("another", 193, target=ISR, place=None))
    assert list(assess(edited)) == answer


def test_an_event_is_remembered_to_the_part_of_a_second_from_which_it_is_too_old():
    first = replace(blast("one"), at=blast("one").at + timedelta(milliseconds=700))
    assess = Assessor({})
    answer = list(assess(first))
    assess(replace(blast("another", 192, place=RAQQA), at=first.at + timedelta(hours=192, milliseconds=-500)))
    assert list(assess(first)) == answer != []


_WHO = st.sampled_from([None, ISR, IRN, USA, IS])
_MIXED = st.lists(
    st.builds(
        lambda n, hours, who, place, toll, item, headline, kind, below: event(
            f"e{n}",
            hours,
            actor=who[0],
            target=who[1],
            place=place,
            casualties=toll,
            item=item,
            story=item,
            headline=headline,
            type=kind,
            evidence=(Evidence(field="summary", start=90, end=95, quote="raids"),) if below else event().evidence,
        ),
        st.integers(0, 40),
        st.integers(0, 300),
        st.tuples(_WHO, _WHO),
        st.sampled_from([None, TEHRAN, RAQQA]),
        st.sampled_from([(), (killed(7),)]),
        st.sampled_from(["i1", "i2", "i3"]),
        st.sampled_from(["Blasts", "Port hit", "Embassy hit"]),
        st.sampled_from([EventType.ASSAULT, EventType.ASSAULT, EventType.SANCTION, EventType.COERCE]),
        st.booleans(),
    ),
    max_size=20,
)


@settings(deadline=None)
@given(events=_MIXED, data=st.data())
def test_any_redelivery_gives_the_same_alerts_whichever_dyad_heard_them(events, data):
    once = {alert.id: dump(alert) for alert in run(*events)[0]}
    again, state = {}, {}
    assess = Assessor(state)
    for n, told in enumerate(events, start=1):
        for delivered in (told, *data.draw(st.lists(st.sampled_from(events[:n]), max_size=3))):
            for alert in assess(delivered):
                assert again.setdefault(alert.id, dump(alert)) == dump(alert)
            for key, kept in state.items():
                state[key] = load(dump(kept), DyadState)
    assert again == once


BOAT = "Coast guard kills four on speedboat from Florida"


def test_a_headline_in_the_same_uncommon_words_is_of_the_same_act_though_it_names_a_part_of_the_side():
    """ "The coast guard of Cuba" and "Cuba", "the US" and a boat's owner: the words of the story tell that it is one."""
    cuba, guard, owner = side("CUB"), side("CUB", sector="MIL"), side("CUB", sector="BUS")
    act = {"place": None, "casualties": (killed(4),)}
    told, _ = run(
        event("one", actor=cuba, target=USA, headline=BOAT, **act),
        event("two", 1, actor=guard, target=owner, headline="Four killed by coast guard on speedboat registered in Florida", **act),
    )
    assert len({alert.incident for alert in told}) == 1


def test_the_answer_to_a_blow_is_another_act_though_its_headline_is_alike():
    act = {"place": None}
    told, _ = run(
        event("one", actor=ISR, target=IRN, headline="Israel launches missiles at Iran", **act),
        event("two", 1, actor=IRN, target=ISR, headline="Iran launches missiles at Israel", **act),
    )
    assert len({alert.incident for alert in told}) == 2


def test_a_missile_that_was_intercepted_is_told_as_the_act_of_who_sent_it():
    turkey, act = side("TUR"), {"place": None, "mode": None}
    told, state = run(
        event("one", actor=turkey, target=IRN, headline="Turkey intercepts Iranian missile heading its way", **act),
        event("two", 1, actor=IRN, target=turkey, headline="Iran launches missile toward Turkey", **act),
    )
    assert [(incident.by, incident.against) for incident in state["IRN-TUR"].incidents] == [("IRN", "TUR")]
    assert len({alert.incident for alert in told}) == 1


def test_an_aircraft_shot_down_is_the_act_of_who_shot():
    _, state = run(event("one", actor=IRN, target=USA, place=None, headline="Iran shoots down American drone"))
    assert [(incident.by, incident.against) for incident in state["IRN-USA"].incidents] == [("IRN", "USA")]


def test_two_doers_who_are_both_named_did_two_acts_where_no_place_says_that_it_is_one():
    jets = {"target": IRN, "place": None}
    told, _ = run(
        event("one", actor=USA, headline="American jets bomb Iran", **jets),
        event("two", 5, actor=FRA, headline="Iranian jets downed", **jets),
    )
    assert len({alert.incident for alert in told}) == 2


def test_an_embassy_in_one_capital_is_not_one_in_another():
    riyadh, dubai = Place(name="Riyadh", country="SAU", lat=24.69, lon=46.72), Place(name="Dubai", country="ARE", lat=25.07, lon=55.17)
    hit = {"actor": IRN, "target": USA}
    told, _ = run(
        event("one", headline="Iran hits embassy in Riyadh", place=riyadh, **hit),
        event("two", 5, headline="Iran hits consulate in Dubai", place=dubai, **hit),
    )
    assert len({alert.incident for alert in told}) == 2


def test_one_headline_that_tells_a_blow_and_its_answer_tells_two_acts():
    told = {"item": "i", "story": "i", "place": None, "headline": "Israel bombs Natanz enrichment plant, Iran answers at Haifa refinery"}
    alerts, _ = run(event("one", actor=ISR, target=IRN, **told), event("two", actor=IRN, target=ISR, **told))
    assert len({alert.incident for alert in alerts}) == 2


def test_a_headline_that_tells_two_deeds_of_one_doer_rings_once():
    told = {"item": "i", "story": "i", "place": None, "headline": "Pakistan deploys troops, imposes curfew"}
    troops = event("one", type=EventType.MOBILIZE, mode="troops", intensity=-7.0, **told)
    curfew = event("two", type=EventType.COERCE, mode="curfew", intensity=-5.0, **told)
    assert [alert.incident for alert in run(troops, curfew)[0]] == [alert.incident for alert in run(troops)[0]]


def test_a_graver_deed_in_the_same_headline_rings_too():
    told = {"item": "i", "story": "i", "headline": "Pakistan orders people out of Saravan and bombs it"}
    order = event("one", type=EventType.COERCE, mode="curfew", intensity=-5.0, **told)
    assert len({alert.incident for alert in run(order, event("two", **told))[0]}) == 2


def test_one_text_of_two_targets_of_a_sanction_rings_once():
    told = {"type": EventType.SANCTION, "mode": "expel", "intensity": -6.0, "place": None, "headline": "France expels envoys of two"}
    first = event("one", actor=FRA, target=IRN, item="i", story="i", **told)
    assert len({a.incident for a in run(first, event("two", actor=FRA, target=USA, item="i", story="i", **told))[0]}) == 1
    assert len({a.incident for a in run(first, event("two", 1, actor=FRA, target=USA, **told))[0]}) == 2


def test_a_leader_killed_is_news_of_an_act_that_was_told_without():
    told, _ = run(strike("one"), strike("two", 1, outlet="one.example", headline="Supreme leader killed in Israeli strike on Tehran"))
    assert [alert.kind for alert in told] == [AlertKind.OPENED, AlertKind.UPDATED]
    assert "a leader is said to be killed" in told[1].reason


def test_in_a_war_a_number_of_dead_told_late_is_of_another_act():
    war = [strike(f"w{n}", n, place=Place(name=f"Far {n}", country="IRN", lat=27.0 + n * 2, lon=60.0)) for n in range(3)]
    vague = strike("v", 3, place=None, headline="Israel strikes Iran")
    deadly = strike("d", 8, place=None, headline="Israeli strike kills 17 in Iran", casualties=(killed(17),))
    assert len({alert.incident for alert in run(*war, vague, deadly)[0]}) == len({alert.incident for alert in run(*war, vague)[0]}) + 1
    assert len({alert.incident for alert in run(vague, deadly)[0]}) == 1


KYIV = Place(name="Kyiv", country="UKR", lat=50.45, lon=30.52)
MOSCOW = Place(name="Moscow", country="RUS", lat=55.75, lon=37.62)
RUS, UKR = side("RUS"), side("UKR")


def raid(name, hours=0.0, **told):
    return event(name, hours, **({"actor": RUS, "target": UKR, "place": KYIV, "headline": "Russia bombs Kyiv", "mode": None} | told))


def in_title(headline, act, place):
    return {
        "headline": headline,
        "evidence": tuple(
            Evidence(field="title", start=headline.index(words), end=headline.index(words) + len(words), quote=words, role=role)
            for words, role in ((act, "type"), (place, "place"))
        ),
    }


def incidents_of(*events):
    return len({alert.incident for alert in run(*events)[0]})


def test_who_was_taken_for_the_target_is_the_doer_where_it_was_on_the_soil_of_those_he_hit():
    """ "12 killed in Russian strikes on Kyiv" tells of Russia's act, whoever is taken for its target; elsewhere it may be another's."""
    toll = (killed(12),)
    misread = raid("two", 1, actor=None, target=RUS, casualties=toll, headline="12 killed in Russian strikes on Kyiv")
    assert incidents_of(raid("one", casualties=toll), misread) == 1
    assert incidents_of(raid("one", casualties=toll), replace(misread, place=MOSCOW, headline="12 killed in Moscow")) == 2


def test_the_dead_of_a_blow_from_abroad_are_not_those_of_a_country_that_tells_of_them():
    toll = (killed(15),)
    told_of = {"actor": side("UKR", sector="GOV"), "target": side("UKR", sector="CVL"), "headline": "Ukraine waits as attack kills 15"}
    assert incidents_of(raid("one", casualties=toll), raid("two", 9, casualties=toll, **told_of)) == 1
    assert incidents_of(raid("one", casualties=toll), raid("two", 9, casualties=(killed(40),), **told_of)) == 2


def test_one_text_that_tells_the_same_dead_of_the_same_doer_twice_tells_one_act():
    text = {"item": "i", "story": "s", "outlet": "same.example", "casualties": (killed(6),)}
    other = {"actor": side("RUS", sector="MIL"), "target": side("RUS", sector="CVL"), "place": MOSCOW}
    assert incidents_of(raid("one", **text), raid("two", **other, **text)) == 1
    assert incidents_of(raid("one", **text), raid("two", **other, **text | {"casualties": (killed(8),)})) == 2


@pytest.mark.parametrize(
    ("doer", "target", "alike"), [("MIL", "UAF", True), ("REB", "GOV", True), ("MIL", "CVL", False), ("REB", "CVL", False)]
)
def test_a_state_and_those_in_arms_against_it_are_the_same_two_whatever_they_are_called(doer, target, alike):
    baidoa = {"place": Place(name="Baidoa", country="SOM", lat=3.11, lon=43.65), "mode": None, "headline": "Fighting for a city"}
    first = event("one", actor=side("SOM", sector="MIL"), target=side("SOM", sector="REB"), **baidoa)
    second = event("two", 5, actor=side("SOM", sector=doer), target=side("SOM", sector=target), **baidoa | {"headline": "Guns in a town"})
    assert (incidents_of(first, second) == 1) is alike


def test_a_country_stands_for_a_group_only_where_the_group_was_hit_there():
    kurds = replace(side("KURDS"), country=None)
    iraq = Place(name="Iraq", country="IRQ")
    first = event("one", actor=IRN, target=kurds, place=iraq, headline="Iran hits Kurds")
    assert incidents_of(first, event("two", 1, actor=IRN, target=side("IRQ"), place=None, headline="Iran fires at Iraq")) == 1
    assert incidents_of(first, event("two", 1, actor=IRN, target=side("ARE"), place=None, headline="Iran fires at Emirates")) == 2


def test_a_town_of_the_doer_that_the_headline_names_beside_the_act_is_not_where_it_was():
    beside = in_title("Drones over Moscow as Russian missiles kill ten in a village", "missiles kill", "Moscow")
    _, state = run(raid("one", place=MOSCOW, casualties=(killed(10),), **beside))
    assert state["RUS-UKR"].incidents[0].places == ()
    _, state = run(raid("one", place=MOSCOW, **in_title("Russian missiles kill envoys in Moscow", "missiles kill", "Moscow")))
    assert state["RUS-UKR"].incidents[0].places == (MOSCOW,)


def test_a_town_on_the_targets_soil_is_kept_beside_one_that_was_misread():
    astray = Place(name="Central", country="USA", lat=34.72, lon=-82.78)
    told = {"item": "i", "story": "s"}
    _, state = run(raid("one", place=astray, **told), raid("two", **told), raid("three", 1, casualties=(killed(9),)))
    assert [place.name for place in state["RUS-UKR"].incidents[0].places] == ["Central", "Kyiv"]
    assert len(state["RUS-UKR"].incidents) == 1


def test_what_a_headline_only_says_its_news_comes_after_waits_for_a_second_house():
    below = (Evidence(field="summary", start=90, end=97, quote="missile strikes"),)
    assert not run(raid("one", evidence=below, headline="Emirates cut trade after missile strikes"))[0]
    assert run(raid("one", evidence=below, headline="Missile strikes cut trade"))[0]
    assert not run(raid("one", evidence=below, headline="Russia talks", place=None))[0]


def test_a_ship_taken_by_nobody_known_rings_and_a_shop_does_not():
    taken = {"type": EventType.COERCE, "mode": "seize", "actor": None, "target": side("YEM"), "place": Place(name="Yemen", country="YEM")}
    assert run(event("one", headline="Gunmen seize tanker off Yemen", intensity=-7.0, **taken))[0]
    assert not run(event("one", headline="Gunmen seize bakery in Yemen", intensity=-7.0, **taken))[0]


def test_a_great_number_of_dead_that_a_text_reminds_of_below_its_headline_is_that_of_the_known_act():
    below = (Evidence(field="summary", start=80, end=87, quote="attacks"),)
    paris = Place(name="Paris", country="FRA", lat=48.86, lon=2.35)
    first = event("one", actor=IS, target=FRA, place=paris, casualties=(killed(128),), headline="Attacks on Paris kill 128")
    later = {"actor": None, "target": FRA, "place": None, "evidence": below, "headline": "French jets attack a town"}
    assert incidents_of(first, event("two", 48, casualties=(killed(120),), **later)) == 1
    assert incidents_of(first, event("two", 48, casualties=(killed(60),), **later)) == 2
