"""What is kept for a moment is never older than it says, and is decoded again when it changed."""

from __future__ import annotations

import pytest

from producers.feed import FeedState
from tocsin.dashboard.brief import Brief
from tocsin.dashboard.decoded import Decoded
from tocsin.wire import dump


def test_only_what_changed_is_decoded_again_and_what_is_gone_is_forgotten():
    decoded = Decoded(FeedState)
    rows = {name: dump(FeedState(url=name)) for name in "ab"}
    first = decoded.of(rows.items())
    rows["b"] = dump(FeedState(url="b", errors=1))
    second = decoded.of(rows.items())
    assert second["a"] is first["a"]
    assert second["b"].errors == 1
    assert list(decoded.of([("b", rows["b"])])) == ["b"]
    assert decoded.of(rows.items())["a"] is not first["a"]


def test_an_answer_is_made_once_in_a_moment_and_a_failure_is_not_kept():
    now, made = [0.0], []
    brief = Brief(2.0, lambda: now[0])
    with pytest.raises(KeyError):
        brief.get(lambda: {}["missing"])
    for at in (0.0, 1.9, 2.0, 3.0):
        now[0] = at
        brief.get(lambda: made.append(now[0]) or made[-1])
    assert made == [0.0, 2.0]
