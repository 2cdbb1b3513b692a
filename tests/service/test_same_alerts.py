"""The same feeds, in one process and on a cluster, raise the same alerts."""

from __future__ import annotations

from contextlib import closing

import pytest
from redis import Redis

from producers.kafka import NewsTopic
from tests.sample.golden import SAMPLE, replay
from tocsin.model import Alert
from tocsin.replay import archived
from tocsin.settings import Settings
from tocsin.wire import dump, load

pytestmark = [pytest.mark.service, pytest.mark.timeout(900), pytest.mark.xdist_group("kafka")]


def test_the_sample_through_three_workers_raises_what_one_process_raises(cluster):
    for segments in (("deduplicate",), ("tag",), ("tag", "assess")):
        cluster.start("process", *(word for segment in segments for word in ("--segment", segment)))
    with closing(NewsTopic(cluster.settings().kafka)) as news:
        count = sum(news.publish(items) for items in archived(Settings(), [SAMPLE]))
    redis = Redis.from_url(cluster.redis_url)

    def all_done(_):
        return int(redis.hget(f"{{{cluster.prefix}.assess}}:progress", "covered") or -1) == count - 1

    records = cluster.read("alerts", all_done, 100)
    records = cluster.read("alerts", lambda got: len(got) >= len(records))
    alone = [dump(alert) for alert in replay()]
    assert list(dict.fromkeys(record.value for record in records)) == alone  # what came again came as the same bytes
    assert {dict(record.headers)["ce_id"].decode() for record in records} == {load(raw, Alert).id for raw in alone}
