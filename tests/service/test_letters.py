"""The dead letters of a cluster, as a clumsy user meets them: none, hundreds, large ones, twice at once, of several sinks."""

from __future__ import annotations

import json
import threading
from contextlib import closing

import pytest
from kafka import KafkaProducer

from tocsin.dead import DeadTopic
from tocsin.envelope import Record, dead
from tocsin.topics import name_of

pytestmark = [pytest.mark.service, pytest.mark.timeout(600), pytest.mark.xdist_group("kafka")]


def letter(cluster, value, *, entity="stories", offset=0, segment="tag"):
    """The dead letter of a message as a worker writes it."""
    record = Record(topic=name_of(cluster.prefix, entity), partition=0, offset=offset, key=b"k", value=value, headers=(("x", b"kept"),))
    return dead(record, segment, ValueError("wrong"))


def put(cluster, *letters):
    with closing(KafkaProducer(bootstrap_servers=cluster.bootstrap, max_request_size=2**24)) as producer:
        for one in letters:
            producer.send(name_of(cluster.prefix, "dead"), value=one.value, key=one.key, headers=list(one.headers))
        producer.flush(60)


def test_a_topic_that_is_missing_is_told_with_what_makes_it(cluster):
    cluster.environ["TOCSIN__KAFKA__PREFIX"] = "nothing-here"
    for words in (["list"], ["retry", "--all"]):
        told = cluster.run("dlq", *words, "--cluster")
        assert (told.returncode, "Traceback" in told.stderr) == (69, False), told.stderr
        assert "there is no topic nothing-here.dead.v1; make it with: tocsin topics ensure" in told.stderr


def test_of_no_letters_nothing_is_listed_or_purged(cluster):
    for words in (["list"], ["purge", "--all"]):
        assert cluster.run("dlq", *words, "--cluster").returncode == 4


def test_hundreds_and_a_large_one_are_listed_and_all_are_sent_back_as_they_were(cluster):
    large = b'"' + b"x" * 2_000_000
    put(cluster, letter(cluster, large, offset=1000), *(letter(cluster, b"{%d" % n, offset=n) for n in range(300)))
    listed = json.loads(cluster.run("dlq", "list", "--cluster", "--json").stdout)["dead_letters"]
    assert (len(listed), listed[0]["value"].encode() == large, {one["reason"] for one in listed}) == (301, True, {"wrong"})
    told = cluster.run("dlq", "retry", "--all", "--cluster")
    assert (told.returncode, "301 sent back" in told.stderr) == (0, True)
    back = cluster.read("stories", lambda got: len(got) >= 301)
    assert {record.value for record in back} == {large, *(b"{%d" % n for n in range(300))}
    assert {(record.key, dict(record.headers)["x"]) for record in back} == {(b"k", b"kept")}
    assert cluster.run("dlq", "list", "--cluster").returncode == 4


def test_a_message_that_several_sinks_could_not_take_is_sent_back_once_for_all_of_them(cluster):
    put(cluster, *(letter(cluster, b"{", entity="alerts", offset=5, segment=f"deliver.{sink}") for sink in ("desk", "pager", "log")))
    assert "3 sent back" in cluster.run("dlq", "retry", "--all", "--cluster").stderr
    assert cluster.count("alerts") == 1
    assert cluster.run("dlq", "list", "--cluster").returncode == 4


def test_a_letter_that_comes_while_all_are_purged_is_not_purged_unread(cluster):
    topic = DeadTopic(cluster.settings().kafka)
    put(cluster, letter(cluster, b"{1"), letter(cluster, b"{2"))
    seen = topic.letters()
    put(cluster, letter(cluster, b"{3"))
    topic.delete_to(max(one.id for one in seen))
    assert [one.value for one in topic.letters()] == [b"{3"]


def test_two_that_retry_at_once_and_one_that_is_killed_in_the_midst_lose_none(cluster):
    put(cluster, *(letter(cluster, b"{%d" % n, offset=n) for n in range(100)))
    killed = cluster.start("dlq", "retry", "--all", "--cluster")
    threads = [threading.Thread(target=cluster.run, args=("dlq", "retry", "--all", "--cluster")) for _ in range(2)]
    for thread in threads:
        thread.start()
    cluster.read("stories", len)
    killed.kill()
    for thread in threads:
        thread.join()
    assert {record.value for record in cluster.read("stories", lambda got: len(got) >= 100)} == {b"{%d" % n for n in range(100)}
    assert cluster.run("dlq", "list", "--cluster").returncode == 4
