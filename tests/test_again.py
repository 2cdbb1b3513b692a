"""Dead letters are tried again on somebody's wish, once, and everything stays accounted for."""

from __future__ import annotations

import json

import pytest

from tests.test_intake import Build, to_desk
from tests.values import NOON, item
from tocsin.again import ask, fulfil
from tocsin.cli.main import main
from tocsin.intake import Intake
from tocsin.store import Store


class Mended(Build):
    """Segments that take now what they could not take before."""

    def __call__(self, store):
        deduplicate, tag, assess = super().__call__(store)

        def taking(stage):
            def take(value):
                told = value.item if hasattr(value, "item") else value
                object.__setattr__(told, "title", told.title.replace("bad", "good").replace("untaggable", "taggable"))
                return stage(value)

            return take

        return taking(deduplicate), taking(tag), assess


@pytest.fixture
def store():
    opened = Store.temporary()
    yield opened
    opened.close()


def wish(store, letters):
    with store.transaction():
        ask(store, [letter.id for letter in letters], NOON)


def accounted(store):
    sums = store.sums()
    return sums["items"] == sums.get("stories", 0) + sums.get("duplicates", 0) + sums.get("dead.deduplicate", 0)


def test_what_is_taken_at_last_goes_the_whole_way_and_is_a_dead_letter_no_more(store):
    Intake(store, Build(), to_desk(store), lambda: NOON).take([item("a", title="bad"), item("b", title="untaggable"), item("c")])
    assert len(list(store.dead_letters())) == 2
    told = []
    mended = Intake(store, Mended(), to_desk(store), lambda: NOON, tell=lambda sums, alerts: told.append(dict(sums)))
    wish(store, store.dead_letters())
    assert sorted(alert.id for alert in fulfil(store, mended)) == ["a", "b"]
    assert list(store.dead_letters()) == []
    assert accounted(store)
    assert store.sums()["alerts"] == 3
    assert (store.sums()["dead.deduplicate"], store.sums()["dead.tag"]) == (0, 0)
    assert all(n > 0 for sums in told for n in sums.values())
    assert fulfil(store, mended) == []


def test_what_fails_again_stays_and_counts_one_attempt_more(store):
    intake = Intake(store, Build(), to_desk(store), lambda: NOON)
    intake.take([item("a", title="bad")])
    before = store.sums()
    wish(store, store.dead_letters())
    assert fulfil(store, intake) == []
    (letter,) = store.dead_letters()
    assert letter.attempts == 2
    assert store.sums() == before
    assert fulfil(store, intake) == []
    assert next(store.dead_letters()).attempts == 2


def test_a_wish_for_what_is_gone_or_cannot_be_read_is_dropped_and_the_letter_stays(store, caplog):
    with store.transaction():
        store.set_aside("tag", {"no": "story"}, ValueError("x"), NOON, "0")
        ask(store, ["gone", next(store.dead_letters()).id], NOON)
    intake = Intake(store, Build(), to_desk(store), lambda: NOON)
    assert fulfil(store, intake) == []
    assert len(list(store.dead_letters())) == 1
    assert "cannot be read by this version" in caplog.text
    caplog.clear()
    fulfil(store, intake)
    assert not caplog.records


def test_the_command_lists_shows_and_asks(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["dlq", "list"]) == 4
    with_letter = Store(tmp_path / "tocsin-data" / "tocsin.db")
    Intake(with_letter, Build(), to_desk(with_letter), lambda: NOON).take([item("a", title="bad")])
    with_letter.close()
    assert main(["dlq", "list", "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out.splitlines()[-1])["dead_letters"]
    assert (told["segment"], json.loads(told["value"])["id"]) == ("deduplicate", "a")
    assert main(["dlq", "show", told["id"][:8]]) == 0
    assert '"title":"bad"' in capsys.readouterr().out
    assert main(["dlq", "retry"]) == 2
    assert main(["dlq", "retry", "zz"]) == 4
    assert main(["dlq", "retry", "--all"]) == 0
    opened = Store(tmp_path / "tocsin-data" / "tocsin.db")
    assert len(fulfil(opened, Intake(opened, Mended(), to_desk(opened), lambda: NOON))) == 1
    opened.close()
