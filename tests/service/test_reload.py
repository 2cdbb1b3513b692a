"""SIGHUP: each role reads its configuration anew, all of it or nothing, and never dies of it."""

from __future__ import annotations

import signal
from datetime import UTC, datetime

import pytest

from tests.service.conftest import until
from tests.service.test_roles import send
from tests.service.test_waiting import ROLES
from tests.test_service import WAR, configure, port
from tests.values import alert
from tests.world import FeedServer, Receiver
from tocsin.wire import dump

pytestmark = [pytest.mark.service, pytest.mark.timeout(600), pytest.mark.xdist_group("kafka")]


def test_each_role_takes_up_new_settings_refuses_wrong_ones_and_goes_on(cluster):
    with FeedServer() as feeds, Receiver() as old, Receiver() as new:
        feeds.entries = {
            "one": [("g", *WAR, datetime.now(UTC))],
            "two": [("h", *(text.replace("Aleppo", "Homs") for text in WAR), datetime.now(UTC))],
        }
        ports = [port(feeds), port(old), port(new)]
        configure(cluster.folder, [f"{feeds.url}/one"], old.url, ports)
        started = [cluster.start(*told) for told in ROLES.values()]
        assert until(old.ids, 120), cluster.logs()

        def hang_up(line):
            before = [log.count(line) for log in logs(cluster)]
            for process in started:
                process.send_signal(signal.SIGHUP)
            assert until(lambda: all(log.count(line) > n for log, n in zip(logs(cluster), before, strict=True)), 60), cluster.logs()

        good = (cluster.folder / "tocsin.toml").read_text()
        (cluster.folder / "tocsin.toml").write_text(good + "[feedz]\n")
        hang_up("the one before stays in force: tocsin.toml:")
        assert cluster.logs().count("did you mean 'feeds'?") == len(started)

        configure(cluster.folder, [f"{feeds.url}/two"], new.url, ports)
        hang_up("the new configuration is in force")
        assert until(new.ids, 120), cluster.logs()
        assert [process.poll() for process in started] == [None, None, None]
        for process in started:
            process.terminate()
        assert [process.wait(20) for process in started] == [0, 0, 0], cluster.logs()
    assert len(old.ids()) == 1
    assert "Traceback" not in cluster.logs()


def test_a_role_whose_sink_is_gone_from_the_new_settings_keeps_the_old(cluster):
    with Receiver() as receiver:
        configure(cluster.folder, [], receiver.url, [port(receiver)])
        process = cluster.start(*ROLES["deliver"])
        send(cluster, "alerts", dump(alert("one", at=datetime.now(UTC))))
        assert until(receiver.ids), cluster.logs()
        text = (cluster.folder / "tocsin.toml").read_text()
        (cluster.folder / "tocsin.toml").write_text(text.replace("[sinks.hook", "[sinks.other"))
        process.send_signal(signal.SIGHUP)
        assert until(lambda: "no sink is called 'hook'; there are: other" in cluster.logs(), 30), cluster.logs()
        send(cluster, "alerts", dump(alert("two", incident="another", at=datetime.now(UTC))))
        assert until(lambda: "two" in receiver.ids()), cluster.logs()
        assert process.poll() is None


def test_a_role_that_waits_for_its_broker_hears_of_another(cluster):
    bootstrap = cluster.environ.pop("TOCSIN__KAFKA__BOOTSTRAP")
    with Receiver() as receiver:
        configure(cluster.folder, [], receiver.url, [port(receiver)])
        text = (cluster.folder / "tocsin.toml").read_text()
        (cluster.folder / "tocsin.toml").write_text(text + '[kafka]\nbootstrap = ["127.0.0.1:1"]\n')
        started = [cluster.start(*told) for told in ROLES.values()]
        assert until(lambda: all("waiting for the broker" in log for log in logs(cluster)), 60), cluster.logs()
        (cluster.folder / "tocsin.toml").write_text(text + f"[kafka]\nbootstrap = {bootstrap}\n")
        for process in started:
            process.send_signal(signal.SIGHUP)
        send(cluster, "alerts", dump(alert("one", at=datetime.now(UTC))))
        assert until(receiver.ids, 60), cluster.logs()
        for process in started:
            process.terminate()
        assert [process.wait(20) for process in started] == [0, 0, 0], cluster.logs()
    assert "Traceback" not in cluster.logs()


def logs(cluster):
    return [path.read_text() for path in sorted(cluster.folder.glob("log-*"))]
