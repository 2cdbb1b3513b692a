"""Redis in every kind of trouble beside a webhook that is well: nothing lost, nothing doubled by id, and the webhook waits for nobody.

The shell of the service (a thread for each sink, the outbox on disk, real connections) with a clock whose hours are seconds.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

import tocsin.delivering
from sinks.deliver import Bell
from tests.sinks.receiver import Receiver
from tests.values import alert
from tocsin.delivering import delivering
from tocsin.metrics import Metrics
from tocsin.progress import Progress
from tocsin.settings import Settings
from tocsin.store import Store

RATE = 20.0
"""The fast clock: 60 seconds take three."""
ALERTS = 200


class FastBell(Bell):
    def wait(self, longest: timedelta) -> bool:
        return super().wait(longest / RATE)


def killed(server):
    server.kill()
    return server.start  # it has kept nothing: it comes back empty


def frozen(server):
    server.freeze()
    return server.thaw


def full(server):
    server.admin.config_set("maxmemory", 1)
    return lambda: server.admin.config_set("maxmemory", 0)


def read_only(server):
    server.admin.replicaof("127.0.0.1", "1")
    return lambda: server.admin.replicaof("NO", "ONE")


def without_rights(server):
    server.admin.execute_command("ACL", "SETUSER", "default", "-xadd")
    return lambda: server.admin.execute_command("ACL", "SETUSER", "default", "+xadd")


def in_other_use(server):
    server.admin.rename("{tocsin}:alerts", "kept")
    server.admin.set("{tocsin}:alerts", "mine")

    def back():
        server.admin.delete("{tocsin}:alerts")
        server.admin.rename("kept", "{tocsin}:alerts")

    return back


def until(holds, seconds=60):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.02)


@pytest.mark.service
@pytest.mark.slow
@pytest.mark.parametrize("trouble", [killed, frozen, full, read_only, without_rights, in_other_use])
def test_nothing_is_lost_or_doubled_and_nobody_else_waits(trouble, redis_server, tmp_path, monkeypatch):
    monkeypatch.setattr(tocsin.delivering, "Bell", FastBell)
    base = time.time()

    def clock():
        return datetime.fromtimestamp(base + (time.time() - base) * RATE, UTC)

    with Receiver() as receiver, closing(Store(tmp_path / "tocsin.db")) as store:
        told = {"desk": {"type": "webhook", "url": receiver.url, "network": {"allow_networks": ["127.0.0.0/8"], "ports": [receiver.port]}}}
        told["cache"] = {"type": "redis", "url": redis_server.url, "timeout": 0.5}
        with delivering(Settings.model_validate({"sinks": told}), store, clock, Metrics(), Progress()) as bells:

            def put(since, before):
                for n in range(since, before, 10):
                    with store.transaction():
                        for one in range(n, n + 10):
                            store.add_alert(alert(f"a{one}", incident=f"i{one % 7}", revision=one), list(told))
                    for bell in bells:
                        bell.ring()

            put(0, 50)
            until(lambda: store.deliveries()["cache"] == {"delivered": 50})
            heal = trouble(redis_server)
            put(50, ALERTS)
            until(lambda: len(receiver.requests) == ALERTS)  # while Redis is still in trouble
            assert store.deliveries()["cache"]["pending"] == ALERTS - 50
            time.sleep(60 / RATE)
            heal()
            until(lambda: store.deliveries()["cache"] == {"delivered": ALERTS})
    ids = [entry["id"] for _, entry in redis_server.admin.xrange("{tocsin}:alerts")]
    wanted = range(50 if trouble is killed else 0, ALERTS)
    assert Counter(ids) == Counter(f"a{n}" for n in wanted), "each once"
    assert Counter(json.loads(request.body)["id"] for request in receiver.requests) == Counter(f"a{n}" for n in range(ALERTS))
    for incident in range(7):
        of_one = [int(name[1:]) for name in ids if int(name[1:]) % 7 == incident]
        assert of_one == sorted(of_one)
