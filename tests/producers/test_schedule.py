"""When feeds are due: a table of outcomes, and the laws that keep a publisher's patience."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.fault import FetchFault, ParseFault
from producers.feed import FeedState, FeedStatus, Validators
from producers.schedule import Answered, Failed, ScheduleSettings, after, due
from tocsin.wire import dump, load

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SETTINGS = ScheduleSettings()
STATE = FeedState(url="https://news.example/rss")
ANSWER = Answered(validators=Validators('"a"', "Sun"), body_hash="h", title="News")


def wait(outcome, state=STATE):
    """How long after a poll the next one is, without the spread that is the feed's own."""
    moment = after(state, outcome, NOON, SETTINGS).next_check
    share = (after(STATE, ANSWER, NOON, SETTINGS).next_check - NOON) / HOUR
    return round(((moment - NOON) / share).total_seconds() / 60)


def failed(times, fault, **more):
    state = STATE
    for _ in range(times):
        state = after(state, Failed(fault=fault, reason="why", **more), NOON, SETTINGS)
    return state


def test_an_answer_is_kept_with_its_validators():
    state = after(failed(3, FetchFault.TIMEOUT), ANSWER, NOON, SETTINGS)
    assert (state.status, state.errors, state.fault, state.reason) == (FeedStatus.OK, 0, "", "")
    assert (state.validators, state.body_hash, state.title) == (Validators('"a"', "Sun"), "h", "News")
    assert (state.last_ok, state.last_checked) == (NOON, NOON)


def test_nothing_new_keeps_what_is_known_of_the_body():
    known = after(STATE, replace(ANSWER, ttl=2 * HOUR), NOON, SETTINGS)
    again = after(known, Answered(validators=Validators('"b"')), NOON + HOUR, SETTINGS)
    assert (again.body_hash, again.title, again.ttl) == ("h", "News", 2 * HOUR)
    assert again.validators == Validators('"b"')


def test_a_failure_keeps_the_validators_of_the_last_success():
    known = after(STATE, ANSWER, NOON, SETTINGS)
    state = after(known, Failed(fault=FetchFault.DNS, reason="why"), NOON + HOUR, SETTINGS)
    assert (state.validators, state.body_hash, state.last_ok) == (known.validators, "h", NOON)
    assert (state.status, state.errors, state.fault, state.reason) == (FeedStatus.FAILING, 1, "dns", "why")


@pytest.mark.parametrize(
    ("outcome", "minutes", "because"),
    [
        (ANSWER, 60, "an hour is the usual"),
        (replace(ANSWER, ttl=3 * HOUR), 180, "longer where the body asks"),
        (replace(ANSWER, fresh_for=2 * HOUR), 120, "or the answer"),
        (replace(ANSWER, ttl=MINUTE), 60, "never shorter for it"),
        (replace(ANSWER, fresh_for=timedelta(days=365)), 1440, "a day at most: a year is a mistake"),
        (Failed(fault=FetchFault.TIMEOUT, reason=""), 5, "a hiccup is retried soon"),
        (Failed(fault=FetchFault.SERVER_ERROR, reason="", retry_after=HOUR), 60, "but not before the server asks"),
        (Failed(fault=FetchFault.CLIENT_ERROR, reason=""), 60, "a refusal is left alone"),
        (Failed(fault=FetchFault.RATE_LIMITED, reason=""), 60, "patience without a figure"),
        (Failed(fault=FetchFault.RATE_LIMITED, reason="", retry_after=2 * HOUR), 120, "with one"),
        (Failed(fault=FetchFault.RATE_LIMITED, reason="", retry_after=timedelta(days=9)), 1440, "a day at most"),
        (Failed(fault=ParseFault.TOO_SLOW, reason=""), 60, "what cost a worker is not tried again at once"),
        (Failed(fault=ParseFault.HTML, reason=""), 5, "a page in place of the feed is mostly a hiccup"),
    ],
)
def test_the_wait_after_a_poll(outcome, minutes, because):
    assert wait(outcome) == minutes, because


@pytest.mark.parametrize(
    ("fault", "minutes"),
    [
        (FetchFault.TIMEOUT, [5, 10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440]),
        (FetchFault.CLIENT_ERROR, [60, 240, 960, 1440, 1440]),
        (FetchFault.RATE_LIMITED, [60, 120, 240, 480, 960, 1440]),
        (ParseFault.TOO_MUCH_MEMORY, [60, 240, 960, 1440]),
    ],
)
def test_waits_grow_to_a_day_and_never_stop(fault, minutes):
    assert [wait(Failed(fault=fault, reason=""), failed(times, fault)) for times in range(len(minutes))] == minutes
    assert failed(1000, fault).next_check is not None


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (FetchFault.GONE, FeedStatus.GONE),
        (FetchFault.RATE_LIMITED, FeedStatus.RATE_LIMITED),
        (FetchFault.REFUSED, FeedStatus.FAILING),
        (ParseFault.HTML, FeedStatus.FAILING),
        (ParseFault.TOO_SLOW, FeedStatus.QUARANTINED),
        (ParseFault.TOO_MUCH_MEMORY, FeedStatus.QUARANTINED),
        (ParseFault.CRASHED, FeedStatus.QUARANTINED),
    ],
)
def test_what_a_fault_makes_of_a_feed(fault, status):
    assert failed(1, fault).status is status


def urls(states, now=NOON, **more):
    return [state.url for state in due(states, now, SETTINGS, **more)]


def feed(url, minutes=None, **more):
    return FeedState(url=url, next_check=None if minutes is None else NOON + minutes * MINUTE, **more)


def test_who_waited_longest_comes_first_and_each_host_once():
    states = [
        feed("https://a.example/1", -5),
        feed("https://a.example/2", -9),
        feed("https://b.example/", -7),
        feed("https://c.example/", 1),
        feed("https://d.example/"),
    ]
    assert urls(states) == ["https://a.example/2", "https://b.example/", "https://d.example/"]


def test_a_busy_host_is_left_alone():
    assert urls([feed("https://a.example/"), feed("https://b.example/")], busy={"a.example"}) == ["https://b.example/"]


def test_a_host_that_asked_for_patience_has_it_from_all_its_feeds():
    states = [feed("https://a.example/1", 10, status=FeedStatus.RATE_LIMITED), feed("https://a.example/2"), feed("https://b.example/")]
    assert urls(states) == ["https://b.example/"]
    assert urls(states, NOON + 11 * MINUTE) == ["https://a.example/1", "https://b.example/"]


def test_a_feed_that_is_gone_is_never_due():
    assert urls([replace(failed(1, FetchFault.GONE), url="https://a.example/")], NOON + timedelta(days=999)) == []


def test_a_clock_that_was_wrong_does_not_silence_a_feed():
    kept = after(STATE, replace(ANSWER, ttl=timedelta(days=1)), NOON, SETTINGS)
    assert urls([kept]) == []
    assert urls([kept], NOON - timedelta(days=3650)) == [STATE.url]


STATES = st.builds(
    lambda url, errors, status: FeedState(url=f"https://{url}.example/", errors=errors, status=status),
    st.text("abc", min_size=1, max_size=5),
    st.integers(0, 10_000),
    st.sampled_from(FeedStatus),
)
WAITS = st.none() | st.timedeltas(timedelta(), timedelta(days=4000))
OUTCOMES = st.builds(Answered, validators=st.builds(Validators, st.text(), st.text()), fresh_for=WAITS, ttl=WAITS) | st.builds(
    Failed, fault=st.sampled_from([*FetchFault, *ParseFault]), reason=st.text(), retry_after=WAITS
)


@given(STATES, OUTCOMES)
def test_no_feed_is_due_before_five_minutes_or_forgotten_for_more_than_a_day(state, outcome):
    next_state = after(state, outcome, NOON, SETTINGS)
    if next_state.status is FeedStatus.GONE:
        return
    ahead = next_state.next_check - NOON
    assert 5 * MINUTE <= ahead <= 27 * HOUR
    asked = getattr(outcome, "retry_after", None) or getattr(outcome, "fresh_for", None) or timedelta()
    assert ahead >= min(asked, 24 * HOUR)
    assert due([next_state], NOON, SETTINGS) == []
    assert due([next_state], next_state.next_check, SETTINGS) == [next_state]


@given(STATES, OUTCOMES)
def test_a_state_survives_the_store(state, outcome):
    next_state = after(state, outcome, NOON, SETTINGS)
    assert load(dump(next_state), FeedState) == next_state


def test_feeds_that_were_added_together_drift_apart():
    moments = [after(FeedState(url=f"https://{n}.example/"), ANSWER, NOON, SETTINGS).next_check for n in range(60)]
    assert len({round((moment - NOON) / MINUTE) for moment in moments}) == 7
