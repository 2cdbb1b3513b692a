"""A line an alert, whole or not at all, in files that do not grow for ever."""

from __future__ import annotations

import errno
import os

import pytest

from sinks.jsonl import JsonlSettings
from sinks.lines import json_line
from sinks.sink import DeliveryError
from tests.values import alert
from tocsin.model import Alert
from tocsin.wire import dump, load


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deep" / "alerts.jsonl"


def built(path, **told):
    return JsonlSettings(path=path, **told).build("file")


def ids(path):
    return [load(line, Alert).id for line in path.read_bytes().splitlines()]


def test_each_alert_is_a_line_and_a_later_start_goes_on(path):
    built(path).send(alert("a"))
    built(path).send(alert("b", headline="two\nlines \u2028 or three"))
    assert path.read_bytes() == json_line(alert("a")) + json_line(alert("b", headline="two\nlines \u2028 or three"))


def test_the_line_written_last_is_not_written_again(path):
    sink = built(path)
    for name in "aabba":
        sink.send(alert(name))
    assert ids(path) == ["a", "b", "a"]


def test_half_a_line_that_a_crash_left_does_not_spoil_the_next(path):
    sink = built(path)
    sink.send(alert("a"))
    with path.open("ab") as file:
        file.write(dump(alert("b"))[:40])
    sink.send(alert("b"))
    first, half, last = path.read_bytes().splitlines()
    assert (load(first, Alert).id, load(last, Alert).id) == ("a", "b")
    assert half == dump(alert("b"))[:40]


@pytest.mark.parametrize("fails", ["write", "fsync"])
def test_a_full_disk_leaves_no_half_line_and_is_tried_again(path, monkeypatch, fails):
    sink = built(path)
    sink.send(alert("a"))

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        if fails == "fsync":
            patch.setattr(os, "fsync", full)
        else:
            patch.setattr("sinks.jsonl.json_line", lambda value: full())
        with pytest.raises(DeliveryError, match="No space left") as told:
            sink.send(alert("b"))
    assert told.value.retry
    assert ids(path) == ["a"]
    sink.send(alert("b"))
    assert ids(path) == ["a", "b"]


def test_a_file_that_has_grown_is_set_aside_and_the_oldest_goes(path):
    sink = built(path, max_bytes=1, keep=2)
    for name in "abcd":
        sink.send(alert(name))
    assert sorted(file.name for file in path.parent.iterdir()) == ["alerts.jsonl", "alerts.jsonl.1", "alerts.jsonl.2"]
    assert (ids(path), ids(path.with_name("alerts.jsonl.1")), ids(path.with_name("alerts.jsonl.2"))) == (["d"], ["c"], ["b"])


def test_a_file_that_somebody_moved_away_is_begun_anew(path):
    sink = built(path)
    sink.send(alert("a"))
    path.rename(path.with_name("moved"))
    sink.send(alert("b"))
    assert ids(path) == ["b"]


def test_a_place_that_cannot_be_written_is_told_at_the_check(tmp_path):
    (tmp_path / "file").write_text("")
    sink = built(tmp_path / "file" / "alerts.jsonl")
    with pytest.raises(DeliveryError, match="cannot be written") as told:
        sink.check()
    assert not told.value.retry
    with pytest.raises(DeliveryError, match="not_writable") as told:
        sink.send(alert())
    assert told.value.retry
