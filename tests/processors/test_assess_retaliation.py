"""Who answered whom, after how many hours: only where a text says so, and whichever is told first."""

from datetime import timedelta

import pytest

from processors.assess import Assessor
from tests.values import NOON, event, side
from tocsin.model import EventType, Evidence, Place, Response, Status

PAK, IRN, FRA, ISR = map(side, ("PAK", "IRN", "FRA", "ISR"))
PANJGUR = Place(name="Panjgur", country="PAK", lat=26.97, lon=64.1)
SARAVAN = event().place
LAHORE = Place(name="Lahore", country="PAK", lat=31.55, lon=74.34)
PARIS = Place(name="Paris", country="FRA", lat=48.85, lon=2.35)
RAQQA = Place(name="Raqqa", country="SYR", lat=35.95, lon=39.01)
IN_RESPONSE = Response(quote="in response to the strike", type=EventType.ASSAULT)


def blow(name, hours=0.0, **told):
    return event(name, hours, **({"actor": IRN, "target": PAK, "place": PANJGUR, "headline": "Iran strikes Panjgur"} | told))


def answer(name, hours=0.0, **told):
    return event(name, hours, **({"responds_to": IN_RESPONSE} | told))


def run(*events):
    assess = Assessor(state := {})
    return [alert for told in events for alert in assess(told)], state


def links(alerts):
    return [alert.responds_to and alert.responds_to.incident for alert in alerts]


def test_an_answer_finds_the_blow_of_the_other_side_and_says_after_how_many_hours():
    told, _ = run(blow("one"), answer("two", 40))
    link = told[1].responds_to
    assert (link.incident, link.hours, link.by, link.against) == (told[0].incident, 40, "IRN", "PAK")
    assert "40 hours before" in told[1].reason


def test_a_strike_that_says_nothing_of_an_answer_is_none():
    assert links(run(blow("one"), event("two", 40))[0]) == [None, None]


def test_an_answer_without_a_known_blow_keeps_its_words():
    (told,), _ = run(answer("two"))
    assert (told.responds_to.incident, told.responds_to.quote) == (None, IN_RESPONSE.quote)


def test_a_bare_word_of_retaliation_counts_behind_the_doer_in_a_headline_alone():
    bare = Response(quote="retaliatory")
    pakistan = side("PAK", text="Pakistan")
    told = {"actor": pakistan, "responds_to": bare}
    for headline, counts in (
        ("Pakistan launches retaliatory strikes on Iran", True),
        ("Strikes on Saravan", False),
        ("After retaliatory strikes, Pakistan is praised", False),
        ("Pakistan vows retaliatory strikes", False),
        ("Pakistan is told of Iran's retaliatory strikes", False),
    ):
        (alert,) = run(event("two", 40, headline=headline, **told))[0]
        assert bool(alert.responds_to) is counts, headline


def test_force_is_not_taken_for_an_answer_to_a_threat_that_is_not_named():
    threat = blow("threat", type=EventType.THREATEN, mode=None, intensity=-4.0, place=None)
    bare = {
        "headline": "Pakistan launches retaliatory strikes",
        "actor": side("PAK", text="Pakistan"),
        "responds_to": Response(quote="retaliatory"),
    }
    assert links(run(threat, event("two", 40, **bare))[0])[-1] is None


def test_one_does_not_answer_oneself_nor_what_came_later():
    assert links(run(event("one"), answer("two", 40))[0]) == [None, None]
    assert links(run(answer("two"), blow("one", 40))[0])[0] is None


def test_of_several_blows_the_named_place_tells_else_the_latest():
    earlier = blow("far", place=Place(name="Quetta", country="PAK", lat=30.18, lon=67.0))
    latest = blow("one", 10)
    told, _ = run(earlier, latest, answer("two", 40))
    assert told[2].responds_to.incident == told[1].incident
    told, _ = run(earlier, latest, answer("two", 40, responds_to=Response(quote="for Quetta", place=earlier.place)))
    assert told[2].responds_to.incident == told[0].incident


def test_a_blow_of_another_type_is_not_the_one_that_is_named():
    threat = blow("threat", 20, type=EventType.THREATEN, mode=None, intensity=-4.0, place=None)
    told, _ = run(blow("one"), threat, answer("two", 40, responds_to=Response(quote="for the strike", type=EventType.ASSAULT)))
    assert told[2].responds_to.incident == told[0].incident


def test_a_blow_by_unnamed_hands_is_found_by_its_place():
    attack = event("one", actor=None, target=FRA, place=PARIS, mode="explosives")
    raid = event("two", 48, actor=FRA, target=side("SYR"), place=RAQQA, responds_to=Response(quote="the Paris attacks", place=PARIS))
    told, _ = run(attack, raid)
    assert told[1].responds_to.incident == told[0].incident


def test_a_blow_between_the_named_two_is_found_in_their_dyad():
    blow_on_lebanon = event("one", actor=ISR, target=side("LBN"), place=None)
    reply = Response(quote="for Israel's strike on Beirut", actor=ISR, target=side("LBN"))
    told, _ = run(blow_on_lebanon, event("two", 20, actor=IRN, target=ISR, place=None, responds_to=reply))
    assert told[1].responds_to.incident == told[0].incident


def test_an_answer_that_was_told_first_is_linked_when_the_earlier_blow_comes():
    dated = {"on": NOON.date() - timedelta(days=1)}
    told, state = run(answer("two"), blow("one", 3, **dated))
    assert [i.responds_to.incident for i in state["IRN-PAK"].incidents if i.responds_to] == [told[1].incident]
    later = answer("three", 4, casualties=(), status=Status.DENIED)
    assert links(list(Assessor(state)(later))) == [told[1].incident]


def test_a_further_blow_is_not_taken_for_the_one_that_was_answered():
    told, state = run(answer("two"), blow("one", 3, on=NOON.date() + timedelta(days=1)))
    assert [i.responds_to.incident for i in state["IRN-PAK"].incidents if i.responds_to] == [None]
    assert links(told) == [None, None]


def test_the_chain_goes_back_to_the_first_blow():
    told, _ = run(blow("one"), answer("two", 20), blow("three", 45, place=SARAVAN, responds_to=IN_RESPONSE))
    assert [(step.incident, step.hours) for step in told[2].chain] == [(told[1].incident, 25), (told[0].incident, 20)]


def retaliation(name, hours, headline, quote="retaliatory"):
    return event(name, hours, place=None, actor=side("PAK", text="Pakistan"), headline=headline, responds_to=Response(quote=quote))


def test_what_an_answer_answers_is_not_what_it_hit():
    told, _ = run(
        blow("one", place=None, headline="Iran strikes Pakistan"),
        blow(
            "two",
            1,
            place=None,
            headline="Iran strikes Pakistan in retaliation for embassy attack",
            outlet="one.example",
            responds_to=Response(quote="in retaliation for embassy attack", type=EventType.ASSAULT),
        ),
    )
    assert not any("embassy or" in alert.reason for alert in told)


def test_an_act_that_only_the_text_below_a_headline_tells_answers_nothing():
    below = (Evidence(field="summary", start=200, end=207, quote="strikes"),)
    told, state = run(blow("one"), answer("two", 5, evidence=below), answer("three", 6, evidence=below, responds_to=None))
    assert not any(links(told))
    assert [known.by for known in state["IRN-PAK"].incidents] == ["IRN", "PAK"]


@pytest.mark.parametrize(
    ("hours", "others", "linked"),
    [(20, False, True), (33, False, True), (80, False, False), (20, True, True), (33, True, False)],
    ids=["within a day", "the only blow of three days", "an old one", "one of two, within a day", "one of two, later"],
)
def test_words_that_name_nothing_speak_of_the_last_day_or_of_the_only_blow(hours, others, linked):
    believed = [blow("one"), blow("two", 1)]
    if others:
        believed += [
            blow("three", 2, place=LAHORE, headline="Iran strikes Lahore"),
            blow("four", 3, place=LAHORE, headline="Iran strikes Lahore"),
        ]
    told, _ = run(*believed, retaliation("answer", hours, "Pakistan launches retaliatory strikes on Iran"))
    assert bool(links(told)[-1]) is linked


def test_who_suffers_retaliatory_strikes_did_not_launch_them():
    told, _ = run(blow("one"), blow("two", 1), retaliation("three", 5, "Pakistan suffered losses in retaliatory strikes on Iran"))
    assert not any(links(told))


def test_an_answer_is_linked_anew_when_a_nearer_blow_is_told_late():
    quetta = Place(name="Quetta", country="PAK", lat=30.18, lon=67.0)
    old, late = blow("old"), blow("late", 38, place=quetta, headline="Iran strikes Quetta")
    told, state = run(old, answer("reply", 40), late)
    linked = next(known.responds_to for known in state["IRN-PAK"].incidents if known.by == "PAK")
    assert (linked.incident, linked.hours) == (told[-1].incident, 2)
