"""The segments under Faust: `source` reads a topic, `outlet` sends, `worker` does one batch after the other. Decides nothing.

The one package of the processors that knows Kafka, Faust and Redis.
"""

from __future__ import annotations

from processors.worker.outlet import Outlet
from processors.worker.source import FaustEndedError
from processors.worker.worker import Lag, Worker

__all__ = ["FaustEndedError", "Lag", "Outlet", "Worker"]
