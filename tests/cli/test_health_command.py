"""`tocsin health` says whether the running service makes progress, by an exit code and one line."""

import pytest

from tocsin.cli.exits import Exit
from tocsin.cli.main import main
from tocsin.metrics import Metrics
from tocsin.monitor import HttpServer, app
from tocsin.progress import Progress


@pytest.fixture
def service():
    """The monitor of a service whose clock stands still until it is moved."""
    now = [0.0]
    progress = Progress(lambda: now[0])
    progress.expect("loop", within=10, vital=True)
    with HttpServer(app(Metrics(), progress), "127.0.0.1:0") as server:
        yield server.url.removeprefix("http://"), progress, now


def asked(monkeypatch, listen, *words):
    monkeypatch.setenv("TOCSIN__MONITOR__LISTEN", listen)
    return main(["health", *words])


def test_a_service_that_moves_is_healthy(service, monkeypatch, capsys):
    listen, _, _ = service
    assert asked(monkeypatch, listen) == Exit.OK
    assert capsys.readouterr().out == "ok\n"


def test_a_service_that_stands_still_is_not_and_says_what_stands(service, monkeypatch, capsys):
    listen, _, now = service
    now[0] = 60
    assert asked(monkeypatch, listen) == Exit.UNAVAILABLE
    assert capsys.readouterr().out == "loop: no sign of life for 60 s\n"


def test_ready_asks_for_more_than_healthy(service, monkeypatch):
    listen, progress, _ = service
    progress.trouble("sink desk", "http_500")
    assert asked(monkeypatch, listen) == Exit.OK
    assert asked(monkeypatch, listen, "--ready") == Exit.UNAVAILABLE


def test_nobody_there_is_told_with_the_address(monkeypatch, capsys):
    assert asked(monkeypatch, "127.0.0.1:1") == Exit.UNAVAILABLE
    assert "nothing answers at 127.0.0.1:1" in capsys.readouterr().err


def test_a_monitor_that_is_off_is_a_wrong_configuration(monkeypatch, capsys):
    assert asked(monkeypatch, "off") == Exit.CONFIG
    assert 'monitor.listen is "off"' in capsys.readouterr().err
