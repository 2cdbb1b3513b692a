"""Spans for OpenTelemetry: one for each feed body, each value in a segment, each attempt to deliver, all of one body in one trace.

An extra (`pip install 'tocsin[tracing]'`), off unless `[tracing] endpoint` says where spans go. The rooms know nothing of it: their
parts are wrapped here. A span carries names and counts; no address, no news, no secret. What travels between processes is W3C's
`traceparent`: beside the alert in the store, and in a header on a topic (`with_context`, `context_in`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field, HttpUrl

from sinks.sink import Sink
from tocsin import __version__
from tocsin.envelope import Headers, Message, Record
from tocsin.model import Alert
from tocsin.stage import Stage

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

    from processors.lanes import Lane

A = TypeVar("A")
B = TypeVar("B")

TRACEPARENT = "traceparent"
_SECONDS = 3
"""How long the receiver of spans may take: for one batch, and once more at the end."""


class TracingSettings(BaseModel):
    """[tracing] of tocsin.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    endpoint: HttpUrl | None = None
    """Where spans are sent by OTLP over HTTP, as `http://127.0.0.1:4318/v1/traces`; nowhere unless said."""
    share: float = Field(default=1.0, ge=0, le=1)
    """Of how many bodies spans are taken."""


class TracingMissingError(Exception):
    """Tracing is configured, and its libraries are not installed."""


class Tracing(Protocol):
    """What spans are made with."""

    def span(self, name: str, context: str = "", **attributes: str | int) -> AbstractContextManager[None]:
        """While inside, this goes on; what raises marks the span with the error's type. `context` is the `traceparent` of what it
        belongs to, where that is not the span around it.
        """

    def here(self) -> str:
        """The `traceparent` of the span around; "" where there is none."""


class NoTracing:
    """Where nobody asked for spans."""

    def span(self, name: str, context: str = "", **attributes: str | int) -> AbstractContextManager[None]:  # noqa: ARG002
        return nullcontext()

    def here(self) -> str:
        return ""


class OpenTelemetry:
    """Spans of one provider."""

    def __init__(self, provider: TracerProvider) -> None:
        from opentelemetry import trace
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._api, self._w3c = trace, TraceContextTextMapPropagator()
        self._tracer = provider.get_tracer("tocsin", __version__)

    @contextmanager
    def span(self, name: str, context: str = "", **attributes: str | int) -> Iterator[None]:
        above = self._w3c.extract({TRACEPARENT: context}) if context else None
        with self._tracer.start_as_current_span(
            name, context=above, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as one:
            try:
                yield
            except Exception as wrong:
                one.set_status(self._api.Status(self._api.StatusCode.ERROR, type(wrong).__name__))
                raise

    def here(self) -> str:
        told: dict[str, str] = {}
        self._w3c.inject(told)
        return told.get(TRACEPARENT, "")


@contextmanager
def tracing_as(settings: TracingSettings) -> Iterator[Tracing]:
    """Spans go where the settings say meanwhile; at the end the last are sent, as far as that takes no longer than `_SECONDS`.

    Raises:
        TracingMissingError: they say where, and the extra is not installed.
    """
    if settings.endpoint is None:
        yield NoTracing()
        return
    provider = _provider(settings)
    try:
        yield OpenTelemetry(provider)
    finally:
        ending = threading.Thread(target=provider.shutdown, name="tracing", daemon=True)
        ending.start()
        ending.join(_SECONDS)


def _provider(settings: TracingSettings) -> TracerProvider:
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
    except ModuleNotFoundError:
        raise TracingMissingError("tracing.endpoint: spans need the extra: pip install 'tocsin[tracing]'") from None
    resource = Resource.create({"service.name": "tocsin", "service.version": __version__})
    provider = TracerProvider(sampler=ParentBased(TraceIdRatioBased(settings.share)), resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=str(settings.endpoint), timeout=_SECONDS)))
    return provider


def traced(tracing: Tracing, segment: str, stage: Stage[A, B]) -> Stage[A, B]:
    """The stage, but each value is a span of that name."""

    def spanned(value: A) -> Iterable[B]:
        with tracing.span(segment):
            return list(stage(value))

    return spanned


class TracedSink:
    """A sink whose attempts are spans of the body that raised the alert. `context_of` says which that was, by the alert's id."""

    def __init__(self, sink: Sink, tracing: Tracing, context_of: Callable[[str], str]) -> None:
        self._sink, self._tracing, self._context_of = sink, tracing, context_of
        self.name, self.check, self.close = sink.name, sink.check, sink.close

    def send(self, alert: Alert) -> None:
        """As the sink's own."""
        with self._tracing.span("deliver", self._context_of(alert.id), sink=self.name, alert=alert.id):
            self._sink.send(alert)


class TracedLane:
    """A segment of a cluster whose messages are spans of what their headers say; what it answers says the same in its headers."""

    def __init__(self, lane: Lane, tracing: Tracing) -> None:
        self._lane, self._tracing = lane, tracing
        self.segment, self.source, self.stateful = lane.segment, lane.source, lane.stateful
        self.begin, self.rest, self.keep, self.first_open, self.give_up = lane.begin, lane.rest, lane.keep, lane.first_open, lane.give_up

    def take(self, record: Record) -> Iterable[Message]:
        """As the lane's own."""
        with self._tracing.span(self.segment, context_in(record.headers)):
            return [replace(answer, headers=with_context(answer.headers, self._tracing)) for answer in self._lane.take(record)]


def with_context(headers: Headers, tracing: Tracing) -> Headers:
    """A message's headers with the `traceparent` of the span around, where there is one."""
    here = tracing.here()
    return (*(pair for pair in headers if pair[0] != TRACEPARENT), (TRACEPARENT, here.encode())) if here else headers


def context_in(headers: Sequence[tuple[str, Any]]) -> str:
    """The `traceparent` that a message brings; "" where it brings none, or nothing that is text."""
    raw = next((value for name, value in headers if name == TRACEPARENT), b"") or b""
    return raw.decode("ascii", "replace")
