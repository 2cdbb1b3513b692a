"""When feeds are due: a table of outcomes, and the laws that keep a publisher's patience."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.fault import FetchFault, ParseFault
from producers.feed import FeedState, FeedStatus, Rhythm, Skip, Validators
from producers.rhythm import silent_since
from producers.schedule import Answered, Failed, Postponed, ScheduleSettings, after, asking, wait_left
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
        (FetchFault.UNAVAILABLE, [5, 10, 20, 40, 80]),
        (ParseFault.LOGIN, [60, 240, 960, 1440]),
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
        (FetchFault.UNAVAILABLE, FeedStatus.RATE_LIMITED),
        (FetchFault.REFUSED, FeedStatus.FAILING),
        (ParseFault.HTML, FeedStatus.FAILING),
        (ParseFault.TOO_SLOW, FeedStatus.QUARANTINED),
        (ParseFault.TOO_MUCH_MEMORY, FeedStatus.QUARANTINED),
        (ParseFault.CRASHED, FeedStatus.QUARANTINED),
    ],
)
def test_what_a_fault_makes_of_a_feed(fault, status):
    assert failed(1, fault).status is status


def left(state, now, boot="", uptime=0.0):
    return wait_left(state, now, boot, uptime)


def test_a_clock_that_was_wrong_does_not_silence_a_feed_nor_press_it():
    kept = after(STATE, replace(ANSWER, ttl=timedelta(days=1)), NOON, SETTINGS)
    meant = kept.next_check - NOON
    assert left(kept, NOON) == meant
    assert left(kept, NOON - timedelta(days=3650)) == meant, "a clock set back: never longer than it was meant to be"
    assert left(kept, NOON + timedelta(days=2)) == timedelta()


def test_within_one_boot_the_wall_clock_may_jump_as_it_likes():
    kept = replace(after(STATE, ANSWER, NOON, SETTINGS), boot="b", uptime=1000.0)
    meant = kept.next_check - NOON
    for jump in (timedelta(), timedelta(days=3650), -timedelta(days=3650)):
        assert left(kept, NOON + jump, "b", 1600.0) == meant - 10 * MINUTE
    assert left(kept, NOON + 10 * MINUTE, "another", 5.0) == meant - 10 * MINUTE, "after a boot there is only the wall's"


def test_what_is_kept_before_a_feed_is_asked_leaves_it_alone_for_its_usual_time():
    usual = after(STATE, replace(ANSWER, ttl=3 * HOUR), NOON, SETTINGS)
    noted = asking(usual, NOON + 4 * HOUR, "b", 7.0, SETTINGS)
    assert left(noted, NOON + 4 * HOUR, "b", 7.0) >= 3 * HOUR
    assert (noted.validators, noted.last_ok, noted.boot, noted.uptime) == (usual.validators, NOON, "b", 7.0)


@pytest.mark.parametrize(
    ("gap", "minutes", "because", "more"),
    [
        (None, 60, "nobody knows how often it publishes", {}),
        (timedelta(minutes=10), 60, "busy, and has not said that it may be asked sooner", {}),
        (timedelta(minutes=10), 15, "busy, and says a quarter of an hour", {"ttl": 15 * MINUTE}),
        (timedelta(minutes=10), 10, "no sooner than it publishes", {"fresh_for": 3 * MINUTE}),
        (timedelta(seconds=20), 5, "five minutes, whatever anybody says", {"fresh_for": timedelta(seconds=1)}),
        (timedelta(minutes=40), 40, "a week divided by the entries of a week", {"ttl": 15 * MINUTE}),
        (timedelta(days=3), 120, "seldom", {}),
        (timedelta(days=3), 180, "seldom, and asks for longer", {"ttl": 3 * HOUR}),
    ],
)
def test_the_interval_follows_the_feed_within_what_its_publisher_allows(gap, minutes, because, more):
    assert wait(replace(ANSWER, rhythm=Rhythm(gap, NOON), **more)) == minutes, because


def test_a_feed_without_validators_is_not_asked_sooner():
    busy = replace(ANSWER, rhythm=Rhythm(10 * MINUTE, NOON), ttl=10 * MINUTE)
    assert wait(replace(busy, validators=Validators())) == 60
    assert wait(busy) == 10


def test_the_interval_is_fixed_where_that_is_wished():
    fixed = SETTINGS.model_copy(update={"adaptive": False})
    state = after(STATE, replace(ANSWER, rhythm=Rhythm(timedelta(days=9), NOON)), NOON, fixed)
    assert HOUR <= state.next_check - NOON <= HOUR * 1.1


def test_hours_and_days_that_a_feed_asks_to_skip_are_skipped():
    night = replace(ANSWER, skip=Skip(hours=(13, 14, 15)))
    assert after(STATE, night, NOON, SETTINGS).next_check.hour == 16
    sunday = replace(ANSWER, skip=Skip(days=(6,)))  # NOON is one
    assert after(STATE, sunday, NOON, SETTINGS).next_check.weekday() == 0
    whole_week = replace(ANSWER, skip=Skip(days=(6, 0, 1)))
    assert after(STATE, whole_week, NOON, SETTINGS).next_check <= NOON + 25 * HOUR, "a day at most"


def polled(state, hours, moved=""):
    return after(state, replace(ANSWER, moved=moved), NOON + hours * HOUR, SETTINGS)


def test_a_feed_has_moved_after_three_confirmations_over_a_day():
    state = STATE
    for hours, address in [(0, ""), (1, ""), (2, ""), (23, ""), (24, "https://new.example/")]:
        state = polled(state, hours, "https://new.example/")
        assert state.address == address, hours
    assert (state.url, state.asked_at) == (STATE.url, "https://new.example/")
    assert polled(state, 25).address == "https://new.example/"


@pytest.mark.parametrize(
    "targets",
    [
        ["https://new.example/", "", "https://new.example/", "https://new.example/"],
        ["https://new.example/", "https://other.example/", "https://new.example/", "https://new.example/"],
        ["https://portal.example/login?back"] * 4,
    ],
)
def test_a_feed_does_not_move_by_fits_and_starts_nor_to_a_login(targets):
    state = STATE
    for number, target in enumerate(targets):
        state = polled(state, number * 12, target)
    assert state.address == ""


def test_a_new_address_that_fails_for_a_month_lets_the_old_one_be_asked_again():
    state = STATE
    for hours in (0, 12, 24):
        state = polled(state, hours, "https://new.example/")
    failed_at = NOON + 24 * HOUR
    for day in range(1, 31):
        assert state.asked_at == "https://new.example/"
        state = after(state, Failed(fault=FetchFault.DNS, reason=""), failed_at + timedelta(days=day), SETTINGS)
    state = after(state, Failed(fault=FetchFault.DNS, reason=""), failed_at + timedelta(days=31), SETTINGS)
    assert state.asked_at == STATE.url
    assert polled(state, 24 * 33, "https://new.example/").asked_at == "https://new.example/", "one redirect settles it again"


def test_a_feed_that_was_not_asked_has_not_failed():
    state = after(after(STATE, ANSWER, NOON, SETTINGS), Postponed(wait=3 * HOUR), NOON + HOUR, SETTINGS)
    assert (state.status, state.errors) == (FeedStatus.OK, 0)
    assert state.next_check >= NOON + 4 * HOUR
    soon = after(state, Postponed(wait=MINUTE), NOON, SETTINGS)
    assert soon.next_check >= NOON + HOUR, "another host on its way may have been asked"


def test_a_feed_is_silent_after_a_day_and_six_of_its_gaps():
    daily = replace(after(STATE, ANSWER, NOON, SETTINGS), rhythm=Rhythm(timedelta(days=1), NOON))
    assert silent_since(daily, NOON + timedelta(days=6)) is None
    assert silent_since(daily, NOON + timedelta(days=6, hours=1)) == NOON
    busy = replace(daily, rhythm=Rhythm(MINUTE, NOON))
    assert silent_since(busy, NOON + 24 * HOUR) is None
    assert silent_since(busy, NOON + 25 * HOUR) == NOON
    assert silent_since(replace(daily, rhythm=Rhythm()), NOON + timedelta(days=99)) is None, "who never gave a date cannot be told"


def test_a_feed_without_dates_is_not_silent_while_its_entries_change():
    dateless = replace(ANSWER, rhythm=Rhythm())
    state = after(STATE, replace(dateless, ids_hash="1"), NOON, SETTINGS)
    state = after(state, replace(dateless, ids_hash="1"), NOON + 200 * HOUR, SETTINGS)
    assert silent_since(state, NOON + 200 * HOUR) == NOON
    state = after(state, replace(dateless, ids_hash="2"), NOON + 201 * HOUR, SETTINGS)
    assert silent_since(state, NOON + 201 * HOUR) is None


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
    assert wait_left(next_state, next_state.next_check, "", 0.0) == timedelta()


@given(STATES, OUTCOMES)
def test_a_state_survives_the_store(state, outcome):
    next_state = after(state, outcome, NOON, SETTINGS)
    assert load(dump(next_state), FeedState) == next_state


def test_feeds_that_were_added_together_drift_apart():
    moments = [after(FeedState(url=f"https://{n}.example/"), ANSWER, NOON, SETTINGS).next_check for n in range(60)]
    assert len({round((moment - NOON) / MINUTE) for moment in moments}) == 7
