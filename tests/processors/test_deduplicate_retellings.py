"""Which items of two outlets are one text, and which only look it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from processors.deduplicate import Deduplicator
from tests.values import NOON, item
from tocsin.model import Relation

HOUR = timedelta(hours=1)
LEAD = (
    "The navy of Adra said on Monday that two patrol boats were sunk in the strait after a drone attack it blamed on rebels based "
    "across the water, the third such raid on shipping since the truce collapsed last month."
)


def told(one, other, hours=1, leads=("", ""), urls=("https://one.example/a", "https://two.example/b")):
    """The relation of the second item to the first, from another outlet `hours` later."""
    deduplicator = Deduplicator({})
    first = item("first", feed="one", outlet="one.example", title=one, summary=leads[0], url=urls[0])
    second = item("second", feed="two", outlet="two.example", title=other, summary=leads[1], url=urls[1], fetched=NOON + hours * HOUR)
    deduplicator.relate(first)
    story = deduplicator.relate(second)
    assert (story.id == "first") == (story.relation is Relation.RETELLING)
    return story.relation


ONE_TEXT = [
    ("word for word", "Adra's navy says two patrol boats sunk in strait", "Adra's navy says two patrol boats sunk in strait"),
    ("case, quotes and dashes", "‘No surrender’: rebels reject Adra’s truce offer", "'No Surrender': Rebels Reject Adra's Truce Offer"),
    ("an outlet behind it", "Rebels reject truce offer by Adra - Reuters", "Rebels reject truce offer by Adra - The Cape Herald"),
    ("a label in front", "Exclusive-Rebels reject truce offer by Adra", "Breaking: Rebels reject truce offer by Adra"),
    ("number words", "Seven killed as Saudi coalition strikes port in Yemen", "7 killed as Saudi coalition hits port in Yemen"),
    ("spellings of a name", "Zelenskiy names new defence chief after Kiev visit", "Zelenskyy names new defense chief after Kyiv visit"),
    ("U.S. and US", "Trump says U.S. will answer if Iran strikes again", "Trump says US will answer if Iran strikes again"),
    ("an attribution moved", "Adra sank two boats in the strait, navy says", "Navy says Adra sank two boats in the strait"),
    ("a capital for its country", "Moscow summons ambassador over tanker seizure", "Russia summons ambassador over tanker seizure"),
    (
        "an outlet that adds a word",
        "Landslide buries village in Nepal, dozens missing",
        "Landslide buries village in western Nepal, dozens missing",
    ),
]


@pytest.mark.parametrize(("why", "one", "other"), ONE_TEXT, ids=[why for why, *_ in ONE_TEXT])
def test_a_headline_in_another_outlets_dress_is_a_retelling(why, one, other):
    assert told(one, other) is Relation.RETELLING


TWO_TEXTS = [
    ("the direction", "Iran strikes Pakistan", "Pakistan strikes Iran"),
    (
        "the direction, as people",
        "Iranian drones hit Pakistani border post, officials say",
        "Pakistani drones hit Iranian border post, officials say",
    ),
    ("the direction, passive", "Tanker crew of Iran seized by Pakistan in gulf", "Tanker crew of Pakistan seized by Iran in gulf"),
    ("the direction, told in few words", "Al-Shabaab attacks Somali army base", "Somali army attacks Al-Shabaab base"),
    ("hit and hit by", "Russia hit by Ukrainian drones", "Russia hits Ukrainian drones"),
    ("the direction, names we do not know", "Smith beats Jones to lead party", "Jones beats Smith to lead party"),
    ("what was hit", "Russian missile hits Kharkiv", "Russian missile hits Kherson"),
    ("what was taken", "M23 rebels seize Goma", "M23 rebels seize Bukavu"),
    ("who was hit", "Russian strike on Kharkiv kills three", "Russian strike on Odesa kills three"),
    ("who struck", "Israeli strike kills two in southern Lebanon", "Syrian strike kills two in southern Lebanon"),
    ("the toll", "Ferry fire kills 10 off Adra coast", "Ferry fire kills 95 off Adra coast"),
    ("the toll, in words", "Ferry fire kills ten off Adra coast", "Ferry fire kills a dozen off Adra coast"),
    ("one of two tolls", "Ferry fire kills 1, 1 missing off Adra", "Ferry fire kills 8, 1 missing off Adra"),
    ("a toll that looks like a year", "Quake toll in Adra rises to 2000", "Quake toll in Adra rises to 2007"),
    ("killed and wounded", "Drone raid kills four at port of Adra", "Drone raid wounds four at port of Adra"),
    ("announced and done", "Pakistan, Turkey to sign defence pact in Jeddah", "Pakistan, Turkey sign defence pact in Jeddah"),
    ("threatened and done", "Iran threatens to close strait of Hormuz", "Iran closes strait of Hormuz"),
    ("said and denied", "Iran shot down drone over gulf, army says", "Iran denies it shot down drone over gulf, army says"),
    ("begun and ended", "Easter ceasefire between Russia and Ukraine begins", "Easter ceasefire between Russia and Ukraine ends"),
    ("the day", "What to watch in the vote on Monday in Adra", "What to watch in the vote on Tuesday in Adra"),
    ("the edition", "News bulletin | July 22nd – Morning", "News bulletin | July 22nd – Evening"),
    ("the hour", "Asian headlines at 4:10 a.m. GMT", "Asian headlines at 6:16 a.m. GMT"),
    ("how often", "Blasts heard over Doha for second day", "Blasts heard over Doha for third day"),
    ("the quote", "'We will not kneel', Adra's president says in speech", "'Talks are open to all', Adra's president says in speech"),
    ("the sentence", "Trump says Iran must surrender", "Trump says Iran must negotiate"),
    ("north and south", "Militants attack army post in northern Mali", "Militants attack army post in southern Mali"),
]


@pytest.mark.parametrize(("why", "one", "other"), TWO_TEXTS, ids=[why for why, *_ in TWO_TEXTS])
def test_headlines_that_differ_in_what_matters_are_two_stories(why, one, other):
    assert told(one, other) is Relation.NEW
    assert told(other, one) is Relation.NEW


def test_one_lead_under_another_headline_is_a_retelling():
    assert (
        told(
            "Two patrol boats sunk in strait",
            "Adra blames rebels for patrol boats lost in strait",
            leads=(f"ADRA, March 2 (Reuters) - {LEAD}", LEAD),
        )
        is Relation.RETELLING
    )


def test_one_lead_with_another_toll_is_an_update():
    leads = (
        "Drones struck a college in the capital early on Friday, killing four people and wounding dozens of others, officials said.",
    ) * 2
    updated = leads[1].replace("four", "six")
    assert told("College hit in the capital", "College in the capital hit by drones", leads=(leads[0], updated)) is Relation.NEW


def test_one_headline_over_two_leads_is_two_raids():
    other = (
        "Rockets fell on the fish market of Adra overnight and set three stalls on fire, the mayor said, but nobody was there at that hour."
    )
    assert told("Raid on the harbour of Adra", "Raid on the harbour of Adra", leads=(LEAD, other)) is Relation.NEW


def test_a_raid_a_day_later_is_another_raid():
    headline = "Drone raid on the harbour of Adra kills two"
    assert told(headline, headline, hours=3) is Relation.RETELLING
    assert told(headline, headline, hours=24) is Relation.NEW


def test_a_series_is_retold_only_at_once():
    assert told("War in the gulf: latest developments", "War in the gulf: latest developments", hours=6) is Relation.NEW


def test_the_headline_in_the_address_counts():
    address = "https://two.example/world/adra-navy-says-two-patrol-boats-sunk-in-strait-1294"
    urls = ("https://one.example/a", address)
    assert (
        told("Adra's navy says two patrol boats sunk in strait", "Rebels blamed as patrol boats go down off Adra", urls=urls)
        is Relation.RETELLING
    )


def test_what_left_the_window_is_not_compared():
    headline = "Adra's parliament passes the longest budget in its history after a night of votes"
    assert told(headline, headline, hours=71) is Relation.RETELLING
    assert told(headline, headline, hours=73) is Relation.NEW
