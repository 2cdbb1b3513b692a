"""Articles of new items are fetched, used and archived; whatever their pages do, the items come, and a replay gives the same."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from producers.archive import Archive
from producers.fetch import Fetcher, FetchSettings
from producers.fulltext import ACCEPT, REMEMBERED, Articles, FeedArticles, FullTextMissingError, FullTextSettings, candidates
from producers.hosts import Hosts
from tests.test_network import FORBIDDEN
from tests.values import NOON, item
from tests.world import FeedServer, rss
from tocsin.app import Service
from tocsin.cli.main import main
from tocsin.clock import Clocks
from tocsin.replay import Replay
from tocsin.settings import Settings
from tocsin.store import Store

OLD = ("old", "Ministers meet", "They met.", NOON - timedelta(hours=3))
TITLE = "Blast shakes harbour of Aleppo"
STORY = [
    "An Israeli air strike on the Syrian city of Aleppo killed 12 people, officials said on Sunday evening.",
    "The blast shook the harbour district, where windows broke in many houses and the power failed for hours.",
    "Residents spoke of smoke above the old town. Rescue workers said that they were still searching.",
]


def page(*paragraphs):
    told = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return f"<!doctype html><html><body><article><h1>{TITLE}</h1>{told}</article></body></html>".encode()


class Site(FeedServer):
    """A feed at `/wire` whose entries lead to `/page/NAME`, each behaving as its name says."""

    def __init__(self):
        super().__init__()
        self.pages = []

    def get(self, request):
        if not request.path.startswith("/page/"):
            body = rss(self.entries["wire"]).replace(b"https://wire.example/", f"{self.url}/page/".encode())
            self.asked["wire"] += 1
            return request.answer(200, body, Content_Type="application/rss+xml")
        name = request.path.removeprefix("/page/")
        self.pages.append((name, time.monotonic(), request.headers.get("Accept"), request.headers.get("User-Agent")))
        match name:
            case "inward":
                return request.answer(302, Location="http://169.254.169.254/latest/")
            case "slow":
                time.sleep(4)
                return request.answer(200, page(*STORY), Content_Type="text/html")
            case "huge":
                return request.answer(200, b"<html>" + b" " * 3_000_000, Content_Type="text/html")
            case "deep":
                return request.answer(200, b"<div>" * 100_000, Content_Type="text/html")
            case "reserved":
                return request.answer(200, page(*STORY), Content_Type="text/html", X_Robots_Tag="noai")
            case "tdm":
                return request.answer(200, page(*STORY), Content_Type="text/html", tdm_reservation="1")
            case "wall":
                return request.answer(
                    200, page("We value your privacy and use cookies. " * 20).replace(TITLE.encode(), b""), Content_Type="text/html"
                )
            case "picture":
                return request.answer(200, b"\x89PNG", Content_Type="image/png")
            case "missing":
                return request.answer(404)
        return request.answer(200, page(*STORY), Content_Type="text/html; charset=utf-8")


class Clock:
    def __init__(self):
        self.began, self.ahead = time.monotonic(), timedelta()

    def __call__(self) -> datetime:
        return NOON + timedelta(seconds=time.monotonic() - self.began) + self.ahead


def settings(folder, site, **fulltext):
    network = {"allow_networks": ["127.0.0.1/32"], "ports": [int(site.url.rpartition(":")[2])]}
    return Settings.model_validate({
        "data_dir": folder, "sinks": {}, "feeds": {"urls": [f"{site.url}/wire"]}, "fetch": {"network": network},
        "poll": {"host_pause_seconds": 0, "schedule": {"adaptive": False}}, "parse": {"workers": 1},
        "monitor": {"listen": "off"}, "dashboard": {"listen": "off"},
        "fulltext": {"every_feed": True, "page_seconds": 2, **fulltext},
    })  # fmt: skip


async def lived(told, site, *rounds):
    """The service, over the rounds of what the feed holds; the items' texts and the metrics it ended with."""
    clock = Clock()
    service = Service(told, clocks=Clocks(clock, lambda: clock().timestamp(), "boot"))
    task = asyncio.create_task(service.run())
    done = 0
    for entries in rounds:
        site.entries["wire"] = entries
        clock.ahead += timedelta(hours=1.5)
        done += len(entries)
        end = time.monotonic() + 100
        while sums(told).get("items", 0) < done:
            assert time.monotonic() < end, "the items did not come"
            assert not task.done(), task.result()
            await asyncio.sleep(0.1)
    service.stop()
    await task
    return service.metrics.text().decode()


def sums(told):
    path = Path(told.data_dir) / "tocsin.db"
    if not path.exists():
        return {}
    store = Store(path, lock=False)
    try:
        return store.sums()
    finally:
        store.close()


def alerts(told):
    store = Store(Path(told.data_dir) / "tocsin.db", lock=False)
    try:
        return list(store.alerts())
    finally:
        store.close()


@pytest.fixture
def site():
    with Site() as site:
        site.entries["wire"] = [OLD]
        yield site


def test_what_only_the_article_says_raises_an_alert_and_a_replay_gives_the_very_same(tmp_path, site):
    told = settings(tmp_path / "data", site)
    new = ("new", TITLE, "More soon.", NOON + timedelta(hours=1))
    metrics = asyncio.run(
        lived(told, site, [OLD], [OLD, new], [OLD, new, ("late", "A bridge opens", "It opened.", NOON + timedelta(hours=2))])
    )
    raised = alerts(told)
    assert [alert.headline for alert in raised] == [TITLE]
    assert [name for name, *_ in site.pages] == ["new", "late"], "what the feed held before, and what is known, is not fetched"
    assert site.pages[0][2].startswith("text/html")
    assert site.pages[0][3].startswith("tocsin/")
    assert 'tocsin_articles_total{result="ok"} 1.0' in metrics
    site.__exit__()
    with Replay(told, [Path(told.data_dir) / "archive"], pytest.fail) as replay:
        again = list(replay.alerts())
    assert again == raised


def test_whatever_the_pages_do_the_items_come(tmp_path, site):
    names = ("slow", "huge", "deep", "inward", "reserved", "tdm", "wall", "picture", "missing", "good")
    told = settings(tmp_path / "data", site)
    entries = [(name, TITLE, f"{name} {number}", NOON + timedelta(hours=1)) for number, name in enumerate(names)]
    metrics = asyncio.run(lived(told, site, [OLD], [OLD, *entries]))
    assert sums(told)["items"] == 2 + len(names)
    for result, count in {"ok": 1, "reserved": 2, "refused": 1, "too_big": 1, "no_page": 1, "client_error": 1, "timeout": 1}.items():
        assert f'tocsin_articles_total{{result="{result}"}} {count}.0' in metrics, (result, metrics)
    with Archive([tmp_path / "data" / "archive"], pytest.fail) as archive:
        assert [len(body.texts) for body in archive] == [0, 1]


def test_a_body_waits_for_its_articles_no_longer_than_it_may(tmp_path, site):
    told = settings(tmp_path / "data", site, within_seconds=1, page_seconds=30)
    metrics = asyncio.run(lived(told, site, [OLD], [OLD, ("slow", TITLE, "More soon.", NOON)]))
    assert 'tocsin_articles_total{result="late"} 1.0' in metrics
    assert sums(told)["items"] == 3


def test_only_the_feeds_that_are_named_and_no_more_than_so_many(tmp_path, site):
    told = settings(tmp_path / "data", site, every_feed=False, feeds=[f"{site.url}/wire"], most_per_body=2)
    entries = [(f"good{n}", f"{TITLE} {n}", "More soon.", NOON + timedelta(minutes=n)) for n in range(5)]
    asyncio.run(lived(told, site, [OLD], [OLD, *entries]))
    assert sorted(name for name, *_ in site.pages) == ["good3", "good4"]
    other = FullTextSettings(feeds=["https://other.example/"])
    assert not other.wants(f"{site.url}/wire")


def test_an_item_that_brings_its_text_or_leads_nowhere_is_not_fetched():
    items = [
        item(id="a", url="https://a.example/1", text=""),
        item(id="b", url="https://a.example/2", text="x" * 2_000),
        item(id="c", url="", text=""),
        item(id="d", url="https://a.example/4", text=""),
    ]
    assert [one.id for one in candidates(items, {"d"}, 10)] == ["a"]


def test_a_feed_s_memory_of_articles_is_bounded():
    kept = FeedArticles({}).after({str(n): "x" for n in range(REMEMBERED)}).after({"new": "y", "5": "z"})
    assert len(kept.texts) == REMEMBERED
    assert kept.texts["new"] == "y"
    assert kept.texts["5"] == "z"
    assert "0" not in kept.texts


def test_a_missing_extra_is_told_with_its_remedy(tmp_path, site, monkeypatch, capsys):
    monkeypatch.setattr("producers.fulltext.find_spec", lambda _: None)
    (tmp_path / "tocsin.toml").write_text("[fulltext]\nevery_feed = true\n[feeds]\ndefaults = false\n")
    monkeypatch.chdir(tmp_path)
    assert main(["check"]) == 78
    assert "pip install 'tocsin[fulltext]'" in capsys.readouterr().err
    with pytest.raises(FullTextMissingError, match="fulltext"):
        asyncio.run(Service(settings(tmp_path / "data", site)).run())


def test_no_article_is_fetched_from_a_forbidden_address():
    addresses = [address for addresses in FORBIDDEN.values() for address in addresses]
    urls = [f"http://[{address}]/a" if ":" in address else f"http://{address}/a" for address in addresses]
    counts = Counter()

    async def go():
        hosts = Hosts()
        async with Fetcher(FetchSettings(), lambda: NOON, hosts, ACCEPT) as fetcher:
            told = FullTextSettings(every_feed=True, most_per_body=100)
            articles = Articles(told, fetcher, None, hosts, known=lambda _: FeedArticles({}), count=lambda result: counts.update([result]))
            return await articles.texts("f", [item(id=url, url=url, text="") for url in urls])

    assert not any(asyncio.run(go()).values())
    assert counts.keys() <= {"refused", "dns"}
    assert counts["refused"] >= 60
