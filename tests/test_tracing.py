"""One trace for a body: its segments below it, its deliveries too, and over a topic's headers; nothing where nobody asks for it."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from sinks.deliver import drain
from sinks.sink import DeliveryError
from tests.test_service import WAR, port, until
from tests.values import NOON, alert, event, item
from tests.world import FeedServer, Receiver, Server
from tocsin.envelope import Record
from tocsin.intake import Intake
from tocsin.metrics import MeasuredOutbox, Metrics
from tocsin.model import Relation, Story
from tocsin.store import Store
from tocsin.tracing import (
    NoTracing,
    OpenTelemetry,
    TracedLane,
    TracedSink,
    TracingMissingError,
    TracingSettings,
    context_in,
    traced,
    tracing_as,
    with_context,
)
from tocsin.wire import dump

pytest.importorskip("opentelemetry.sdk", reason="the extra `tracing` is not installed")
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter


@pytest.fixture
def exporter():
    return InMemorySpanExporter()


@pytest.fixture
def tracing(exporter):
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield OpenTelemetry(provider)
    provider.shutdown()


class Sink:
    name = "desk"

    def __init__(self):
        self.wrong = [DeliveryError("http_503", retry=True), None]

    def check(self):
        pass

    def close(self):
        pass

    def send(self, alert):
        if wrong := self.wrong.pop(0):
            raise wrong


def by_name(exporter):
    return {span.name: span for span in exporter.get_finished_spans()}


def test_a_body_its_segments_and_its_delivery_in_another_thread_are_one_trace(tracing, exporter, tmp_path):
    def build(store):
        return (
            traced(tracing, "deduplicate", lambda item: [Story(id=item.id, relation=Relation.NEW, item=item)]),
            traced(tracing, "tag", lambda story: [story]),
            traced(tracing, "assess", lambda story: [alert(story.id)]),
        )

    with closing(Store(tmp_path / "tocsin.db")) as store, closing(store.outbox()) as outbox:
        intake = Intake(store, build, lambda alert: store.add_alert(alert, ["desk"]), lambda: NOON, trace=tracing.here)
        with tracing.span("body", items=1):
            intake.take([item("a")])
        measured = MeasuredOutbox(outbox, Metrics())
        watched = TracedSink(Sink(), tracing, lambda name: measured.origin_of("desk", name).trace)
        times = iter([NOON, NOON, NOON + timedelta(hours=1), NOON + timedelta(hours=1)])
        rounds = iter([False, False, True])
        drain(measured, watched, lambda: next(times), lambda _: next(rounds))
    assert store_is_settled(tmp_path)
    spans = exporter.get_finished_spans()
    assert [span.name for span in spans] == ["deduplicate", "tag", "assess", "body", "deliver", "deliver"]
    body = by_name(exporter)["body"]
    assert {span.context.trace_id for span in spans} == {body.context.trace_id}
    assert {span.parent.span_id for span in spans if span is not body} <= {
        body.context.span_id,
        by_name(exporter)["assess"].context.span_id,
    }
    failed, delivered = (span for span in spans if span.name == "deliver")
    assert (failed.status.description, delivered.status.description) == ("DeliveryError", None)
    assert dict(delivered.attributes) == {"sink": "desk", "alert": "a"}


def store_is_settled(folder):
    with closing(Store(folder / "tocsin.db")) as store:
        return store.deliveries() == {"desk": {"delivered": 1}}


def test_the_context_goes_over_the_headers_of_a_message_and_replaces_an_older_one(tracing, exporter):
    with tracing.span("body"):
        headers = with_context((("ce_id", b"x"), ("traceparent", b"stale")), tracing)
    assert [name for name, _ in headers] == ["ce_id", "traceparent"]
    with tracing.span("tag", context_in(headers)):
        pass
    spans = by_name(exporter)
    assert spans["tag"].parent.span_id == spans["body"].context.span_id


@pytest.mark.parametrize("headers", [(), (("traceparent", None),), (("traceparent", b"\xff\x00nonsense"),)])
def test_a_message_that_brings_no_context_begins_a_trace_of_its_own(tracing, exporter, headers):
    with tracing.span("tag", context_in(headers)):
        pass
    (span,) = exporter.get_finished_spans()
    assert span.parent is None


def test_the_segments_of_a_cluster_hand_the_trace_on_from_message_to_message(tracing, exporter):
    lanes = pytest.importorskip("processors.lanes", reason="the extra `cluster` is not installed")
    first = TracedLane(lanes.Tag(lambda story: [event(story.id)]), tracing)
    second = TracedLane(lanes.Tag(lambda story: [event(story.id)]), tracing)
    story = Story(id="s", relation=Relation.NEW, item=item())
    place = ("tocsin-place", b"0 1 0")

    def record(headers):
        return Record(topic="t", partition=0, offset=1, key=b"k", value=dump(story), headers=headers)

    (answer,) = first.take(record((place,)))
    list(second.take(record((place, *((name, value) for name, value in answer.headers if name == "traceparent")))))
    before, after = exporter.get_finished_spans()
    assert (before.name, after.parent.span_id, before.parent) == ("tag", before.context.span_id, None)


def test_an_error_marks_its_span_by_type_and_tells_no_more(tracing, exporter):
    with pytest.raises(ValueError, match="secret"), tracing.span("tag"):
        raise ValueError("https://user:secret@feed.example/")
    (span,) = exporter.get_finished_spans()
    assert (span.status.description, span.events, "secret" in span.to_json()) == ("ValueError", (), False)


def test_without_an_endpoint_nothing_is_made_and_headers_stay():
    with tracing_as(TracingSettings()) as nothing, nothing.span("body"):
        assert isinstance(nothing, NoTracing)
        assert with_context((("a", b"b"),), nothing) == (("a", b"b"),)


def test_a_missing_extra_is_told_with_the_remedy(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    told = TracingSettings(endpoint="http://127.0.0.1:4318/v1/traces")
    with pytest.raises(TracingMissingError, match=r"pip install 'tocsin\[tracing\]'"), tracing_as(told):
        pass


class Collector(Server):
    """Takes spans by OTLP over HTTP."""

    def __init__(self):
        super().__init__()
        self.spans = []

    def post(self, request, body):
        import gzip

        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        raw = gzip.decompress(body) if request.headers.get("Content-Encoding") == "gzip" else body
        told = ExportTraceServiceRequest.FromString(raw)
        self.spans += [span for resource in told.resource_spans for scope in resource.scope_spans for span in scope.spans]
        request.answer(200)


@pytest.mark.slow
def test_the_running_service_sends_its_spans_to_a_collector(tmp_path):
    with FeedServer() as feeds, Receiver() as receiver, Collector() as collector:
        feeds.entries = {"good": [("g", *WAR, datetime.now(UTC))]}
        network = f'allow_networks = ["127.0.0.1/32"]\nports = [{port(feeds)}, {port(receiver)}]\n'
        (tmp_path / "tocsin.toml").write_text(
            f'[dashboard]\nlisten = "off"\n[monitor]\nlisten = "off"\n[tracing]\nendpoint = "{collector.url}/v1/traces"\n'
            f'[feeds]\nurls = ["{feeds.url}/good"]\n[fetch.network]\n{network}[parse]\nworkers = 1\n'
            f'[sinks.hook]\ntype = "webhook"\nurl = "{receiver.url}"\n[sinks.hook.network]\n{network}'
        )
        service = subprocess.Popen([sys.executable, "-m", "tocsin.cli.main", "run"], cwd=tmp_path, stderr=subprocess.DEVNULL)
        try:
            assert until(receiver.ids, 60)
            service.terminate()
            assert service.wait(timeout=20) == 0
        finally:
            service.kill()
            service.wait()
    assert {"body", "deduplicate", "tag", "assess", "deliver"} <= {span.name for span in collector.spans}
    assert len({span.trace_id for span in collector.spans}) == 1
