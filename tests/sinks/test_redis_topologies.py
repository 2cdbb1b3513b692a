"""The same sink over TLS, on a real cluster, and behind real sentinels that change the master."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from contextlib import suppress

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as NotThere
from redis.exceptions import ResponseError

from sinks.deliver import drain
from sinks.redis import CLUSTER_RIGHTS, LEAST_RIGHTS, RedisSettings
from sinks.sink import DeliveryError, UnreachableError
from tests.values import NOON, alert
from tocsin.store import Store

pytestmark = pytest.mark.service


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def until(holds, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(NotThere, ResponseError):
            if holds():
                return
        time.sleep(0.05)
    raise AssertionError("it did not come to be")


@pytest.fixture
def start(redis_process, tmp_path):
    """Starts servers on free ports of the loopback; ends those it started."""
    running = []

    def start(*options, port=None, file=None):
        port = port or free_port()
        home = tmp_path / str(port)
        home.mkdir(exist_ok=True)
        told = [*([str(file)] if file else []), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(home)]
        process = subprocess.Popen(
            [shutil.which("redis-server"), *told, *(() if file else ("--save", "", *options)), *(options if file else ())],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        running.append(process)
        client = Redis(port=port, decode_responses=True)
        until(client.ping)
        return port, client, process

    yield start
    for process in running:
        process.kill()
        process.wait()


def test_a_cluster_takes_alerts_on_the_node_of_their_slot(start):
    buses = [str(free_port()) for _ in range(3)]
    nodes = [start("--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--cluster-port", bus) for bus in buses]
    for n, (_, client, _) in enumerate(nodes):
        client.execute_command("CLUSTER", "ADDSLOTSRANGE", n * 5461 + (n > 0), 16_383 if n == 2 else (n + 1) * 5461)
        client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", n + 1)
    for _, client, _ in nodes[1:]:
        client.execute_command("CLUSTER", "MEET", "127.0.0.1", nodes[0][0], buses[0])
    until(lambda: all(_ok(client) for _, client, _ in nodes))
    rights = f"{LEAST_RIGHTS} {CLUSTER_RIGHTS}".split()
    for _, client, _ in nodes:
        client.execute_command("ACL", "SETUSER", "desk", "on", ">pw", "resetkeys", "~{*}:*", "resetchannels", "&{*}:*", *rights)
    for prefix in ("tocsin", "desk-2", "x"):  # each prefix has a slot of its own
        sink = RedisSettings(url=f"redis+cluster://desk:pw@127.0.0.1:{nodes[1][0]}", prefix=prefix, timeout=5).build("desk")
        sink.check()
        for _ in range(2):
            sink.send(alert("a1"))
        sink.send(alert("a2", revision=2))
        sink.close()
        kept = [client.xrange(f"{{{prefix}}}:alerts") for _, client, _ in nodes if _owns(client, f"{{{prefix}}}:alerts")]
        assert [[told["id"] for _, told in entries] for entries in kept] == [["a1", "a2"]]
    slots = {client.execute_command("CLUSTER", "KEYSLOT", f"{{{prefix}}}") for prefix in ("tocsin", "desk-2", "x")}
    assert len(slots) == 3
    nodes[0][1].config_set("maxmemory-policy", "allkeys-lru")
    sink = RedisSettings(url=f"redis+cluster://127.0.0.1:{nodes[1][0]}", timeout=5).build("desk")
    with pytest.raises(DeliveryError, match="maxmemory-policy to noeviction"):  # of any node
        sink.check()
    sink.close()


def _ok(client):
    told = client.execute_command("CLUSTER INFO")
    return told["cluster_state"] == "ok" and told["cluster_known_nodes"] == "3"


def _owns(client, key):
    try:
        return client.exists(key)
    except ResponseError:  # MOVED
        return False


def test_a_cluster_that_is_not_there_is_unreachable_and_no_mistake_of_the_configuration():
    sink = RedisSettings(url="redis+cluster://127.0.0.1:1", timeout=1).build("desk")
    with pytest.raises(UnreachableError):
        sink.check()
    with pytest.raises(UnreachableError):
        sink.send(alert())
    sink.close()


def test_when_sentinels_name_another_master_alerts_go_there_and_none_is_lost(start, tmp_path):
    quick = ("--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1")
    master, _, process = start(*quick)
    replica, behind, _ = start("--replicaof", "127.0.0.1", str(master), *quick)
    until(lambda: behind.info("replication")["master_link_status"] == "up")
    file = tmp_path / "sentinel.conf"
    file.write_text(
        f"sentinel monitor mymaster 127.0.0.1 {master} 1\n"
        "sentinel down-after-milliseconds mymaster 500\nsentinel failover-timeout mymaster 4000\n"
    )
    watch, sentinel, _ = start("--sentinel", file=file)
    until(lambda: sentinel.execute_command("SENTINEL", "REPLICAS", "mymaster"))
    sink = RedisSettings(url=f"redis+sentinel://127.0.0.1:1,127.0.0.1:{watch}/mymaster/0", timeout=2).build("desk")
    sink.check()
    store = Store(tmp_path / "tocsin.db")
    with store.transaction():
        for n in range(100):
            store.add_alert(alert(f"a{n}", incident=f"i{n % 7}", revision=n), ["desk"])
    outbox, now, end = store.outbox(), NOON, time.monotonic() + 60
    for _ in range(20):
        sink.send(alert(f"a{_}", incident=f"i{_ % 7}", revision=_))
    until(lambda: behind.xlen("{tocsin}:alerts") == 20)
    process.kill()
    process.wait()

    def wait(longest):
        nonlocal now
        now += longest
        time.sleep(0.05)
        return outbox.next_due("desk") is None or time.monotonic() > end

    drain(outbox, sink, lambda: now, wait)
    sink.close()
    outbox.close()
    assert store.deliveries() == {"desk": {"delivered": 100}}
    store.close()
    assert behind.role()[0] == "master"
    assert Redis(port=replica, decode_responses=True).xlen("{tocsin}:alerts") == 100


@pytest.fixture
def certified(tmp_path):
    """A certificate of our own for 127.0.0.1, and its key."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    told = "-x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=redis -addext subjectAltName=IP:127.0.0.1".split()
    subprocess.run(
        ["openssl", "req", *told, "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"], check=True, capture_output=True
    )
    return tmp_path / "cert.pem", tmp_path / "key.pem"


def test_over_tls_the_certificate_is_checked(start, certified):
    cert, key = certified
    secure = free_port()
    start(
        "--tls-port", str(secure), "--tls-cert-file", str(cert), "--tls-key-file", str(key), "--tls-ca-cert-file", str(cert),
        "--tls-auth-clients", "no",
    )  # fmt: skip
    trusted = RedisSettings(url=f"rediss://127.0.0.1:{secure}/0", ca_file=cert, timeout=5).build("desk")
    trusted.check()
    trusted.send(alert())
    trusted.close()
    for url in (f"rediss://127.0.0.1:{secure}/0", f"rediss+cluster://127.0.0.1:{secure}"):
        stranger = RedisSettings(url=url, timeout=5).build("desk")
        with pytest.raises(UnreachableError) as told:
            stranger.send(alert())
        stranger.close()
        assert told.value.reason in ("certificate", "unreachable")


@pytest.mark.parametrize(
    "url",
    [
        "redis+sentinel://127.0.0.1:26379",  # which master?
        "redis+sentinel:///mymaster",
        "redis+sentinel://a:x/mymaster",
        "redis+elsewhere://a",
        "rediss+cluster://a:x",
        "redis://a:hunter2",
    ],
)
def test_a_url_that_names_nothing_is_refused_without_being_repeated(url):
    with pytest.raises(ValueError, match=r"redis\+sentinel://HOST:PORT") as told:
        RedisSettings(url=url).build("desk")
    assert "hunter2" not in str(told.value)


def test_a_file_of_authorities_that_is_missing_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"ca_file: .*gone cannot be read"):
        RedisSettings(url="rediss://a", ca_file=tmp_path / "gone").build("desk")
