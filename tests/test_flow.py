"""The three segments together, over a real store: what a night's feeds must and must not ring the bell for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from sinks.route import RoutingSettings
from tests.values import NOON, item
from tocsin.assembly import segments_of
from tocsin.dispatch import Dispatch
from tocsin.intake import Flood, Intake
from tocsin.model import AlertKind, NewsItem
from tocsin.settings import Settings
from tocsin.store import Store

BUILD = segments_of(Settings())


@pytest.fixture
def intake():
    store = Store.temporary()
    yield Intake(store, BUILD, lambda alert: store.add_alert(alert, ()), lambda: NOON)
    store.close()


def told(name: str, title: str, summary: str = "", *, hours: float = 0, **also) -> NewsItem:
    moment = NOON + timedelta(hours=hours)
    return item(name, **({"title": title, "summary": summary, "published": moment, "fetched": moment, "guid": name} | also))


RAID = told(
    "raid", "Israeli air strike on Aleppo kills 12", "An Israeli air strike on the Syrian city of Aleppo killed 12 people, officials said."
)


def test_an_entry_that_stays_in_its_feed_for_a_month_is_alerted_once(intake):
    raised = intake.take([RAID])
    for day in range(1, 31):
        moment = NOON + timedelta(days=day)
        noise = told(f"noise-{day}", f"Local choir wins prize number {day}", hours=24 * day)
        raised += intake.take([replace(RAID, fetched=moment), noise])
    assert [alert.kind for alert in raised if alert.kind is not AlertKind.RESOLVED] == [AlertKind.OPENED]


def test_the_same_body_twice_raises_the_same_alerts_by_id(intake):
    first = intake.take([RAID])
    assert len(first) == 1
    assert intake.take([RAID]) == []


def test_a_wire_copy_and_an_edited_headline_raise_nothing_new(intake):
    intake.take([RAID])
    copy = replace(RAID, id="copy", feed="https://other.example/rss", outlet="other.example", guid="c", fetched=NOON + timedelta(hours=1))
    edited = replace(RAID, title="Israeli air strike on Aleppo kills 12 - officials", fetched=NOON + timedelta(hours=2))
    assert intake.take([copy, edited]) == []


def test_a_rising_toll_updates_the_incident_it_belongs_to(intake):
    (opened,) = intake.take([RAID])
    later = told(
        "toll", "Death toll in Israeli strike on Aleppo rises to 30", "The toll in the Israeli air strike on Aleppo rose to 30.", hours=3
    )
    (updated,) = (alert for alert in intake.take([later]) if alert.kind is AlertKind.UPDATED)
    assert updated.incident == opened.incident
    assert [(toll.kind, toll.max) for toll in updated.tolls] == [("killed", 30)]


def test_old_news_of_a_feeds_first_poll_rings_no_bell(intake):
    old = replace(RAID, published=NOON - timedelta(days=2), baseline=True)
    assert intake.take([old]) == []


NOISE = [
    "Price war hits supermarkets as rivals strike back",
    "Striker fires hat-trick as Arsenal attack destroys Spurs",
    "Superhero film bombs at the box office",
    "Actor suffers heart attack on set",
    "Nurses strike over pay enters second week",
    "Town marks 80th anniversary of the bombing of Dresden",
    "Iran and Pakistan agree to lower trade tariffs",
    "",
    "War",
]


@pytest.mark.parametrize("title", NOISE)
def test_other_news_in_the_same_words_rings_no_bell(intake, title):
    raised = intake.take([told("noise", title)])
    assert [alert for alert in raised if alert.sign == "escalation"] == []


def test_a_feed_that_turns_evil_rings_a_few_times_and_once_for_the_rest():
    """A thousand war headlines in one body: each is kept, most are told in one digest."""
    countries = "Chad Kenya Ghana Mali Niger Togo Benin Gabon Angola Zambia Malawi Uganda Rwanda Burundi Sudan Libya Egypt Tunisia Algeria Morocco".split()
    headlines = [f"{one} bombs {other}, killing {20 + n}" for n, (one, other) in enumerate(permutations(countries, 2))]
    store = Store.temporary()
    dispatch = Dispatch(store, RoutingSettings(), ["desk"], lambda: NOON)
    intake = Intake(store, BUILD, dispatch, lambda: NOON, flood=Flood(20, dispatch.flood))
    raised = intake.take(item(str(n), title=title) for n, title in enumerate(headlines))
    told = store.deliveries()["desk"]
    escalations = sum(alert.kind is AlertKind.ESCALATED for alert in raised)
    store.close()
    assert len(raised) > 150
    assert told["pending"] <= 20 + escalations + 1
    assert told["pending"] + told["suppressed"] == len(raised) + 1
