"""Once, patiently, to one sink: nothing lost, nothing out of order, and a sink that is down keeps only itself waiting."""

from __future__ import annotations

import sqlite3
import threading
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinks.deliver import LONGEST_WAIT, SCHEDULE, Bell, Health, Outcome, decide, drain
from sinks.sink import DeliveryError, SinkGoneError, UnreachableError
from tests.values import NOON, alert
from tocsin.store import Store


def seconds(n):
    return timedelta(seconds=n)


BUSY = DeliveryError("http_503", retry=True)
DOWN = UnreachableError("unreachable")
NEVER = DeliveryError("http_400", retry=False)


# -- the verdict on one attempt


def test_no_error_is_delivered():
    assert decide("desk", "a", 1, None, NOON).outcome is Outcome.DELIVERED


@pytest.mark.parametrize("attempt", range(1, len(SCHEDULE)))
def test_what_may_pass_is_tried_again_after_the_step_of_the_schedule_give_or_take_a_tenth(attempt):
    verdict = decide("desk", "a", attempt, BUSY, NOON)
    assert verdict.outcome is Outcome.RETRY
    assert verdict.reason == "http_503"
    assert SCHEDULE[attempt] * 0.9 <= verdict.until - NOON <= SCHEDULE[attempt] * 1.1


def test_the_jitter_follows_from_the_delivery_and_differs_between_deliveries():
    untils = [decide("desk", name, 3, BUSY, NOON).until for name in "abcdefgh"]
    assert untils == [decide("desk", name, 3, BUSY, NOON).until for name in "abcdefgh"]
    assert len(set(untils)) == 8


def test_the_whole_schedule_takes_most_of_a_day_and_then_the_alert_is_dead():
    assert seconds(20 * 3600) < sum(SCHEDULE, timedelta()) < seconds(24 * 3600)
    last = decide("desk", "a", len(SCHEDULE), BUSY, NOON)
    assert (last.outcome, last.reason, last.until) == (Outcome.DEAD, "http_503", None)


def test_what_can_never_succeed_is_dead_at_once():
    assert decide("desk", "a", 1, NEVER, NOON).outcome is Outcome.DEAD


@pytest.mark.parametrize(
    ("asked", "waited"),
    [
        (seconds(600), seconds(600)),  # longer than the step: the receiver knows better
        (seconds(1), None),  # shorter: the schedule stands
        (seconds(-50), None),  # a date that has passed
        (timedelta(days=4000), LONGEST_WAIT),  # not believed
    ],
)
def test_a_pause_the_receiver_asks_for_is_kept(asked, waited):
    verdict = decide("desk", "a", 1, DeliveryError("http_429", retry=True, after=asked), NOON)
    assert verdict.until - NOON == waited or (waited is None and verdict.until - NOON < seconds(6))


def test_an_alert_for_a_receiver_that_is_gone_stays_pending_however_often_it_was_tried():
    assert decide("desk", "a", 50, SinkGoneError("http_410"), NOON).outcome is Outcome.GONE


# -- the health of a sink


def after(*attempts, now=NOON):
    health = Health()
    for name, error in attempts:
        health = health.after(name, error, now)
    return health


@pytest.mark.parametrize(
    ("attempts", "down", "rest"),
    [
        ([], False, 0),
        ([("a", None)], False, 0),
        ([("a", BUSY)], False, 0),  # perhaps the alert's own trouble: the next is tried at once
        ([("a", BUSY), ("a", BUSY), ("a", BUSY)], False, 0),  # surely the alert's own trouble
        ([("a", BUSY), ("b", BUSY)], True, 5),
        ([("a", BUSY), ("b", BUSY), ("c", BUSY)], True, 15),
        ([("a", BUSY), ("b", BUSY), ("c", BUSY), ("d", BUSY), ("e", BUSY)], True, 30),
        ([("a", DOWN)], True, 5),  # nobody there: no other alert would fare better
        ([("a", DOWN), ("a", DOWN)], True, 30),
        ([("a", BUSY), ("b", BUSY), ("c", None)], False, 0),
        ([("a", BUSY), ("b", BUSY), ("c", NEVER)], False, 0),  # it judged the alert, so it works
        ([("a", DeliveryError("http_429", retry=True, after=seconds(77)))], False, 77),
    ],
)
def test_a_sink_is_down_when_several_alerts_in_a_row_are_refused(attempts, down, rest):
    health = after(*attempts)
    assert (health.down, health.rest(NOON)) == (down, seconds(rest))


def test_a_pause_ends_with_time_and_with_a_clock_that_was_set_back():
    health = after(("a", DOWN))
    assert health.rest(NOON + seconds(2)) == seconds(3)
    assert health.rest(NOON + seconds(6)) == timedelta(0)
    assert health.rest(NOON - seconds(3600)) == timedelta(0)


# -- the loop


class Times:
    """A clock that only waiting moves, and the end of the test."""

    def __init__(self, ends_after):
        self.now = NOON
        self._end = NOON + ends_after
        self.at = {}

    def clock(self):
        return self.now

    def wait(self, longest):
        self.now += longest
        for due in sorted(self.at):
            if due <= self.now:
                self.at.pop(due)()
        return self.now >= self._end


class Days(Times):
    """The same for tests over days: goes straight to the next delivery that is due, and ends when there is none."""

    def __init__(self, outbox):
        super().__init__(timedelta(days=9))
        self._outbox = outbox

    def wait(self, longest):
        due = self._outbox.next_due("desk")
        return due is None or super().wait(max(longest, due - self.now))


class Desk:
    """A sink that answers as it is told, and remembers who came when."""

    name = "desk"

    def __init__(self, times, answer=lambda alert, now: None):
        self.times, self.answer, self.log = times, answer, []

    def check(self):
        pass

    def send(self, alert):
        error = self.answer(alert, self.times.now)
        self.log.append((alert.id, round((self.times.now - NOON).total_seconds()), error is None))
        if error:
            raise error

    def close(self):
        pass

    @property
    def taken(self):
        return [name for name, _, taken in self.log if taken]

    def tries(self, name):
        return [at for who, at, _ in self.log if who == name]


def put(store, *names):
    """Alerts named `incident.n`."""
    with store.transaction():
        for name in names:
            store.add_alert(alert(name, incident=name.split(".")[0]), ["desk", "other"])


def test_all_that_is_pending_is_delivered_once_oldest_first(store, outbox):
    put(store, "x.1", "y.1", "x.2")
    times = Times(seconds(60))
    desk = Desk(times)
    drain(outbox, desk, times.clock, times.wait)
    assert desk.log == [("x.1", 0, True), ("y.1", 0, True), ("x.2", 0, True)]
    assert store.deliveries()["desk"] == {"delivered": 3}
    assert store.deliveries()["other"] == {"pending": 3}


def test_a_failing_alert_is_tried_on_schedule_and_buried_at_its_end(store, outbox):
    put(store, "x.1")
    times = Days(outbox)
    desk = Desk(times, lambda alert, now: BUSY)
    drain(outbox, desk, times.clock, times.wait)
    steps = [later - earlier for earlier, later in zip(desk.tries("x.1"), desk.tries("x.1")[1:], strict=False)]
    wanted = [step.total_seconds() for step in SCHEDULE[1:]]
    assert len(steps) == len(wanted)
    assert all(0.9 * want - 1 <= step <= 1.1 * want + 6 for step, want in zip(steps, wanted, strict=True)), steps
    assert store.deliveries()["desk"] == {"dead": 1}


def test_an_alert_that_can_never_succeed_holds_nobody_up(store, outbox):
    put(store, "x.1", "x.2")
    times = Times(seconds(60))
    desk = Desk(times, lambda alert, now: NEVER if alert.id == "x.1" else None)
    drain(outbox, desk, times.clock, times.wait)
    assert desk.log == [("x.1", 0, False), ("x.2", 0, True)]
    assert store.deliveries()["desk"] == {"dead": 1, "delivered": 1}


def test_within_an_incident_order_is_kept_and_other_incidents_go_by(store, outbox):
    put(store, "x.1", "x.2", "y.1", "y.2")
    times = Times(seconds(300))
    desk = Desk(times, lambda alert, now: BUSY if alert.id == "x.1" and now < NOON + seconds(20) else None)
    drain(outbox, desk, times.clock, times.wait)
    assert desk.taken == ["y.1", "y.2", "x.1", "x.2"]


def test_a_sink_that_was_down_an_hour_catches_up_half_a_minute_after_its_return(store, outbox):
    put(store, *(f"i{n}.1" for n in range(1000)))
    times = Times(seconds(3700))
    desk = Desk(times, lambda alert, now: DOWN if now < NOON + seconds(3600) else None)
    drain(outbox, desk, times.clock, times.wait)
    assert sorted(desk.taken) == sorted(f"i{n}.1" for n in range(1000))
    assert max(at for _, at, taken in desk.log if taken) <= 3635
    assert len(desk.log) - 1000 < 200  # it was probed, not stormed


def test_one_alert_alone_that_could_not_be_delivered_goes_out_when_another_gets_through(store, outbox):
    put(store, "x.1")
    times = Times(seconds(4000))
    desk = Desk(times, lambda alert, now: DOWN if now < NOON + seconds(1450) else None)
    times.at[NOON + seconds(1500)] = lambda: put(store, "y.1")
    drain(outbox, desk, times.clock, times.wait)
    assert desk.taken == ["y.1", "x.1"]
    assert desk.tries("x.1")[-1] <= 1520  # its own next step would be at about 5,000 s


def test_one_alert_that_the_receiver_cannot_take_is_not_hurried_by_the_others(store, outbox):
    put(store, "bad.1")
    times = Times(seconds(1200))
    desk = Desk(times, lambda alert, now: BUSY if alert.id == "bad.1" else None)
    for n in range(100):
        times.at[NOON + seconds(10 * n + 1)] = lambda n=n: put(store, f"i{n}.1")
    drain(outbox, desk, times.clock, times.wait)
    assert len(desk.taken) == 100
    assert len(desk.tries("bad.1")) == 5


def test_a_receiver_that_asks_for_a_pause_gets_it_for_all_alerts(store, outbox):
    put(store, "x.1", "y.1")
    times = Times(seconds(300))
    limited = DeliveryError("http_429", retry=True, after=seconds(60))
    desk = Desk(times, lambda alert, now: limited if now == NOON else None)
    drain(outbox, desk, times.clock, times.wait)
    assert [at for _, at, _ in desk.log] == [0, 60, 60]


def test_a_receiver_that_is_gone_is_not_called_again_until_the_next_start(store, outbox):
    put(store, "x.1", "y.1")
    times = Times(seconds(60))
    desk = Desk(times, lambda alert, now: SinkGoneError("http_410"))
    drain(outbox, desk, times.clock, times.wait)
    assert desk.log == [("x.1", 0, False)]
    assert store.deliveries()["desk"] == {"pending": 2}
    desk.answer = lambda alert, now: None
    drain(outbox, desk, times.clock, times.wait)
    assert desk.taken == ["x.1", "y.1"]


def test_a_fault_of_ours_is_an_attempt_like_any_other(store, outbox, caplog):
    put(store, "x.1")
    times = Times(seconds(60))

    def answer(alert, now):
        if now == NOON:
            raise KeyError("secret")

    desk = Desk(times, answer)
    drain(outbox, desk, times.clock, times.wait)
    assert desk.taken == ["x.1"]
    assert "fault_KeyError" in caplog.text


def test_bytes_that_are_no_alert_are_buried(store, outbox):
    put(store, "x.1")
    with store.transaction():
        store._db.execute("UPDATE alerts SET body = '{}'")
    times = Times(seconds(60))
    drain(outbox, Desk(times), times.clock, times.wait)
    assert store.deliveries()["desk"] == {"dead": 1}


class Failing:
    """An outbox whose disk is full for a while, at the methods named."""

    def __init__(self, outbox, times, until, *methods):
        self._outbox, self._times, self._until, self._methods = outbox, times, until, methods

    def __getattr__(self, name):
        if name in self._methods and self._times.now < self._until:
            raise sqlite3.OperationalError("database or disk is full")
        return getattr(self._outbox, name)


@pytest.mark.parametrize("method", ["next", "next_due", "delivered"])
def test_an_outbox_that_fails_for_a_while_costs_neither_a_loss_nor_a_second_sending(store, outbox, method):
    put(store, "x.1", "x.2")
    times = Times(seconds(120))
    desk = Desk(times)
    drain(Failing(outbox, times, NOON + seconds(33), method), desk, times.clock, times.wait)
    assert desk.taken == ["x.1", "x.2"]
    assert store.deliveries()["desk"] == {"delivered": 2}


@pytest.mark.parametrize("method", ["postpone", "bury"])
def test_what_was_decided_is_noted_when_the_outbox_can_write_again(store, outbox, method):
    put(store, "x.1")
    times = Times(seconds(50))
    desk = Desk(times, lambda alert, now: BUSY if method == "postpone" else NEVER)
    drain(Failing(outbox, times, NOON + seconds(33), method), desk, times.clock, times.wait)
    assert store.deliveries()["desk"] == ({"pending": 1} if method == "postpone" else {"dead": 1})
    assert desk.tries("x.1")[0] == 0
    assert all(at >= 33 for at in desk.tries("x.1")[1:])


def test_told_to_end_it_ends_before_the_next_alert(store, outbox):
    put(store, "x.1", "y.1")
    times = Times(seconds(60))
    desk = Desk(times)
    told = iter([False, True])
    drain(outbox, desk, times.clock, lambda longest: next(told))
    assert desk.taken == ["x.1"]


def test_it_rests_while_nothing_is_due_and_never_spins(store, outbox):
    put(store, "x.1", "x.2")
    times = Times(seconds(3600))
    rests = []

    def wait(longest):
        rests.append(longest)
        return times.wait(longest)

    drain(outbox, Desk(times, lambda alert, now: BUSY), times.clock, wait)
    assert len(rests) < 3600 / 5 + 50


def test_an_outbox_that_says_something_is_due_and_hands_out_nothing_is_not_asked_without_a_pause(outbox):
    class Liar:
        def next(self, sink, now):
            return None

        def next_due(self, sink):
            return NOON

    rests = []

    def wait(longest):
        rests.append(longest)
        return len(rests) == 4

    drain(Liar(), Desk(Times(seconds(1))), lambda: NOON, wait)
    assert all(rests[1:])


@settings(max_examples=60, deadline=None)
@given(
    alerts=st.lists(st.sampled_from("xyz"), min_size=1, max_size=12),
    answers=st.lists(
        st.sampled_from([None, None, BUSY, DOWN, NEVER, DeliveryError("http_429", retry=True, after=seconds(90))]), max_size=40
    ),
)
def test_whatever_the_receiver_answers_every_alert_is_delivered_once_in_order_or_dead(alerts, answers, tmp_path_factory):
    store = Store(tmp_path_factory.mktemp("store") / "tocsin.db")
    outbox = store.outbox()
    put(store, *(f"{incident}.{n:02}" for n, incident in enumerate(alerts)))
    times, said = Days(outbox), iter(answers)
    desk = Desk(times, lambda alert, now: next(said, None))
    drain(outbox, desk, times.clock, times.wait)
    sums = store.deliveries()["desk"]
    outbox.close()
    store.close()
    assert set(sums) <= {"delivered", "dead"}
    assert sum(sums.values()) == len(alerts)
    assert len(desk.taken) == len(set(desk.taken)) == sums.get("delivered", 0)
    for incident in "xyz":
        of_one = [name for name in desk.taken if name.startswith(incident)]
        assert of_one == sorted(of_one)


# -- the bell


def test_a_bell_wakes_the_one_who_rests_and_tells_when_to_end():
    bell = Bell()
    assert bell.wait(timedelta(0)) is False
    bell.ring()
    assert bell.wait(seconds(60)) is False
    bell.stop()
    assert bell.wait(seconds(60)) is True
    assert bell.wait(seconds(60)) is True


def test_a_thread_delivers_what_is_put_in_while_it_rests_and_ends_when_told(store):
    bell, came = Bell(), threading.Event()

    class Real(Desk):
        def send(self, alert):
            super().send(alert)
            came.set()

    desk = Real(Times(seconds(0)))
    outbox = store.outbox()
    thread = threading.Thread(target=drain, args=(outbox, desk, lambda: NOON, bell.wait))
    thread.start()
    put(store, "x.1")
    bell.ring()
    assert came.wait(30)
    bell.stop()
    thread.join(30)
    assert not thread.is_alive()
    outbox.close()
    assert desk.taken == ["x.1"]
