"""Which act a toll belongs to, seen through the whole tagger."""

from datetime import UTC, datetime

import pytest

from processors.tag import Tagger
from tocsin.model import NewsItem, Sign

NOON = datetime(2024, 1, 18, 12, tzinfo=UTC)
TAGGER = Tagger()


def events(title="", text="", at=NOON):
    item = NewsItem(id="1", feed="f", outlet="o", url="https://example.org/1", title=title, summary="", text=text, published=at, fetched=at)
    return TAGGER.tag(item)


def killed(told):
    return [toll.min for event in told for toll in event.casualties if toll.kind == "killed"]


def by_actor(told):
    return {event.actor.country or event.actor.id: killed([event]) for event in told if event.actor and event.type == "ASSAULT"}


def test_a_toll_belongs_to_the_act_of_its_sentence():
    told = events(text="Israel bombed Lebanon, killing 12 people. Russia shelled Ukraine, killing three soldiers.")
    assert by_actor(told) == {"ISR": [12], "RUS": [3]}


def test_the_killing_of_a_relative_clause_is_the_outcome_of_its_act():
    told = events(text="Israeli warplanes bombed a camp in Lebanon on Monday, in a raid that killed seven people.")
    assert by_actor(told)["ISR"] == [7]


def test_what_followed_another_act_keeps_its_own_dead():
    told = events(text="Israel bombed a camp in Lebanon on Monday after an attack by Hamas that killed 12 Israelis.")
    assert by_actor(told)["ISR"] == []


def test_a_toll_told_after_its_act_belongs_to_it():
    told = events(text="Israel bombed a camp in Lebanon on Tuesday. At least 12 people were killed, doctors said.")
    assert by_actor(told) == {"ISR": [12]}


def test_a_toll_that_comes_first_waits_for_its_act():
    told = events(text="Twelve people died. Israel bombed a camp in Lebanon on Tuesday.")
    assert by_actor(told) == {"ISR": [12]}


def test_an_old_toll_is_not_the_act_s():
    told = events(text="Israel bombed a camp in Lebanon on Tuesday. In March 2011 a bomb killed 40 people there.")
    assert by_actor(told) == {"ISR": []}


def test_a_killing_by_nobody_we_know_stands_for_itself_and_moves_no_dyad():
    (event,) = events(text="Two aid workers were murdered on the road.")
    assert (event.type, event.sign, killed([event])) == ("ASSAULT", Sign.NEUTRAL, [2])


@pytest.mark.parametrize(
    "text", ["Two aid workers were shot at on the road.", "Five people were killed when a bus hit a truck on the motorway."]
)
def test_no_known_side_and_no_force_that_killed_is_no_event(text):
    assert killed(events(text=text)) == []


def test_a_killing_told_without_any_act_we_know_stands_for_itself():
    (event,) = [event for event in events(text="Two men were burned to death by a crowd in the market.") if killed([event])]
    assert (event.type, event.sign, event.rule, killed([event])) == ("ASSAULT", Sign.NEUTRAL, "toll", [2])


def test_the_dead_need_force_told_somewhere():
    assert killed(events(text="Two men were found dead in a house.")) == []
    assert killed(events(text="Raiders ambushed a convoy. Two men were found dead in a house.")) == [2]


def test_wounds_show_that_the_dead_died_by_force():
    assert killed(events(text="Two men were found dead with gunshot wounds on a road.")) == [2]


def test_the_month_of_may_makes_no_act_doubtful():
    text = "On 4 May Taliban gunmen shot two police officers dead in Kabul."
    (event,) = [event for event in events(text=text, at=datetime(2024, 5, 5, tzinfo=UTC)) if killed([event])]
    assert event.status == "reported"


def test_the_feared_dead_are_reported():
    (event,) = [event for event in events(text="Four soldiers are feared dead after an al-Shabaab attack on a base.") if killed([event])]
    assert (event.status, killed([event])) == ("reported", [4])


def test_every_number_is_evidenced_where_it_stands():
    text = "Israel bombed Lebanon. The death toll rose to 95."
    (evidence,) = [evidence for event in events(text=text) for evidence in event.evidence if evidence.role == "number"]
    assert text[evidence.start : evidence.end] == evidence.quote == "death toll rose to 95"
