"""What has stopped, has not begun or is in trouble is told; a stopped vital part makes the service unhealthy, anything makes it unready."""

from __future__ import annotations

import pytest

from tocsin.progress import Progress


class Seconds:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def at():
    return Seconds()


@pytest.fixture
def progress(at):
    return Progress(at)


def test_what_is_expected_is_not_ready_before_its_first_beat_and_not_yet_unhealthy(progress):
    progress.expect("loop", 10, vital=True)
    assert (progress.unready(), progress.unhealthy()) == (["loop: not yet begun"], [])
    progress.beat("loop")
    assert progress.unready() == []


@pytest.mark.parametrize(("vital", "unhealthy"), [(True, ["loop: no sign of life for 11 s"]), (False, [])])
def test_a_beat_that_does_not_recur_is_told_and_only_a_vital_one_is_unhealthy(progress, at, vital, unhealthy):
    progress.expect("loop", 10, vital=vital)
    progress.beat("loop")
    at.now = 11
    assert (progress.unready(), progress.unhealthy()) == (["loop: no sign of life for 11 s"], unhealthy)
    progress.beat("loop")
    assert progress.unready() == []


def test_what_never_began_at_all_is_unhealthy_once_its_time_is_over(progress, at):
    progress.expect("loop", 10, vital=True)
    at.now = 11
    assert progress.unhealthy() == ["loop: no sign of life for 11 s"]


def test_a_job_is_stuck_when_it_does_not_end_in_time_even_where_it_raises_later(progress, at):
    with pytest.raises(ZeroDivisionError), progress.working("sink desk", 120):
        at.now = 119
        assert progress.unready() == []
        at.now = 121
        assert progress.unready() == ["sink desk: stuck for 121 s"]
        raise ZeroDivisionError
    assert progress.unready() == []


def test_trouble_lasts_until_it_is_cleared(progress):
    progress.trouble("intake", "OSError")
    assert progress.unready() == ["intake: OSError"]
    assert progress.unhealthy() == []
    progress.clear("intake")
    assert progress.unready() == []


def test_one_sink_in_trouble_strains_and_all_of_them_make_it_unready(progress):
    progress.tolerate(["sink a", "sink b"])
    progress.trouble("sink a", "http_503")
    assert (progress.strained(), progress.unready()) == (["sink a: http_503"], [])
    progress.trouble("sink b", "timeout")
    assert (progress.strained(), progress.unready()) == ([], ["sink a: http_503", "sink b: timeout"])


def test_what_ended_as_it_should_is_not_missed(progress, at):
    progress.expect("sink desk", 10)
    progress.forget("sink desk")
    at.now = 100
    progress.beat("sink desk")
    assert progress.unready() == []
