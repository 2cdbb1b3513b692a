"""Log lines are one line each, bounded, and hold no secret."""

from __future__ import annotations

import io
import json
import logging
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.logs import FIELDS, MESSAGE_LIMIT, STACK_LIMIT, LogSettings, Redactor, secrets_in, set_up
from tocsin.settings import Settings

log = logging.getLogger("tocsin.test")


@pytest.fixture
def written(monkeypatch):
    """Sets logging up on a stream of the test's, and puts everything back."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    stream = io.StringIO()

    def start(secrets=(), **told):
        root.handlers = []
        set_up(LogSettings(**told), secrets, stream=stream)
        return stream

    yield start
    root.handlers = before
    root.setLevel(level)


SECRET_SETTINGS = {
    "sinks": {
        "hook": {
            "type": "webhook",
            "url": "https://hook.example/T0/very-secret-path",
            "secrets": ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        },
        "chat": {"type": "slack", "url": "https://hooks.slack.com/services/T00000000/B00000000/tokentokentokentoken"},
        "state": {"type": "redis", "url": "redis://user:redis-password@redis.example:6379/0"},
    }
}


def test_no_secret_of_the_settings_passes_whoever_says_it(written):
    settings = Settings.model_validate(SECRET_SETTINGS)
    secrets = list(secrets_in(settings))
    assert len(secrets) == 5, "the test knows of every secret of these settings: four of its sinks, and where the cluster's state is"
    for form in ("json", "text"):
        stream = written(secrets, format=form)
        for secret in secrets:
            log.error("could not reach %s", secret, extra={"reason": f"at {secret}"})
            log.error(f"said in the template: {secret}")  # noqa: G004 -- what a careless library does
            log.error("raised", exc_info=ValueError(f"wrong: {secret}"))
        for secret in secrets:
            assert secret not in stream.getvalue()
        assert "redis-password" not in stream.getvalue()
        assert stream.getvalue().count("***") >= 12


FILES = {
    "hook.url": "https://hook.example/T0/secret-of-the-hook\n",
    "hook.keys": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\nwhsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD\n",
    "chat.token": "xoxb-chat-token\n",
    "state.url": "redis://user:pass%2Fword-of-redis@redis.example:6379/0",
    "broker.password": "password-of-the-broker\n",
    "page.token": "token-of-the-page\nwith a note below it",
}
IN_FILES = ["secret-of-the-hook", "MfKQ9r8G", "C2FVsBQI", "xoxb-chat", "word-of-redis", "password-of-the-broker", "token-of-the-page"]


def settings_with_files(folder):
    for name, held in FILES.items():
        (folder / name).write_text(held)
    return Settings.model_validate(
        {
            "sinks": {
                "hook": {"type": "webhook", "url_file": folder / "hook.url", "secrets_file": folder / "hook.keys"},
                "chat": {"type": "slack", "token_file": folder / "chat.token", "channel": "C0123456789"},
                "redis": {"type": "redis", "url_file": folder / "state.url"},
            },
            "kafka": {"tls": True, "ca_file": folder / "ca.pem", "username": "us", "password_file": folder / "broker.password"},
            "dashboard": {"token_file": folder / "page.token"},
        }
    )


@pytest.mark.parametrize("form", ["json", "text"])
def test_no_secret_of_a_file_that_the_settings_name_passes(written, tmp_path, form):
    stream = written(secrets_in(settings_with_files(tmp_path)), format=form)
    for held in FILES.values():
        for said in (held, held.strip(), *held.split()):
            log.error("could not reach %s", said, extra={"reason": f"at {said}"})
            log.error("raised", exc_info=ValueError(f"wrong: {said}"))
    told = stream.getvalue()
    assert [secret for secret in IN_FILES if secret in told] == []
    assert told.count("***") >= 2 * len(FILES)


def test_the_path_and_the_password_of_a_secret_address_are_struck_out_by_themselves(written, tmp_path):
    stream = written(secrets_in(settings_with_files(tmp_path)))
    log.error("POST /T0/secret-of-the-hook: 500")
    log.error("invalid password pass/word-of-redis")
    assert [secret for secret in IN_FILES if secret in stream.getvalue()] == []


def test_a_secret_file_that_cannot_be_read_hides_no_other(tmp_path):
    settings = settings_with_files(tmp_path)
    (tmp_path / "hook.url").unlink()
    (tmp_path / "hook.keys").write_bytes(b"\xff\xfe")
    assert "xoxb-chat-token" in set(secrets_in(settings))


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("https://user:pass@feed.example/rss", "https://***@feed.example/rss"),
        ("https://feed.example/rss?key=abc&x=1", "https://feed.example/rss?***"),
        ("feed https://feed.example/rss?key=abc: timeout", "feed https://feed.example/rss?*** timeout"),
        ("is it? yes", "is it? yes"),
        ("mail me@example.org", "mail me@example.org"),
    ],
)
def test_the_user_and_the_query_of_an_address_are_struck_out(said, shown):
    assert Redactor(())(said) == shown


@given(st.text(alphabet=string.ascii_letters + string.digits + "-_./+=", min_size=4), st.text())
def test_a_known_secret_never_passes(secret, around):
    text = Redactor([secret])(f"{around}{secret}{around}")
    assert secret not in text


def test_a_json_line_has_the_event_to_count_by_its_values_and_the_fields_that_are_known(written):
    stream = written(format="json")
    log.warning("sink %s: %s", "desk", "refused", extra={"sink": "desk", "reason": "http_503", "unknown": "x"})
    (line,) = stream.getvalue().splitlines()
    told = json.loads(line)
    assert told.pop("time").endswith("Z")
    assert told == {
        "level": "warning",
        "logger": "tocsin.test",
        "event": "sink %s: %s",
        "message": "sink desk: refused",
        "sink": "desk",
        "reason": "http_503",
    }


@pytest.mark.parametrize("form", ["json", "text"])
def test_whatever_is_logged_is_one_bounded_line_that_steers_no_terminal(written, form):
    stream = written(format=form)
    log.warning("feed %s", "a\nFAKE 2026 line\r\x1b[31mred\u202e" + "x" * 50_000, extra=dict.fromkeys(FIELDS, "y\n" * 5_000))
    (line,) = stream.getvalue().split("\n")[:-1]
    assert len(line) < MESSAGE_LIMIT + len(FIELDS) * 2_000
    assert not {"\r", "\x1b", "\u202e"} & set(line)


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_stack_trace_is_kept_to_its_end(written, form):
    stream = written(format=form)

    def deep(n):
        if n:
            deep(n - 1)
        raise KeyError("the reason itself")

    try:
        deep(200)
    except KeyError:
        log.exception("raised")
    assert len(stream.getvalue()) < 2 * STACK_LIMIT
    assert "the reason itself" in stream.getvalue()


def test_the_level_holds_and_verbose_tells_all(written):
    stream = written(level="warning")
    log.info("quiet")
    assert stream.getvalue() == ""
    set_up(LogSettings(level="warning"), verbose=True, stream=stream)
    log.debug("loud")
    assert "loud" in stream.getvalue()
