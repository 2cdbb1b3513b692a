"""The real Redis of the sinks' tests."""

from tests.sinks.conftest import redis_process, redis_server

__all__ = ["redis_process", "redis_server"]
