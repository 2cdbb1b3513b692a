"""A replay through the cluster that does not come to its end: what it left is told, and can be taken away."""

from __future__ import annotations

import json
import re
import signal

import pytest
from redis import Redis

from tests.service.conftest import until
from tests.test_service import configure, port
from tests.world import Receiver

pytestmark = [pytest.mark.service, pytest.mark.timeout(600), pytest.mark.xdist_group("kafka")]


def replays(cluster):
    """The prefixes of replays that have topics here, and whether somebody works on each."""
    return json.loads(cluster.run("topics", "show", "--json").stdout)["replays"]


def begun(cluster, number):
    """The prefix of the replay whose log has this number, once it remembers something."""

    def prefix():
        return re.search(r"under the prefix (\S+)", (cluster.folder / f"log-{number}").read_text())

    assert until(prefix), cluster.logs()
    assert until(lambda: list(Redis.from_url(cluster.redis_url).scan_iter(f"{{{prefix()[1]}*"))), cluster.logs()
    return prefix()[1]


def test_one_that_is_ended_takes_away_what_it_made_and_one_that_is_killed_is_told_and_taken_away_on_request(cluster):
    told, killed = cluster.start("replay", "--sample", "--cluster"), cluster.start("replay", "--sample", "--cluster")
    ours, left = begun(cluster, 0), begun(cluster, 1)
    told.send_signal(signal.SIGTERM)
    killed.kill()
    assert told.wait(20) == 130, cluster.logs()
    assert "what it made is taken away" in cluster.logs()
    assert until(lambda: replays(cluster) == {left: False}, 60), (ours, cluster.logs())
    assert f"tocsin topics clean {left}" in cluster.run("topics", "show").stderr
    assert cluster.run("topics", "clean").returncode == 2
    assert cluster.run("topics", "clean", "another").returncode == 4
    assert cluster.run("topics", "clean", left).returncode == 0
    assert replays(cluster) == {}
    assert not list(Redis.from_url(cluster.redis_url).scan_iter(f"{{{cluster.prefix}-replay*"))


def test_services_that_are_away_are_told_before_anything_is_made(cluster):
    cluster.environ["TOCSIN__KAFKA__STATE"] = "redis://127.0.0.1:1/0"
    told = cluster.run("replay", "--sample", "--cluster")
    assert (told.returncode, "Redis does not answer" in told.stderr, "replaying" in told.stderr) == (69, True, False)
    assert replays(cluster) == {}


def test_more_copies_than_brokers_are_told_with_the_key(cluster):
    cluster.environ |= {"TOCSIN__KAFKA__REPLICATION": "3", "TOCSIN__KAFKA__PREFIX": f"{cluster.prefix}-other"}
    told = cluster.run("topics", "ensure")
    assert (told.returncode, "there are fewer than 3 brokers; see [kafka] replication" in told.stderr) == (69, True)


@pytest.fixture
def desk(cluster):
    """A receiver of webhooks that the configuration names."""
    with Receiver() as receiver:
        configure(cluster.folder, [], receiver.url, [port(receiver)])
        yield receiver


def test_its_alerts_reach_the_sinks_that_are_asked_for_however_old_and_no_sink_where_none_is(cluster, desk):
    quiet = cluster.run("replay", "--sample", "--cluster", "--json")
    assert (quiet.returncode, desk.got) == (0, []), quiet.stderr
    raised = [json.loads(line)["id"] for line in quiet.stdout.splitlines()]
    told = cluster.run("replay", "--sample", "--cluster", "--json", "--deliver")
    assert (told.returncode, [json.loads(line)["id"] for line in told.stdout.splitlines()]) == (0, raised), told.stderr
    received = [name for name, _ in desk.got]
    assert len(received) == len(set(received))
    assert set(received) <= set(raised)
    assert f"hook: {len(received)} delivered" in told.stderr
    assert received
    assert replays(cluster) == {}


def test_a_sink_that_refuses_its_alerts_is_told_of_by_the_exit_code(cluster, desk):
    desk.statuses = [400] * 1000
    told = cluster.run("replay", "--sample", "--cluster", "--deliver", "--sink", "hook")
    assert (told.returncode, "dead" in told.stderr) == (1, True), told.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--deliver"], 2, "--deliver goes with --cluster"),
        (["--cluster", "--sink", "hook"], 2, "--sink with --deliver"),
        (["--cluster", "--deliver", "--sink", "another"], 78, "no sink is called 'another'; there are: hook"),
    ],
)
def test_a_delivery_that_cannot_be_is_refused_before_anything_is_made(cluster, desk, arguments, code, said):
    told = cluster.run("replay", "--sample", *arguments)
    assert (told.returncode, said in told.stderr) == (code, True), told.stderr
    assert (replays(cluster), desk.got) == ({}, [])
