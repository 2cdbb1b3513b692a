"""From `news` to a webhook: how long an alert takes on a cluster of four processes, at so many items a second.

    python -m bench.delay [--seconds 60] [--rate 50]

Starts a Kafka and a Redis of its own, one process per segment and one that delivers. Items are those of `bench.cluster`, each with the time
it is published as the time it was fetched; the receiver notes when it has the alert. Waits until the first alert has come through before it
begins to count. Real time on the machine as it is: say the load beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice, product
from pathlib import Path

from bench.cluster import ACT_EVERY, news
from producers.kafka import NewsTopic
from tests.acceptance.desk import ACTORS, TOWNS, News
from tests.servers import KafkaServer, RedisServer, needs
from tests.service.conftest import Cluster, until
from tests.test_service import configure, port
from tests.world import Receiver

BODY = 10
"""So many items are published at once, as those of a feed's body are."""
MORE_ACTORS = ("Egyptian", "Indian", "Ethiopian", "Rwandan", "Chinese", "Kenyan", "Moroccan")


class Timed(Receiver):
    """Notes when each alert came, and how long after its item was published."""

    def __init__(self):
        super().__init__()
        self.delays = []

    def post(self, request, body):
        now = datetime.now(UTC)
        super().post(request, body)
        self.delays.append((now - datetime.fromisoformat(json.loads(body)["data"]["fetched"])).total_seconds())


def stream(count):
    """The items of `bench.cluster`, each attack on a pair of sides that nobody told of before, as long as there are any."""
    acts = (News(actor, town, 10 + n) for n, (actor, town) in enumerate(product((*ACTORS, *MORE_ACTORS), TOWNS)))
    for n, one in enumerate(news(count)):
        if n % ACT_EVERY:
            yield one
        elif act := next(acts, None):
            title, summary = act.first()
            yield replace(one, title=title, summary=summary)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=float, default=50)
    told = parser.parse_args()
    kafka, redis = KafkaServer().start(), RedisServer(needs("redis-server", "Debian: apt-get install redis-server"))
    redis.start()
    with tempfile.TemporaryDirectory() as folder, Timed() as receiver:
        cluster = Cluster(Path(folder), kafka.bootstrap, redis.url)
        configure(cluster.folder, [], receiver.url, [port(receiver)])
        try:
            with cluster.topics(delete=False), closing(NewsTopic(cluster.settings().kafka)) as topic:
                for segment in ("deduplicate", "tag", "assess"):
                    cluster.start("process", "--segment", segment)
                cluster.start("deliver", "--sink", "hook")
                items = stream(int(told.seconds * told.rate))
                topic.publish([replace(next(items), published=datetime.now(UTC), fetched=datetime.now(UTC))])
                if not until(lambda: receiver.delays, 180):
                    raise SystemExit(cluster.logs())
                receiver.delays.clear()
                begun, sent = time.monotonic(), 0
                while body := list(islice(items, BODY)):
                    now = datetime.now(UTC)
                    sent += topic.publish([replace(one, published=now, fetched=now) for one in body])
                    time.sleep(max(begun + sent / told.rate - time.monotonic(), 0))
                took = time.monotonic() - begun
                seen = -1
                while seen != len(receiver.delays):
                    seen = len(receiver.delays)
                    time.sleep(5)
        finally:
            cluster.stop()
            kafka.remove()
            redis.remove()
    delays = sorted(receiver.delays)
    print(f"{sent} items at {sent / took:.0f}/s, {len(delays)} alerts; seconds from publishing to the webhook:")
    print(f"p50 {statistics.median(delays):.2f}  p95 {delays[int(len(delays) * 0.95)]:.2f}  longest {delays[-1]:.2f}")
    print(f"load average {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
