"""A tree of routes: the deepest that fits, the first of its siblings, and a word on every one that was asked."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from sinks.match import Match
from sinks.route import Label, RoutingSettings, Silence, Times, Tree, silence, silenced_by, would_hide
from tests.values import NOON, alert, side
from tocsin.model import Dyad, Level
from tocsin.wire import dump, load

SINKS = ("screen", "slack", "pager", "archive")
CONFIG = """
sinks = ["screen"]

[regions]
gulf = ["IRN", "SAU"]

[times.night]
zone = "Europe/Berlin"
since = 22:00:00
until = 06:00:00

[[routes]]
name = "keep"
sinks = ["archive"]
continue = true

[[routes]]
name = "gulf"
match = { regions = ["gulf"] }
sinks = ["slack"]
group_wait = "PT30S"
group_by = ["dyad"]
mute = ["night"]

  [[routes.routes]]
  name = "war"
  match = { min_level = "WAR" }
  sinks = ["pager", "slack"]
  mute = []

[[routes]]
name = "iran"
match = { countries = ["IRN"] }
sinks = ["pager"]
"""


def tree(text=CONFIG):
    settings = RoutingSettings.model_validate(tomllib.loads(text))
    settings.check(SINKS)
    return Tree(settings, SINKS)


def ends(branches):
    return [(branch.path, branch.sinks) for branch in branches]


GULF = alert(dyad=Dyad("IRN", "SAU"))
WAR = alert(dyad=Dyad("IRN", "SAU"), level=Level.WAR)
ELSEWHERE = alert(dyad=Dyad("RUS", "UKR"))


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        # the first of several siblings, after one that says `continue`
        (GULF, [("default/keep", ("archive",)), ("default/gulf", ("slack",))]),
        # the deepest
        (WAR, [("default/keep", ("archive",)), ("default/gulf/war", ("pager", "slack"))]),
        (ELSEWHERE, [("default/keep", ("archive",))]),
    ],
)
def test_an_alert_ends_up_in_the_deepest_routes_that_fit(told, wanted):
    assert ends(tree().branches(told)) == wanted


def test_what_no_route_fits_stays_at_the_root():
    assert ends(tree("[[routes]]\nname = 'x'\nmatch = {types = ['AID']}").branches(alert())) == [("default", SINKS)]


def test_without_routes_every_sink_hears_of_everything_at_once():
    (branch,) = tree("").branches(alert())
    assert branch.sinks == SINKS
    assert (branch.group_wait, branch.repeat_interval, branch.mute, branch.cap) == (timedelta(0), timedelta(0), (), None)


def test_what_a_route_leaves_out_it_has_from_the_one_above():
    _, war = tree().branches(WAR)
    assert (war.group_wait, war.group_by, war.mute) == (timedelta(seconds=30), (Label.DYAD,), ())


def test_the_path_taken_and_every_turn_not_taken_are_told():
    _, steps = tree().walk(alert(dyad=Dyad("IRN", "SAU")))
    assert [(step.path, step.why_not) for step in steps] == [
        ("default/keep", None),
        ("default/gulf", None),
        ("default/gulf/war", "level FORCE is below WAR"),
    ]


def test_a_branch_is_found_again_by_its_path_or_is_gone():
    routes = tree()
    for told in (GULF, WAR, ELSEWHERE):
        for branch in routes.branches(told):
            assert routes.branch(branch.path) == branch
    assert routes.branch("default/gone") is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[routes]]\nname = 'a'\nmute = ['nigth']", "no times are called 'nigth'; there are: none"),
        ("[[routes]]\nname = 'a'\nmatch = {regions = ['gulf']}", "no region is called 'gulf'"),
        ("[[routes]]\nname = 'a'\n[[routes]]\nname = 'a'", "two routes beside each other have one name"),
        ("[[routes]]\nname = 'a/b'", "should match pattern"),
        ("[[routes]]\nname = 'a'\ngroup_wait = '-PT5S'", "greater than or equal"),
        ("[[routes]]\nname = 'a'\ncap = {alerts = 0}", "greater than or equal to 1"),
        ("[times.x]\nzone = 'Mars/Olympus'", "no time zone is called 'Mars/Olympus'"),
        ("[times.x]\ndays = ['monday']", "should match pattern"),
        ("[[inhibit]]\nname = 'a'\nsource = {regions = ['x']}\ntarget = {}", "no region is called 'x'"),
        ("[[routes]]\nname = 'a'\nsink = ['x']", "Extra inputs"),
    ],
)
def test_mistakes_are_refused_with_their_place(text, complaint):
    with pytest.raises(ValidationError) as told:
        RoutingSettings.model_validate(tomllib.loads(text))
    assert complaint in str(told.value)


@pytest.mark.parametrize("text", ["sinks = ['sirene']", "[[routes]]\nname = 'a'\nsinks = ['sirene']"])
def test_a_sink_that_is_not_there_is_named(text):
    with pytest.raises(ValueError, match="no sink is called 'sirene'; there are: screen, slack, pager, archive"):
        tree(text)


# -- times


def at(text):
    return datetime.fromisoformat(text).astimezone(UTC)


NIGHT = {"zone": "Europe/Berlin", "since": "22:00", "until": "06:00"}


@pytest.mark.parametrize(
    ("told", "now", "end"),
    [
        (NIGHT, "2026-03-01T21:59:59+01:00", None),
        (NIGHT, "2026-03-01T22:00:00+01:00", "2026-03-02T06:00:00+01:00"),
        (NIGHT, "2026-03-02T05:59:59+01:00", "2026-03-02T06:00:00+01:00"),
        (NIGHT, "2026-03-02T06:00:00+01:00", None),
        # the night in which clocks go forward ends an hour sooner, the one in which they go back an hour later
        (NIGHT, "2026-03-29T01:00:00+01:00", "2026-03-29T06:00:00+02:00"),
        (NIGHT, "2026-10-25T01:00:00+02:00", "2026-10-25T06:00:00+01:00"),
        # the night after Saturday is Saturday's, also on Sunday morning
        (NIGHT | {"days": ["sat"]}, "2026-03-01T03:00:00+01:00", "2026-03-01T06:00:00+01:00"),
        (NIGHT | {"days": ["sat"]}, "2026-03-01T23:00:00+01:00", None),
        ({"days": ["sun"]}, "2026-03-01T12:00:00+00:00", "2026-03-02T00:00:00+00:00"),
        ({"since": "09:00", "until": "17:00", "zone": "Asia/Kathmandu"}, "2026-03-01T03:15:00+00:00", "2026-03-01T11:15:00+00:00"),
    ],
)
def test_hours_are_those_of_their_zone(told, now, end):
    over = Times.model_validate(told).end(at(now))
    assert over == (at(end) if end else None)
    assert over is None or over.tzinfo is UTC


def test_a_branch_is_muted_until_the_last_of_its_times_is_over():
    routes = tree("[times.a]\nuntil = 13:00:00\n[times.b]\nuntil = 15:00:00\n[[routes]]\nname = 'x'\nmute = ['a', 'b']")
    (branch,) = routes.branches(alert())
    assert routes.muted_until(branch, NOON) == NOON + timedelta(hours=3)
    assert routes.muted_until(branch, NOON + timedelta(hours=4)) is None


# -- silences


def asked(match, **told):
    return silence(match, **({"author": "ana", "reason": "exercise", "starts": NOON, "ends": NOON + timedelta(hours=2)} | told))


def test_a_silence_hides_what_it_fits_while_it_lasts():
    one = asked(Match(actors=["PAK"]))
    raid, other = alert(actor=side("PAK")), alert(actor=side("IRN"))
    assert silenced_by([one], raid, NOON, {}) == one
    assert silenced_by([one], other, NOON, {}) is None
    assert silenced_by([one], raid, NOON - timedelta(seconds=1), {}) is None
    assert silenced_by([one], raid, NOON + timedelta(hours=2), {}) is None


def test_a_preview_shows_what_it_would_have_hidden():
    raid, other = alert(actor=side("PAK")), alert(actor=side("IRN"))
    assert would_hide(asked(Match(actors=["PAK"])), [raid, other], {}) == (raid,)


@pytest.mark.parametrize(
    ("match", "told", "complaint"),
    [
        (Match(), {}, "silence everything"),
        (Match(actors=["PAK"]), {"author": " "}, "author"),
        (Match(actors=["PAK"]), {"reason": ""}, "reason"),
        (Match(actors=["PAK"]), {"ends": NOON}, "after it begins"),
    ],
)
def test_a_silence_that_nobody_could_answer_for_is_refused(match, told, complaint):
    with pytest.raises(ValueError, match=complaint):
        asked(match, **told)


def test_a_silence_can_be_kept_and_read_back():
    one = asked(Match(actors=["PAK"], min_level="FORCE", kinds=["opened"], pairs=["IRN-PAK"]))
    again = load(dump(one), Silence)
    assert again == one
    assert silenced_by([again], alert(actor=side("PAK")), NOON, {}) == one
