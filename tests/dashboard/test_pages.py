"""Every page says what it should, without JavaScript, in any browser."""

from __future__ import annotations

import json
import re
from contextlib import closing
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import httpx
import pytest

from producers.feed import FeedState, FeedStatus
from tests.dashboard.desk import AFTER_SAMPLE, page
from tests.dashboard.test_live import tell
from tocsin.dashboard.about import measured
from tocsin.dashboard.source import Wanted
from tocsin.model import Actor, Dyad
from tocsin.store import Store


@pytest.fixture
def desk(store_path):
    with page(store_path) as (address, desk), httpx.Client(base_url=address, follow_redirects=True) as reader:
        yield reader, desk, store_path


def text_of(answer):
    assert answer.status_code == 200, answer.text[:500]
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def first_incident(reader, **query):
    return re.search(r"/incidents/[0-9a-f]{32}", reader.get("/search", params=query).text).group(0)


def test_the_strip_tells_of_feeds_lag_deliveries_and_news(desk):
    told = text_of(desk[0].get("/"))
    assert "feeds 2 ok, 1 failing, 1 not asked yet" in told
    assert "lag 2 min" in told
    assert re.search(r"undelivered \d+, oldest", told)
    assert "last item" in told
    assert "refused 1" in told


def test_an_alert_is_told_with_its_evidence_marked(desk):
    html = desk[0].get("/search", params={"q": "vows revenge"}).text
    assert '<mark class="as-type" title="type">vows revenge</mark>' in html
    assert '<mark class="as-actor" title="actor">Iran</mark>' in html
    assert "threatened" in html


def test_an_incident_tells_its_reports_tolls_answers_deliveries_and_json(desk):
    reader = desk[0]
    where = first_incident(reader, actor="PAK", q="terrorist hideouts")
    told = text_of(reader.get(where))
    assert "First report of an attack by Pakistan against Iran" in told
    assert "harbourpost 7 killed" in told
    assert "independently" in told
    assert "Blow and answer" in told
    assert re.search(r"\d+ h later", told)
    assert "desk" in told
    assert "screen" in told
    assert "delivered" in told
    raw = reader.get(where + ".json")
    assert raw.headers["content-type"] == "application/json"
    revisions = [one["revision"] for one in raw.json()["alerts"]]
    assert revisions == list(range(1, len(revisions) + 1))
    assert json.loads(raw.text)["known"]["figures"]


def test_a_delivery_that_fails_says_why_and_how_often(desk):
    reader, known, _ = desk
    alerts = {kept.alert.id: kept.alert for kept in known.source.after(0, 100)}
    told = known.source.deliveries_of(list(alerts))
    assert {one.attempts for one in told if one.reason == "503 from the receiver"} == {2}
    (dead,) = (one for one in told if one.state == "dead")
    assert "400: the receiver refuses this body" in text_of(reader.get(f"/incidents/{alerts[dead.alert_id].incident}"))


def test_a_dyad_is_drawn_with_its_rung_and_its_alerts(desk):
    reader = desk[0]
    html = reader.get("/dyads/IRN-PAK").text
    assert html.count('class="bar a"') >= 1
    assert html.count('class="bar b"') >= 1
    assert html.count('class="mark ') >= 5
    assert 'class="rungline" d="M' in html
    assert "too few days are known" in html
    assert text_of(reader.get("/dyads/irn-pak?days=365")).count("days") >= 3
    assert reader.get("/dyads/XXX-YYY").status_code == 404
    assert "Iran – Israel" in text_of(reader.get("/dyads"))


def test_the_map_draws_an_arc_from_who_acts_to_where_it_happened(desk):
    html = desk[0].get("/map?days=14").text
    assert html.count('class="arc ') >= 1
    assert "Israel" in html
    assert ">Isfahan</text>" in html
    assert 'viewBox="60.0 0.0 930.0 440.0"' in desk[0].get("/map?view=world").text


def test_feeds_are_told_the_worst_first(desk):
    told = text_of(desk[0].get("/feeds"))
    assert told.index("Gulf Ledger") < told.index("meridian.example") < told.index("North Wire")
    assert "answers 503 Service Unavailable" in told
    assert re.search(r"\d+ items = \d+ stories \+ \d+ duplicates \+ 0 dead letters", told)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "CONSULATE damascus"}, True),
        ({"q": "consulate nowhere"}, False),
        ({"actor": "pakistan"}, True),
        ({"actor": "FRA"}, True),
        ({"actor": "Neverland"}, False),
        ({"place": "erbil"}, True),
        ({"q": "strike", "since": "2024-04-01", "until": "2024-04-01"}, True),
        ({"q": "strike", "since": "2024-05-01"}, False),
        ({"level": "5"}, False),
        ({"since": "not a day", "level": "99", "q": "erbil"}, True),  # what makes no sense is not asked
    ],
)
def test_the_search_finds_what_fits(desk, query, found):
    told = desk[0].get("/search", params=query)
    assert ('class="alert ' in told.text) is found, query
    assert found or "No stored alert fits" in told.text


def test_older_alerts_are_a_link_away_and_none_is_told_twice(desk, monkeypatch):
    monkeypatch.setattr("tocsin.dashboard.pages.A_PAGE", 15)
    reader, known, _ = desk
    seen, url = [], "/"
    while url:
        html = reader.get(url).text
        seen += [int(seq) for seq in re.findall(r'data-seq="(\d+)"', html)]
        older = re.search(r'href="(/\?before=\d+)"', html)
        url = older.group(1) if older else None
    newest = known.source.newest()
    assert newest > 30
    assert seen == list(range(newest, 0, -1))


def test_a_silence_is_previewed_kept_and_ended(desk):
    reader, known, _ = desk
    asked = {"pairs": "irn-isr", "hours": "2", "author": "Desk", "reason": "exercise", "preview": "1"}
    before = reader.get("/silences", params=asked)
    hidden, looked_at = map(int, re.search(r"It would have hidden (\d+) of the (\d+) alerts", text_of(before)).groups())
    assert 1 <= hidden <= looked_at
    assert known.source.silences() == []
    proof = re.search(r'name="form" value="(\w+)"', before.text).group(1)
    assert reader.post("/silences", data=asked).status_code == 403
    assert "pairs=irn-isr" in text_of(reader.post("/silences", data=asked | {"form": proof}))
    (one,) = known.source.silences()
    assert (one.author, one.ends - one.starts) == ("Desk", (one.ends - one.starts))
    assert "Nothing is silenced" in text_of(reader.post("/silences/end", data={"id": one.id, "form": proof}))
    wrong = reader.post("/silences", data={"hours": "2", "author": "Desk", "reason": "all", "form": proof})
    assert (wrong.status_code, "silence everything" in wrong.text) == (422, True)
    nobody = reader.post("/silences", data=asked | {"form": proof, "types": "NOTHING"})
    assert (nobody.status_code, "types" in nobody.text) == (422, True)


def test_a_form_from_another_site_is_refused(desk):
    reader, known, _ = desk
    proof = re.search(r'name="form" value="(\w+)"', reader.get("/silences").text).group(1)
    asked = {"pairs": "IRN-ISR", "hours": "2", "author": "x", "reason": "y", "form": proof}
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}, {"origin": "null"}):
        assert reader.post("/silences", data=asked, headers=headers).status_code == 403
    reader.cookies.clear()
    assert reader.post("/silences", data=asked).status_code == 403
    assert known.source.silences() == []


def test_a_dead_letter_is_shown_and_asked_for_again(desk):
    reader, known, path = desk
    with closing(Store(path, lock=False)) as store, store.transaction():
        store.set_aside("tag", {"a": "<b>value</b>"}, ValueError("no <i>such</i> thing"), AFTER_SAMPLE, "0.1.0")
    html = reader.get("/letters").text
    assert "&lt;i&gt;such&lt;/i&gt;" in html
    assert "<i>such" not in html
    proof = re.search(r'name="form" value="(\w+)"', html).group(1)
    told = text_of(reader.post("/letters/retry", data={"all": "1", "form": proof}))
    assert "1 is asked for again" in told
    assert "waits to be tried" in told
    assert len(known.source.retries()) == 1


def test_a_delivery_that_a_sink_refused_is_put_back(desk):
    reader, known, _ = desk
    html = reader.get("/letters").text
    assert "400: the receiver refuses this body" in html
    told = dict(re.findall(r'name="(form|sink|alert)" value="([^"]+)"', html))
    assert "400: the receiver" not in text_of(reader.post("/letters/deliver", data=told))
    (again,) = known.source.deliveries_of([told["alert"]])[:1]
    assert (again.sink, again.state, again.attempts) == ("desk", "pending", 0)


def test_about_says_method_limits_and_measured_accuracy(desk):
    told = text_of(desk[0].get("/about"))
    for words in ("Whether what a source says is true", "escalation P / R", "sixteen types of PLOVER", "1,000 killed in 30 days"):
        assert words in told


def test_the_figures_are_those_of_the_documentation():
    """Where this fails after a new measurement: `make measured`."""
    path = Path(__file__).parents[2] / "tools" / "measured.py"
    tool = module_from_spec(spec := spec_from_file_location("measured", path))
    spec.loader.exec_module(tool)
    assert tool.figures() == measured()


def test_an_empty_store_is_told_kindly_and_a_missing_one_too(tmp_path):
    with page(tmp_path / "none" / "tocsin.db", listed=()) as (address, _):
        assert httpx.get(address).status_code == 503
        (tmp_path / "none").mkdir()
        Store(tmp_path / "none" / "tocsin.db").close()
        for path, words in {
            "/": "no feed has answered",
            "/dyads": "Nobody has done anything",
            "/map": "No incident",
            "/feeds": "No feed is polled",
            "/letters": "None. Every item",
        }.items():
            assert words in text_of(httpx.get(address + path))


def test_silence_is_good_news_only_where_a_feed_answers(tmp_path):
    url = "https://one.example/rss"
    with closing(Store(tmp_path / "tocsin.db")) as store, page(tmp_path / "tocsin.db", listed=(url,)) as (address, _):
        assert "no feed has answered" in text_of(httpx.get(address))
        with store.transaction():
            store.save_feed(url, FeedState(url=url, status=FeedStatus.OK, last_ok=AFTER_SAMPLE))
        assert "that is good news" in text_of(httpx.get(address))


def test_numbers_and_paths_of_strangers_break_nothing(desk):
    reader = desk[0]
    for path in (
        "/?before=-1",
        "/?before=99999999999999999999",
        "/?level=x&sign=y",
        "/map?days=0",
        "/incidents/..%2f..",
        "/dyads/%00",
        "/live/x",
        "/dyads/?-?",
    ):
        assert reader.get(path).status_code in (200, 404), path


def test_a_side_nobody_names_is_called_by_the_words_of_the_text(desk):
    reader, _, path = desk
    tell(
        path,
        "gunmen",
        actor=Actor(text="masked gunmen"),
        dyad=Dyad("?", "IRN"),
        headline="Masked gunmen",
    )
    assert "masked gunmen → Iran" in text_of(reader.get("/search?q=masked"))


def test_a_search_looks_at_so_many_alerts_at_once_and_goes_on_from_there(desk, monkeypatch):
    reader, known, _ = desk
    monkeypatch.setattr("tocsin.dashboard.choose.MOST_LOOKED", 10)
    monkeypatch.setattr("tocsin.dashboard.choose._CHUNK", 5)
    seen, url, steps = [], "/search?actor=FRA", 0
    while url:
        html = reader.get(url).text
        seen += re.findall(r'data-seq="(\d+)"', html)
        further = re.search(r'href="(/search\?actor=FRA[^"]*before=\d+)"', html)
        url = further.group(1).replace("&amp;", "&") if further else None
        steps += 1
    assert steps > 3
    monkeypatch.undo()
    assert [int(seq) for seq in seen] == [kept.seq for kept in known.source.recent(Wanted(actor="FRA"), 100).kept] != []
