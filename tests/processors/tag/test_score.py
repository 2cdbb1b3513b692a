"""Every figure counts what it says: one gold row, one answer, one figure at a time."""

import pytest

from processors.tag.gold import Gold, Toll, Want
from processors.tag.score import Rate, names, score, totals
from tests.values import event, item, killed, side
from tocsin.model import Actor, Casualties, EventType, Evidence, Place, Response, Sign, Status

TEXT = item(title="strikes hit Saravan, 9 killed")


def gold(**told) -> Gold:
    return Gold(**({"item": TEXT} | told))


def test_a_label_missed_is_a_false_negative_of_its_class_and_a_false_positive_of_the_other():
    labels = score([(gold(label="deescalation"), [event()])]).labels
    assert (labels["escalation"].fp, labels["deescalation"].fn) == (1, 1)


def test_a_row_whose_label_is_not_judged_counts_in_no_class():
    figures = score([(gold(), [event()])])
    assert (figures.labels["escalation"].fp, figures.false_alarms.of) == (0, 0)


def test_an_alarm_on_a_row_of_none_is_a_false_alarm():
    assert score([(gold(label="none"), [event()]), (gold(label="none"), [])]).false_alarms == Rate(1, 2)


def test_types_are_counted_as_the_set_of_the_item():
    types = frozenset({frozenset({"ASSAULT"}), frozenset({"SANCTION"})})
    counts = score([(gold(types=types), [event(), event("f"), event("g", type=EventType.THREATEN)])]).types
    assert (counts.tp, counts.fp, counts.fn) == (1, 1, 1)


def test_an_act_said_not_to_be_real_is_never_a_false_type():
    assert score([(gold(types=frozenset()), [event(status=Status.HISTORICAL)])]).types.fp == 0


@pytest.mark.parametrize(
    ("want", "lacks"),
    [
        (Want(actor="IRN"), "actor"),
        (Want(target=["USA", "ISR"]), "target"),
        (Want(type="SANCTION"), "type"),
        (Want(mode=["drone", "heavy-weapons"]), "mode"),
        (Want(sign="deescalation"), "sign"),
        (Want(status=["denied"]), "status"),
        (Want(place="Kerman"), "place"),
        (Want(place_country="PAK"), "place_country"),
        (Want(on="2024-01-18"), "on"),
        (Want(killed=7), "killed"),
        (Want(killed=0), "killed"),
        (Want(killed_max=8), "killed_max"),
        (Want(injured=1), "injured"),
        (Want(responds_to=Want()), "responds_to"),
    ],
    ids=lambda told: told if isinstance(told, str) else "",
)
def test_an_event_lacks_the_part_it_has_not(want, lacks):
    figures = score([(gold(must=(want,)), [event(casualties=(killed(9),))])])
    assert figures.facets[lacks] == Rate(0, 1)
    assert figures.events == Rate(0, 1)


def test_an_event_that_has_every_part_is_found_whole():
    want = Want(
        actor="PAK", target=["BLA", "IRN"], type="ASSAULT", mode=["aerial"], place="saravan", killed=[7, 9], responds_to=Want(actor="IRN")
    )
    answer = event(casualties=(killed(9),), responds_to=Response(quote="in retaliation", actor=side("IRN")))
    assert score([(gold(must=(want,)), [answer])]).events == Rate(1, 1)


def test_a_place_is_known_in_any_spelling_that_differs_by_accents():
    answer = event(place=Place(name="Lashkar Gāh", country="AFG"))
    assert score([(gold(must=(Want(place="Lashkar Gah"),)), [answer])]).events == Rate(1, 1)


def test_parts_are_taken_from_the_event_that_is_nearest_not_from_several():
    want = Want(actor="PAK", type="SANCTION")
    facets = score([(gold(must=(want,)), [event(), event("f", actor=side("IRN"), type=EventType.SANCTION)])]).facets
    assert facets["actor"].right + facets["type"].right == 1


@pytest.mark.parametrize(
    ("status", "kind", "found"), [("planned", "SANCTION", True), ("planned", "ASSAULT", False), ("negated", "SANCTION", False)]
)
def test_without_a_status_force_must_be_real_and_other_acts_may_lie_ahead(status, kind, found):
    answer = event(type=EventType(kind), status=Status(status))
    assert score([(gold(must=(Want(type=kind),)), [answer])]).events.right == found


def test_a_trap_is_fallen_for_only_by_an_event_with_all_its_parts():
    row = gold(must_not=(Want(actor="PAK", status="reported"), Want(actor="PAK", status="denied"), Want(killed=12)))
    assert score([(row, [event(casualties=(killed(12),))])]).traps == Rate(1, 3)


def test_the_toll_of_an_item_is_the_highest_of_its_real_events():
    row = gold(tolls=(Toll("killed", frozenset({9})), Toll("injured", frozenset({3}))))
    told = [event(casualties=(killed(2), killed(9))), event("f", status=Status.HISTORICAL, casualties=(killed(85),))]
    figures = score([(row, told)])
    assert (figures.killed, figures.injured) == (Rate(1, 1), Rate(0, 1))


def test_a_toll_of_none_is_counted_apart():
    figures = score([(gold(tolls=(Toll("killed", frozenset({0})),)), [event()])])
    assert (figures.killed, figures.killed_none) == (Rate(0, 0), Rate(1, 1))


@pytest.mark.parametrize(
    "bad",
    [
        {"evidence": ()},
        {"evidence": (Evidence(field="title", start=1, end=8, quote="strikes"),)},
        {"evidence": (Evidence(field="text", start=0, end=7, quote="strikes"),)},
        {"casualties": (Casualties(kind="killed", min=9, max=9, quote="nine killed"),)},
    ],
    ids=["no evidence", "wrong offsets", "wrong field", "a toll whose quote stands nowhere"],
)
def test_a_quote_that_does_not_stand_there_is_an_evidence_error(bad):
    assert score([(gold(), [event(**bad)])]).evidence == Rate(0, 1)
    assert score([(gold(), [event()])]).evidence == Rate(1, 1)


def test_bands_say_how_often_events_of_a_confidence_are_right():
    row = gold(must=(Want(actor="PAK", type="ASSAULT"),))
    bands = score([(row, [event(confidence=0.9), event("f", confidence=0.6, sign=Sign.ESCALATION, actor=side("IRN"))])]).bands
    assert bands == {"0.85-": Rate(1, 1), "0.50-": Rate(0, 1)}


@pytest.mark.parametrize(
    ("said", "wanted", "same"),
    [
        (side("FRA"), "FRA", True),
        (Actor(text="Houthi rebels"), "Houthis", True),
        (Actor(text="the Lord's Resistance Army"), "Lord's Resistance Army", True),
        (Actor(text="Kurdish militants", id="PKK"), "PKK", True),
        (Actor(text="the foreign minister of France"), "minister of Ghana", False),
        (Actor(text="the president"), "the prime minister", False),
        (None, "FRA", False),
    ],
    ids=str,
)
def test_an_actor_is_known_by_id_by_country_or_by_half_its_words(said, wanted, same):
    assert names(said, wanted) is same


def test_rates_of_one_family_are_summed():
    assert totals({"toll:words": Rate(1, 2), "toll:range": Rate(1, 1), "flip": Rate(0, 1)}) == {"toll": Rate(2, 3), "flip": Rate(0, 1)}
