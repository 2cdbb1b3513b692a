"""One Kafka and one Redis for all tests of this folder; each test has a prefix of its own."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import time
import uuid
from contextlib import closing, contextmanager

import pytest

from tests.servers import KafkaServer, RedisServer, ends_with_us, needs
from tocsin.settings import load_settings


@pytest.fixture(scope="session")
def bootstrap():
    if told := os.environ.get("TOCSIN_TEST_KAFKA"):
        yield told
        return
    server = KafkaServer().start()
    yield server.bootstrap
    server.remove()


@pytest.fixture(scope="session")
def redis_url():
    if told := os.environ.get("TOCSIN_TEST_REDIS"):
        yield told
        return
    server = RedisServer(needs("redis-server", "Debian: apt-get install redis-server"))
    server.start()
    yield server.url
    server.remove()


@pytest.fixture(autouse=True)
def collected():
    """What kafka-python leaves open goes with the test that left it, under that test's filter of warnings."""
    yield
    gc.collect()


class Cluster:
    """A prefix of its own on the broker and in Redis, and the processes that serve it."""

    def __init__(self, folder, bootstrap, redis_url):
        self.folder, self.bootstrap, self.redis_url = folder, bootstrap, redis_url
        self.prefix = f"t{uuid.uuid4().hex[:10]}"
        self.environ = {
            "TOCSIN__KAFKA__BOOTSTRAP": json.dumps([bootstrap]),
            "TOCSIN__KAFKA__PREFIX": self.prefix,
            "TOCSIN__KAFKA__STATE": redis_url,
            "TOCSIN__KAFKA__PARTITIONS": '{"stories": 4}',
            "TOCSIN__KAFKA__SESSION_TIMEOUT_SECONDS": "6",
            "TOCSIN__MONITOR__LISTEN": "off",
        }
        self.processes = []

    def settings(self, **more):
        return load_settings(None, self.environ | {f"TOCSIN__{name.upper()}": value for name, value in more.items()})

    def run(self, *arguments):
        return subprocess.run(
            self._command(arguments), cwd=self.folder, env=os.environ | self.environ, capture_output=True, text=True, timeout=300
        )

    def start(self, *arguments, **more):
        with (self.folder / f"log-{len(self.processes)}").open("wb") as log:
            process = subprocess.Popen(
                self._command(arguments),
                cwd=self.folder,
                env=os.environ | self.environ | more,
                stdout=log,
                stderr=log,
                preexec_fn=ends_with_us,  # noqa: PLW1509 -- started from the one thread of a test
            )
        self.processes.append(process)
        return process

    def _command(self, arguments):
        return [sys.executable, "-m", "tocsin.cli.main", *arguments]

    def logs(self):
        return "\n".join(f"--- {path.name}\n{path.read_text()[-3000:]}" for path in sorted(self.folder.glob("log-*")))

    @contextmanager
    def topics(self, *, delete=True):
        from tocsin.admin import Topics

        with closing(Topics(self.settings().kafka)) as topics:
            topics.ensure()
            yield topics
            if delete:
                topics.delete()

    def read(self, entity, until, seconds=400):
        """The records of a topic from its beginning, as they come, until `until` is satisfied with all of them."""
        from kafka import KafkaConsumer

        from tocsin.topics import name_of

        consumer = KafkaConsumer(
            name_of(self.prefix, entity), bootstrap_servers=self.bootstrap, auto_offset_reset="earliest", enable_auto_commit=False
        )
        got, end = [], time.monotonic() + seconds
        with closing(consumer):
            while not until(got):
                assert time.monotonic() < end, f"{len(got)} records of {entity} after {seconds} s\n{self.logs()}"
                for records in consumer.poll(timeout_ms=200).values():
                    got += records
        return got

    def count(self, entity):
        """How many records a topic has."""
        from kafka import KafkaConsumer
        from kafka.structs import TopicPartition

        from tocsin.topics import name_of

        topic = name_of(self.prefix, entity)
        with closing(KafkaConsumer(bootstrap_servers=self.bootstrap)) as consumer:
            return sum(consumer.end_offsets([TopicPartition(topic, n) for n in consumer.partitions_for_topic(topic) or ()]).values())

    def stop(self):
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path, bootstrap, redis_url):
    one = Cluster(tmp_path, bootstrap, redis_url)
    with one.topics():
        yield one
        one.stop()


def until(holds, seconds=400):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.1)
    return False
