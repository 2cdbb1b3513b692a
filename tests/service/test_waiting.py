"""Roles that are started before the services they need wait for them; those that are refused, or find no topics, say so and end."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import struct
import threading
import time
from datetime import UTC, datetime
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

from tests.servers import KafkaServer, RedisServer, free_ports, needs
from tests.service.conftest import Cluster, until
from tests.service.test_roles import send
from tests.test_service import WAR, configure, port
from tests.values import alert
from tests.world import FeedServer, Receiver
from tocsin.broker import KafkaSettings
from tocsin.waiting import AwayError, broker, memory
from tocsin.wire import dump

pytestmark = [
    pytest.mark.service,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("kafka"),
]

ROLES = {"produce": ["produce"], "process": ["process"], "deliver": ["deliver", "--sink", "hook"]}


@pytest.fixture
def alone(tmp_path):
    """A configuration, and no service behind it."""
    dead, receiver = free_ports(2)
    one = Cluster(tmp_path, f"127.0.0.1:{dead}", f"unix://{tmp_path}/nobody")
    configure(tmp_path, [], f"http://127.0.0.1:{receiver}/", [receiver])
    yield one
    one.stop()


def log_of(cluster, number=-1):
    return sorted(cluster.folder.glob("log-*"))[number].read_text()


def judged(listen, what):
    """Status and reasons of `/-/healthy` or `/-/ready`; None while nobody answers."""
    try:
        with urlopen(f"http://127.0.0.1:{listen}/-/{what}", timeout=5) as answer:
            return answer.status, json.load(answer)["reasons"]
    except HTTPError as answer:
        return answer.code, json.load(answer)["reasons"]
    except URLError:
        return None


def test_roles_whose_broker_is_away_say_so_once_are_not_ready_and_end_at_once_when_told_to(alone):
    listens = free_ports(len(ROLES))
    started = [alone.start(*told, TOCSIN__MONITOR__LISTEN=f"127.0.0.1:{one}") for told, one in zip(ROLES.values(), listens, strict=True)]
    for one in listens:
        assert until(lambda one=one: judged(one, "ready") == (503, ["broker: away"])), alone.logs()
        assert judged(one, "healthy") == (200, [])
    time.sleep(2)  # several attempts
    for process in started:
        process.send_signal(signal.SIGTERM)
    assert [process.wait(30) for process in started] == [0, 0, 0], alone.logs()
    for number in range(len(ROLES)):
        assert log_of(alone, number).count("waiting for the broker at") == 1
    assert "Traceback" not in alone.logs()


def test_a_worker_whose_redis_is_away_waits_for_it(cluster):
    cluster.environ["TOCSIN__KAFKA__STATE"] = f"unix://{cluster.folder}/nobody"
    process = cluster.start("process")
    assert until(lambda: "waiting for Redis" in log_of(cluster)), cluster.logs()
    process.terminate()
    assert process.wait(30) == 0, cluster.logs()
    assert "Traceback" not in log_of(cluster)


def test_a_role_without_its_topics_says_how_to_make_them_and_ends(cluster):
    cluster.environ["TOCSIN__KAFKA__PREFIX"] = "nothing-here"
    configure(cluster.folder, [], "http://127.0.0.1:1/", [1])
    started = [cluster.start(*told) for told in ROLES.values()]
    assert [process.wait(300) for process in started] == [69, 69, 69], cluster.logs()
    for number, topic in enumerate(["news", "events", "alerts"]):
        told = log_of(cluster, number)
        assert f"no nothing-here.{topic}.v1" in told
        assert "make what is missing with: tocsin topics ensure" in told
        assert "Traceback" not in told


def test_a_worker_that_redis_does_not_let_in_says_so_and_ends(cluster):
    server = RedisServer(needs("redis-server", "Debian: apt-get install redis-server"))
    server.start()
    try:
        server.admin.config_set("requirepass", "a-secret")
        cluster.environ["TOCSIN__KAFKA__STATE"] = server.url
        assert cluster.start("process").wait(100) == 69, cluster.logs()
        assert "Redis does not let us in" in log_of(cluster)
        assert "Traceback" not in log_of(cluster)
    finally:
        server.remove()


@pytest.mark.parametrize("tls", [False, True])
def test_what_hangs_up_on_us_is_told_with_the_setting_that_may_be_wrong(tls):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up():
            while True:
                try:
                    one, _ = server.accept()
                except OSError:
                    return
                one.recv(1000)
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                one.close()

        threading.Thread(target=hang_up, daemon=True).start()
        settings = KafkaSettings(bootstrap=(f"127.0.0.1:{server.getsockname()[1]}",), tls=tls)
        with pytest.raises(AwayError, match=r"it hung up: if it always does, see \[kafka\] tls and the port"):
            asyncio.run(broker(settings, []).ask())
        server.shutdown(socket.SHUT_RDWR)


def test_a_redis_that_takes_no_writes_is_waited_for_and_one_that_may_lose_what_it_took_is_told(caplog):
    server = RedisServer(needs("redis-server", "Debian: apt-get install redis-server"))
    server.start()
    service = memory(KafkaSettings(state=server.url))
    try:
        asyncio.run(service.ask())
        assert "set appendonly yes" in caplog.text
        assert "maxmemory-policy" not in caplog.text
        server.admin.config_set("maxmemory-policy", "allkeys-lru")
        asyncio.run(service.ask())
        assert "set maxmemory-policy noeviction" in caplog.text
        server.admin.replicaof("127.0.0.1", "1")
        with pytest.raises(AwayError, match="read-only replica; name its primary"):
            asyncio.run(service.ask())
        server.admin.replicaof("NO", "ONE")
        server.admin.acl_setuser("shy", enabled=True, nopass=True, categories=["+@all"], commands=["-info"], keys=["*"])
        asyncio.run(memory(KafkaSettings(state=server.url.replace("unix://", "unix://shy:none@"))).ask())
    finally:
        server.remove()


@pytest.mark.slow
def test_roles_that_were_there_first_go_on_when_broker_and_redis_come(tmp_path):
    kafka, redis = KafkaServer().start(), RedisServer(needs("redis-server", "Debian: apt-get install redis-server"))
    one = Cluster(tmp_path, kafka.bootstrap, redis.url)
    try:
        with one.topics(delete=False):
            pass
        kafka.stop()
        with FeedServer() as feeds, Receiver() as receiver:
            feeds.entries = {"good": [("g", *WAR, datetime.now(UTC))]}
            configure(one.folder, [f"{feeds.url}/good"], receiver.url, [port(feeds), port(receiver)])
            started = [one.start(*told) for told in ROLES.values()]
            assert until(lambda: all("waiting for the broker" in log_of(one, n) for n in range(len(ROLES)))), one.logs()
            kafka.start()
            assert until(lambda: "waiting for Redis" in log_of(one, 1)), one.logs()
            redis.start()
            assert until(receiver.ids), one.logs()
            assert [process.poll() for process in started] == [None, None, None], one.logs()
        for process in started:
            process.terminate()
        assert [process.wait(25) for process in started] == [0, 0, 0], one.logs()
        assert "Traceback" not in one.logs()
    finally:
        one.stop()
        kafka.remove()
        redis.remove()


@pytest.mark.slow
def test_the_role_that_delivers_outlives_a_broker_that_goes_for_long_and_ends_in_time_while_it_is_gone(tmp_path, redis_url):
    kafka = KafkaServer().start()
    one = Cluster(tmp_path, kafka.bootstrap, redis_url)
    try:
        with one.topics(delete=False):
            pass
        with Receiver() as receiver:
            configure(tmp_path, [], receiver.url, [port(receiver)])
            process = one.start(*ROLES["deliver"])
            send(one, "alerts", dump(alert("before", at=datetime.now(UTC))))
            assert until(lambda: receiver.ids() == ["before"]), one.logs()
            receiver.statuses = [503]
            send(one, "alerts", dump(alert("between", incident="delivered later", at=datetime.now(UTC))))
            assert until(lambda: not receiver.statuses), one.logs()
            kafka.kill()
            time.sleep(45)  # longer than its client waits for an answer
            assert process.poll() is None, one.logs()
            assert receiver.ids() == ["before", "between"]
            assert log_of(one).count("the broker does not answer") == 1
            assert log_of(one).count("could not be noted") == 1
            kafka.start()
            send(one, "alerts", dump(alert("after", incident="another", at=datetime.now(UTC))))
            assert until(lambda: "after" in receiver.ids()), one.logs()
            assert until(lambda: "is noted again" in log_of(one)), one.logs()
            kafka.kill()
            time.sleep(6)
            process.terminate()
            assert process.wait(25) == 0, one.logs()
        assert "Traceback" not in one.logs()
    finally:
        one.stop()
        kafka.remove()
