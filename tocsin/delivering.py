"""Delivers the alerts of the outbox: the sinks are built and checked, and each gets a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from sinks.crowd import Crowded
from sinks.deliver import Bell, drain
from sinks.registry import SinkSettings
from sinks.sink import DeliveryError, Sink
from tocsin.clock import Clock
from tocsin.metrics import SENDING_AT_MOST, MeasuredOutbox, MeasuredSink, Metrics
from tocsin.progress import Progress
from tocsin.settings import Settings
from tocsin.store import Store
from tocsin.tracing import NoTracing, TracedSink, Tracing

log = logging.getLogger("tocsin")

FINISH_SECONDS = 8
"""How long attempts in progress may take once it is time to stop. One that is cut was perhaps received: it is made again at the next start,
with the same id."""


class SinkRefusedError(Exception):
    """A sink that cannot work as it is configured; the text says which, why and what to do."""


def build_sinks(settings: Settings, clock: Clock) -> list[Sink]:
    """The sinks of the settings, none of them connected.

    Raises:
        SinkRefusedError: a secret's file cannot be read, or what it holds is no secret.
    """
    return [build_sink(name, chosen, clock) for name, chosen in settings.sinks.items()]


def build_sink(name: str, chosen: SinkSettings, clock: Clock) -> Sink:
    """One sink, as `build_sinks`."""
    try:
        return chosen.build(name, clock)
    except ValueError as wrong:
        raise SinkRefusedError(f"sinks.{name}: {wrong}") from None


@contextmanager
def delivering(
    settings: Settings, store: Store, clock: Clock, metrics: Metrics, progress: Progress, *, tracing: Tracing | None = None
) -> Iterator[list[Bell]]:
    """One thread per sink drains the outbox meanwhile; yields their bells. At the end the attempts in progress
    are finished, as far as they need no longer than `FINISH_SECONDS`.

    Raises:
        SinkRefusedError: a sink cannot work as it is configured.
    """
    sinks = build_sinks(settings, clock)
    for sink in sinks:
        _check(sink)
    progress.tolerate(f"sink {sink.name}" for sink in sinks)
    bells = [Bell() for _ in sinks]
    told = {"metrics": metrics, "progress": progress, "tracing": tracing or NoTracing()}
    above = {name: getattr(chosen, "digest_above", 0) for name, chosen in settings.sinks.items()}
    threads = [
        threading.Thread(
            target=_deliver, args=(store, sink, clock, bell, above[sink.name]), kwargs=told, name=f"sink-{sink.name}", daemon=True
        )
        for sink, bell in zip(sinks, bells, strict=True)
    ]
    for thread in threads:
        thread.start()
    try:
        yield bells
    finally:
        for bell in bells:
            bell.stop()
        _wait_for(threads)


def _wait_for(threads: Sequence[threading.Thread]) -> None:
    end = time.monotonic() + FINISH_SECONDS
    for thread in threads:
        thread.join(max(end - time.monotonic(), 0))
        if thread.is_alive():
            log.warning("%s: an attempt in progress was cut; it is made again at the next start", thread.name)


def _check(sink: Sink) -> None:
    try:
        sink.check()
    except DeliveryError as wrong:
        if not wrong.retry:
            raise SinkRefusedError(f"sinks.{sink.name}: {wrong}") from None
        log.warning("sink %s: %s; its alerts wait", sink.name, wrong, extra={"sink": sink.name, "reason": wrong.reason})


def _deliver(
    store: Store, sink: Sink, clock: Clock, bell: Bell, digest_above: int, *, metrics: Metrics, progress: Progress, tracing: Tracing
) -> None:
    name = f"sink {sink.name}"
    progress.expect(name, 2 * SENDING_AT_MOST)

    def wait(longest: timedelta) -> bool:
        progress.beat(name)
        return bell.wait(longest)

    outbox = store.outbox()
    measured = MeasuredOutbox(outbox, metrics)
    watched = TracedSink(MeasuredSink(sink, metrics, progress), tracing, lambda alert: measured.origin_of(sink.name, alert).trace)
    try:
        drain(Crowded(measured, digest_above) if digest_above else measured, watched, clock, wait)
        progress.forget(name)
    finally:
        outbox.close()
        sink.close()
