"""What an item is to those seen before: identity, edits, and the law that the same item gets the same answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.deduplicate import DedupeSettings, Deduplicator, Seen
from tests.values import NOON, item
from tocsin.model import Relation
from tocsin.wire import dump, load

NEW, SAME, REVISION = Relation.NEW, Relation.SAME, Relation.REVISION
HOUR = timedelta(hours=1)

RAID = item("raid", guid="1", url="https://news.example/world/raid", title="Raid on the harbour of Adra", summary="Boats burned.")


def after(hours, **changes):
    return replace(RAID, fetched=NOON + hours * HOUR, **changes)


# What comes second -> its relation to the raid, and what changed. Ids differ where the source of the item made them up anew.
SECOND = [
    ("fetched again", after(1), SAME, ()),
    ("fetched again, its spacing and case changed", after(1, title="Raid  on the Harbour of Adra "), SAME, ()),
    ("edited title", after(1, title="Raid on the port of Adra"), REVISION, ("title",)),
    ("edited summary", after(1, summary="Boats sank."), REVISION, ("summary",)),
    ("a text that was not there", after(1, text="At dawn ..."), REVISION, ("text",)),
    ("a summary left out says nothing new", after(1, summary=""), SAME, ()),
    ("changed guid, same address", after(1, id="x", guid="2"), SAME, ()),
    ("changed guid and title, same address", after(1, id="x", guid="2", title="Port raided"), REVISION, ("title",)),
    ("moved address, same guid", after(1, id="x", url="https://news.example/asia/raid"), SAME, ()),
    ("tracking parameters", after(1, id="x", guid="", url="https://news.example/world/raid?utm_source=rss"), SAME, ()),
    ("the AMP page, from another feed", after(1, id="x", feed="other", guid="", url="http://amp.news.example/world/raid"), SAME, ()),
    (
        "the mobile page, edited",
        after(1, id="x", guid="", url="http://m.news.example/world/raid/", title="Port raided"),
        REVISION,
        ("title",),
    ),
    (
        "another guid and address in the same feed",
        after(1, id="x", guid="2", url="https://news.example/world/storm", title="Storm"),
        NEW,
        (),
    ),
    ("the same guid in another feed", after(1, id="x", feed="other", url="https://other.example/a", title="Storm"), NEW, ()),
    ("the same guid twice in one body", after(0, id="x", url="https://news.example/b", title="Storm"), NEW, ()),
    ("the same address twice in one body", after(0, id="x", guid="2", title="Storm"), NEW, ()),
    ("the same guid and content twice in one body", after(0, id="x"), SAME, ()),
]


@pytest.mark.parametrize(("why", "second", "relation", "changed"), SECOND, ids=[why for why, *_ in SECOND])
def test_the_second_item_is_to_the_first(why, second, relation, changed):
    deduplicator = Deduplicator({})
    assert deduplicator.relate(RAID).relation is NEW
    story = deduplicator.relate(second)
    assert (story.relation, story.changed) == (relation, changed)
    assert story.id == (second.id if relation is NEW else RAID.id)
    assert story.item is second


def test_a_front_page_is_no_articles_address():
    deduplicator = Deduplicator({})
    deduplicator.relate(item("a", url="https://news.example/", title="One thing"))
    assert deduplicator.relate(item("b", url="https://news.example/", title="Another", fetched=NOON + HOUR)).relation is NEW


def test_a_name_stays_with_the_item_that_had_it_first():
    deduplicator = Deduplicator({})
    twin = after(0, id="twin", url="https://news.example/b", title="Storm over the cape")
    assert [deduplicator.relate(told).relation for told in (RAID, twin)] == [NEW, NEW]
    story = deduplicator.relate(after(1, id="x", url=""))
    assert (story.id, story.relation) == (RAID.id, SAME)


def test_an_edit_taken_back_tells_nothing_new():
    deduplicator = Deduplicator({})
    relations = [
        deduplicator.relate(told).relation for told in (RAID, after(1, title="Port raided"), after(2), after(3, title="Port raided"))
    ]
    assert relations == [NEW, REVISION, SAME, SAME]


def test_the_stage_drops_the_same_and_nothing_else():
    deduplicate = Deduplicator({})
    stream = [RAID, after(1), after(2, title="Port raided"), RAID, after(1)]
    assert [(story.relation, story.item) for told in stream for story in deduplicate(told)] == [
        (NEW, RAID),
        (REVISION, stream[2]),
        (NEW, RAID),
    ]


def test_a_new_process_goes_on_where_the_last_one_stopped():
    seen = {}
    Deduplicator(seen).relate(RAID)
    restored = {key: load(dump(row), Seen) for key, row in seen.items()}
    assert restored == seen
    again = Deduplicator(restored)
    assert [again.relate(told).relation for told in (RAID, after(1), after(1, id="x", guid="", title="Port raided"))] == [
        NEW,
        SAME,
        REVISION,
    ]


def stream_of(n, every=HOUR):
    return [item(f"n{i}", guid=f"g{i}", title=f"Report number {i} of the day", fetched=NOON + i * every) for i in range(n)]


def test_what_is_older_than_the_window_is_forgotten():
    seen = {}
    deduplicator = Deduplicator(seen, DedupeSettings(window_hours=10))
    for told in stream_of(500):
        deduplicator.relate(told)
    assert len(seen) <= 16
    assert deduplicator.relate(item("n0", guid="g0", title="Report number 0 of the day", fetched=NOON + 500 * HOUR)).relation is NEW


def test_what_is_met_again_stays():
    deduplicator = Deduplicator({}, DedupeSettings(window_hours=10))
    stream = [told for hour, other in enumerate(stream_of(100)) for told in (other, after(hour))]
    relations = [deduplicator.relate(told).relation for told in stream]
    assert relations[1::2] == [NEW] + [SAME] * 99


@pytest.mark.parametrize("wrong", [timedelta(days=30_000), timedelta(days=-9_000)], ids=["far future", "long past"])
def test_single_wrong_times_make_nothing_forgotten(wrong):
    seen = {}
    deduplicator = Deduplicator(seen, DedupeSettings(window_hours=10))
    first, *others = stream_of(9)
    deduplicator.relate(first)
    for told in others:
        deduplicator.relate(told)
        if told.id in {"n3", "n6"}:
            deduplicator.relate(item(f"wrong {told.id}", title=f"From a wrong clock, {told.id}", fetched=told.fetched + wrong))
    assert deduplicator.relate(replace(first, fetched=NOON + 9 * HOUR)).relation is SAME


def test_a_single_wrong_time_after_a_restart_makes_nothing_forgotten():
    seen, hours = {}, DedupeSettings(window_hours=10)
    first, *others = stream_of(9)
    before = Deduplicator(seen, hours)
    for told in (first, *others):
        before.relate(told)
    again = Deduplicator(seen, hours)
    again.relate(item("wrong", title="From a wrong clock", fetched=NOON + timedelta(days=30_000)))
    assert again.relate(replace(first, fetched=NOON + 9 * HOUR)).relation is SAME


def test_what_comes_late_moves_no_clock_back():
    """Else what is kept just then is taken for as old as the latecomers, and forgotten before its time."""
    deduplicator = Deduplicator({}, DedupeSettings(window_hours=10))
    for hour in range(11):
        deduplicator.relate(after(hour))
    for _ in range(3):
        deduplicator.relate(after(1))
    edited = after(11, title="Port raided")
    first = deduplicator.relate(edited)
    for other in stream_of(21)[12:]:
        deduplicator.relate(other)
    assert first.relation is REVISION
    assert deduplicator.relate(edited) == first


tellings = st.builds(
    lambda name, guid, url, title, feed, hour: item(
        f"{name}", guid=guid, url=url and f"https://news.example/{url}", title=title, feed=feed, fetched=NOON + hour * HOUR
    ),
    st.sampled_from("abcd"),
    st.sampled_from(["", "1", "2"]),
    st.sampled_from(["", "x", "y"]),
    st.sampled_from(
        ["Raid on the harbour of Adra", "Storm over the cape", "Port of Adra raided at dawn", "Raid on the harbour of Adra, officials say"]
    ),
    st.sampled_from(["one", "two"]),
    st.integers(0, 8),
)


@given(st.lists(tellings, min_size=1, max_size=14), st.data())
@settings(deadline=None)
def test_whatever_comes_again_is_answered_as_the_first_time(stream, data):
    """Any order of redelivery of any prefix, at any point of the stream."""
    deduplicator, answers = Deduplicator({}), {}
    for at, told in enumerate(stream):
        answers.setdefault(told, deduplicator.relate(told))
        for again in data.draw(st.lists(st.sampled_from(stream[: at + 1]), max_size=4)):
            assert deduplicator.relate(again) == answers[again]


@given(st.lists(tellings, min_size=1, max_size=14), st.integers(0, 14))
@settings(deadline=None)
def test_a_restart_changes_no_answer(stream, cut):
    through = Deduplicator({})
    seen = {}
    halves = (stream[:cut], stream[cut:])
    assert [through.relate(told) for told in stream] == [
        answer for half in halves for deduplicator in [Deduplicator(seen)] for answer in map(deduplicator.relate, half)
    ]


@given(st.lists(tellings, min_size=10, max_size=40), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_while_rows_come_and_go_what_is_within_the_window_is_answered_as_the_first_time(stream, random):
    deduplicator, answers = Deduplicator({}, DedupeSettings(window_hours=10)), {}
    for hour, told in enumerate(replace(told, fetched=NOON + hour * HOUR) for hour, told in enumerate(stream)):
        answers[told] = deduplicator.relate(told)
        for again in random.sample(list(answers)[-9:], k=min(3, hour + 1)):
            assert deduplicator.relate(again) == answers[again]


any_text = st.text(st.characters(exclude_categories=()), max_size=60) | st.from_regex(
    r"""["'(\[| -]{0,4}[a-z0-9 .,:'"|$%-]{0,60}""", fullmatch=True
)


@given(st.lists(st.tuples(any_text, any_text, any_text), max_size=6))
@settings(deadline=None)
def test_any_text_is_answered_and_can_be_kept(texts):
    seen = {}
    deduplicator = Deduplicator(seen)
    for number, (title, summary, link) in enumerate(texts):
        deduplicator.relate(item(f"n{number}", title=title, summary=summary, url=link, guid=link, outlet=f"outlet {number}"))
    assert {key: load(dump(row), Seen) for key, row in seen.items()} == seen
