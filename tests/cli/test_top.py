"""`tocsin top`: one picture of the store, and what changed since the last."""

from __future__ import annotations

import io
from contextlib import closing
from datetime import timedelta

from rich.console import Console

from producers.feed import FeedState, FeedStatus
from tests.values import NOON, alert
from tocsin.cli.top import drawn
from tocsin.store import Store


def picture(view):
    out = io.StringIO()
    Console(file=out, width=140).print(view)
    return out.getvalue()


def test_it_shows_sums_rates_queues_alerts_and_the_feeds_that_fail(tmp_path):
    with closing(Store(tmp_path / "tocsin.db")) as store:
        store.watch("https://bad.example/[red]")
        view, before = drawn(store, NOON, None)
        assert "everything adds up" in picture(view)
        store.add({"items": 30, "stories": 20, "duplicates": 10, "alerts": 1})
        store.add_alert(alert("a", headline="Strike \x1b[31m on [bold]Saravan"), ["desk"])
        store.save_feed(
            "https://bad.example/[red]", FeedState(url="https://bad.example/[red]", status=FeedStatus.FAILING, errors=3, reason="no")
        )
        told = picture(drawn(store, NOON + timedelta(minutes=2), before)[0])
    lines = {line.split("  ")[0].strip(): line.split() for line in told.splitlines() if line.strip()}
    assert lines["in all"][2:5] == ["30", "20", "10"]
    assert lines["a minute"][2:5] == ["15.0", "10.0", "5.0"]
    assert lines["desk"] == ["desk", "0", "1", "0", "0", "0", "2", "min"]
    assert lines["https://bad.example/[red]"][1:] == ["3", "times", "no"]
    assert "[bold]Saravan" in told
    assert "\x1b" not in told


def test_sums_that_do_not_add_up_are_shouted(tmp_path):
    with closing(Store(tmp_path / "tocsin.db")) as store:
        store.add({"items": 1})
        assert "THE SUMS DO NOT ADD UP" in picture(drawn(store, NOON, None)[0])
