"""`tocsin deliver` and `tocsin sink test` at the command line, against a real receiver."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest

from sinks.deliver import Bell, drain
from sinks.webhook import WebhookSettings
from tests.sinks.receiver import Receiver, answer, cut, hang
from tests.values import NOON, alert
from tocsin.cli.main import main
from tocsin.clock import utc_now
from tocsin.store import Store

CONFIG = """
data_dir = "{home}/data"

[sinks.desk]
type = "webhook"
url = "{url}"
timeout = 0.5
network = {{ allow_networks = ["127.0.0.0/8"], ports = [{port}] }}

[sinks.log]
type = "jsonl"
path = "{home}/alerts.jsonl"
"""


@pytest.fixture
def receiver():
    with Receiver() as running:
        yield running


@pytest.fixture
def tocsin(configured, tmp_path, receiver):
    return configured(CONFIG.format(home=tmp_path, url=receiver.url, port=receiver.port))


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path / "data" / "tocsin.db")
    with opened.transaction():
        for name, sinks in (("aa1", ["desk", "log"]), ("ab2", ["desk"]), ("ac3", ["log"])):
            opened.add_alert(alert(name, headline=f"headline {name}"), sinks)
    outbox = opened.outbox()
    for _ in range(2):
        outbox.postpone("desk", "aa1", NOON, "http_503")
    outbox.bury("desk", "aa1", "http_503", NOON)
    outbox.bury("desk", "ab2", "http_400", NOON + timedelta(hours=1))
    outbox.delivered("log", "aa1", NOON)
    outbox.close()
    yield opened
    opened.close()


# -- what became of alerts


def test_dead_deliveries_are_listed_with_their_reason(tocsin, store):
    code, told = tocsin("deliver", "list")
    assert code == 0
    assert told.splitlines() == [
        "aa1  desk: dead 2026-03-01 12:00, 3 attempts (http_503)  FORCE IRN-PAK: headline aa1",
        "ab2  desk: dead 2026-03-01 13:00, 1 attempt (http_400)  FORCE IRN-PAK: headline ab2",
    ]
    told = json.loads(tocsin("deliver", "list", "--json")[1])["deliveries"]
    assert [(one["alert"], one["state"], one["reason"], one["attempts"]) for one in told] == [
        ("aa1", "dead", "http_503", 3),
        ("ab2", "dead", "http_400", 1),
    ]


def test_those_in_another_state_or_of_one_sink_are_listed_too(tocsin, store):
    assert "ac3  log: pending  FORCE" in tocsin("deliver", "list", "--state", "pending")[1]
    assert tocsin("deliver", "list", "--sink", "log") == (4, "")


def test_one_alert_is_shown_with_what_became_of_it_everywhere(tocsin, store):
    code, told = tocsin("deliver", "show", "aa")
    assert code == 0
    assert "desk: dead" in told
    assert "log: delivered" in told
    assert json.loads(told.splitlines()[-1])["headline"] == "headline aa1"
    shown = json.loads(tocsin("deliver", "show", "aa", "--json")[1])
    assert (shown["alert"]["id"], len(shown["deliveries"])) == ("aa1", 2)


@pytest.mark.parametrize(("name", "code", "said"), [("zz", 4, "no alert's id begins with 'zz'"), ("a", 2, "write more of it")])
def test_an_alert_that_is_not_told_plainly_is_not_guessed(tocsin, store, name, code, said):
    for command in ("show", "retry"):
        got, told = tocsin("deliver", command, name)
        assert got == code
        assert said in told


@pytest.mark.parametrize(
    ("asked", "revived", "pending"),
    [(["aa"], 1, {"aa1"}), (["--all"], 2, {"aa1", "ab2"}), (["--all", "--sink", "log"], 0, set()), (["aa", "--sink", "desk"], 1, {"aa1"})],
)
def test_dead_deliveries_are_put_back(tocsin, store, asked, revived, pending):
    code, told = tocsin("deliver", "retry", *asked)
    assert code == (0 if revived else 4)
    assert told.startswith(f"{revived} deliver")
    rows = store._db.execute("SELECT alert_id, attempts, reason FROM outbox WHERE sink = 'desk' AND state = 'pending'")
    assert set(rows) == {(name, 0, "") for name in pending}


@pytest.mark.parametrize("asked", [[], ["aa", "--all"]])
def test_what_to_retry_is_said(tocsin, store, asked):
    assert tocsin("deliver", "retry", *asked)[0] == 2


def test_a_running_sink_takes_up_what_is_put_back(tocsin, store, receiver):
    sink = WebhookSettings(url=receiver.url, network=receiver.policy.model_dump()).build("desk")
    bell, outbox = Bell(), store.outbox()
    thread = threading.Thread(target=drain, args=(outbox, sink, utc_now, lambda longest: bell.wait(min(longest, timedelta(seconds=0.05)))))
    thread.start()
    try:
        assert tocsin("deliver", "retry", "--all")[0] == 0
        for _ in range(200):
            if len(receiver.requests) == 2:
                break
            threading.Event().wait(0.05)
    finally:
        bell.stop()
        thread.join()
        outbox.close()
        sink.close()
    assert [json.loads(request.body)["id"] for request in receiver.requests] == ["aa1", "ab2"]
    assert store.deliveries()["desk"] == {"delivered": 2}


def test_of_a_role_of_a_cluster_its_own_store_is_asked(tocsin, tmp_path):
    role = Store(tmp_path / "data" / "deliver-desk.db")
    with role.transaction():
        role.add_alert(alert("zz9"), ["desk"])
    outbox = role.outbox()
    outbox.bury("desk", "zz9", "http_400", NOON)
    outbox.close()
    assert "zz9  desk: dead" in tocsin("deliver", "list", "--sink", "desk")[1]
    assert tocsin("deliver", "retry", "--all", "--sink", "desk")[0] == 0
    assert role.deliveries() == {"desk": {"pending": 1}}
    role.close()
    assert tocsin("deliver", "list", "--sink", "log") == (4, "")


# -- a test alert


def test_a_test_alert_arrives_marked_as_one(tocsin, receiver):
    code, told = tocsin("sink", "test", "desk")
    assert code == 0
    assert told.startswith("desk: taken in ")
    (request,) = receiver.requests
    sent = json.loads(request.body)["data"]
    assert (sent["kind"], sent["level"], sent["headline"]) == ("test", 1, "TEST of the sink desk: nothing has happened")
    assert sent["id"] in told
    tocsin("sink", "test", "desk")
    assert len({request.headers["webhook-id"] for request in receiver.requests}) == 2


def test_a_file_is_tried_by_writing_to_it(tocsin, tmp_path):
    assert tocsin("sink", "test", "log")[0] == 0
    assert json.loads((tmp_path / "alerts.jsonl").read_text())["kind"] == "test"


@pytest.mark.parametrize(
    ("behave", "code", "said"),
    [
        (answer(503), 69, "http_503); an alert would be tried again"),
        (answer(429, {"Retry-After": "60"}), 69, "http_429); an alert would be tried again"),
        (answer(404), 78, "http_404); the same would happen again"),
        (answer(410), 78, "http_410: the receiver is gone for good: correct or remove the sink"),
        (answer(302, {"Location": "http://elsewhere.example/"}), 69, "http_302"),
        (cut, 69, "bad_answer"),
        (hang, 69, "timeout"),
    ],
)
def test_what_goes_wrong_is_told_without_the_address(tocsin, receiver, behave, code, said):
    receiver.script[:] = [behave]
    got, told = tocsin("sink", "test", "desk")
    assert got == code
    assert said in told
    assert "s3cret" not in told
    assert "Traceback" not in told


def test_a_sink_that_is_not_there_is_named_with_those_that_are(tocsin):
    assert tocsin("sink", "test", "pager") == (2, "tocsin: no sink is called 'pager'; there are: desk, log\n")


@pytest.mark.service
def test_redis_tells_a_test_alert_by_its_kind(redis_server, tmp_path, capsys):
    config = tmp_path / "tocsin.toml"
    config.write_text(f'[sinks.cache]\ntype = "redis"\nurl = "{redis_server.url}"\n')
    assert main(["sink", "test", "cache", "--config", str(config)]) == 0
    ((_, told),) = redis_server.admin.xrange("{tocsin}:alerts")
    assert (told["kind"], told["level"]) == ("test", "1")
