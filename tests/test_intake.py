"""A body of news is taken in whole or not at all, and every item is accounted for."""

from __future__ import annotations

import pytest

from sinks.route import RoutingSettings
from tests.values import NOON, alert, item
from tocsin.dispatch import Dispatch
from tocsin.intake import Flood, Intake
from tocsin.model import AlertKind, Level, Relation, Story
from tocsin.store import Store


def story_of(item):
    return Story(id=item.id, relation=Relation.NEW, item=item)


class Build:
    """Segments that pass everything and raise on items called 'bad'; counts how often they were built."""

    def __init__(self):
        self.built = 0

    def __call__(self, store):
        self.built += 1
        seen = store.table("seen", str)

        def deduplicate(item):
            if item.title == "bad":
                raise ValueError("a title we cannot take")
            if item.id not in seen:
                seen[item.id] = item.title
                yield story_of(item)

        def tag(story):
            if story.item.title == "untaggable":
                raise ValueError("no tag")
            yield story

        def assess(event):
            yield alert(event.id, incident=event.id)

        return deduplicate, tag, assess


@pytest.fixture
def store():
    opened = Store.temporary()
    yield opened
    opened.close()


def to_desk(store):
    return lambda alert: store.add_alert(alert, ["desk"])


def test_items_are_stories_or_duplicates_or_dead_letters(store):
    intake = Intake(store, Build(), to_desk(store), lambda: NOON)
    raised = intake.take([item("a"), item("a"), item("b", title="bad"), item("c", title="untaggable"), item("d")])
    assert [told.id for told in raised] == ["a", "d"]
    assert store.sums() == {
        "alerts": 2,
        "dead.deduplicate": 1,
        "dead.tag": 1,
        "duplicates": 1,
        "events": 2,
        "items": 5,
        "stories": 3,
    }
    assert [(letter.segment, letter.kind) for letter in store.dead_letters()] == [("deduplicate", "NewsItem"), ("tag", "Story")]


def test_an_alert_that_comes_again_is_not_new(store):
    intake = Intake(store, Build(), to_desk(store), lambda: NOON)
    intake.take([item("a")])
    assert intake.take([item("a")]) == []
    assert store.deliveries() == {"desk": {"pending": 1}}


def test_a_failure_beside_the_items_takes_back_the_items_and_builds_the_segments_anew(store):
    build = Build()
    intake = Intake(store, build, to_desk(store), lambda: NOON)

    def fail():
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space"):
        intake.take([item("a"), item("b", title="bad")], also=fail)
    assert store.sums() == {}
    assert list(store.dead_letters()) == []
    assert build.built == 2
    assert [told.id for told in intake.take([item("a")])] == ["a"]


def test_no_items_are_taken_in_too(store):
    intake = Intake(store, Build(), to_desk(store), lambda: NOON)
    saved = []
    assert intake.take([], also=lambda: saved.append("state")) == []
    assert saved == ["state"]


class TestFlood:
    """A feed that was taken over rings once for what is too much, and says so; nothing of it is lost."""

    @pytest.fixture
    def dispatch(self, store):
        return Dispatch(store, RoutingSettings(), ["desk", "log"], lambda: NOON)

    @pytest.fixture
    def intake(self, store, dispatch):
        return Intake(store, Build(), dispatch, lambda: NOON, flood=Flood(3, dispatch.flood))

    @staticmethod
    def fates(store):
        return sorted((name, state, count) for name, states in store.deliveries().items() for state, count in states.items() if count)

    def test_what_is_too_many_is_kept_and_told_in_one_digest(self, store, intake):
        raised = intake.take(item(str(number)) for number in range(10))
        assert [alert.id for alert in raised] == [str(number) for number in range(10)]
        assert intake.flooded == 7
        assert self.fates(store) == [("desk", "pending", 4), ("desk", "suppressed", 7), ("log", "pending", 4), ("log", "suppressed", 7)]

    def test_one_too_many_is_told_by_itself(self, store, intake):
        intake.take(item(str(number)) for number in range(4))
        assert self.fates(store) == [("desk", "pending", 4), ("log", "pending", 4)]
        assert all(kept.kind is AlertKind.OPENED for kept in store.alerts())

    def test_the_same_body_again_tells_nothing_twice(self, store, intake):
        items = [item(str(number)) for number in range(10)]
        intake.take(items)
        before = self.fates(store)
        assert intake.take(items) == []
        assert self.fates(store) == before

    def test_the_next_body_begins_anew(self, intake):
        intake.take(item(str(number)) for number in range(10))
        intake.take([item("quiet")])
        assert intake.flooded == 0

    def test_what_escalates_a_dyad_is_never_one_of_many(self, store, dispatch):
        class Escalating(Build):
            def __call__(self, store):
                deduplicate, tag, _ = super().__call__(store)
                return deduplicate, tag, lambda event: [alert(event.id, incident=event.id, kind=AlertKind.ESCALATED, level=Level.WAR)]

        intake = Intake(store, Escalating(), dispatch, lambda: NOON, flood=Flood(3, dispatch.flood))
        intake.take(item(str(number)) for number in range(5))
        assert intake.flooded == 0
        assert self.fates(store) == [("desk", "pending", 5), ("log", "pending", 5)]
