"""The doctor asks a real broker whether the topics are there and set as they must be."""

from __future__ import annotations

import gc

import pytest

from tocsin import doctor
from tocsin.doctor import Grade
from tocsin.settings import Settings

pytestmark = pytest.mark.service


def test_topics_that_are_there_are_right_and_those_that_are_missing_are_told_with_the_command_that_makes_them(cluster):
    assert [finding.grade for finding in doctor.topics(cluster.settings())] == [Grade.OK]
    missing = list(doctor.topics(cluster.settings(kafka__prefix=f"{cluster.prefix}-other")))
    assert {(finding.grade, finding.remedy) for finding in missing} == {(Grade.FAIL, "tocsin topics ensure")}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # kafka-python leaves a socket to the collector
def test_a_broker_is_asked_only_where_the_configuration_speaks_of_one_and_one_that_is_away_is_told():
    assert list(doctor.topics(Settings())) == []
    (away,) = doctor.topics(Settings.model_validate({"kafka": {"bootstrap": ["127.0.0.1:1"]}}))
    assert away.grade is Grade.FAIL
    gc.collect()
