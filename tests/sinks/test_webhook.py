"""One POST an alert, the same bytes whenever it comes again, and a clear verdict on whatever the receiver does."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from pydantic import ValidationError
from standardwebhooks import Webhook, WebhookVerificationError

from sinks.http import Answer, judge, pause
from sinks.sink import DeliveryError, SinkGoneError, UnreachableError
from sinks.webhook import WebhookSettings, WebhookSink, event, signature_headers, signing_key
from tests.sinks import receiver as behaviour
from tests.sinks.receiver import Receiver, answer
from tests.values import NOON, alert
from tocsin.clock import utc_now
from tocsin.model import Alert
from tocsin.network import NetworkPolicy
from tocsin.wire import load

KEYS = (bytes(range(32)), bytes(range(32, 64)))


def sink_for(receiver, keys=(), timeout=10.0, clock=lambda: NOON):
    return WebhookSink("hook", receiver.url, keys, receiver.policy, timeout=timeout, clock=clock)


@pytest.fixture
def sent():
    """Sends one alert to a receiver that behaves like this; returns what was raised, and the receiver."""

    def send(*script, timeout=10.0, keys=()):
        with Receiver(list(script)) as receiver:
            sink = sink_for(receiver, keys, timeout)
            try:
                sink.send(alert())
            except DeliveryError as error:
                return error, receiver
            finally:
                sink.close()
        return None, receiver

    return send


# -- the body


def test_the_body_is_a_cloud_event_that_holds_the_alert():
    told = json.loads(event(alert("a1")))
    assert told.pop("data")["headline"] == "Pakistan strikes targets in Iran"
    assert told == {
        "specversion": "1.0",
        "id": "a1",
        "source": "tocsin",
        "type": "org.tocsin.alert.v1",
        "subject": "incident",
        "time": "2026-03-01T12:00:00Z",
        "datacontenttype": "application/json",
    }


def test_the_alert_can_be_read_back_from_the_body():
    assert load(json.dumps(json.loads(event(alert("a1")))["data"]), Alert) == alert("a1")


def test_the_receiver_gets_it_with_its_headers(sent):
    error, receiver = sent(answer(204, body=b""), keys=KEYS[:1])
    (request,) = receiver.requests
    assert error is None
    assert request.path == "/hook/s3cret"
    assert request.body == event(alert())
    assert request.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert request.headers["user-agent"].startswith("tocsin/")
    assert request.headers["webhook-id"] == "a"
    assert "cookie" not in request.headers
    assert "referer" not in request.headers


def test_every_attempt_has_the_same_id_and_the_same_bytes_and_its_own_time():
    times = iter([NOON, NOON, NOON + timedelta(seconds=5), NOON + timedelta(seconds=5)])
    with Receiver([answer(500), answer(200)]) as receiver:
        sink = sink_for(receiver, KEYS[:1], clock=lambda: next(times))
        with pytest.raises(DeliveryError, match="http_500"):
            sink.send(alert())
        sink.send(alert())
        sink.close()
    first, second = receiver.requests
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 5
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]


# -- the signature


def test_a_signature_is_what_the_specification_says():
    headers = signature_headers("msg_1", NOON, b'{"a":1}', KEYS[:1])
    wanted = hmac.new(KEYS[0], b"msg_1." + str(int(NOON.timestamp())).encode() + b'.{"a":1}', hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(wanted).decode()


def test_the_example_of_the_specification_is_signed_alike():
    # github.com/standard-webhooks/standard-webhooks, spec, "Example signatures"
    key = signing_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    stamp = datetime.fromtimestamp(1614265330, UTC)
    headers = signature_headers("msg_p5jXN8AQM9LWM0D4loKWxJek", stamp, b'{"test": 2432232314}', [key])
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_while_keys_change_both_sign():
    old, new = (signature_headers("a", NOON, b"x", [key])["webhook-signature"] for key in KEYS)
    assert signature_headers("a", NOON, b"x", KEYS)["webhook-signature"] == f"{old} {new}"


def test_the_library_of_standard_webhooks_verifies_what_arrives_with_either_key_while_they_change():
    old, new, other = ("whsec_" + base64.b64encode(key).decode() for key in (*KEYS, bytes(32)))
    with Receiver() as receiver:
        network = receiver.policy.model_dump()
        sink = WebhookSettings(url=receiver.url, secrets=[old, new.rstrip("=")], network=network).build("hook", utc_now)
        sink.send(alert())
        sink.close()
    (request,) = receiver.requests
    for secret in (old, new):
        assert Webhook(secret).verify(request.body, request.headers)["data"]["id"] == alert().id
    for secret, body, headers in (
        (other, request.body, request.headers),
        (new, request.body + b" ", request.headers),
        (new, request.body, request.headers | {"webhook-id": "another"}),
        (new, request.body, request.headers | {"webhook-timestamp": str(int(request.headers["webhook-timestamp"]) - 3600)}),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body, headers)


def test_without_a_key_there_is_an_id_and_no_signature():
    assert set(signature_headers("a", NOON, b"x", ())) == {"webhook-id", "webhook-timestamp"}


@pytest.mark.parametrize("secret", ["", "whsec_", "short", "whsec_c2hvcnQ=", "whsec_!!!!", base64.b64encode(bytes(65)).decode(), "ż" * 40])
def test_what_is_no_key_is_refused_without_being_repeated(secret):
    with pytest.raises(ValueError, match="24 to 64 bytes") as told:
        signing_key(secret)
    assert len(secret) < 7 or secret not in str(told.value)


# -- the verdict


@pytest.mark.parametrize(
    ("status", "retry"),
    [
        (301, True),  # not followed: it would carry the alert where nobody meant it to go
        (307, True),
        (400, False),
        (401, False),
        (404, False),
        (408, True),
        (413, False),
        (422, False),
        (425, True),
        (429, True),
        (500, True),
        (502, True),
        (503, True),
        (504, True),
        (599, True),
    ],
)
def test_a_status_says_whether_trying_again_could_help(status, retry):
    verdict = judge(Answer(status), NOON)
    assert (verdict.reason, verdict.retry, verdict.after) == (f"http_{status}", retry, None)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_success_is_success(status):
    assert judge(Answer(status, "120"), NOON) is None


def test_gone_switches_the_sink_off():
    assert isinstance(judge(Answer(410), NOON), SinkGoneError)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("120", 120),
        (" 7 ", 7),
        ("0", 0),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("Sun, 01 Mar 2026 12:02:00 GMT", 120),
        ("Sunday, 01-Mar-26 12:02:00 GMT", 120),  # RFC 850, obsolete, still to be read
        ("Sun Mar  1 12:02:00 2026", 120),  # asctime, the same
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),  # passed
        ("Sun, 01 Mar 20260000000 11:00:00 GMT", None),
        ("9" * 5000, None),
        ("٧", None),  # a digit, but not one of a header
        ("\x00", None),
    ],
)
def test_a_pause_is_asked_for_in_seconds_or_as_a_date(header, seconds):
    assert pause(header, NOON) == (None if seconds is None else timedelta(seconds=seconds))


def test_too_many_requests_carries_the_pause(sent):
    error, _ = sent(answer(429, {"Retry-After": "Sun, 01 Mar 2026 12:01:30 GMT"}))
    assert (error.reason, error.retry, error.after) == ("http_429", True, timedelta(seconds=90))


# -- receivers that misbehave


@pytest.mark.parametrize(
    ("behave", "reason"),
    [
        (behaviour.hang, "timeout"),
        (behaviour.drip_headers, "timeout"),
        (behaviour.cut, "bad_answer"),  # after the body was read: nobody can say whether it was taken
        (behaviour.no_http, "bad_answer"),
        (behaviour.huge_headers, "bad_answer"),
    ],
)
def test_what_is_no_answer_is_tried_again(sent, behave, reason):
    error, receiver = sent(behave, timeout=0.5)
    assert (error.reason, error.retry) == (reason, True)
    assert len(receiver.requests) == 1


@pytest.mark.parametrize(
    ("behave", "seconds"),
    [
        (behaviour.gigabyte, 60),  # ended by its size
        (behaviour.drip_body, 0.2),  # ended by its time
    ],
)
def test_an_endless_answer_is_not_read_to_its_end_and_the_next_alert_goes_out(behave, seconds, monkeypatch):
    monkeypatch.setattr("sinks.http.READING_SECONDS", seconds)
    with Receiver([behave, answer(200)]) as receiver:
        sink = sink_for(receiver)
        sink.send(alert("a"))
        sink.send(alert("b"))
        sink.close()
    assert [request.headers["webhook-id"] for request in receiver.requests] == ["a", "b"]
    assert receiver.connections == 2


def test_a_redirect_is_not_followed():
    with Receiver() as elsewhere, Receiver([answer(301, {"Location": elsewhere.url})]) as receiver:
        sink = sink_for(receiver)
        with pytest.raises(DeliveryError, match="http_301"):
            sink.send(alert())
        sink.close()
    assert elsewhere.requests == []


def test_a_cookie_is_not_kept():
    with Receiver([answer(200, {"Set-Cookie": "a=b"})]) as receiver:
        policy = receiver.policy.model_copy(update={"allow_networks": (ip_network("127.0.0.0/8"), ip_network("::1/128"))})
        url = receiver.url.replace("127.0.0.1", "localhost")  # no client keeps cookies of bare addresses
        sink = WebhookSink("hook", url, (), policy, clock=lambda: NOON)
        sink.send(alert("a"))
        sink.send(alert("b"))
        sink.close()
    assert [request.headers.get("cookie") for request in receiver.requests] == [None, None]


def test_a_connection_is_used_again_after_a_short_answer():
    with Receiver() as receiver:
        sink = sink_for(receiver)
        for name in "abcde":
            sink.send(alert(name))
        sink.close()
    assert receiver.connections == 1


def test_a_connection_that_the_receiver_closed_while_idle_costs_no_attempt():
    with Receiver([behaviour.taken_then_closed]) as receiver:
        sink = sink_for(receiver)
        for name in "abcde":
            sink.send(alert(name))
            assert receiver.ended.acquire(timeout=10)
        sink.close()
    assert [request.headers["webhook-id"] for request in receiver.requests] == list("abcde")


def test_nobody_there_is_unreachable():
    with Receiver() as receiver:
        pass
    sink = sink_for(receiver)
    with pytest.raises(UnreachableError, match="unreachable"):
        sink.send(alert())
    sink.close()


_AUTHORITY = """
[ca]
default_ca = me
[me]
new_certs_dir = .
database = index.txt
rand_serial = yes
default_md = sha256
policy = names
x509_extensions = extensions
[names]
commonName = supplied
[extensions]
subjectAltName = IP:127.0.0.1
"""


@pytest.mark.parametrize(("ends", "taken"), [("20200201000000Z", False), ("20991231000000Z", True)])
def test_a_certificate_that_has_expired_is_refused(tmp_path, monkeypatch, ends, taken):
    (tmp_path / "ca.cnf").write_text(_AUTHORITY)
    (tmp_path / "index.txt").touch()
    for command in (
        "openssl req -newkey rsa:2048 -nodes -keyout key.pem -out request.pem -subj /CN=127.0.0.1",
        (
            "openssl ca -batch -notext -selfsign -config ca.cnf -keyfile key.pem -in request.pem -out cert.pem"
            f" -startdate 20200101000000Z -enddate {ends}"
        ),
    ):
        subprocess.run(command.split(), check=True, capture_output=True, cwd=tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    trusting = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", trusting)
    with Receiver(tls=tls) as receiver:
        sink = sink_for(receiver)
        if taken:
            sink.send(alert())
        else:
            with pytest.raises(UnreachableError, match="certificate"):
                sink.send(alert())
        sink.close()
    assert len(receiver.requests) == taken


def test_a_certificate_nobody_vouches_for_is_refused(tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=127.0.0.1 -keyout {key} -out {certificate}".split(),
        check=True,
        capture_output=True,
    )
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    with Receiver(tls=tls) as receiver:
        sink = sink_for(receiver)
        with pytest.raises(UnreachableError, match="certificate"):
            sink.send(alert())
        sink.close()
    assert receiver.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x",
        "http://[::1]/x",
        "http://169.254.169.254/latest/meta-data",
        "http://[::ffff:10.0.0.1]/x",
        "http://2130706433/x",
        "http://localhost/x",  # a name: judged when it is connected to
    ],
)
def test_an_address_that_is_not_public_is_never_connected_to(url):
    sink = WebhookSink("hook", url, (), NetworkPolicy(), clock=lambda: NOON)
    with pytest.raises(DeliveryError) as told:
        sink.send(alert())
    sink.close()
    assert told.value.reason in ("refused", "bad_url")
    assert told.value.retry


def test_the_check_refuses_a_url_that_can_never_be_used_and_says_why():
    sink = WebhookSink("hook", "http://127.0.0.1/x", (), NetworkPolicy(), clock=lambda: NOON)
    with pytest.raises(DeliveryError, match="a loopback address") as told:
        sink.check()
    assert not told.value.retry
    WebhookSink("hook", "https://example.org/x", (), NetworkPolicy(), clock=lambda: NOON).check()


# -- the settings


SECRET = "whsec_" + base64.b64encode(KEYS[0]).decode()


def test_settings_say_one_url_and_at_most_two_keys():
    for wrong in ({}, {"url": "https://e.example", "url_file": "x"}, {"url": "https://e.example", "secrets": [SECRET] * 3}):
        with pytest.raises(ValidationError):
            WebhookSettings(**wrong)


def test_settings_from_files_build_the_same_sink(tmp_path):
    with Receiver() as receiver:
        (tmp_path / "url").write_text(receiver.url + "\n")
        (tmp_path / "keys").write_text(f"{SECRET}\nwhsec_{base64.b64encode(KEYS[1]).decode()}\n")
        network = {"allow_networks": [ip_network("127.0.0.0/8")], "ports": [receiver.port]}
        told = WebhookSettings(url_file=tmp_path / "url", secrets_file=tmp_path / "keys", network=network)
        sink = told.build("hook", lambda: NOON)
        sink.send(alert())
        sink.close()
    (request,) = receiver.requests
    assert request.headers["webhook-signature"] == signature_headers("a", NOON, request.body, KEYS)["webhook-signature"]


def test_a_file_that_is_missing_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"url_file: .*nowhere cannot be read"):
        WebhookSettings(url_file=tmp_path / "nowhere").build("hook")


def test_no_secret_shows_in_settings_or_errors(sent):
    told = WebhookSettings(url="https://e.example/hook/s3cret", secrets=[SECRET])
    assert "s3cret" not in repr(told)
    assert SECRET not in repr(told)
    for script in (answer(404, body=b"/hook/s3cret"), behaviour.cut):
        error, _ = sent(script)
        assert "s3cret" not in f"{error} {error!r} {error.reason} {error.remedy}"
        assert error.__cause__ is None
        assert error.__suppress_context__ or error.__context__ is None
