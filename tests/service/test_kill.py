"""Workers are killed, stopped, added and removed, and the broker and Redis with them; the alerts are those of one quiet process.

The history is checked from outside: what went in is known, and what came out stands in the `alerts` topic.
"""

from __future__ import annotations

import json
import os
import random
import signal
import time
from contextlib import closing
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest
from redis import Redis

from producers.kafka import NewsTopic
from tests.sample.golden import SAMPLE, replay
from tests.servers import KafkaServer, RedisServer, free_ports, needs, three_kafkas
from tests.service.conftest import Cluster, until
from tests.values import item
from tocsin.replay import archived
from tocsin.settings import Settings
from tocsin.topics import name_of
from tocsin.wire import dump

pytestmark = [
    pytest.mark.service,
    pytest.mark.slow,
    pytest.mark.timeout(2400),
    pytest.mark.xdist_group("kafka"),
]

KILLS = int(os.environ.get("TOCSIN_TEST_KILLS", "6"))
CHANGES = 20
"""So often a worker is added or removed."""
ROLES = [("--segment", "deduplicate"), ("--segment", "tag"), ("--segment", "tag", "--segment", "assess")]


class Run:
    """One pass of the sample archive through a cluster, a little at a time, so that faults meet work."""

    def __init__(self, cluster, seed):
        self.cluster, self.random = cluster, random.Random(seed)
        self.bodies = list(archived(Settings(), [SAMPLE]))
        self.published = 0
        self.workers = {role: cluster.start("process", *role) for role in ROLES}
        self.redis = Redis.from_url(cluster.redis_url)

    def feed(self, share):
        """Publish this share of the bodies, all that is left with 1."""
        now, self.bodies = self.bodies[: max(int(len(self.bodies) * share), 1)], self.bodies[max(int(len(self.bodies) * share), 1) :]
        with closing(NewsTopic(self.cluster.settings().kafka)) as news:
            self.published += sum(news.publish(items) for items in now)

    def kill(self, role):
        self.workers[role].kill()
        self.workers[role].wait()
        self.workers[role] = self.cluster.start("process", *role)

    def tend(self):
        """Start again what has ended, as a supervisor would."""
        for role, worker in self.workers.items():
            if worker.poll() is not None:
                self.workers[role] = self.cluster.start("process", *role)

    def covered(self):
        self.tend()
        try:
            return int(self.redis.hget(f"{{{self.cluster.prefix}.assess}}:progress", "covered") or -1)
        except OSError:
            return -1

    def check(self):
        """Nothing lost, nothing invented, nothing out of order: the alerts, without repeats, are those of one process, byte for byte."""
        if not until(lambda: self.covered() == self.published - 1, 900):
            pytest.fail(f"{self.covered()} of {self.published}\n{self.cluster.logs()}")
        alone = [dump(alert) for alert in replay()]
        records = self.cluster.read("alerts", lambda got: len({record.value for record in got}) >= len(alone))
        assert list(dict.fromkeys(record.value for record in records)) == alone
        return len(records) - len(alone)


def test_workers_killed_at_random_lose_and_invent_nothing(cluster, capsys):
    run = Run(cluster, 7)
    for n in range(KILLS):
        run.feed(1 / (KILLS - n + 1))
        time.sleep(run.random.uniform(0.5, 6))
        run.kill(run.random.choice(ROLES))
    run.feed(1)
    repeats = run.check()
    with capsys.disabled():
        print(f"\n{KILLS} workers killed, {run.published} items, 0 lost, {repeats} repeats")


def test_workers_that_come_and_go_lose_and_invent_nothing(cluster, capsys):
    run = Run(cluster, 8)
    more = []
    for n in range(CHANGES):
        run.feed(1 / (CHANGES - n + 1))
        time.sleep(run.random.uniform(0.3, 2))
        if more and run.random.random() < 0.5:
            gone = more.pop()
            gone.terminate()
            assert gone.wait(60) in (0, -signal.SIGTERM), cluster.logs()  # the latter where it had not yet begun
        else:
            more.append(cluster.start("process", "--segment", "tag"))
    run.feed(1)
    repeats = run.check()
    with capsys.disabled():
        print(f"\nworkers added and removed {CHANGES} times, {run.published} items, 0 lost, {repeats} repeats")


@pytest.fixture
def own(tmp_path):
    """A broker and a Redis of the test's own, to be broken."""
    kafka, redis = KafkaServer().start(), RedisServer(needs("redis-server", "Debian: apt-get install redis-server"), durable=True)
    redis.start()
    one = Cluster(tmp_path, kafka.bootstrap, redis.url)
    with one.topics(delete=False):
        pass
    yield one, kafka, redis
    one.stop()
    kafka.remove()
    redis.remove()


@pytest.mark.parametrize("fault", ["stop", "kill"])
def test_a_broker_that_goes_and_comes_back_loses_nothing(own, capsys, fault):
    cluster, kafka, _ = own
    run = Run(cluster, 9)
    run.feed(1 / 10)
    assert until(lambda: run.covered() >= 0), cluster.logs()
    for n in range(5):
        run.feed(1 / (6 - n))
        time.sleep(run.random.uniform(0.2, 3))
        getattr(kafka, fault)()
        time.sleep(1)
        kafka.start()
    run.feed(1)
    begun = time.monotonic()
    repeats = run.check()
    with capsys.disabled():
        print(f"\nbroker: {fault} 5 times, 0 lost, {repeats} repeats, done {time.monotonic() - begun:.0f} s after the last")


@pytest.fixture
def three(tmp_path, redis_url):
    """Three brokers, each message on all of them, and two must have it."""
    nodes = three_kafkas()
    for node in nodes:
        node.launch()
    for node in nodes:
        node.wait()
    one = Cluster(tmp_path, ",".join(node.bootstrap for node in nodes), redis_url)
    one.environ |= {
        "TOCSIN__KAFKA__BOOTSTRAP": json.dumps([node.bootstrap for node in nodes]),
        "TOCSIN__KAFKA__REPLICATION": "3",
    }
    with one.topics(delete=False) as topics:
        yield one, nodes, topics
    one.stop()
    for node in nodes:
        node.remove()


def leading(topics, topic):
    """The node that leads a topic's first partition, and how many have all of it."""
    (told,) = (one for one in topics._admin.describe_topics([topic]) if one["name"] == topic)
    return told["partitions"][0]["leader_id"], len(told["partitions"][0]["isr_nodes"])


def test_a_partition_whose_leader_is_killed_loses_nothing_on_three_brokers(three, capsys):
    cluster, nodes, topics = three
    run = Run(cluster, 12)
    run.feed(1 / 10)
    assert until(lambda: run.covered() >= 0, 240), cluster.logs()
    for n, entity in enumerate(("news", "events", "alerts")):
        topic = name_of(cluster.prefix, entity)
        assert until(lambda topic=topic: leading(topics, topic)[1] == 3), cluster.logs()
        run.feed(1 / (4 - n))
        time.sleep(run.random.uniform(0.2, 3))
        leader, _ = leading(topics, topic)
        nodes[leader - 1].kill()
        run.feed(1 / 10)  # two are left, and take it
        assert leading(topics, topic)[0] != leader
        nodes[leader - 1].start()
    run.feed(1)
    repeats = run.check()
    with capsys.disabled():
        print(f"\nleader killed 3 times on 3 brokers, {run.published} items, 0 lost, {repeats} repeats")


def test_a_redis_that_is_killed_loses_nothing(own, capsys):
    cluster, _, redis = own
    run = Run(cluster, 10)
    for n in range(5):
        run.feed(1 / (6 - n))
        time.sleep(run.random.uniform(0.2, 3))
        redis.kill()
        time.sleep(1)
        redis.start()
    run.feed(1)
    repeats = run.check()
    with capsys.disabled():
        print(f"\nRedis killed 5 times, 0 lost, {repeats} repeats")


def test_a_redis_that_forgets_everything_is_filled_again_from_the_news(own):
    cluster, _, redis = own
    run = Run(cluster, 11)
    run.feed(0.5)
    assert until(lambda: run.covered() == run.published - 1), cluster.logs()
    redis.admin.flushall()
    run.feed(1)
    run.check()


def test_a_worker_that_has_work_and_does_not_move_calls_itself_unhealthy_until_it_moves(own):
    cluster, _, redis = own
    (port,) = free_ports(1)
    told = {"TOCSIN__MONITOR__LISTEN": f"127.0.0.1:{port}", "TOCSIN__KAFKA__STUCK_SECONDS": "6"}
    cluster.start("process", "--segment", "deduplicate", **told)

    def healthy():
        try:
            with urlopen(f"http://127.0.0.1:{port}/-/healthy", timeout=5) as answer:
                return answer.status == 200
        except HTTPError:
            return False
        except URLError:
            pytest.fail(cluster.logs())

    def publish(name):
        with closing(NewsTopic(cluster.settings().kafka)) as news:
            news.publish([item(name)])

    publish("a")
    cluster.read("stories", len)
    assert healthy(), cluster.logs()
    redis.freeze()
    publish("b")
    assert until(lambda: not healthy()), cluster.logs()
    redis.thaw()
    assert until(healthy), cluster.logs()
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        lag = [line for line in answer.read().decode().splitlines() if line.startswith("tocsin_consumer_lag_messages{")]
    assert len(lag) == 1
    assert f'topic="{cluster.prefix}.news.v1"' in lag[0]
