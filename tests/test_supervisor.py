"""The supervisor hears when we are ready, that we progress, and that we end; nobody listening is no failure."""

import socket
from datetime import timedelta

import pytest

from tocsin.progress import Progress
from tocsin.supervisor import Supervisor, attended


@pytest.fixture
def listener(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(tmp_path / "notify"))
        heard.settimeout(5)
        yield heard, str(tmp_path / "notify")


def test_a_supervisor_hears_each_state_as_one_datagram(listener):
    heard, address = listener
    supervisor = Supervisor({"NOTIFY_SOCKET": address})
    supervisor.ready("polling 27 feeds")
    supervisor.alive()
    supervisor.stopping()
    assert [heard.recv(200) for _ in range(3)] == [
        b"READY=1\nSTATUS=polling 27 feeds",
        b"WATCHDOG=1",
        b"STOPPING=1\nSTATUS=finishing what was begun",
    ]


def test_a_name_of_the_abstract_namespace_begins_with_an_at():
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind("\0tocsin-test-supervisor")
        heard.settimeout(5)
        Supervisor({"NOTIFY_SOCKET": "@tocsin-test-supervisor"}).alive()
        assert heard.recv(200) == b"WATCHDOG=1"


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": "/nowhere/at/all"}])
def test_nobody_listening_is_no_failure(environ):
    Supervisor(environ).ready()


@pytest.mark.parametrize(
    ("told", "patience"),
    [("180000000", timedelta(seconds=180)), ("0", None), ("soon", None), ("", None)],
)
def test_the_patience_of_the_watchdog_is_read(told, patience):
    assert Supervisor({"WATCHDOG_USEC": told}).patience == patience


def test_the_watchdog_hears_nothing_while_what_is_vital_stands_still(listener):
    heard, address = listener
    now = [0.0]
    progress = Progress(lambda: now[0])
    progress.expect("loop", within=10, vital=True)
    with attended(progress, Supervisor({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "60000"})):
        assert heard.recv(200) == b"READY=1"
        assert heard.recv(200) == b"WATCHDOG=1"
        now[0] = 11
        heard.settimeout(0.3)
        with pytest.raises(TimeoutError):  # one that was on its way may still come
            for _ in range(3):
                heard.recv(200)
        progress.beat("loop")
        heard.settimeout(5)
        assert heard.recv(200) == b"WATCHDOG=1"
    said = [heard.recv(200)]
    while not said[-1].startswith(b"STOPPING=1"):
        said.append(heard.recv(200))
