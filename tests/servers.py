"""Real servers for tests: a Redis and an Apache Kafka, on sockets and ports of their own, gone with the tests.

`TOCSIN_TEST_REDIS` and `TOCSIN_TEST_KAFKA` name servers of one's own instead. What is missing is skipped by name;
TOCSIN_REQUIRE_SERVICES=1 makes it a failure.
"""

from __future__ import annotations

import ctypes
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from base64 import urlsafe_b64encode
from contextlib import suppress
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as NotThere

KAFKA_VERSION = "4.1.0"
_PDEATHSIG = 1


def needs(program, remedy):
    """The path of a program that a test cannot do without."""
    found = shutil.which(program)
    if found is None:
        missing(f"{program} is not installed ({remedy})")
    return found


def missing(what):
    if os.environ.get("TOCSIN_REQUIRE_SERVICES") == "1":
        pytest.fail(f"{what}, and TOCSIN_REQUIRE_SERVICES=1 says it must be there")
    pytest.skip(f"SERVICE MISSING: {what}")


def ends_with_us():
    """In a child, before it begins: it is killed when the process that started it dies."""
    ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL)


def free_ports(count):
    """Ports nobody listens on, below those that outgoing connections take: a server that is started again must find its own free."""
    found = []
    while len(found) < count:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as one, suppress(OSError):
            one.bind(("127.0.0.1", port))
            found.append(port)
    return found


class RedisServer:
    """One redis-server on a unix socket, without persistence unless `durable`. May be stopped, started again, or frozen."""

    def __init__(self, binary, *, durable=False):
        self._durable = ["--appendonly", "yes", "--appendfsync", "always"] if durable else ["--appendonly", "no"]
        self._binary = binary
        self._home = Path(tempfile.mkdtemp(prefix="redis-", dir="/tmp"))  # a socket's path must be short
        self.socket = self._home / "s"
        self._process = None
        self.admin = Redis(unix_socket_path=str(self.socket), decode_responses=True)

    @property
    def url(self):
        return f"unix://{self.socket}"

    def start(self):
        told = ["--port", "0", "--unixsocket", str(self.socket), "--save", "", *self._durable, "--dir", str(self._home)]
        self._process = subprocess.Popen([self._binary, *told], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(500):
            try:
                self.admin.ping()
            except NotThere:
                time.sleep(0.02)
            else:
                return
        raise RuntimeError("redis-server does not answer")

    def kill(self):
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self.admin.connection_pool.disconnect()

    def freeze(self):
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self._process.send_signal(signal.SIGCONT)

    def reset(self):
        """As it was when it was started."""
        self.admin.replicaof("NO", "ONE")
        self.admin.config_set("maxmemory", 0)
        self.admin.config_set("maxmemory-policy", "noeviction")
        self.admin.flushall()

    def remove(self):
        self.admin.close()
        if self._process.poll() is None:
            self.kill()
        shutil.rmtree(self._home)


def kafka_jars():
    """The folder of the broker's jars, fetched once by Maven into the user's cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tocsin" / f"kafka-{KAFKA_VERSION}"
    if (cache / "complete").exists():
        return cache
    maven = needs("mvn", "Debian: apt-get install maven default-jre-headless")
    cache.mkdir(parents=True, exist_ok=True)
    pom = cache / "pom.xml"
    pom.write_text(
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        "<groupId>tocsin</groupId><artifactId>test-broker</artifactId><version>1</version><dependencies><dependency>"
        f"<groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{KAFKA_VERSION}</version>"
        "</dependency></dependencies></project>"
    )
    asked = [maven, "-B", "-q", "-f", str(pom), "dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={cache}"]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        missing(f"Apache Kafka {KAFKA_VERSION} cannot be fetched by Maven: {(done.stdout + done.stderr)[-500:]}")
    (cache / "complete").touch()
    return cache


class KafkaServer:
    """An Apache Kafka in KRaft mode, one node, on free ports. May be stopped, killed, frozen and started again on the same ports."""

    def __init__(self, folder=None, scram=(), *, cluster=None, controller=None, heap="512m", **properties):
        """`scram` are users for SCRAM, as StorageTool takes them; `{port}` in a property is that of the broker's second listener.

        `cluster` and `controller`, the cluster's id and the port of this node's controller, are said where it is one of several.
        """
        self._java = needs("java", "Debian: apt-get install default-jre-headless")
        self._jars = kafka_jars()
        self._home = Path(tempfile.mkdtemp(prefix="kafka-", dir=folder))
        self._heap = heap
        port, own, self.second = free_ports(3)
        controller = controller or own
        self.bootstrap = f"127.0.0.1:{port}"
        told = {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}"
            + (f",SASL_SSL://127.0.0.1:{self.second}" if scram else ""),
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL",
            "log.dirs": self._home / "log",
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 4,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "group.initial.rebalance.delay.ms": 0,
            "auto.create.topics.enable": "false",
            "num.network.threads": 2,
            "num.io.threads": 2,
            "controlled.shutdown.enable": "true",
        } | properties
        self._properties = self._home / "server.properties"
        self._properties.write_text("".join(f"{key}={value}\n".replace("{port}", str(self.second)) for key, value in told.items()))
        users = [word for user in scram for word in ("--add-scram", user)]
        self._run("kafka.tools.StorageTool", "format", "-t", cluster or cluster_id(), "-c", self._properties, *users)
        self._process = None

    def _command(self, program, *arguments):
        small = [f"-Xmx{self._heap}", "-Xms128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
        return [self._java, *small, "-cp", f"{self._jars}/*", program, *map(str, arguments)]

    def _run(self, program, *arguments):
        done = subprocess.run(self._command(program, *arguments), capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            raise RuntimeError(f"{program} ended with {done.returncode}: {(done.stdout + done.stderr)[-2000:]}")

    def start(self):
        self.launch()
        self.wait()
        return self

    def launch(self):
        """Start it, and do not wait: a node of several answers when most of them are there."""
        with (self._home / "out").open("ab") as out:
            self._process = subprocess.Popen(
                self._command("kafka.Kafka", self._properties),
                stdout=out,
                stderr=subprocess.STDOUT,
                preexec_fn=ends_with_us,  # noqa: PLW1509 -- started from the one thread of a test
            )

    def wait(self):
        import asyncio

        from tocsin.broker import KafkaSettings
        from tocsin.waiting import AwayError, broker

        service = broker(KafkaSettings(bootstrap=(self.bootstrap,)), [])  # kafka-python would leave a refused socket open at every attempt
        end = time.monotonic() + 300
        while time.monotonic() < end and self._process.poll() is None:
            try:
                asyncio.run(service.ask())
            except AwayError:
                time.sleep(0.1)
            else:
                return
        raise RuntimeError(f"Kafka does not answer: {(self._home / 'out').read_text()[-2000:]}")

    def stop(self):
        """As an administrator would."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(60)

    def kill(self):
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def freeze(self):
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self._process.send_signal(signal.SIGCONT)

    def remove(self):
        if self._process and self._process.poll() is None:
            self.kill()
        shutil.rmtree(self._home, ignore_errors=True)


def cluster_id():
    return "t" + urlsafe_b64encode(uuid.uuid4().bytes).decode()[1:22]  # one that begins with "-" would be read as an option


def three_kafkas():
    """Three nodes of one cluster, numbered from 1, not yet started: each message is on three, and two must have it."""
    cluster, controllers = cluster_id(), free_ports(3)
    told = {
        "controller.quorum.voters": ",".join(f"{n}@127.0.0.1:{port}" for n, port in enumerate(controllers, start=1)),
        "offsets.topic.replication.factor": 3,
        "min.insync.replicas": 2,
    }
    return [
        KafkaServer(cluster=cluster, controller=port, heap="256m", **(told | {"node.id": n})) for n, port in enumerate(controllers, start=1)
    ]


if __name__ == "__main__":
    print(kafka_jars())
