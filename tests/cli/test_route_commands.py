"""`tocsin route test` and `tocsin silence` at the command line."""

from __future__ import annotations

import json

import pytest

from sinks.route import Silence
from tests.values import alert
from tocsin.clock import utc_now
from tocsin.store import Store
from tocsin.wire import dump

CONFIG = """
data_dir = "{home}/data"

[sinks.desk]
type = "console"

[sinks.pager]
type = "console"

[[routing.routes]]
name = "words"
match = {{ types = ["THREATEN"] }}
sinks = ["desk"]

[[routing.routes]]
name = "force"
match = {{ min_level = "FORCE" }}
sinks = ["pager"]
"""


@pytest.fixture
def tocsin(configured, tmp_path):
    return configured(CONFIG.format(home=tmp_path))


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path / "data" / "tocsin.db")
    yield opened
    opened.close()


def test_the_path_of_an_alert_is_told_with_every_turn(tocsin, tmp_path):
    (tmp_path / "alert.json").write_bytes(dump(alert()))
    assert tocsin("route", "test", str(tmp_path / "alert.json")) == (
        0,
        "default/words: no, type ASSAULT is none of THREATEN\ndefault/force: fits\n-> default/force: pager\n",
    )
    code, told = tocsin("route", "test", "--json", str(tmp_path / "alert.json"))
    assert (code, json.loads(told)["branches"]) == (0, [{"path": "default/force", "sinks": ["pager"]}])


@pytest.mark.parametrize(("text", "complaint"), [("{}", "holds no alert"), (None, "cannot be read")])
def test_what_is_no_alert_is_refused(tocsin, tmp_path, text, complaint):
    if text:
        (tmp_path / "alert.json").write_text(text)
    code, told = tocsin("route", "test", str(tmp_path / "alert.json"))
    assert code == 2
    assert complaint in told


ASKED = ("silence", "add", "pairs=IRN-PAK", "min_level=FORCE", "--hours", "2", "--author", "ana", "--reason", "exercise")


def test_a_silence_is_previewed_kept_listed_and_ended(tocsin, store):
    with store.transaction():
        store.add_alert(alert("a", at=utc_now()), ())
        store.add_alert(alert("old"), ())
    code, told = tocsin(*ASKED, "--dry-run")
    assert code == 0
    assert "would have hidden 1 of the 1 alerts" in told
    assert "Pakistan strikes targets in Iran" in told
    assert tocsin("silence", "list")[0] == 4
    assert tocsin(*ASKED)[0] == 0
    (one,) = store.table("silences", Silence).values()
    assert (one.author, one.reason, one.match) == ("ana", "exercise", {"pairs": ["IRN-PAK"], "min_level": 4})
    code, told = tocsin("silence", "list")
    assert code == 0
    assert f"{one.id}  until" in told
    assert "min_level=4" in told
    assert json.loads(tocsin("silence", "list", "--json")[1])["silences"][0]["id"] == one.id
    assert tocsin("silence", "expire", one.id)[0] == 0
    assert tocsin("silence", "list")[0] == 4
    assert tocsin("silence", "expire", one.id)[0] == 4


@pytest.mark.parametrize(
    ("matchers", "hours", "complaint"),
    [
        (["pairs"], "1", "is no matcher"),
        (["colour=red"], "1", "colour: Extra inputs"),
        (["min_level=huge"], "1", "min_level: "),
        (["regions=atlantis"], "1", "no region is called 'atlantis'"),
        (["actors=PAK"], "-1", "ends after it begins"),
        (["actors=PAK"], "1e300", "cannot be waited for"),
    ],
)
def test_what_cannot_be_silenced_is_refused_with_the_reason(tocsin, matchers, hours, complaint):
    code, told = tocsin("silence", "add", *matchers, f"--hours={hours}", "--author", "ana", "--reason", "x")
    assert code == 2
    assert complaint in told
