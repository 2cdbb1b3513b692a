"""What is asked of every sink alike: each has an answer here, or is not in the registry."""

from __future__ import annotations

import io
import json
import sys
from typing import get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from sinks.apprise import AppriseSettings
from sinks.deliver import Outcome, decide
from sinks.jsonl import JsonlSettings
from sinks.redis import RedisSettings
from sinks.registry import SinkSettings
from sinks.sink import DeliveryError
from sinks.slack import SlackSettings
from sinks.webhook import WebhookSettings
from tests.sinks.hostile import HOSTILE
from tests.sinks.receiver import Receiver, answer
from tests.values import NOON, alert
from tocsin.model import Alert, Quote
from tocsin.wire import load

SECRET = "hunter2"


class Console:
    """Standard output; it fails when nobody reads it."""

    type, may_repeat = "console", True

    def __init__(self, request):
        request.getfixturevalue("monkeypatch").setattr(sys, "stdout", io.StringIO())
        self._stream = sys.stdout
        self.sink = TypeAdapter(SinkSettings).validate_python({"type": "console"}).build("desk", lambda: NOON)

    def taken(self):
        return self._stream.getvalue()

    def count(self):
        return self._stream.getvalue().count("why: ")

    def fail(self):
        self._stream.close()

    def close(self):
        self.sink.close()


class JsonLines:
    """What a sink that writes alerts as lines of JSON was given, told by `lines`."""

    def taken(self):
        return "\n".join(load(line, Alert).headline for line in self.lines())

    def count(self):
        return len(self.lines())

    def close(self):
        self.sink.close()


class Stdout(JsonLines):
    """Lines on standard output; it fails when nobody reads them."""

    type, may_repeat = "stdout", True

    def __init__(self, request):
        self._stream = io.BytesIO()
        self._text = io.TextIOWrapper(self._stream, encoding="ascii")  # which would close the stream if nobody kept it
        request.getfixturevalue("monkeypatch").setattr(sys, "stdout", self._text)
        self.sink = TypeAdapter(SinkSettings).validate_python({"type": "stdout"}).build("desk", lambda: NOON)

    def lines(self):
        return self._stream.getvalue().splitlines()

    def fail(self):
        self._stream.close()


class Jsonl(JsonLines):
    """A file; it fails when a directory is in its place."""

    type, may_repeat = "jsonl", False

    def __init__(self, request):
        self._path = request.getfixturevalue("tmp_path") / "alerts.jsonl"
        self.sink = JsonlSettings(path=self._path).build("desk", lambda: NOON)

    def lines(self):
        return self._path.read_bytes().splitlines()

    def fail(self):
        self._path.mkdir()


class RedisHere:
    """A real Redis; it fails when it is full."""

    type, may_repeat = "redis", False

    def __init__(self, request):
        self._server = request.getfixturevalue("redis_server")
        self._server.admin.execute_command("ACL", "SETUSER", "desk", "on", f">{SECRET}", "~*", "&*", "+@all")
        url = f"unix://desk:{SECRET}@{self._server.socket}"
        self.sink = RedisSettings(url=url).build("desk", lambda: NOON)

    def _alerts(self):
        return [load(told["alert"], Alert) for _, told in self._server.admin.xrange("{tocsin}:alerts")]

    def taken(self):
        return "\n".join(one.headline for one in self._alerts())

    def count(self):
        return len(self._alerts())

    def fail(self):
        self._server.admin.config_set("maxmemory", 1)

    def close(self):
        self.sink.close()
        self._server.admin.acl_deluser("desk")


class Webhook:
    """A receiver that keeps each event id once, as it should; it fails with a 503."""

    type, may_repeat = "webhook", False

    def __init__(self, request):
        self._receiver = Receiver().__enter__()
        network = self._receiver.policy.model_dump()
        url = self._receiver.url.replace("s3cret", SECRET)
        self.sink = WebhookSettings(url=url, network=network).build("desk", lambda: NOON)

    def _events(self):
        return {event["id"]: event["data"] for event in (json.loads(request.body) for request in self._receiver.requests)}

    def taken(self):
        return "\n".join(event["headline"] for event in self._events().values())

    def count(self):
        return len(self._events())

    def fail(self):
        self._receiver.script[:] = [answer(503, body=SECRET.encode())]

    def close(self):
        self.sink.close()
        self._receiver.__exit__()


class Slack:
    """A channel behind an incoming webhook, which cannot know what it has seen; it fails with a 503."""

    type, may_repeat = "slack", True

    def __init__(self, request):
        request.getfixturevalue("monkeypatch").setattr("sinks.slack.SPACING", 0.0)
        self._receiver = Receiver().__enter__()
        url = self._receiver.url.replace("s3cret", SECRET)
        self.sink = SlackSettings(url=url, network=self._receiver.policy.model_dump()).build("desk", lambda: NOON)

    def taken(self):
        return "\n".join(json.loads(request.body)["blocks"][1]["text"]["text"] for request in self._receiver.requests)

    def count(self):
        return len(self._receiver.requests)

    def fail(self):
        self._receiver.script[:] = [answer(503, body=SECRET.encode())]

    def close(self):
        self.sink.close()
        self._receiver.__exit__()


class Apprise:
    """A service behind Apprise, which cannot know what it has seen; it fails with a 503."""

    type, may_repeat = "apprise", True

    def __init__(self, request):
        self._receiver = Receiver().__enter__()
        self.sink = AppriseSettings(url=f"json://desk:{SECRET}@127.0.0.1:{self._receiver.port}/", spacing=0).build("desk", lambda: NOON)

    def _messages(self):
        return [json.loads(request.body) for request in self._receiver.requests]

    def taken(self):
        return "\n".join(told["message"] for told in self._messages())

    def count(self):
        return len(self._receiver.requests)

    def fail(self):
        self._receiver.script[:] = [answer(503, body=SECRET.encode())]

    def close(self):
        self.sink.close()
        self._receiver.__exit__()


SINKS = [Apprise, Console, Jsonl, pytest.param(RedisHere, marks=pytest.mark.service), Slack, Stdout, Webhook]
KINDS = [Apprise, Console, Jsonl, RedisHere, Slack, Stdout, Webhook]


@pytest.fixture(params=SINKS)
def desk(request):
    made = request.param(request)
    yield made
    made.close()


def test_every_registered_sink_answers_here():
    registered = {member.model_fields["type"].default for member in get_args(get_args(SinkSettings)[0])}
    assert registered == {kind.type for kind in KINDS}


@pytest.mark.parametrize("kind", [kind.type for kind in KINDS])
def test_settings_refuse_keys_they_do_not_know(kind):
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        TypeAdapter(SinkSettings).validate_python({"type": kind, "colour": "red"})


def test_it_has_the_name_it_was_built_with(desk):
    assert desk.sink.name == "desk"


def test_it_passes_its_own_check_and_that_sends_nothing(desk):
    desk.sink.check()
    assert desk.count() == 0


def test_what_is_sent_has_arrived_when_send_returns(desk):
    desk.sink.send(alert("a1", headline="Ceasefire broken"))
    assert "Ceasefire broken" in desk.taken()


def test_the_same_alert_again_is_no_second_alert_for_whoever_can_know(desk):
    for _ in range(3):
        desk.sink.send(alert("a1"))
    assert desk.count() == (3 if desk.may_repeat else 1)


def test_alerts_arrive_in_the_order_they_are_sent(desk):
    for n in range(20):
        desk.sink.send(alert(f"a{n}", headline=f"headline {n:02}", revision=n))
    places = [desk.taken().index(f"headline {n:02}") for n in range(20)]
    assert places == sorted(places)


def test_a_failure_is_told_with_a_bounded_reason_without_secrets_and_is_tried_again(desk):
    desk.fail()
    with pytest.raises(DeliveryError) as told:
        desk.sink.send(alert())
    error = told.value
    assert error.reason.replace("_", "").isalnum()
    assert len(error.reason) <= 40
    assert SECRET not in f"{error} {error!r} {error.remedy}"
    assert decide("desk", "a", 1, error, NOON).outcome is Outcome.RETRY


def test_no_secret_shows_when_it_is_printed(desk):
    assert SECRET not in f"{desk.sink!r} {desk.sink}"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_neither_break_it_nor_the_next_alert(desk, text):
    clean = text.encode("utf-8", "replace").decode()  # no value that came through the wire holds a lone surrogate
    desk.sink.send(alert("a1", headline=clean, reason=clean, quotes=(Quote(text=clean, outlet=clean, url=clean),)))
    desk.sink.send(alert("a2", headline="the next alert", revision=2))
    assert desk.count() == 2
    assert "the next alert" in desk.taken()
