"""Metrics and health over real HTTP, and the wrappers that count."""

from __future__ import annotations

import asyncio
import json
import socket
import urllib.error
import urllib.request
from contextlib import closing
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import ValidationError

from producers.fault import FetchError, FetchFault
from sinks.sink import DeliveryError
from tests.values import NOON, alert, item
from tocsin.beside import monitoring
from tocsin.gauges import StoreGauges
from tocsin.intake import Intake
from tocsin.metrics import MeasuredFetcher, MeasuredOutbox, MeasuredSink, Metrics
from tocsin.model import Origin, Relation, Story
from tocsin.monitor import HttpServer, MonitorSettings, PortTakenError, app, is_loopback, split_address
from tocsin.progress import Progress
from tocsin.store import Store


@pytest.fixture
def metrics():
    return Metrics()


@pytest.fixture
def progress():
    return Progress()


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as wrong:
        with wrong:
            return wrong.code, wrong.read().decode()


def values(text):
    """Every sample of a scrape, by name and labels."""
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_health_and_metrics_are_served_and_tell_what_stopped(metrics, progress):
    with HttpServer(app(metrics, progress), "127.0.0.1:0") as server:
        progress.trouble("intake", "OSError")
        assert get(f"{server.url}/-/healthy")[0] == 200
        status, told = get(f"{server.url}/-/ready")
        assert (status, json.loads(told)["reasons"]) == (503, ["intake: OSError"])
        progress.clear("intake")
        assert get(f"{server.url}/-/ready")[0] == 200
        status, text = get(f"{server.url}/metrics")
    assert status == 200
    assert values(text)["tocsin_config_last_reload_successful",] == 1
    with pytest.raises(OSError, match=r"refused|reset"), socket.create_connection(split_address(server.url.removeprefix("http://")), 1):
        pass


def test_a_taken_port_is_refused_where_it_was_asked_for_and_passed_over_where_it_is_the_default(metrics, progress, caplog, monkeypatch):
    with HttpServer(app(metrics, progress), "127.0.0.1:0") as other:
        taken = other.url.removeprefix("http://")
        with pytest.raises(PortTakenError, match=r"monitor.listen.*in use"), monitoring(MonitorSettings(listen=taken), metrics, progress):
            pass
        defaulted = MonitorSettings.model_construct(listen=taken)
        defaulted.__pydantic_fields_set__.clear()
        with monitoring(defaulted, metrics, progress) as url:
            assert url is None
    assert "metrics and health are not served" in caplog.text


@pytest.mark.parametrize(
    ("said", "address"),
    [("127.0.0.1:8601", ("127.0.0.1", 8601)), ("[::1]:80", ("::1", 80)), (":9", ("0.0.0.0", 9)), ("localhost:1", ("localhost", 1))],
)
def test_addresses_are_read(said, address):
    assert split_address(said) == address


@pytest.mark.parametrize("said", ["8601", "host", "127.0.0.1:x", "[::1:80", "host:70000", ""])
def test_what_is_no_address_is_refused_with_an_example(said):
    with pytest.raises(ValidationError, match=r"127\.0\.0\.1:8601"):
        MonitorSettings(listen=said)


def test_only_loopback_addresses_are_loopback():
    assert [host for host in ("127.0.0.1", "127.8.8.8", "::1", "localhost", "0.0.0.0", "10.0.0.1", "::") if is_loopback(host)] == [
        "127.0.0.1",
        "127.8.8.8",
        "::1",
        "localhost",
    ]


def test_the_counters_say_what_the_sums_of_the_store_say(metrics):
    def deduplicate(item):
        if item.title == "bad":
            raise ValueError("no")
        if item.title != "again":
            yield Story(id=item.id, relation=Relation.NEW, item=item)

    build = lambda store: (  # noqa: E731
        metrics.timed("deduplicate", deduplicate),
        metrics.timed("tag", lambda story: [story]),
        metrics.timed("assess", lambda story: [alert(story.id)]),
    )
    with closing(Store.temporary()) as store:
        intake = Intake(store, build, lambda alert: store.add_alert(alert, ()), lambda: NOON, tell=metrics.taken)
        intake.take([item("a"), item("b", title="again"), item("c", title="bad")])
        with pytest.raises(OSError, match="full"):
            intake.take([item("d")], also=full)
        sums = store.sums()
    got = values(metrics.text().decode())
    assert got["tocsin_items_total", "story"] == sums["stories"] == 1
    assert got["tocsin_items_total", "duplicate"] == sums["duplicates"] == 1
    assert got["tocsin_items_total", "dead"] == got["tocsin_dead_letters_total", "deduplicate"] == sums["dead.deduplicate"] == 1
    assert got["tocsin_alerts_total", "force", "opened"] == sums["alerts"] == 1
    assert got["tocsin_segment_duration_seconds_count", "tag"] == 2, "the body that was taken back was tagged too"


def full():
    raise OSError("disk full")


def test_time_to_alert_is_measured_from_published_fetched_and_processed_when_the_alert_is_delivered(metrics, tmp_path):
    with closing(Store(tmp_path / "tocsin.db")) as store, closing(store.outbox()) as plain:
        store.add_alert(alert("a"), ["desk"])
        store.note_origin("a", Origin(published=NOON - timedelta(minutes=20), fetched=NOON, processed=NOON + timedelta(seconds=1)))
        store.add_alert(alert("digest"), ["desk"])
        outbox = MeasuredOutbox(plain, metrics)
        for name in ("a", "digest"):
            assert outbox.next("desk", NOON).alert_id == name
            outbox.delivered("desk", name, NOON + timedelta(seconds=3))
    got = values(metrics.text().decode())
    sums = {since: got[f"tocsin_time_to_alert_from_{since}_seconds_sum", "desk"] for since in ("published", "fetched", "processed")}
    assert sums == {"published": 1203, "fetched": 3, "processed": 2}
    assert got["tocsin_time_to_alert_from_published_seconds_count", "desk"] == 1, "a digest has no origin of its own"


def test_deliveries_given_up_are_counted_by_reason(metrics, tmp_path):
    with closing(Store(tmp_path / "tocsin.db")) as store, closing(store.outbox()) as plain:
        store.add_alert(alert("a"), ["desk"])
        outbox = MeasuredOutbox(plain, metrics)
        outbox.next("desk", NOON)
        outbox.postpone("desk", "a", NOON, "http_503")
        outbox.next("desk", NOON)
        outbox.bury("desk", "a", "http_404", NOON)
        assert store.deliveries() == {"desk": {"dead": 1}}
    assert values(metrics.text().decode())["tocsin_deliveries_dead_total", "desk", "http_404"] == 1


class Sink:
    name = "desk"
    wrong: Exception | None = None

    def check(self):
        pass

    def close(self):
        pass

    def send(self, alert):
        if self.wrong:
            raise self.wrong


def test_attempts_are_counted_by_result_and_a_failing_sink_is_in_trouble_until_it_takes_one(metrics, progress):
    sink = Sink()
    measured = MeasuredSink(sink, metrics, progress)
    sink.wrong = DeliveryError("http_503", retry=True)
    with pytest.raises(DeliveryError):
        measured.send(alert())
    assert progress.unready() == ["sink desk: http_503"]
    sink.wrong = None
    measured.send(alert())
    assert progress.unready() == []
    got = values(metrics.text().decode())
    assert (got["tocsin_delivery_attempts_total", "desk", "http_503"], got["tocsin_delivery_attempts_total", "desk", "ok"]) == (1, 1)


def test_fetches_are_counted_by_their_fault(metrics):
    class Fetcher:
        async def fetch(self, url, validators=None):
            raise FetchError(FetchFault.DNS, "no such host")

    with pytest.raises(FetchError):
        asyncio.run(MeasuredFetcher(Fetcher(), metrics).fetch("https://feed.example/"))
    assert values(metrics.text().decode())["tocsin_feed_fetches_total", "dns"] == 1


def test_a_scrape_tells_of_the_queues_and_their_age_and_of_a_store_that_cannot_be_read(metrics, tmp_path):
    with closing(Store(tmp_path / "tocsin.db")) as store:
        gauges = StoreGauges(store, tmp_path, lambda: NOON + timedelta(hours=1))
        metrics.add(gauges)
        store.add_alert(alert("a"), ["desk", "hook"])
        store.note_origin("a", Origin(processed=NOON))
        with closing(store.outbox()) as outbox:
            outbox.delivered("hook", "a", NOON)
        store.set_aside("tag", item(), ValueError("no"), NOON, "1")
        got = values(metrics.text().decode())
        assert (got["tocsin_outbox_pending", "desk"], got["tocsin_outbox_pending", "hook"]) == (1, 0)
        assert (got["tocsin_outbox_oldest_seconds", "desk"], got["tocsin_outbox_oldest_seconds", "hook"]) == (3600, 0)
        assert (got["tocsin_dead_letters_kept", "tag"], got["tocsin_dead_letters_kept", "assess"]) == (1, 0)
        assert got["tocsin_data_bytes", "tocsin.db"] > 0
        gauges.close()
        got = values(metrics.text().decode())
    assert got["tocsin_store_readable",] == 0
    assert ("tocsin_outbox_pending", "desk") not in got
