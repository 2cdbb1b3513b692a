"""The page of a cluster: what the redis sink and the segments keep in a real Redis, told as the store tells it."""

from __future__ import annotations

import re
from contextlib import closing, contextmanager

import httpx
import pytest
from redis import Redis

from sinks.redis import RedisSettings
from tests.dashboard.desk import AFTER_SAMPLE
from tests.dashboard.test_live import events
from tests.servers import RedisServer, needs
from tests.values import alert
from tocsin.cli.main import main
from tocsin.dashboard.desk import Desk
from tocsin.dashboard.from_redis import RedisSource
from tocsin.dashboard.from_store import StoreSource
from tocsin.dashboard.serve import served
from tocsin.dashboard.settings import DashboardSettings
from tocsin.dashboard.source import SourceError, Wanted
from tocsin.wire import dump


@pytest.fixture(scope="module")
def redis_process():
    server = RedisServer(needs("redis-server", "Debian: apt-get install redis-server"))
    server.start()
    yield server
    server.remove()


@contextmanager
def source_of(server):
    text, raw = Redis.from_url(server.url, decode_responses=True), Redis.from_url(server.url)
    with closing(RedisSource(text, "tocsin", raw, "tocsin")) as source:
        yield source


@pytest.fixture
def filled(redis_process, sample_store):
    """Redis as a cluster would have it after the sample: the alerts by the sink, the dyads by `assess`."""
    redis_process.reset()
    with closing(RedisSettings(url=redis_process.url).build("cache")) as sink, closing(StoreSource(sample_store, ())) as store:
        for kept in store.after(0, 1000):
            sink.send(kept.alert)
        with closing(Redis.from_url(redis_process.url)) as redis:
            for name, state in store.dyads().items():
                redis.hset("{tocsin.assess}:dyads", name, dump(state))
    return redis_process


def test_redis_tells_of_alerts_and_dyads_what_the_store_tells(filled, sample_store):
    with source_of(filled) as redis, closing(StoreSource(sample_store, ())) as store:
        told, kept = redis.after(0, 1000), store.after(0, 1000)
        assert [one.alert for one in told] == [one.alert for one in kept]
        assert [one.seq for one in told] == sorted({one.seq for one in told})
        assert max(one.seq for one in told) < 2**53  # a number of JavaScript
        wanted = Wanted(actor="Pakistan", text="strikes")
        assert [one.alert for one in redis.recent(wanted, 5).kept] == [one.alert for one in store.recent(wanted, 5).kept]
        assert redis.recent(Wanted(), 3, before=told[10].seq).kept == told[9:6:-1]
        some = kept[20].alert
        assert [one.alert for one in redis.of_incident(some.incident)] == [one.alert for one in store.of_incident(some.incident)]
        assert [one.alert for one in redis.of_dyad("IRN-PAK", 100)] == [one.alert for one in store.of_dyad("IRN-PAK", 100)]
        assert redis.dyads() == store.dyads()
        assert redis.newest() == told[-1].seq


def test_an_incident_that_the_stream_has_forgotten_keeps_its_latest_alert(filled):
    with source_of(filled) as redis:
        some = redis.after(0, 1)[0].alert
        Redis.from_url(filled.url).xtrim("{tocsin}:alerts", maxlen=1, approximate=False)
        assert [one.alert.incident for one in redis.of_incident(some.incident)] == [some.incident]
        assert redis.of_incident("nowhere") == []


def test_the_page_of_a_cluster_is_live_and_says_what_it_does_not_know(filled):
    with source_of(filled) as redis:
        desk = Desk(source=redis, clock=lambda: AFTER_SAMPLE, settings=DashboardSettings(listen="127.0.0.1:0"))
        with served(desk) as address, closing(RedisSettings(url=filled.url).build("cache")) as sink:
            for path in ("/", "/dyads", "/dyads/IRN-PAK", "/map", "/search?q=strike", "/about"):
                assert httpx.get(address + path).status_code == 200, path
            incident = re.search(r"/incidents/[0-9a-f]{32}", httpx.get(address).text).group(0)
            assert "process knows of its own deliveries" in httpx.get(address + incident).text
            told = httpx.get(address + "/feeds")
            assert (told.status_code, "is told by each role itself" in told.text) == (404, True)
            assert 'href="/feeds"' not in httpx.get(address).text
            newest = redis.newest()
            sink.send(alert("new", incident="f" * 32, at=AFTER_SAMPLE))
            (seq,) = events(address, newest, 1)
            assert seq > newest


def test_a_redis_that_is_gone_is_told_and_an_empty_one_is_a_silent_bell(redis_process):
    redis_process.reset()
    with source_of(redis_process) as redis:
        assert redis.after(0, 10) == []
        assert redis.dyads() == {}
        assert redis.pulse().last_item is None
    gone = Redis.from_url("redis://127.0.0.1:1/0", decode_responses=True)
    with closing(RedisSource(gone, "tocsin", gone, "tocsin")) as source, pytest.raises(SourceError, match="Redis cannot be read"):
        source.pulse()


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ("", "there are no redis sinks"),
        ('[sinks.a]\ntype = "redis"\n[sinks.b]\ntype = "redis"\n', "say which with --sink"),
        ('[sinks.a]\ntype = "redis"\nurl_file = "/nowhere"\n', "url_file: /nowhere cannot be read"),
        ('[sinks.a]\ntype = "redis"\n[dashboard]\nlisten = "off"\n', "say where the page is to listen"),
    ],
)
def test_a_page_that_cannot_be_served_so_is_refused_with_78(tmp_path, monkeypatch, capsys, told, says):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tocsin.toml").write_text(told)
    assert main(["dashboard"]) == 78
    assert says in capsys.readouterr().err
