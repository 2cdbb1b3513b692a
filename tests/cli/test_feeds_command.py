"""`tocsin feeds`: every command against a server of its own, in this process."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from producers.feed import FeedState, FeedStatus, Rhythm
from producers.opml import read_opml
from tests.world import FeedServer
from tocsin.book import FeedBook, FeedWish, wished
from tocsin.cli.main import main
from tocsin.store import Store

ONE = "https://wire.example/world.xml"


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tocsin.toml").write_text("[feeds]\ndefaults = false\n")


@pytest.fixture
def feeds(capsys):
    """Runs `tocsin feeds ...`; gives the exit code, standard output and standard error."""

    def run(*arguments):
        code = main(["feeds", *arguments])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "tocsin-data" / "tocsin.db")
    yield store
    store.close()


def keep(store, *states):
    with store.transaction():
        for state in states:
            store.watch(state.url)
            store.save_feed(state.url, state)


def known(feeds):
    return {feed["url"]: feed for feed in json.loads(feeds("status", "--json")[1])["feeds"]}


def test_a_feed_is_added_paused_resumed_and_removed(feeds):
    feeds("add", ONE)
    assert known(feeds)[ONE]["status"] == "new"
    assert feeds("pause", ONE)[0] == 0
    assert known(feeds)[ONE]["status"] == "paused"
    assert feeds("resume", ONE)[0] == 0
    assert known(feeds)[ONE]["status"] == "new"
    assert feeds("remove", ONE)[0] == 0
    assert feeds("status", "--json")[0] == 4


def test_a_running_service_takes_a_wish_up_and_never_overwrites_it(feeds, store):
    now = datetime.now(UTC)
    gone = FeedState(url=ONE, status=FeedStatus.GONE, last_checked=now, fault="gone")
    keep(store, gone)
    time = [0.0]
    book = FeedBook(store, [], now=lambda: time[0])
    assert [state.status for state in book.changes()] == [FeedStatus.GONE]
    feeds("pause", ONE)
    assert book.changes() is None, "it looks every few seconds only"
    time[0] += 10
    assert [state.status for state in book.changes()] == [FeedStatus.PAUSED]
    with store.transaction():
        store.save_feed(ONE, gone)  # a poll that was under way
    book.learn(gone)
    time[0] += 10
    assert book.changes() is None
    assert book.known(ONE).status is FeedStatus.PAUSED
    feeds("resume", ONE)
    time[0] += 10
    (state,) = book.changes()
    assert (state.status, state.next_check) == (FeedStatus.NEW, now + timedelta(minutes=5)), (
        "no longer gone, and due as soon as manners allow"
    )
    book.learn(FeedState(url=ONE, status=FeedStatus.GONE, last_checked=datetime.now(UTC) + timedelta(seconds=1)))
    assert book.known(ONE).status is FeedStatus.GONE, "once it was asked the wish is fulfilled"
    feeds("remove", ONE)
    time[0] += 10
    assert book.changes() == []
    assert book.known(ONE) is None
    book.close()


@pytest.mark.parametrize("status", [FeedStatus.OK, FeedStatus.RATE_LIMITED])
def test_nobody_can_press_a_feed_by_resuming_it(status):
    now = datetime.now(UTC)
    state = FeedState(url=ONE, status=status, last_checked=now, next_check=now + timedelta(hours=3))
    assert wished(state, FeedWish(again=now + timedelta(hours=1))) == state


def test_a_feed_of_the_configuration_is_paused_but_not_removed(feeds, tmp_path):
    (tmp_path / "tocsin.toml").write_text(f'[feeds]\nurls = ["{ONE}"]\n')
    code, _, err = feeds("remove", ONE)
    assert (code, "take it out of [feeds] urls" in err) == (2, True)
    assert feeds("pause", ONE)[0] == 0
    assert known(feeds)[ONE]["status"] == "paused"


def test_a_feed_that_is_not_polled_is_told_with_the_one_that_was_meant(feeds):
    feeds("add", ONE)
    code, _, err = feeds("pause", ONE + "l")
    assert (code, f"did you mean {ONE}?" in err) == (4, True)


def test_status_tells_the_worst_first(feeds, store):
    now = datetime.now(UTC)
    keep(
        store,
        FeedState(url="https://a.example/", status=FeedStatus.OK, last_ok=now, rhythm=Rhythm(timedelta(hours=1), now)),
        FeedState(url="https://b.example/", status=FeedStatus.FAILING, errors=1, fault="dns", reason="the host's name is not known"),
        FeedState(url="https://c.example/", status=FeedStatus.FAILING, errors=9, fault="login", reason="a login page, not a feed"),
        FeedState(url="https://d.example/", status=FeedStatus.GONE, errors=1, fault="gone"),
        FeedState(url="https://e.example/", status=FeedStatus.OK, last_ok=now, rhythm=Rhythm(timedelta(hours=1), now - timedelta(days=3))),
        FeedState(url="https://f.example/", status=FeedStatus.QUARANTINED, errors=1, fault="too_slow"),
        FeedState(url="https://g.example/", status=FeedStatus.RATE_LIMITED, errors=1, fault="rate_limited"),
    )
    told = json.loads(feeds("status", "--json")[1])
    assert [feed["url"][8] for feed in told["feeds"]] == list("dfcbgea")
    assert told["counts"] == {"failing": 2, "gone": 1, "ok": 2, "quarantined": 1, "rate_limited": 1, "silent": 1}
    _, table, _ = feeds("status")
    assert "nothing new since" in table
    assert "7 feeds:" in table


def test_a_thousand_feeds_come_in_and_go_out_again(feeds, tmp_path):
    outlines = "".join(f"<outline text='Feed &amp; {n}' xmlUrl='https://{n}.example/rss?a=1&amp;b={n}'/>" for n in range(1_200))
    (tmp_path / "mine.opml").write_text(
        f"<opml version='2.0'><body><outline text='World'>{outlines}</outline><outline text='bad' xmlUrl='file:///etc/passwd'/></body></opml>"
    )
    code, out, err = feeds("import", "mine.opml")
    assert (code, out) == (0, "1200 feeds added, 0 were polled already, 1 left out\n")
    assert "file:///etc/passwd is left out: not http or https" in err
    assert feeds("import", "mine.opml")[1] == "0 feeds added, 1200 were polled already, 1 left out\n"
    assert len(known(feeds)) == 1_200


def test_what_is_exported_is_what_was_imported(tmp_path, capfdbinary):
    raw = b"<opml version='2.0'><body><outline text='W'><outline text='One' xmlUrl='https://a.example/'/></outline></body></opml>"
    (tmp_path / "mine.opml").write_bytes(raw)
    main(["feeds", "import", "mine.opml"])
    capfdbinary.readouterr()
    assert main(["feeds", "export"]) == 0
    assert read_opml(capfdbinary.readouterr().out) == read_opml(raw)


@pytest.mark.parametrize(
    ("contents", "code"), [(b"no list", 2), (None, 2), (b"<opml><body><outline xmlUrl='file:///x'/></body></opml>", 4)]
)
def test_a_list_that_cannot_be_taken_is_told(feeds, tmp_path, contents, code):
    if contents is not None:
        (tmp_path / "mine.opml").write_bytes(contents)
    assert feeds("import", "mine.opml")[0] == code


PAGE = b"<!doctype html><html><head><title>Wire</title><link rel=alternate type=application/rss+xml href=/good></head></html>"


class Site(FeedServer):
    def get(self, request):
        path = request.path.strip("/")
        if path == "page":
            return request.answer(200, PAGE, Content_Type="text/html")
        if path == "bare":
            return request.answer(200, b"<!doctype html><html></html>", Content_Type="text/html")
        if path == "busy":
            return request.answer(429, Retry_After="7200")
        return super().get(request)


@pytest.fixture
def site(tmp_path):
    with Site() as site:
        site.entries = {"good": [("g", "One", "Two", datetime.now(UTC) - timedelta(hours=1))]}
        port = site.url.rsplit(":", 1)[1]
        (tmp_path / "tocsin.toml").write_text(
            f'[feeds]\ndefaults = false\n[fetch.network]\nallow_networks = ["127.0.0.0/8"]\nports = [{port}]\n'
        )
        yield site


def test_check_explains_a_feed_and_keeps_nothing(feeds, site, tmp_path):
    code, out, _ = feeds("check", f"{site.url}/good", "--json")
    told = json.loads(out)
    assert (code, told["items"], told["newest"]) == (0, 1, ["One"])
    assert "304" in told["asked again"]
    assert told["next check"].endswith(("min", "h"))
    assert not (tmp_path / "tocsin-data").exists()


def test_check_explains_what_a_service_would_do_about_a_failure(feeds, site):
    code, _, err = feeds("check", f"{site.url}/busy")
    assert code == 69
    assert "rate_limited: the server asks for patience (429)" in err
    assert "nothing of its host before" in err


def test_discover_finds_the_feed_of_a_page(feeds, site):
    code, out, _ = feeds("discover", f"{site.url}/page", "--json")
    assert code == 0
    assert json.loads(out)["feeds"] == [{"url": f"{site.url}/good", "title": "Wire", "items": 1}]


def test_discover_knows_a_feed_when_it_is_given_one(feeds, site):
    assert f"{site.url}/good  Wire (1 items)" in feeds("discover", f"{site.url}/good")[1]
