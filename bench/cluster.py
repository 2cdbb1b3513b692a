"""Items a second of each segment on a real broker, beside loops that only decode and send on: in one run, on one machine.

    python -m bench.cluster [--items N] [--archive PATH...] [--workers 1 2 4] [--peers] [--faust]

Starts a Kafka and a Redis of its own. Items are made up, about as long as a feed's; or those of archives. Each engine gets them, already in
the topic, in a process of its own (or several); the clocks run from a fifth of its answers to its last, as the broker has them: what an
engine does once, when it starts, and who gets which partition is settled by then. They are the wall's, and that of the processor time the
engines themselves take, which neighbours on the machine disturb less. The bare Faust agent runs first and last, and stands for 1 by its
mean. Only the ratios mean anything. `--peers` also measures other libraries, in an environment of their own (.cache/bench, from
requirements/bench.txt); `--faust` what each setting of Faust gives.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.structs import TopicPartition
from redis import Redis

from bench.engines import FAUST, OURS, PEERS
from producers.kafka import NewsTopic
from tests.servers import KafkaServer, RedisServer, ends_with_us, needs
from tests.values import NOON, item
from tocsin.admin import Topics
from tocsin.model import content_id
from tocsin.replay import archived
from tocsin.settings import Settings, load_settings
from tocsin.topics import group_of, name_of

ROOT = Path(__file__).parent.parent
LONGEST_SECONDS = 600
ACT_EVERY = 20
"""One in so many items tells of an attack."""
BARE, AGAIN = "bare Faust", "bare Faust, again"
WARM = 0.2
"""This share of the answers is not measured."""


def words(dice, count=3000):
    """A made-up vocabulary, used as unevenly as a language's: the word of rank r about 1/r as often as the first."""
    syllables = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er", "in", "os")]
    made = ["".join(dice.choices(syllables, k=dice.randint(1, 4))) for _ in range(count)]
    weights = list(itertools.accumulate(1 / rank for rank in range(1, count + 1)))
    return lambda length: dice.choices(made, cum_weights=weights, k=length)


def news(count):
    """Items no two of which are alike; some tell of an attack, in plain English."""
    dice = random.Random(7)
    some = words(dice)
    for n in range(count):
        war = f"Israeli air strike on Nabatieh kills {n}. " if n % ACT_EVERY == 0 else ""
        yield item(
            content_id(str(n)),
            guid=str(n),
            title=(war + " ".join(some(9))).capitalize(),
            summary=war + " ".join(some(70)).capitalize(),
            fetched=NOON + timedelta(seconds=n),
        )


class EngineError(Exception):
    """An engine could not be measured."""


class Cluster:
    """A broker, a Redis, and what runs on them. Each run has a prefix of its own."""

    def __init__(self, folder):
        self.folder = folder
        self._compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": f"{folder}/compiled"}
        self.kafka, self.redis = KafkaServer().start(), RedisServer(needs("redis-server", "Debian: apt-get install redis-server"))
        self.redis.start()
        self.asked = Redis.from_url(self.redis.url)
        self._count = 0

    def anew(self):
        """Another prefix, with its topics; its settings."""
        self._count += 1
        settings = load_settings(None, self._environ(f"bench{self._count}")).kafka
        with closing(Topics(settings)) as topics:
            topics.ensure()
        return settings

    def _environ(self, prefix):
        return {
            "TOCSIN__KAFKA__BOOTSTRAP": json.dumps([self.kafka.bootstrap]),
            "TOCSIN__KAFKA__PREFIX": prefix,
            "TOCSIN__KAFKA__STATE": self.redis.url,
            "TOCSIN__MONITOR__LISTEN": "off",
        }

    def remove(self):
        self.asked.close()
        self.kafka.remove()
        self.redis.remove()

    def start(self, settings, *command):
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=os.environ | self._environ(settings.prefix) | {"PYTHONPATH": str(ROOT)} | self._compiled,
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            preexec_fn=ends_with_us,  # noqa: PLW1509 -- started from the one thread there is
        )

    def process(self, settings, *segments):
        chosen = (word for one in segments for word in ("--segment", one))
        return self.start(settings, sys.executable, "-m", "tocsin.cli.main", "process", *chosen)

    def consumer(self, **more):
        return KafkaConsumer(bootstrap_servers=self.kafka.bootstrap, enable_auto_commit=False, **more)

    def kept(self, settings, segment, name):
        """A number of a segment's progress, from what Redis keeps."""
        return lambda: int(self.asked.hget(f"{{{settings.prefix}.{segment}}}:progress", name) or 0)


def end_of(consumer, topic):
    partitions = [TopicPartition(topic, n) for n in consumer.partitions_for_topic(topic)]
    return lambda: sum(consumer.end_offsets(partitions).values())


def committed(admin, group):
    return lambda: sum(max(one.offset, 0) for one in admin.list_group_offsets({group: None})[group].values())


def cpu(process):
    """Processor seconds a process has taken."""
    told = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def rate(engines, count, wanted, finished):
    """Items a second, by the wall's clock and by the processor's, while `count` goes from a fifth of where it stands when `finished` to
    there; so much of it is so much of the `wanted` items.
    """
    before, seen, begun, looked = count(), [], time.monotonic(), 0.0
    try:
        while True:
            at, done = time.perf_counter(), count() - before
            if not seen or done != seen[-1][1]:
                seen.append((at, done, sum(map(cpu, engines))))
            if any(engine.poll() is not None for engine in engines) or time.monotonic() - begun > LONGEST_SECONDS:
                raise EngineError(f"an engine ended, or stands still after {done} answers")
            if at - looked > 0.5:
                looked = at
                if finished(done):
                    break
            time.sleep(0.02)
    finally:
        for engine in engines:
            engine.terminate()
        for engine in engines:
            try:
                engine.wait(20)
            except subprocess.TimeoutExpired:
                engine.kill()
                engine.wait()
    last_at, last, last_cpu = seen[-1]
    first_at, first, first_cpu = next(one for one in seen if one[1] >= WARM * last)
    if first == last:
        raise EngineError(f"{last} answers came at once: too few to measure")
    items = wanted * (last - first) / last
    return items / (last_at - first_at), items / max(last_cpu - first_cpu, 0.01)


def bare(cluster, settings, name, wanted, python=sys.executable):
    with closing(cluster.consumer()) as consumer:
        source, target = name_of(settings.prefix, "news"), name_of(settings.prefix, "dead")
        count = end_of(consumer, target)
        engine = cluster.start(settings, python, str(ROOT / "bench/engines.py"), name, cluster.kafka.bootstrap, source, target)
        return rate([engine], count, wanted, lambda done: done >= wanted)


def bare_anew(cluster, items, name, python=sys.executable):
    """One of the peers, on topics of its own."""
    settings = cluster.anew()
    publish(settings, items)
    return bare(cluster, settings, name, len(items), python)


def publish(settings, items):
    with closing(NewsTopic(settings)) as producer:
        producer.publish(items)


def deduplicate(cluster, settings, wanted):
    following = cluster.kept(settings, "deduplicate", "following")
    return rate([cluster.process(settings, "deduplicate")], following, wanted, lambda done: done >= wanted)


def tag(cluster, settings, workers):
    """In stories a second: of archives there are fewer than items."""
    stories, events = name_of(settings.prefix, "stories"), name_of(settings.prefix, "events")
    admin = KafkaAdminClient(bootstrap_servers=cluster.kafka.bootstrap)
    with closing(admin), closing(cluster.consumer()) as consumer:
        all_stories, done = end_of(consumer, stories)(), committed(admin, group_of(settings.prefix, "tag"))
        return rate(
            [cluster.process(settings, "tag") for _ in range(workers)],
            end_of(consumer, events),
            all_stories,
            lambda _: done() >= all_stories,
        )


def assess(cluster, settings, wanted):
    covered = cluster.kept(settings, "assess", "covered")
    return rate([cluster.process(settings, "assess")], covered, wanted, lambda done: done >= wanted - 1)


def copied(cluster, settings, entity):
    """Another prefix, with the same messages in one topic."""
    fresh = cluster.anew()
    with (
        closing(cluster.consumer(auto_offset_reset="earliest")) as consumer,
        closing(KafkaProducer(bootstrap_servers=cluster.kafka.bootstrap)) as producer,
    ):
        source = name_of(settings.prefix, entity)
        left = end_of(consumer, source)()
        consumer.subscribe([source])
        while left > 0:
            for records in consumer.poll(timeout_ms=500).values():
                left -= len(records)
                for record in records:
                    producer.send(name_of(fresh.prefix, entity), key=record.key, value=record.value, headers=list(record.headers))
        producer.flush(60)
    return fresh


def whole(cluster, items, workers):
    """From `news` to alerts, with so many processes of all three segments."""
    settings = cluster.anew()
    publish(settings, items)
    covered = cluster.kept(settings, "assess", "covered")
    return rate([cluster.process(settings) for _ in range(workers)], covered, len(items), lambda done: done >= len(items) - 1)


def peers():
    """The interpreter of the environment that other libraries stand in, made where it is missing."""
    python = ROOT / ".cache/bench/bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", python.parent.parent], check=True)
        asked = ["-m", "pip", "install", "--quiet", "--require-hashes", "-r", ROOT / "requirements/bench.txt"]
        subprocess.run([python, *asked], check=True)
    return str(python)


def measured(cluster, items, told):
    """Name and measurement of each engine, to be made in this order."""
    wanted = len(items)

    def loop(name, python=sys.executable):
        return name, partial(bare_anew, cluster, items, name, python)

    yield from map(loop, OURS)
    if told.peers:
        yield from (loop(name, peers()) for name in PEERS)
    settings = cluster.anew()
    publish(settings, items)
    yield "deduplicate", partial(deduplicate, cluster, settings, wanted)
    for workers in told.workers:
        here = settings if workers == told.workers[0] else copied(cluster, settings, "stories")
        yield f"tag, {workers}", partial(tag, cluster, here, workers)
    yield "assess", partial(assess, cluster, settings, wanted)
    for workers in told.workers:
        yield f"all three, {workers}", partial(whole, cluster, items, workers)
    if told.faust:
        yield from map(loop, FAUST)
    yield AGAIN, loop(BARE)[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--archive", type=Path, nargs="+", default=[])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--faust", action="store_true")
    told = parser.parse_args()
    found = (one for body in archived(Settings(), told.archive) for one in body) if told.archive else news(told.items)
    items = list(itertools.islice(found, told.items))
    rates = {}
    with tempfile.TemporaryDirectory() as folder:
        cluster = Cluster(folder)
        try:
            for name, measure in measured(cluster, items, told):
                try:
                    found = rates[name] = measure()
                except EngineError as wrong:
                    print(f"{name:<28} {wrong}", flush=True)
                    continue
                print(f"{name:<28} {found[0]:>7,.0f} items/s  {found[1]:>7,.0f} items/CPU s  load {os.getloadavg()[0]:.0f}", flush=True)
        finally:
            cluster.remove()
    both = [rates[BARE], rates[AGAIN]]
    wall, own = (sum(column) / 2 for column in zip(*both, strict=True))
    print(f"\n{len(items)} items, {os.cpu_count()} cores\n")
    print("| engine | items/s | beside bare Faust | items per CPU second | beside bare Faust |\n|---|---|---|---|---|")
    for name, (a_second, a_cpu_second) in rates.items():
        print(f"| {name} | {a_second:,.0f} | {a_second / wall:.2f} | {a_cpu_second:,.0f} | {a_cpu_second / own:.2f} |")


if __name__ == "__main__":
    main()
