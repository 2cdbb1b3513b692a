"""A message nobody can break out of, one per incident with a token, a second apart, and Slack's refusals understood."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from ipaddress import ip_network

import pytest
from pydantic import ValidationError

from sinks.sink import DeliveryError, SinkGoneError
from sinks.slack import (
    FALLBACK_LIMIT,
    HEADER_LIMIT,
    REMEMBERED,
    SECTION_LIMIT,
    Memory,
    SlackSettings,
    change,
    escaped,
    payload,
)
from sinks.spacer import Spacer
from tests.sinks.hostile import HOSTILE
from tests.sinks.receiver import Receiver, answer
from tests.values import NOON, alert
from tocsin.model import Actor, AlertKind, Level, Place, Quote

TOKEN = "xoxb-s3cret"


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr("sinks.slack.SPACING", 0.0)


def api(**told):
    return answer(200, body=json.dumps({"ok": True, "ts": "1700000000.000100"} | told).encode())


def refused(error, status=200, headers=None):
    return answer(status, headers, json.dumps({"ok": False, "error": error}).encode())


def built(receiver, **told):
    network = {"allow_networks": [ip_network("127.0.0.0/8")], "ports": [receiver.port]}
    return SlackSettings(network=network, timeout=5, **told).build("desk", lambda: NOON)


def bot(receiver, **told):
    return built(receiver, token=TOKEN, channel="C1", api=f"http://127.0.0.1:{receiver.port}/api", **told)


def calls(receiver):
    return [(request.path.rpartition("/")[2], json.loads(request.body)) for request in receiver.requests]


# -- the message


FULL = alert(
    quotes=(Quote(text="Nine people were killed.", outlet="dawn.example", url="https://dawn.example/1?a=b&c=d"),),
    rung_before=Level.THREAT,
    rung=Level.FORCE,
    sources=2,
    outlets=3,
)


def test_a_message_says_what_happened_why_in_whose_words_and_where_to_read_it():
    header, what, quotes, sources = payload(FULL)["blocks"]
    assert header["text"]["text"] == "4 FORCE opened: ? -> ? ASSAULT"
    assert what["text"]["text"].splitlines() == [
        "Pakistan strikes targets in Iran",
        "? -> ?  ASSAULT  2026-03-01  reported",
        "IRN-PAK: 2 THREAT -> 4 FORCE",
        "Why: First report of an air strike by Pakistan in Iran.",
    ]
    assert quotes["text"]["text"] == "“Nine people were killed.” - dawn.example"
    assert sources["elements"][0]["text"] == ("2 independent sources, 3 outlets · <https://dawn.example/1?a=b&amp;c=d|dawn.example>")


def test_nothing_unfurls_and_no_name_is_linked():
    told = payload(FULL)
    assert (told["mrkdwn"], told["parse"], told["link_names"]) == (False, "none", False)
    assert (told["unfurl_links"], told["unfurl_media"]) == (False, False)


def _poisoned(text):
    return alert(
        headline=text,
        reason=text,
        mode=text,
        actor=Actor(text=text),
        place=Place(name=text),
        quotes=tuple(Quote(text=text, outlet=text, url=f"https://e.example/{n}/{text}") for n in range(3)),
    )


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("words", [payload, change])
def test_hostile_words_stand_only_where_slack_does_not_parse_them(text, words):
    told = words(_poisoned(text))
    json.dumps(told).encode("ascii")
    markup = [element["text"] for block in told["blocks"] for element in block.get("elements", ())]
    for said in [*markup, told["text"]]:
        without_our_links = re.sub(r"<https://e\.example/[!-;=?-{}~]*\|e\.example>", "", said)
        assert "<" not in without_our_links
        assert ">" not in without_our_links
        assert not re.search(r"&(?!amp;|lt;|gt;)", without_our_links)
    plain = [block["text"] for block in told["blocks"] if "text" in block]
    assert all(part["type"] == "plain_text" and part["emoji"] is False for part in plain)


@pytest.mark.parametrize("text", ["x" * 100_000, "<" * 100_000, "&" * 5_000])
@pytest.mark.parametrize("kind", [AlertKind.OPENED, AlertKind.DIGEST])
def test_a_message_stays_within_every_limit(text, kind):
    quotes = tuple(Quote(text=text, outlet=text, url=f"https://e.example/{n}/{'x' * 1900}") for n in range(60))
    told = payload(alert(kind=kind, headline=text, reason=text, mode=text, actor=Actor(text=text), quotes=quotes))
    header, *sections, context = told["blocks"]
    assert len(told["blocks"]) <= 10
    assert len(header["text"]["text"]) <= HEADER_LIMIT
    assert all(len(section["text"]["text"]) <= SECTION_LIMIT for section in sections)
    assert len(context["elements"][0]["text"]) <= SECTION_LIMIT
    assert len(told["text"]) <= FALLBACK_LIMIT * 5  # an entity has five characters and counts for one
    assert len(json.dumps(told["blocks"])) < 13_000


def test_three_characters_are_escaped_and_no_other():
    assert escaped("a & b <c> * _ ~ ` \" '") == "a &amp; b &lt;c&gt; * _ ~ ` \" '"


# -- by an incoming webhook


def test_a_webhook_gets_the_message():
    with Receiver() as receiver:
        sink = built(receiver, url=receiver.url)
        sink.check()
        sink.send(FULL)
        sink.close()
    ((_, told),) = calls(receiver)
    assert told == payload(FULL)


@pytest.mark.parametrize(
    ("behave", "reason", "retry", "gone"),
    [
        (answer(200, body=b"<html>captive portal</html>"), "slack_refused", True, False),  # a 200 that is not Slack's
        (answer(400, body=b"invalid_payload"), "slack_invalid_payload", False, False),
        (answer(400, body=b"invalid_blocks"), "slack_invalid_blocks", False, False),
        (answer(403, body=b"action_prohibited"), "slack_action_prohibited", True, True),
        (answer(404, body=b"no_service"), "slack_no_service", True, True),
        (answer(410, body=b"channel_is_archived"), "slack_channel_is_archived", True, True),
        (answer(500, body=b"rollup_error"), "http_500", True, False),
        (answer(502, body=b"ok"), "http_502", True, False),
        (answer(429, {"Retry-After": "30"}, b"rate_limited"), "slack_ratelimited", True, False),
    ],
)
def test_a_webhooks_refusals_are_understood(behave, reason, retry, gone):
    with Receiver([behave]) as receiver:
        sink = built(receiver, url=receiver.url)
        with pytest.raises(DeliveryError) as told:
            sink.send(alert())
        sink.close()
    assert (told.value.reason, told.value.retry, isinstance(told.value, SinkGoneError)) == (reason, retry, gone)
    if "429" in str(behave) or reason == "slack_ratelimited":
        assert told.value.after == timedelta(seconds=30)


# -- by a bot


def test_the_first_alert_of_an_incident_is_a_message_and_the_next_edits_it_and_replies():
    with Receiver([api()]) as receiver:
        sink = bot(receiver)
        sink.send(alert("a1", incident="i1"))
        sink.send(alert("a2", incident="i1", kind=AlertKind.UPDATED, reason="The toll rose."))
        sink.send(alert("a3", incident="i1", kind=AlertKind.ESCALATED))
        sink.send(alert("b1", incident="i2"))
        sink.close()
    told = calls(receiver)
    assert [method for method, _ in told] == [
        "chat.postMessage",
        "chat.update",
        "chat.postMessage",
        "chat.update",
        "chat.postMessage",
        "chat.postMessage",
    ]
    first, edit, reply, _, escalation, other = (body for _, body in told)
    assert first["channel"] == "C1"
    assert edit["ts"] == reply["thread_ts"] == "1700000000.000100"
    assert "The toll rose." in reply["blocks"][0]["text"]["text"]
    assert (reply["reply_broadcast"], escalation["reply_broadcast"]) == (False, True)  # the channel hears what got worse
    assert "thread_ts" not in first
    assert "thread_ts" not in other
    assert all(request.headers["authorization"] == f"Bearer {TOKEN}" for request in receiver.requests)


def test_the_same_alert_again_is_not_told_again():
    with Receiver([api()]) as receiver:
        sink = bot(receiver)
        for _ in range(3):
            sink.send(alert("a1"))
        sink.close()
    assert len(receiver.requests) == 1


def test_an_older_alert_that_is_tried_again_is_a_reply_and_leaves_the_message_at_the_latest_state():
    with Receiver([api()]) as receiver:
        sink = bot(receiver)
        sink.send(alert("a2", revision=2))
        sink.send(alert("a1", revision=1))
        sink.send(alert("a3", revision=3))
        sink.close()
    assert [method for method, _ in calls(receiver)] == ["chat.postMessage", "chat.postMessage", "chat.update", "chat.postMessage"]
    assert calls(receiver)[1][1]["thread_ts"] == "1700000000.000100"


def test_each_digest_is_a_message_of_its_own():
    with Receiver([api()]) as receiver:
        sink = bot(receiver)
        for name in ("d1", "d1", "d2"):
            sink.send(alert(name, incident="digests", kind=AlertKind.DIGEST))
        sink.close()
    assert [method for method, _ in calls(receiver)] == ["chat.postMessage", "chat.postMessage"]


@pytest.mark.parametrize("error", ["message_not_found", "edit_window_closed", "cant_update_message"])
def test_a_message_that_can_no_longer_be_edited_is_followed_by_a_new_one(error):
    with Receiver([api(), refused(error), api(ts="1700000009.000100")]) as receiver:
        sink = bot(receiver)
        sink.send(alert("a1"))
        sink.send(alert("a2"))
        sink.send(alert("a3"))
        sink.close()
    told = calls(receiver)
    assert [method for method, _ in told] == ["chat.postMessage", "chat.update", "chat.postMessage", "chat.update", "chat.postMessage"]
    assert told[3][1]["ts"] == "1700000009.000100"


def test_messages_are_remembered_over_a_restart_where_a_file_is_given(tmp_path):
    with Receiver([api()]) as receiver:
        for name in ("a1", "a1", "a2"):
            sink = bot(receiver, memory=tmp_path / "slack.json")
            sink.send(alert(name))
            sink.close()
    assert [method for method, _ in calls(receiver)] == ["chat.postMessage", "chat.update", "chat.postMessage"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"i": 1}', '{"i": ["1"]}', "\x00"])
def test_a_memory_that_is_damaged_costs_only_the_editing(text, tmp_path):
    (tmp_path / "m").write_text(text)
    memory = Memory(tmp_path / "m")
    assert memory.get("i") is None
    memory.put("i", "1.2", "a1", 3)
    assert Memory(tmp_path / "m").get("i") == ("1.2", "a1", 3)


def test_a_memory_of_an_older_version_is_read(tmp_path):
    (tmp_path / "m").write_text('{"i": ["1.2", "a1"]}')
    assert Memory(tmp_path / "m").get("i") == ("1.2", "a1", 0)


def test_a_memory_that_cannot_be_written_is_no_failure(tmp_path):
    memory = Memory(tmp_path / "missing" / "m")
    memory.put("i", "1.2", "a1", 3)
    assert memory.get("i") == ("1.2", "a1", 3)


def test_the_oldest_messages_are_forgotten():
    memory = Memory()
    for n in range(REMEMBERED + 1):
        memory.put(f"i{n}", "1", "a", 1)
    assert memory.get("i0") is None
    assert memory.get("i1") is not None


@pytest.mark.parametrize(
    ("behave", "reason", "retry", "gone"),
    [
        (refused("invalid_auth"), "slack_invalid_auth", True, True),
        (refused("token_revoked"), "slack_token_revoked", True, True),
        (refused("not_in_channel"), "slack_not_in_channel", True, True),
        (refused("is_archived"), "slack_is_archived", True, True),
        (refused("msg_too_long"), "slack_msg_too_long", False, False),
        (refused("invalid_blocks"), "slack_invalid_blocks", False, False),
        (refused("internal_error"), "slack_refused", True, False),
        (refused("something_new_s3cret"), "slack_refused", True, False),  # a word we do not know is not repeated
        (refused("ratelimited", 429, {"Retry-After": "30"}), "http_429", True, False),
        (answer(200, body=b"[]"), "slack_refused", True, False),
        (answer(200, body=b"not json"), "slack_refused", True, False),
        (answer(503), "http_503", True, False),
    ],
)
def test_a_bots_refusals_are_understood(behave, reason, retry, gone):
    with Receiver([behave]) as receiver:
        sink = bot(receiver)
        with pytest.raises(DeliveryError) as told:
            sink.send(alert())
        sink.close()
    assert (told.value.reason, told.value.retry, isinstance(told.value, SinkGoneError)) == (reason, retry, gone)
    assert "s3cret" not in f"{told.value} {told.value!r}"


def test_the_check_asks_slack_and_sends_nothing():
    with Receiver([api()]) as receiver:
        sink = bot(receiver)
        sink.check()
        sink.close()
    assert [method for method, _ in calls(receiver)] == ["auth.test"]


def test_the_check_refuses_a_token_that_is_not_valid():
    with Receiver([refused("invalid_auth")]) as receiver:
        sink = bot(receiver)
        with pytest.raises(DeliveryError, match="slack_invalid_auth") as told:
            sink.check()
        sink.close()
    assert not told.value.retry


# -- the pace


def test_messages_are_a_second_apart():
    now, slept = NOON, []

    def sleep(seconds):
        nonlocal now
        slept.append(seconds)
        now += timedelta(seconds=seconds)

    spacer = Spacer(lambda: now, 1.0, sleep)
    for pause in (0, 0, 0, 0, 0.25, 60, -86_400):  # the last: a clock that was set back
        now += timedelta(seconds=pause)
        with spacer:
            now += timedelta(seconds=3)  # however long it takes to send
    assert slept == [1.0, 1.0, 1.0, 0.75]


# -- the settings


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"url": "https://hooks.slack.com/x", "token": TOKEN, "channel": "C1"},
        {"url": "https://hooks.slack.com/x", "channel": "C1"},
        {"token": TOKEN},
        {"token": TOKEN, "channel": "C1 <!channel>"},
    ],
)
def test_a_channel_is_reached_in_one_way(told):
    with pytest.raises(ValidationError):
        SlackSettings(**told)


def test_no_secret_shows_in_the_settings():
    assert "s3cret" not in repr(SlackSettings(token=TOKEN, channel="C1"))
    assert "s3cret" not in repr(SlackSettings(url="https://hooks.slack.com/services/s3cret"))


def test_secrets_may_stand_in_files(tmp_path):
    (tmp_path / "token").write_text(TOKEN + "\n")
    with Receiver([api()]) as receiver:
        network = {"allow_networks": [ip_network("127.0.0.0/8")], "ports": [receiver.port]}
        told = {"token_file": tmp_path / "token", "channel": "C1", "api": f"http://127.0.0.1:{receiver.port}/api", "network": network}
        sink = SlackSettings(**told).build("desk", lambda: NOON)
        sink.send(alert())
        sink.close()
    assert receiver.requests[0].headers["authorization"] == f"Bearer {TOKEN}"
