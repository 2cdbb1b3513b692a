"""What each segment does with its messages: nothing is left out of the order, nothing is counted before it is answered."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from processors.lanes import Assess, Deduplicate, Tag
from tests.values import alert, event, item
from tocsin.envelope import Place, Record, place_of, told
from tocsin.model import Relation, Story
from tocsin.topics import Entity
from tocsin.wire import dump


class Kept:
    """What a segment remembers, in a dict."""

    def __init__(self, **progress):
        self.progress, self.tables = progress, {}

    async def load(self):
        return True

    async def commit(self, progress):
        self.progress = dict(progress)


def begun(kind, stage, **progress):
    """A lane over a memory that has come so far, and the offset it goes on from."""
    lane = kind(Kept(**progress), lambda _: stage)
    return lane, asyncio.run(lane.begin())


def record(offset, value=b"{}", headers=(), *, topic="t.news.v1", partition=0):
    return Record(topic=topic, partition=partition, offset=offset, key=b"k", value=value, headers=tuple(headers), timestamp=1000 + offset)


def news(offset, title="x"):
    return record(offset, dump(item(str(offset), title=title)))


def written(messages, entity, topic="t.v1", first=0):
    """The messages to one topic as its records."""
    ours = [one for one in messages if one.entity is entity]
    return [record(first + n, one.value, one.headers, topic=topic) for n, one in enumerate(ours)]


def one_story(told_item):
    return [Story(id=f"s{told_item.id}", relation=Relation.NEW, item=told_item)]


def place(message):
    return place_of(message.headers)


def test_a_story_says_which_news_it_answers_and_which_before_it_bring_nothing():
    lane, following = begun(Deduplicate, lambda one: one_story(one) if one.id in "26" else [])
    assert following is None
    sent = [message for offset in range(8) for message in lane.take(news(offset))]
    assert [(message.entity, place(message)) for message in sent] == [(Entity.STORIES, Place(-1, 2)), (Entity.STORIES, Place(2, 6))]
    assert [(message.entity, message.value, place(message)) for message in lane.rest()] == [(Entity.EVENTS, None, Place(6, 7))]
    assert list(lane.rest()) == []


def test_of_several_stories_of_an_item_all_but_the_last_say_that_more_follow():
    lane, _ = begun(Deduplicate, lambda one: one_story(one) * 3)
    assert [place(message) for message in lane.take(news(0))] == [Place(-1, 0, more=True), Place(-1, 0, more=True), Place(-1, 0)]


def test_it_goes_on_after_what_is_kept_and_leaves_no_hole_before_it():
    lane, following = begun(Deduplicate, one_story, following=5)
    assert following == 5
    (sent,) = lane.take(news(5))
    assert place(sent) == Place(4, 5)
    asyncio.run(lane.keep(6))
    assert lane._state.progress == {"following": 6}


def test_where_the_beginning_of_the_topic_is_gone_nobody_waits_for_it():
    lane, _ = begun(Deduplicate, one_story)
    (sent,) = lane.take(news(40))
    assert place(sent) == Place(39, 40)


def test_the_place_of_a_story_is_that_of_its_last_event_and_of_the_nothing_it_may_bring():
    story = dump(one_story(item("1"))[0])
    headers = [("tocsin-place", b"3 4 0")]
    assert [place(one) for one in Tag(lambda _: [event(), event()]).take(record(0, story, headers))] == [
        Place(3, 4, more=True),
        Place(3, 4),
    ]
    (nothing,) = Tag(lambda _: []).take(record(0, story, headers))
    assert (nothing.entity, nothing.value, place(nothing)) == (Entity.EVENTS, None, Place(3, 4))
    more = [("tocsin-place", b"3 4 1")]
    assert [place(one) for one in Tag(lambda _: [event()]).take(record(0, story, more))] == [Place(3, 4, more=True)]
    assert list(Tag(lambda _: []).take(record(0, story))) == []


def test_what_a_segment_cannot_take_is_set_aside_as_it_was_and_keeps_its_place():
    def fails(_):
        raise KeyError("a mistake of ours")

    lane, _ = begun(Deduplicate, fails)
    headers = (("x", b"kept"), ("tocsin-dead-attempts", b"2"), ("tocsin-dead-topic", b"t.first.v1"))
    (letter,) = lane.take(replace(news(7), headers=headers, partition=3))
    why = told(letter.headers)
    assert (letter.entity, letter.key, letter.value) == (Entity.DEAD, b"k", news(7).value)
    assert (why["x"], why["tocsin-dead-segment"], why["tocsin-dead-error"]) == (b"kept", b"deduplicate", b"KeyError")
    assert (why["tocsin-dead-topic"], why["tocsin-dead-attempts"]) == (b"t.first.v1", b"3")
    assert (why["tocsin-dead-partition"], why["tocsin-dead-offset"], why["tocsin-dead-timestamp"]) == (b"3", b"7", b"1007")
    assert why["tocsin-dead-version"]
    assert b"a mistake of ours" in why["tocsin-dead-reason"]
    assert [place(one) for one in lane.rest()] == [Place(6, 7)]

    letter, nothing = Tag(fails).take(record(0, b"{nonsense", [("tocsin-place", b"3 4 0")]))
    assert (letter.entity, letter.value, place(letter)) == (Entity.DEAD, b"{nonsense", None)
    assert place(nothing) == Place(3, 4)


def test_the_reason_is_bounded_and_of_a_header_that_is_said_twice_the_first_counts():
    def fails(_):
        raise ValueError("x" * 10_000)

    twice = (("tocsin-dead-attempts", b"1"), ("tocsin-dead-attempts", b"9"))
    (letter,) = Tag(fails).take(replace(record(0, dump(one_story(item())[0])), headers=twice))
    why = told(letter.headers)
    assert (why["tocsin-dead-reason"], why["tocsin-dead-attempts"]) == (b"x" * 500, b"2")


def test_a_place_that_is_before_itself_is_none():
    assert [place_of((("tocsin-place", said),)) for said in (b"3 3 0", b"4 3 0", b"3 4", b"a b c", b"")] == [None] * 5


def test_an_empty_message_that_no_segment_wrote_is_a_dead_letter_with_a_key():
    lane, _ = begun(Assess, lambda _: [])
    (letter,) = lane.take(replace(record(0), key=None, value=None))
    assert (letter.entity, letter.key, letter.value) == (Entity.DEAD, b"", None)
    assert list(lane.take(replace(record(1), value=None, headers=(("tocsin-place", b"-1 0 0"),)))) == []


def test_assess_answers_in_the_order_of_the_news_and_leaves_open_what_waits():
    lane, _ = begun(Assess, lambda one: [alert(one.id)])

    def heard(offset, name, where):
        return [told(one.headers)["ce_id"].decode() for one in lane.take(record(offset, dump(event(name)), [("tocsin-place", where)]))]

    assert heard(0, "c", b"1 2 0") == []
    assert lane.first_open() == 0
    assert heard(1, "a", b"-1 0 0") == ["a"]
    assert lane.first_open() == 0
    asyncio.run(lane.keep(0))
    assert lane._state.progress == {"following": 0, "covered": 0}
    assert heard(2, "b", b"0 1 0") == ["b", "c"]
    assert lane.first_open() is None
    asyncio.run(lane.keep(3))
    assert lane._state.progress == {"following": 3, "covered": 2}
    assert heard(3, "b", b"0 1 0") == ["b"]  # come again


def test_what_is_missing_for_too_long_is_done_without_and_told(caplog):
    lane, _ = begun(Assess, lambda one: [alert(one.id)])
    assert list(lane.take(record(0, dump(event("late")), [("tocsin-place", b"4 5 0")]))) == []
    assert len(list(lane.give_up())) == 1
    assert lane.first_open() is None
    assert "what follows is missing" in caplog.text


@given(st.data())
def test_whatever_each_item_brings_and_in_whatever_order_the_taggers_answer_every_event_is_heard_in_the_order_of_the_news(data):
    counts = data.draw(st.lists(st.one_of(st.none(), st.lists(st.integers(0, 2), max_size=1)), min_size=1, max_size=12))
    stories = {
        str(n): [Story(id=f"{n}.{m}", relation=Relation.NEW, item=item(f"{n}.{m}")) for m, _ in enumerate(events or ())]
        for n, events in enumerate(counts)
    }
    events = {
        f"{n}.{m}": [event(f"{n}.{m}.{k}") for k in range(count)] for n, told in enumerate(counts) for m, count in enumerate(told or ())
    }
    wanted = [one.id for n in stories for story in stories[n] for one in events[story.id]]

    first, _ = begun(Deduplicate, lambda one: stories[one.id])
    sent = []
    for n, told_counts in enumerate(counts):
        sent += first.take(news(n) if told_counts is not None else record(n, b"{nonsense"))
        if data.draw(st.booleans()):
            sent += first.rest()
    sent += first.rest()
    tagger = Tag(lambda story: events[story.id])
    answers = [list(tagger.take(one)) for one in written(sent, Entity.STORIES)]
    gone_on = [[one] for one in sent if one.entity is Entity.EVENTS]
    heard, last = [], begun(Assess, lambda one: heard.append(one.id) or [])[0]
    for n, group in enumerate(data.draw(st.permutations([*answers, *gone_on]))):
        for m, one in enumerate(group):
            list(last.take(record(10 * n + m, one.value, one.headers)))
    assert (heard, last.first_open()) == (wanted, None)
    asyncio.run(last.keep(0))
    assert last._state.progress["covered"] == len(counts) - 1
