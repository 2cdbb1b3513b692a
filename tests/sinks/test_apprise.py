"""Plain words through Apprise: nothing in them that a service obeys, an attempt that ends, and no secret told."""

from __future__ import annotations

import json
import sys
import unicodedata

import pytest
from pydantic import ValidationError

from sinks.apprise import AppriseSettings, body, title
from sinks.message import compose
from sinks.sink import DeliveryError
from tests.sinks.hostile import HOSTILE
from tests.sinks.receiver import Receiver, answer, cut, drip_body, hang
from tests.values import NOON, alert
from tocsin.model import AlertKind, Quote


def sink(url, **told):
    return AppriseSettings(url=url, spacing=0, **told).build("desk", lambda: NOON)


@pytest.fixture
def receiver():
    with Receiver() as running:
        yield running


def test_a_service_gets_the_level_the_words_and_the_links(receiver):
    quote = Quote(text="Nine were killed.", outlet="dawn.example", url="https://dawn.example/1?a=b_c&d#e")
    sink(f"json://127.0.0.1:{receiver.port}/").send(alert(quotes=(quote,), sources=2, outlets=3))
    told = json.loads(receiver.requests[0].body)
    assert told["title"].startswith("4 FORCE opened: ")
    assert told["message"].splitlines() == [
        "Pakistan strikes targets in Iran",
        "? → ?  ASSAULT  2026-03-01  reported",
        "Why: First report of an air strike by Pakistan in Iran.",
        "“Nine were killed.” - dawn.example",
        "2 independent sources, 3 outlets",
        "https://dawn.example/1?a=b_c&d#e",
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_are_inert_wherever_they_are_shown(text):
    clean = text.encode("utf-8", "replace").decode()
    told = compose(alert(headline=clean, reason=clean, mode=clean, quotes=(Quote(text=clean, outlet=clean, url=clean),)))
    for said in (title(told), body(told)):
        words = [line for line in said.split("\n") if not line.startswith("https://")]
        assert not set("@<>[]*_`~|\\#&$") & set("".join(words))
        assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in "".join(words) if char not in "\u200c\u200d")
    assert "\n" not in title(told)


@pytest.mark.parametrize(
    ("behave", "reason"),
    [(answer(500), "not_taken"), (answer(400), "not_taken"), (cut, "not_taken"), (answer(302, {"Location": "/"}), "not_taken")],
)
def test_what_is_not_taken_is_tried_again(receiver, behave, reason):
    receiver.script[:] = [behave]
    with pytest.raises(DeliveryError) as told:
        sink(f"json://user:s3cret@127.0.0.1:{receiver.port}/").send(alert())
    assert (told.value.reason, told.value.retry) == (reason, True)
    assert "s3cret" not in str(told.value)
    assert len(receiver.requests) == 1  # no redirect is followed, and Apprise tries nothing again by itself


@pytest.mark.parametrize("behave", [hang, drip_body])
def test_a_service_that_does_not_answer_is_given_up_in_time(receiver, behave):
    receiver.script[:] = [behave]
    with pytest.raises(DeliveryError, match="timeout"):
        sink(f"json://127.0.0.1:{receiver.port}/", timeout=0.5).send(alert())


def test_nobody_there_is_tried_again():
    with pytest.raises(DeliveryError, match="not_taken"):
        sink("json://127.0.0.1:1/").send(alert())


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "none that Apprise knows"),
        ("ftp://user:hunter2@a/", "none that Apprise knows"),
        ("slack://a/b/c", "a sink of its own for slack"),
    ],
)
def test_a_url_that_is_none_is_refused_without_being_repeated(url, said):
    with pytest.raises(ValueError, match=said) as told:
        sink(url)
    assert "hunter2" not in str(told.value)


def test_without_the_extra_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(ValueError, match=r"pip install 'tocsin\[notify\]'"):
        sink("json://127.0.0.1/")


def test_the_url_is_said_once_and_never_shown(tmp_path):
    for told in ({}, {"url": "json://a", "url_file": tmp_path / "url"}):
        with pytest.raises(ValidationError):
            AppriseSettings(**told)
    (tmp_path / "url").write_text("json://127.0.0.1/\n")
    AppriseSettings(url_file=tmp_path / "url").build("desk")
    assert "hunter2" not in repr(AppriseSettings(url="json://user:hunter2@a"))


def test_a_digest_names_its_alerts():
    quotes = tuple(Quote(text=f"FORCE IRN-PAK: headline {n}", outlet="a.example", url="") for n in range(5))
    said = body(compose(alert(kind=AlertKind.DIGEST, quotes=quotes)))
    assert all(f"headline {n}" in said for n in range(5))
