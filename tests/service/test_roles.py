"""Each role as its own process, from a feed to a webhook; what is wrong is set aside, told, or stops the work."""

from __future__ import annotations

import json
import shutil
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta

import pytest
from kafka import KafkaProducer
from redis import Redis

from tests.faults.test_operation import small_disk
from tests.sample.golden import replay
from tests.service.conftest import until
from tests.test_service import WAR, configure, port
from tests.values import alert, item
from tests.world import FeedServer, Receiver
from tocsin.topics import name_of
from tocsin.wire import dump

pytestmark = [pytest.mark.service, pytest.mark.timeout(900), pytest.mark.xdist_group("kafka")]


__all__ = ["small_disk"]


def send(cluster, entity, *values, key=b"k", headers=()):
    with closing(KafkaProducer(bootstrap_servers=cluster.bootstrap, max_request_size=2**24)) as producer:
        for value in values:
            producer.send(name_of(cluster.prefix, entity), value=value, key=key, headers=list(headers)).get(timeout=20)


def test_a_feed_reaches_the_webhook_once_through_all_roles_which_end_when_told_to(cluster):
    with FeedServer() as feeds, Receiver() as receiver:
        feeds.entries = {"good": [("g", *WAR, datetime.now(UTC))]}
        configure(cluster.folder, [f"{feeds.url}/good"], receiver.url, [port(feeds), port(receiver)])
        started = [cluster.start("produce"), cluster.start("process"), cluster.start("deliver", "--sink", "hook")]
        assert until(receiver.ids), cluster.logs()
        for process in started:
            process.terminate()
        assert [process.wait(20) for process in started] == [0, 0, 0], cluster.logs()
        again = cluster.start("deliver", "--sink", "hook")
        assert not until(lambda: len(receiver.ids()) > 1, 4)
        assert again.poll() is None, cluster.logs()
    assert json.loads(receiver.got[0][1])["data"]["headline"] == WAR[0]


def test_an_alert_too_old_to_wake_anybody_is_kept_and_not_sent(cluster):
    with Receiver() as receiver:
        configure(cluster.folder, [], receiver.url, [port(receiver)])
        now = datetime.now(UTC)
        send(cluster, "alerts", dump(alert("old", at=now - timedelta(days=2))), dump(alert("new", incident="other", at=now)))
        cluster.start("deliver", "--sink", "hook")
        assert until(lambda: "new" in receiver.ids()), cluster.logs()
    assert receiver.ids() == ["new"]


def test_an_alert_that_was_taken_and_not_delivered_is_not_lost_with_the_disk_of_the_role(cluster):
    with Receiver(statuses=[503] * 1000) as receiver:
        configure(cluster.folder, [], receiver.url, [port(receiver)])
        first = cluster.start("deliver", "--sink", "hook")
        send(cluster, "alerts", dump(alert("one", at=datetime.now(UTC))))
        assert until(lambda: len(receiver.statuses) < 1000), cluster.logs()
        assert not until(receiver.ids, 3)  # several rounds, each of which may commit
        second = cluster.run("deliver", "--sink", "hook")
        assert (second.returncode, "in use by another tocsin process" in second.stderr) == (75, True), second.stderr
        first.kill()
        first.wait()
        shutil.rmtree(cluster.folder / "tocsin-data")
        receiver.statuses = []
        cluster.start("deliver", "--sink", "hook")
        assert until(receiver.ids, 60), cluster.logs()


def test_while_the_disk_is_full_alerts_wait_at_the_broker_and_none_is_lost(cluster, small_disk):
    cluster.environ["TOCSIN__DATA_DIR"] = str(small_disk)
    with Receiver() as receiver:
        configure(cluster.folder, [], receiver.url, [port(receiver)])
        now = datetime.now(UTC)
        process = cluster.start("deliver", "--sink", "hook")
        send(cluster, "alerts", dump(alert("before", at=now)))
        assert until(lambda: receiver.ids() == ["before"]), cluster.logs()
        with (small_disk / "other people's").open("wb", buffering=0) as other, suppress(OSError):
            while True:
                other.write(bytes(4096))
        names = [f"alert-{n}" for n in range(40)]
        send(cluster, "alerts", b"{nonsense", *(dump(alert(name, incident=name, at=now)) for name in names))
        assert until(lambda: "alerts wait at the broker until it has room" in cluster.logs()), cluster.logs()
        assert process.poll() is None
        (small_disk / "other people's").unlink()
        assert until(lambda: set(names) <= set(receiver.ids())), cluster.logs()
        process.terminate()
        assert process.wait(20) == 0, cluster.logs()
    assert cluster.count("dead") == 1
    assert "Traceback" not in cluster.logs()


POISON = {
    "no JSON": b"{nonsense",
    "another value": b'{"id": 7}',
    "nothing": None,
    "large": b'"' + b"x" * 2_000_000,
}


def test_poison_in_every_topic_is_set_aside_with_its_bytes_and_what_follows_is_served(cluster):
    sources = {"deduplicate": "news", "tag": "stories", "assess": "events"}
    cluster.start("process")
    for entity in sources.values():
        send(cluster, entity, *POISON.values(), headers=[("x", b"kept")])
    letters = cluster.read("dead", lambda got: len(got) == 3 * len(POISON))
    for segment, entity in sources.items():
        ours = [letter for letter in letters if dict(letter.headers)["tocsin-dead-segment"] == segment.encode()]
        assert sorted(letter.value or b"" for letter in ours) == sorted(value or b"" for value in POISON.values())
        told = dict(ours[0].headers)
        assert (told["x"], told["tocsin-dead-topic"]) == (b"kept", name_of(cluster.prefix, entity).encode())
        assert {
            "tocsin-dead-offset",
            "tocsin-dead-error",
            "tocsin-dead-reason",
            "tocsin-dead-attempts",
            "tocsin-dead-version",
        } <= told.keys()
    send(cluster, "news", dump(item("after", title=WAR[0], summary=WAR[1], fetched=datetime.now(UTC))))
    assert cluster.read("alerts", len)


def test_poison_among_alerts_is_set_aside_too(cluster):
    with Receiver() as receiver:
        configure(cluster.folder, [], receiver.url, [port(receiver)])
        send(cluster, "alerts", *POISON.values(), dump(alert("good", at=datetime.now(UTC))), headers=[("x", b"kept")])
        cluster.start("deliver", "--sink", "hook")
        assert until(lambda: receiver.ids() == ["good"]), cluster.logs()
    letters = cluster.read("dead", lambda got: len(got) >= len(POISON))
    assert [letter.value for letter in letters] == list(POISON.values())
    for offset, letter in enumerate(letters):
        told = dict(letter.headers)
        assert (told["x"], told["tocsin-dead-segment"]) == (b"kept", b"deliver.hook")
        assert (told["tocsin-dead-topic"], told["tocsin-dead-offset"]) == (name_of(cluster.prefix, "alerts").encode(), str(offset).encode())
        assert told["tocsin-dead-error"] == b"WireError"


def test_what_others_put_among_the_dead_letters_is_listed_stays_at_a_retry_and_can_be_purged(cluster):
    send(cluster, "dead", *POISON.values(), headers=[("tocsin-settled", b"nonsense"), ("tocsin-dead-attempts", b"many")])
    listed = json.loads(cluster.run("dlq", "list", "--cluster", "--json").stdout)["dead_letters"]
    assert [(letter["value"] or "").encode() for letter in listed] == [value or b"" for value in POISON.values()]
    told = cluster.run("dlq", "retry", "--cluster", "--all")
    assert (told.returncode, "0 sent back to their topics; 4 do not say where they came from, and stay" in told.stderr) == (0, True)
    assert cluster.run("dlq", "purge", "--cluster", "--all").returncode == 0
    assert cluster.run("dlq", "list", "--cluster").returncode == 4


def test_a_wrong_topic_is_told_with_its_remedy_and_left_as_it_is(cluster):
    cluster.environ["TOCSIN__KAFKA__PARTITIONS"] = '{"stories": 5}'
    told = cluster.run("topics", "ensure")
    assert told.returncode == 78
    assert "has 4 partitions, not 5; kafka-topics.sh --alter" in told.stderr
    cluster.environ["TOCSIN__KAFKA__PARTITIONS"] = '{"stories": 4}'
    assert cluster.run("topics", "show").returncode == 0


def test_a_broker_that_is_not_there_is_told_in_a_sentence(cluster):
    cluster.environ["TOCSIN__KAFKA__BOOTSTRAP"] = '["127.0.0.1:1"]'
    told = cluster.run("topics", "show")
    assert (told.returncode, "127.0.0.1:1" in told.stderr, "Traceback" in told.stderr) == (69, True, False)


def test_dead_letters_of_a_cluster_are_sent_back_and_come_again_with_one_attempt_more(cluster):
    process = cluster.start("process", "--segment", "tag")
    send(cluster, "stories", b"{nonsense", b"{more")
    cluster.read("dead", lambda got: len(got) == 2)
    listed = json.loads(cluster.run("dlq", "list", "--cluster", "--json").stdout)["dead_letters"]
    assert [(letter["segment"], letter["value"], letter["attempts"]) for letter in listed] == [("tag", "{nonsense", 1), ("tag", "{more", 1)]
    assert cluster.run("dlq", "purge", "--cluster", str(listed[1]["id"])).returncode == 0
    assert cluster.run("dlq", "retry", "--cluster", "--all").returncode == 0
    cluster.read("dead", lambda got: len(got) == 5)  # two letters, two that say how they were settled, and the one that came again
    again = json.loads(cluster.run("dlq", "list", "--cluster", "--json").stdout)["dead_letters"]
    assert [(letter["value"], letter["attempts"]) for letter in again] == [("{nonsense", 2)]
    assert process.poll() is None
    assert cluster.run("dlq", "purge", "--cluster", "--all").returncode == 0
    assert cluster.run("dlq", "list", "--cluster").returncode == 4


def test_an_archive_is_replayed_through_the_cluster_and_leaves_nothing_behind(cluster):
    from tocsin.admin import Topics

    told = cluster.run("replay", "--sample", "--cluster", "--json")
    assert told.returncode == 0, told.stderr
    assert told.stdout.splitlines() == [dump(alert).decode() for alert in replay()]
    with closing(Topics(cluster.settings().kafka)) as topics:
        assert not [name for name in topics._there() if "replay" in name]
    assert not list(Redis.from_url(cluster.redis_url).scan_iter(f"{{{cluster.prefix}-replay*"))


def test_what_waits_for_its_turn_is_kept_many_messages_at_a_time(cluster):
    count = 600
    with closing(KafkaProducer(bootstrap_servers=cluster.bootstrap)) as producer:
        for n in (*range(1, count), 0):  # what answers the first news comes last, and all others wait for it
            place = [("tocsin-place", f"{n - 1} {n} 0".encode())]
            producer.send(name_of(cluster.prefix, "events"), key=b"", value=None, headers=place)
        producer.flush(20)
    cluster.start("process", "--segment", "assess")
    redis, head = Redis.from_url(cluster.redis_url), f"{{{cluster.prefix}.assess}}:progress"
    assert until(lambda: redis.hget(head, "covered") == b"%d" % (count - 1)), cluster.logs()
    assert int(redis.hget(head, "version")) < count / 4
