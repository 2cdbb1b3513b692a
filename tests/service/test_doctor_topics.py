"""The doctor asks a real broker whether the topics are there and set as they must be."""

from __future__ import annotations

import json

import pytest

from tocsin import doctor
from tocsin.settings import Settings

pytestmark = [pytest.mark.service, pytest.mark.timeout(600), pytest.mark.xdist_group("kafka")]


def findings(cluster):
    done = cluster.run("doctor", "--json")
    return done.returncode, [found for found in json.loads(done.stdout)["findings"] if found["check"] == "kafka"]


def test_topics_that_are_missing_and_a_broker_that_is_away_are_told_with_what_to_do(cluster):
    cluster.environ["TOCSIN__FEEDS__DEFAULTS"] = "false"
    assert [found["grade"] for found in findings(cluster)[1]] == ["ok"]
    cluster.environ["TOCSIN__KAFKA__PREFIX"] = f"{cluster.prefix}-other"
    code, missing = findings(cluster)
    assert (code, {(found["grade"], found["remedy"]) for found in missing}) == (1, {("fail", "tocsin topics ensure")})
    cluster.environ["TOCSIN__KAFKA__BOOTSTRAP"] = '["127.0.0.1:1"]'
    assert [found["grade"] for found in findings(cluster)[1]] == ["fail"]


def test_no_broker_is_asked_where_the_configuration_speaks_of_none():
    assert list(doctor.topics(Settings())) == []
