"""What tests of sinks share: a store with its outbox, and a real Redis, started on a socket of its own and gone with them."""

from __future__ import annotations

import pytest

from tests.servers import RedisServer, needs
from tocsin.store import Store


@pytest.fixture(scope="session")
def redis_process():
    server = RedisServer(needs("redis-server", "Debian: apt-get install redis-server"))
    server.start()
    yield server
    server.remove()


@pytest.fixture
def redis_server(redis_process):
    redis_process.reset()
    return redis_process


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path / "tocsin.db")
    yield opened
    opened.close()


@pytest.fixture
def outbox(store):
    opened = store.outbox()
    yield opened
    opened.close()
