"""What is drawn: the dyad's history, the ladder of retaliation, the map. Geometry out of values."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from processors.assess.state import Day
from tests.values import NOON, alert
from tocsin.dashboard import words, world
from tocsin.dashboard.chart import LEFT, RIGHT, chart, usual_of
from tocsin.model import Dyad, Level, Mark, Quote

PAIR = Dyad("IRN", "PAK")
TODAY = NOON.date()


def day(back, **hostile):
    return Day(on=TODAY - timedelta(days=back), hostile=hostile)


def test_hostile_days_hang_below_zero_and_friendly_ones_stand_above():
    drawn = chart(PAIR, [day(3, IRN=-9.5, PAK=-4.0), Day(on=TODAY, friendly=6.5)], [], TODAY, 30)
    a, b, friendly = drawn.bars
    assert (a.who, b.who, friendly.who) == ("a", "b", "friendly")
    assert a.y == drawn.zero
    assert b.y == pytest.approx(a.y + a.height)
    assert friendly.y + friendly.height == pytest.approx(drawn.zero)
    assert a.height / b.height == pytest.approx(9.5 / 4.0)
    assert a.x < friendly.x < friendly.x + friendly.width <= RIGHT
    assert all(LEFT <= tick.at <= RIGHT for tick in drawn.days)


def test_acts_of_nobody_named_and_days_outside_are_told_apart():
    drawn = chart(PAIR, [Day(on=TODAY, hostile={"?": -3.0}), day(40, IRN=-9)], [], TODAY, 30)
    assert [bar.who for bar in drawn.bars] == ["other"]


def test_the_usual_is_the_mean_of_the_days_before_the_drawing_and_not_of_those_in_it():
    first = TODAY - timedelta(days=29)
    days = [day(29 + 20, IRN=-10.0), day(5, IRN=-90.0)]
    assert usual_of(days, first) == (-10.0 / 20, 20)
    assert usual_of(days[1:], first)[0] is None
    assert usual_of([day(29 + 5, IRN=-1.0)], first) == (None, 5)
    assert usual_of([], date(2026, 1, 1)) == (None, 0)


def test_the_rung_is_a_staircase_from_where_it_stood_before():
    alerts = [
        alert("0", at=NOON - timedelta(days=60), rung_before=Level.NONE, rung=Level.THREAT),
        alert("1", at=NOON - timedelta(days=10), rung_before=Level.THREAT, rung=Level.FORCE),
        alert("2", at=NOON - timedelta(days=2), rung_before=Level.FORCE, rung=Level.FORCE),
    ]
    drawn = chart(PAIR, [], alerts, TODAY, 30)
    by_rung = {tick.name: tick.at for tick in drawn.rungs}
    assert drawn.rung_path.startswith(f"M{LEFT:.1f} {by_rung['2']:.1f}H")
    assert drawn.rung_path.count("V") == 1
    assert f"V{by_rung['4']:.1f}" in drawn.rung_path
    assert [mark.level for mark in drawn.marks] == [4, 4]


@pytest.mark.parametrize(("lat", "lon"), [(0, 0), (35.7, 51.4), (-33.9, 18.4), (64.1, -21.9), (-54.8, -68.3), (35.7, 139.7)])
def test_every_place_lies_on_the_whole_map(lat, lon):
    x, y = world.project(lat, lon)
    assert world.WHOLE.x < x < world.WHOLE.x + world.WHOLE.width
    assert world.WHOLE.y < y < world.WHOLE.y + world.WHOLE.height


def test_east_is_right_north_is_up_and_the_view_holds_what_it_shows():
    tehran, islamabad = world.project(35.7, 51.4), world.project(33.7, 73.1)
    assert tehran[0] < islamabad[0]
    assert tehran[1] < islamabad[1]
    view = world.around([tehran, islamabad])
    assert all(view.x < x < view.x + view.width and view.y < y < view.y + view.height for x, y in (tehran, islamabad))
    assert world.around([]) == world.WHOLE
    assert world.centre("IRN") == tehran
    assert world.centre("SYR:REB") == world.centre("SYR")
    assert world.centre("HAMAS") is None


@pytest.mark.parametrize(
    ("marks", "pieces"),
    [
        ((), [("Iran strikes Erbil", "")]),
        (((0, 4, "actor"), (5, 12, "type")), [("Iran", "actor"), (" ", ""), ("strikes", "type"), (" Erbil", "")]),
        (((5, 12, "type"), (0, 8, "actor")), [("Iran str", "actor"), ("ikes Erbil", "")]),  # of two that overlap the first holds
        (((-4, 3, "x"), (10, 900, "x"), (7, 7, "x"), (9, 2, "x")), [("Iran strikes Erbil", "")]),  # places that are none
    ],
)
def test_a_quote_is_cut_where_its_evidence_stands(marks, pieces):
    quote = Quote(text="Iran strikes Erbil", outlet="", url="", marks=tuple(Mark(start=a, end=b, role=role) for a, b, role in marks))
    assert [(piece.text, piece.role) for piece in words.pieces(quote)] == pieces


def test_a_long_quote_ends_in_an_ellipsis_and_nothing_unseen_is_left():
    quote = Quote(text="a\u202eb" + "c" * 500, outlet="", url="", marks=(Mark(start=0, end=2, role="type"),))
    told = words.pieces(quote, 50)
    assert sum(len(piece.text) for piece in told) == 50
    assert told[0] == words.Piece("a", "type")
    assert told[-1].text.endswith("…")
