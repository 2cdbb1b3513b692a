"""A real Redis for the tests that need one, started on a socket of its own and gone with them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as NotThere


class RedisServer:
    """One redis-server on a unix socket, without persistence. May be stopped, started again, or frozen."""

    def __init__(self, binary):
        self._binary = binary
        self._home = Path(tempfile.mkdtemp(prefix="redis-", dir="/tmp"))  # a socket's path must be short
        self.socket = self._home / "s"
        self._process = None
        self.admin = Redis(unix_socket_path=str(self.socket), decode_responses=True)

    @property
    def url(self):
        return f"unix://{self.socket}"

    def start(self):
        told = ["--port", "0", "--unixsocket", str(self.socket), "--save", "", "--appendonly", "no", "--dir", str(self._home)]
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


@pytest.fixture(scope="session")
def redis_process():
    binary = shutil.which("redis-server")
    if binary is None:
        if os.environ.get("TOCSIN_REQUIRE_SERVICES") == "1":
            pytest.fail("redis-server is not installed, and TOCSIN_REQUIRE_SERVICES=1 says it must be")
        pytest.skip("SERVICE MISSING: redis-server is not installed (Debian: apt-get install redis-server)")
    server = RedisServer(binary)
    server.start()
    yield server
    server.remove()


@pytest.fixture
def redis_server(redis_process):
    redis_process.reset()
    return redis_process
