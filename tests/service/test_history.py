"""A share of `python -m bench.cluster_faults`: every role is killed while all work, from the feeds to the webhook."""

from __future__ import annotations

import pytest

from bench.cluster_faults import run

pytestmark = [pytest.mark.service, pytest.mark.slow, pytest.mark.timeout(2400), pytest.mark.xdist_group("kafka")]


def test_whatever_role_is_killed_what_went_in_comes_out(capsys):
    told = []
    history, roles = run(20, 150, feeds=60, delay=0.3, say=told.append)
    with capsys.disabled():
        print("", *told, sep="\n")
    assert history.wrong == []
    assert history.items
    assert sum(role.kills for role in roles)
