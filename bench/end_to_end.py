"""An archive through a whole cluster and through one process: the same alerts, by id and byte for byte, in Redis and at a webhook.

    python -m bench.end_to_end [PATH...] [--since TIME] [--until TIME] [--taggers 1]

PATHs as `tocsin replay` takes them; the sample where none is named. Starts a Kafka and a Redis of its own, publishes the items to `news`,
and lets three `tocsin process` (and more taggers, where asked) and two `tocsin deliver` do the rest, each a process. Ends with 1 where
anything differs.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from redis import Redis

from producers.kafka import NewsTopic
from tests.servers import KafkaServer, RedisServer, needs
from tests.service.conftest import Cluster
from tests.world import Receiver
from tocsin.cli.replay import _moment, sample_path
from tocsin.replay import Replay, Stretch, archived
from tocsin.settings import Settings
from tocsin.wire import dump

SEGMENTS = ("deduplicate", "tag", "assess")
AGES = 876_000
"""Hours: however old an alert of an archive is, it is sent here."""


def alone(paths, stretch):
    """The alerts of one process by id, and what became of everything."""
    with Replay(Settings(), paths, report=lambda _: None, stretch=stretch) as running:
        return {alert.id: dump(alert) for alert in running.alerts()}, running.sums()


def configure(folder, hook, redis):
    port = hook.rsplit(":", 1)[1]
    (folder / "tocsin.toml").write_text(
        f"[kafka]\nstale_hours = {AGES}\n"
        f'[sinks.hook]\ntype = "webhook"\nurl = "{hook}"\n[sinks.hook.network]\nallow_networks = ["127.0.0.1/32"]\nports = [{port}]\n'
        f'[sinks.store]\ntype = "redis"\nurl = "{redis}"\nprefix = "delivered"\nstream_length = 10000000\n'
    )


def wait(holds, cluster, seconds):
    """Until it holds; for as long as it moves at least every `seconds`."""
    before, since = None, time.monotonic()
    while not (now := holds())[0]:
        if now != before:
            before, since = now, time.monotonic()
        if time.monotonic() - since > seconds or any(process.poll() is not None for process in cluster.processes):
            raise SystemExit(f"stands at {now[1]}, or a process ended\n{cluster.logs()}")
        time.sleep(0.2)


def through(cluster, redis, receiver, archive, *, taggers):
    """What came out of the cluster: items, seconds, and the alerts by id from the topic, from Redis and from the webhook."""
    paths, stretch = archive
    begun = time.monotonic()
    with closing(NewsTopic(cluster.settings().kafka)) as news:
        count = sum(news.publish(items) for items in archived(Settings(), paths, stretch=stretch))
    published = time.monotonic()
    for segment in (*SEGMENTS, *["tag"] * (taggers - 1)):
        cluster.start("process", "--segment", segment)
    for sink in ("hook", "store"):
        cluster.start("deliver", "--sink", sink)
    head = f"{{{cluster.prefix}.assess}}:progress"

    def answered():
        covered = int(redis.hget(head, "covered") or -1)
        return covered >= count - 1, covered

    wait(answered, cluster, 300)
    done = time.monotonic()
    told = {record.value for record in cluster.read("alerts", lambda got: len(got) >= cluster.count("alerts"))}
    topic = {json.loads(value)["id"]: value for value in told}

    def delivered():
        state = len(set(receiver.ids())), redis.xlen("{delivered}:alerts")
        return min(state) >= len(topic), state

    wait(delivered, cluster, 120)
    stream = [fields[b"id"].decode() for _, fields in redis.xrange("{delivered}:alerts")]
    print(
        f"{count} items: published in {published - begun:.0f} s, answered {done - published:.0f} s after, "
        f"delivered {time.monotonic() - done:.0f} s after that"
    )
    return topic, stream


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--since", type=_moment)
    parser.add_argument("--until", type=_moment)
    parser.add_argument("--taggers", type=int, default=1)
    told = parser.parse_args()
    paths, stretch = [path.resolve() for path in told.paths] or [sample_path()], Stretch(told.since, told.until)
    begun = time.monotonic()
    expected, sums = alone(paths, stretch)
    print(f"one process: {sums['items']} items, {len(expected)} alerts, {time.monotonic() - begun:.0f} s", flush=True)
    kafka, server = KafkaServer().start(), RedisServer(needs("redis-server", "Debian: apt-get install redis-server"))
    server.start()
    with tempfile.TemporaryDirectory() as folder, Receiver() as receiver, Redis.from_url(server.url) as redis:
        cluster = Cluster(Path(folder), kafka.bootstrap, server.url)
        configure(cluster.folder, receiver.url, server.url)
        try:
            with cluster.topics(delete=False):
                topic, stream = through(cluster, redis, receiver, (paths, stretch), taggers=told.taggers)
        finally:
            cluster.stop()
            kafka.remove()
            server.remove()
    hook = receiver.ids()
    held = {
        "the topic's alerts are those of one process, byte for byte": topic == expected,
        "Redis has them all, each once": sorted(stream) == sorted(expected),
        "the webhook got them all": set(hook) == expected.keys(),
    }
    for what, holds in held.items():
        print(f"{'yes' if holds else 'NO '}  {what}")
    print(
        f"lost {len(expected.keys() - set(hook))}, invented {len(set(hook) - expected.keys())}, posted twice {len(hook) - len(set(hook))}"
    )
    print(f"load average {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores")
    return 0 if all(held.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
