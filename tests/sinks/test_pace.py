"""Groups, intervals, mute times, caps: nothing is dropped, and what gets worse never waits."""

from __future__ import annotations

import tomllib
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinks.digest import digest
from sinks.match import Match
from sinks.message import compose
from sinks.pace import Cause, Fate, Group, Pacer, State, Window
from sinks.route import RoutingSettings, Tree, silence
from tests.values import NOON, alert
from tocsin.model import AlertKind, Dyad, Level, Quote
from tocsin.wire import dump, load


class Bench:
    """A pacer whose rulings are written down as `second fate what`, `second` from noon."""

    def __init__(self, text, silences=()):
        self.state = State(silences={one.id: one for one in silences})
        self.pacer = Pacer(Tree(RoutingSettings.model_validate(tomllib.loads(text)), ["desk"]), self.state)
        self.rulings = []

    def _note(self, seconds, rulings):
        self.rulings += [(seconds, ruling) for ruling in rulings]

    def take(self, seconds, name, level=Level.FORCE, kind=AlertKind.UPDATED, **told):
        """An alert named `incident.revision`."""
        incident, _, revision = name.partition(".")
        self.run_until(seconds)
        one = alert(name, incident=incident, revision=int(revision), level=level, kind=kind, **told)
        self._note(seconds, self.pacer.take(one, NOON + timedelta(seconds=seconds)))
        return self

    def run_until(self, seconds):
        """Let time pass, with a tick whenever one is due."""
        while (due := self.pacer.next_tick()) and due <= NOON + timedelta(seconds=seconds):
            self._note((due - NOON).total_seconds(), self.pacer.tick(due))
        return self

    def told(self, *fates):
        return [(at, ruling.alert.id) for at, ruling in self.rulings if ruling.fate in (fates or (Fate.SEND,))]

    def why(self, name):
        return [ruling.reason for _, ruling in self.rulings if ruling.alert.id == name]


def test_without_settings_everything_is_sent_at_once_and_nothing_is_remembered():
    bench = Bench("")
    for n in range(5):
        bench.take(n, f"x.{n}")
    assert bench.told() == [(n, f"x.{n}") for n in range(5)]
    assert not bench.state.groups
    assert not bench.state.windows


# -- groups and intervals


WAIT = "[[routes]]\nname = 'r'\ngroup_wait = 'PT30S'\ngroup_interval = 'PT5M'\ngroup_by = ['incident']"


def test_a_new_group_waits_and_only_the_latest_word_on_an_incident_is_told():
    bench = Bench(WAIT).take(0, "x.1").take(10, "x.2").take(20, "x.3").run_until(1000)
    assert bench.told() == [(30, "x.3")]
    assert bench.why("x.1") == ["waits for its group", "outdated by x.2"]


def test_a_group_that_was_told_is_quiet_for_its_interval():
    bench = Bench(WAIT).take(0, "x.1").take(40, "x.2").take(200, "x.3").run_until(1000)
    assert bench.told() == [(30, "x.1"), (330, "x.3")]


def test_groups_do_not_wait_for_each_other():
    bench = Bench(WAIT).take(0, "x.1").take(20, "y.1").run_until(1000)
    assert bench.told() == [(30, "x.1"), (50, "y.1")]


@pytest.mark.parametrize(
    "told",
    [
        {"level": Level.WAR},  # graver than what was told
        {"level": Level.FORCE, "kind": AlertKind.ESCALATED},  # the dyad went up
    ],
)
def test_what_gets_worse_is_sent_at_once_and_outdates_what_waited(told):
    bench = Bench(WAIT).take(0, "x.1").take(40, "x.2").take(50, "x.3", **told).run_until(1000)
    assert bench.told() == [(30, "x.1"), (50, "x.3")]
    assert bench.why("x.2")[-1] == "outdated by x.3"


def test_a_graver_word_that_waits_is_not_outdated_by_a_milder_one():
    bench = Bench(WAIT).take(0, "x.1", Level.WAR).take(10, "x.2", Level.THREAT).run_until(1000)
    assert bench.told() == [(30, "x.1"), (30, "x.2")]


def test_a_graver_word_that_waits_goes_out_before_the_escalation_that_does_not():
    bench = Bench(WAIT).take(0, "x.1", Level.WAR).take(10, "x.2", Level.FORCE, AlertKind.ESCALATED).run_until(1000)
    assert bench.told() == [(10, "x.1"), (10, "x.2")]


def test_an_incident_that_does_not_get_worse_is_repeated_no_sooner_than_asked_and_then_with_its_latest_word():
    bench = Bench("[[routes]]\nname = 'r'\nrepeat_interval = 'PT1H'")
    bench.take(0, "x.1").take(60, "x.2").take(120, "x.3").take(130, "y.1").run_until(9000)
    assert bench.told() == [(0, "x.1"), (130, "y.1"), (3600, "x.3")]


DYAD = "[[routes]]\nname = 'r'\ngroup_wait = 'PT30S'\ngroup_interval = 'PT5M'\ngroup_by = ['dyad']"


def test_several_incidents_of_one_group_are_told_in_one():
    bench = Bench(DYAD).take(0, "x.1").take(10, "y.1", Level.WAR).take(20, "z.1", dyad=Dyad("RUS", "UKR")).run_until(1000)
    (at, one), (later, other) = [(at, ruling) for at, ruling in bench.rulings if ruling.fate is Fate.SEND]
    assert (at, later, other.alert.id) == (30, 50, "z.1")
    assert one.alert.kind is AlertKind.DIGEST
    assert one.alert.level is Level.WAR
    assert bench.why("x.1")[-1] == f"grouped: told in digest {one.alert.id}"


def test_a_graver_incident_new_to_a_group_that_was_told_does_not_wait():
    bench = Bench(DYAD).take(0, "x.1").take(60, "y.1", Level.WAR).take(70, "z.1").run_until(1000)
    assert bench.told() == [(30, "x.1"), (60, "y.1"), (360, "z.1")]


# -- mute times


MUTE = "[times.lunch]\nsince = 12:00:00\nuntil = 13:00:00\n[[routes]]\nname = 'r'\nmute = ['lunch']"


def test_what_comes_while_muted_is_told_when_it_is_over_and_by_its_latest_word():
    bench = Bench(MUTE).take(60, "x.1").take(120, "x.2").take(130, "y.1", Level.WAR).run_until(9000)
    assert bench.told() == [(3600, "x.2"), (3600, "y.1")]
    assert bench.why("x.1")[0] == "muted"


def test_mute_times_hold_back_an_escalation_too():
    bench = Bench(MUTE).take(60, "x.1", Level.WAR, AlertKind.ESCALATED).run_until(9000)
    assert bench.told() == [(3600, "x.1")]


def test_what_is_due_inside_mute_times_waits_for_their_end():
    bench = Bench(MUTE + "\ngroup_wait = 'PT10M'").take(-300, "x.1").run_until(9000)
    assert bench.told() == [(3600, "x.1")]


# -- caps


CAP = "[[routes]]\nname = 'r'\ncap = { alerts = 3, per = 'PT1H' }"


def test_what_is_over_the_cap_is_told_in_one_digest_when_the_hour_is_over():
    bench = Bench(CAP)
    for n in range(10):
        bench.take(n, f"i{n}.1")
    bench.run_until(9000)
    sent = [ruling.alert for _, ruling in bench.rulings if ruling.fate is Fate.SEND]
    assert [one.id for one in sent[:3]] == ["i0.1", "i1.1", "i2.1"]
    assert sent[3].kind is AlertKind.DIGEST
    assert len(sent[3].quotes) == 7
    assert len(sent) == 4
    assert bench.why("i5.1") == ["over the cap", f"over the cap: told in digest {sent[3].id}"]


def test_one_alert_over_the_cap_is_told_as_itself():
    bench = Bench(CAP)
    for n in range(4):
        bench.take(n, f"i{n}.1")
    assert bench.run_until(9000).told()[-1] == (3600, "i3.1")


def test_what_gets_worse_is_told_whatever_the_cap_says_and_is_not_told_again():
    bench = Bench(CAP)
    for n in range(5):
        bench.take(n, f"i{n}.1")
    bench.take(100, "i4.2", Level.WAR, AlertKind.ESCALATED).run_until(9000)
    assert bench.told() == [(0, "i0.1"), (1, "i1.1"), (2, "i2.1"), (100, "i4.2"), (3600, "i3.1")]
    assert bench.why("i4.1")[-1] == "outdated by i4.2"


def test_a_new_hour_has_a_new_cap():
    bench = Bench(CAP)
    for n in range(3):
        bench.take(n, f"i{n}.1")
    for n in range(3):
        bench.take(3700 + n, f"j{n}.1")
    assert len(bench.told()) == 6


def test_a_digest_has_an_id_of_its_own_and_names_what_it_tells_gravest_first():
    quotes = (Quote(text="q", outlet="dawn.example", url="https://dawn.example/1"),)
    pair = (alert("x.1", headline="Mild"), alert("y.1", headline="Grave", level=Level.WAR, quotes=quotes))
    one = digest(pair, "default/r", "over the cap")
    assert one == digest(pair[::-1], "default/r", "over the cap")
    assert one.id not in ("x.1", "y.1")
    assert one.headline == "2 alerts: Grave"
    assert [quote.text for quote in compose(one).quotes] == ["WAR IRN-PAK: Grave", "FORCE IRN-PAK: Mild"]
    assert one.quotes[0].url == "https://dawn.example/1"


# -- silences and inhibition


def test_what_is_silenced_is_suppressed_with_who_and_why():
    one = silence(Match(pairs=["IRN-PAK"]), "ana", "exercise", NOON, NOON + timedelta(minutes=1))
    bench = Bench("", [one]).take(0, "x.1").take(30, "y.1", dyad=Dyad("RUS", "UKR")).take(61, "x.2")
    assert bench.told() == [(30, "y.1"), (61, "x.2")]
    assert bench.why("x.1") == [f"silenced by ana: exercise ({one.id})"]


INHIBIT = """
[[inhibit]]
name = "war-hides-words"
source = { min_level = "FORCE" }
target = { types = ["ASSAULT"] }
equal = ["dyad"]
within = "PT1H"
"""


def test_a_fresh_cause_hides_others_of_its_pair_for_a_while():
    bench = Bench(INHIBIT).take(0, "x.1").take(10, "y.1", Level.THREAT).take(20, "z.1", Level.THREAT, dyad=Dyad("RUS", "UKR"))
    bench.take(3700, "y.2", Level.THREAT)
    assert bench.told() == [(0, "x.1"), (20, "z.1"), (3700, "y.2")]
    assert bench.why("y.1") == ["inhibited by war-hides-words: alert x.1"]


def test_nothing_is_hidden_by_its_own_incident_or_by_something_milder():
    bench = Bench(INHIBIT).take(0, "x.1").take(10, "x.2").take(20, "y.1", Level.WAR)
    assert bench.told() == [(0, "x.1"), (10, "x.2"), (20, "y.1")]


# -- a changed configuration


def test_what_waits_on_a_route_that_is_gone_is_told_to_those_above():
    bench = Bench(WAIT).take(0, "x.1")
    bench.pacer = Pacer(Tree(RoutingSettings(), ["desk", "new"]), bench.state)
    bench.run_until(100)
    ((_, ruling),) = [told for told in bench.rulings if told[1].fate is Fate.SEND]
    assert (ruling.alert.id, ruling.sinks) == ("x.1", ("desk", "new"))


def test_all_that_is_remembered_can_be_kept_and_read_back():
    bench = Bench(CAP + "\ngroup_wait = 'PT30S'" + INHIBIT)
    for n in range(5):
        bench.take(n, f"i{n}.1").take(40 + n, f"i{n}.2")
    for mapping, kind in ((bench.state.groups, Group), (bench.state.windows, Window), (bench.state.causes, Cause)):
        assert mapping
        for value in mapping.values():
            assert load(dump(value), kind) == value


# -- laws


ROUTES = st.sampled_from(
    [
        "",
        WAIT,
        DYAD,
        MUTE,
        CAP,
        CAP + "\ngroup_wait = 'PT30S'\ngroup_by = ['dyad']\nrepeat_interval = 'PT10M'",
        MUTE + "\ncap = {alerts = 1}",
    ]
)
NEWS = st.lists(
    st.tuples(
        st.integers(0, 900),
        st.sampled_from("xyz"),
        st.sampled_from(list(Level)),
        st.sampled_from([AlertKind.OPENED, AlertKind.UPDATED, AlertKind.ESCALATED]),
    ),
    max_size=25,
)


@settings(max_examples=200, deadline=None)
@given(text=ROUTES, news=NEWS)
def test_every_alert_is_sent_once_or_suppressed_once_with_a_reason_and_none_is_left_over(text, news):
    bench, at = Bench(text), 0
    names = []
    for n, (later, incident, level, kind) in enumerate(news):
        at += later
        names.append(f"{incident}.{n}")
        bench.take(at, names[-1], level, kind)
    bench.run_until(at + 1_000_000)
    ends = [ruling.alert.id for _, ruling in bench.rulings if ruling.fate is not Fate.HOLD and ruling.alert.kind is not AlertKind.DIGEST]
    assert sorted(ends) == sorted(names)
    assert all(ruling.reason for _, ruling in bench.rulings if ruling.fate is not Fate.SEND)
    assert bench.pacer.next_tick() is None


@settings(max_examples=200, deadline=None)
@given(text=ROUTES, news=NEWS)
def test_per_incident_order_is_kept_and_an_escalation_is_always_told(text, news):
    bench, at = Bench(text), 0
    risen = []
    for n, (later, incident, level, kind) in enumerate(news):
        at += later
        bench.take(at, f"{incident}.{n}", level, kind)
        if kind is AlertKind.ESCALATED:
            risen.append(f"{incident}.{n}")
    bench.run_until(at + 1_000_000)
    sent = [ruling.alert for _, ruling in bench.rulings if ruling.fate is Fate.SEND]
    for incident in "xyz":
        revisions = [one.revision for one in sent if one.incident == incident]
        assert revisions == sorted(revisions)
    if "mute" not in text:
        assert set(risen) <= {one.id for one in sent}


# -- what an alert costs


class Counted(dict):
    """A mapping that counts what is read of it."""

    reads = 0

    def __getitem__(self, key):
        self.reads += 1
        return super().__getitem__(key)

    def get(self, key, default=None):
        self.reads += 1
        return super().get(key, default)

    def __iter__(self):
        for key in super().__iter__():
            self.reads += 1
            yield key


@pytest.mark.parametrize("kept", [10, 2000])
def test_an_alert_reads_as_little_however_many_groups_are_kept(kept):
    bench = Bench("[[routes]]\nname = 'r'\nrepeat_interval = 'P1D'\ngroup_wait = 'PT1H'")
    for n in range(kept):
        bench.take(n / 100, f"x{n}.1")
    assert len(bench.state.groups) == kept
    groups = Counted(bench.state.groups)
    pacer = Pacer(bench.pacer._tree, State(groups=groups))
    groups.reads = 0
    for n in range(10):
        pacer.take(alert(f"y{n}"), NOON + timedelta(minutes=1))
        pacer.next_tick()
    assert groups.reads <= 30


def test_what_no_longer_matters_is_forgotten_when_its_time_is_over():
    bench = Bench("[[routes]]\nname = 'r'\nrepeat_interval = 'PT1H'")
    bench.take(0, "x.1").take(1800, "y.1").take(3601, "z.1")
    assert {key.rpartition("|")[2] for key in bench.state.groups} == {"y", "z"}
    bench.take(9000, "w.1")
    assert len(bench.state.groups) == 1


def test_a_pacer_that_is_made_anew_goes_on_where_the_one_before_stopped():
    bench = Bench(WAIT).take(0, "x.1").take(10, "y.1")
    bench.pacer = Pacer(bench.pacer._tree, bench.state)
    bench.run_until(100)
    assert bench.told() == [(30, "x.1"), (40, "y.1")]
