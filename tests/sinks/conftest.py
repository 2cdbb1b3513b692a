"""A real Redis for the tests that need one, started on a socket of its own and gone with them."""

from __future__ import annotations

import pytest

from tests.servers import RedisServer, needs


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
