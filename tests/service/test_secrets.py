"""No secret of the configuration stands in what a role says: its metrics, its health, its log, whatever goes wrong."""

from __future__ import annotations

import signal
from datetime import UTC, datetime
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.servers import RedisServer, free_ports, needs
from tests.service.conftest import until
from tests.service.test_waiting import ROLES, log_of
from tests.test_service import WAR, configure, port
from tests.world import FeedServer, Receiver

pytestmark = [pytest.mark.service, pytest.mark.timeout(600), pytest.mark.xdist_group("kafka")]

SECRET = "verysecret"
PAGES = ("metrics", "-/healthy", "-/ready")


def told(listen):
    """All that a role says over HTTP."""
    texts = []
    for page in PAGES:
        try:
            with urlopen(f"http://127.0.0.1:{listen}/{page}", timeout=10) as answer:
                texts.append(answer.read().decode())
        except HTTPError as answer:
            texts.append(answer.read().decode())
    return "\n".join(texts)


def test_what_roles_say_holds_no_secret_while_all_goes_well_and_while_it_does_not(cluster):
    redis = RedisServer(needs("redis-server", "Debian: apt-get install redis-server"))
    redis.start()
    redis.admin.config_set("requirepass", f"{SECRET}-redis")
    listens = free_ports(len(ROLES))
    try:
        with FeedServer() as feeds, Receiver(statuses=[500]) as receiver:
            feeds.entries = {f"good?key={SECRET}-feed": [("g", *WAR, datetime.now(UTC))]}
            hook = f"{receiver.url}/{SECRET}-path?token={SECRET}-token"
            configure(cluster.folder, [f"{feeds.url}/good?key={SECRET}-feed"], hook, [port(feeds), port(receiver)])
            cluster.environ["TOCSIN__KAFKA__STATE"] = f"unix://{redis.socket}?password={SECRET}-redis"
            started = [
                cluster.start(*words, "-v", TOCSIN__MONITOR__LISTEN=f"127.0.0.1:{listen}")
                for words, listen in zip(ROLES.values(), listens, strict=True)
            ]
            assert until(receiver.ids, 120), cluster.logs()
            said = [told(listen) for listen in listens]
            redis.kill()
            receiver.statuses = [404] * 5
            feeds.entries[f"good?key={SECRET}-feed"].append(("h", WAR[0].replace("Aleppo", "Homs"), WAR[1], datetime.now(UTC)))
            (cluster.folder / "tocsin.toml").write_text(f'[sinks.hook]\ntype = "webhook"\nurl = ["{SECRET}"]\n')
            for process in started:
                process.send_signal(signal.SIGHUP)
            assert until(lambda: all("stays in force" in log_of(cluster, n) for n in range(len(ROLES))), 60), cluster.logs()
            said += [told(listen) for listen in listens]
            for process in started:
                process.terminate()
            for process in started:
                process.wait(25)
    finally:
        redis.remove()
    assert all("tocsin_" in text for text in said)
    assert SECRET not in "\n".join(said)
    logs = "\n".join(log_of(cluster, number) for number in range(len(ROLES)))
    assert "***" in logs
    assert SECRET not in logs, [line for line in logs.splitlines() if SECRET in line]
