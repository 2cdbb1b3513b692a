"""Items a second of each segment on a real broker, beside loops that only decode and send on: in one run, on one machine.

`python -m bench.cluster [ITEMS]` starts a Kafka and a Redis of its own. Each engine gets the same items, already in the topic, in a
process of its own; the clocks run from its first answer to its last, as the broker has them: the wall's, and that of the processor time
the engine itself takes, which neighbours on the machine disturb less. Only the ratios mean anything.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from kafka import KafkaConsumer, KafkaProducer
from kafka.structs import TopicPartition
from redis import Redis

from producers.kafka import NewsTopic
from tests.servers import KafkaServer, RedisServer, needs
from tests.values import NOON, item
from tocsin.admin import Topics
from tocsin.settings import load_settings
from tocsin.topics import name_of

WORDS = "talks trade minister budget harvest river election school bridge festival museum storm court strike troops border village".split()


def news(count):
    """Items no two of which are alike, about as long as a feed's; one in a hundred tells of an attack."""
    for n in range(count):
        words = " ".join(WORDS[(n * k + k) % len(WORDS)] for k in range(1, 60))
        war = "Army shells kill four villagers across the border. " if n % 100 == 0 else ""
        yield item(
            f"{n:032x}", guid=str(n), title=f"{war}{words[:60]} {n * 7919}", summary=f"{words} {n}", fetched=NOON + timedelta(seconds=n)
        )


def bare_faust(bootstrap, source, target):
    import faust

    app = faust.App(
        "bare-faust",
        broker=f"kafka://{bootstrap}",
        topic_allow_declare=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
        producer_linger=0.05,
        key_serializer="raw",
        value_serializer="raw",
    )
    app.boot_strategy.enable_web = False
    out = app.topic(target, key_type=bytes, value_type=bytes)

    @app.agent(app.topic(source, key_type=bytes, value_type=bytes))
    async def pass_on(stream):
        async for value in stream:
            await out.send(value=json.dumps(json.loads(value)).encode())

    faust.Worker(app, loglevel="error", quiet=True).execute_from_commandline()


def bare_aiokafka(bootstrap, source, target):
    from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

    async def run():
        consumer = AIOKafkaConsumer(
            source, bootstrap_servers=bootstrap, group_id="bare-aiokafka", auto_offset_reset="earliest", enable_auto_commit=False
        )
        producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=5)
        async with consumer, producer:
            while True:
                for records in (await consumer.getmany(timeout_ms=200, max_records=200)).values():
                    sent = [await producer.send(target, json.dumps(json.loads(record.value)).encode()) for record in records]
                    await asyncio.gather(*sent)
                    await consumer.commit()

    asyncio.run(run())


def bare_kafka_python(bootstrap, source, target):
    consumer = KafkaConsumer(
        source, bootstrap_servers=bootstrap, group_id="bare-kp", auto_offset_reset="earliest", enable_auto_commit=False
    )
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=5)
    while True:
        for records in consumer.poll(timeout_ms=200, max_records=200).values():
            for record in records:
                producer.send(target, json.dumps(json.loads(record.value)).encode())
            producer.flush()
            consumer.commit()


BARE = {"bare Faust": bare_faust, "bare aiokafka": bare_aiokafka, "bare kafka-python": bare_kafka_python}


def ends(bootstrap, topic):
    consumer = KafkaConsumer(bootstrap_servers=bootstrap)
    partitions = [TopicPartition(topic, n) for n in consumer.partitions_for_topic(topic)]
    return consumer, lambda: sum(consumer.end_offsets(partitions).values())


def cpu(process):
    """Processor seconds a process has taken."""
    told = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def rate(begin, count, wanted):
    """Items a second between the first sign of work and the last: by the wall's clock, and by the processor's."""
    process, before, first = begin(), count(), None
    try:
        while (done := count() - before) < wanted:
            now = time.perf_counter()
            if done and first is None:
                first = done, now, cpu(process)
            if process.poll() is not None:
                raise SystemExit(f"the engine ended: {process.returncode}")
            time.sleep(0.02)
        done, now, used = wanted - first[0], time.perf_counter() - first[1], cpu(process) - first[2]
        return done / now, done / used
    finally:
        process.terminate()
        process.wait(30)


def main(wanted):
    kafka, redis = KafkaServer().start(), RedisServer(needs("redis-server", "Debian: apt-get install redis-server"))
    redis.start()
    environ = {
        "TOCSIN__KAFKA__BOOTSTRAP": json.dumps([kafka.bootstrap]),
        "TOCSIN__KAFKA__PREFIX": "bench",
        "TOCSIN__KAFKA__STATE": redis.url,
        "TOCSIN__MONITOR__LISTEN": "off",
    }
    settings = load_settings(None, environ).kafka
    topic = {entity: name_of("bench", entity) for entity in ("news", "stories", "events", "alerts", "dead")}
    with closing(Topics(settings)) as topics, tempfile.TemporaryDirectory() as folder:
        topics.ensure()
        with closing(NewsTopic(settings)) as producer:
            producer.publish(news(wanted))

        def started(*arguments):
            told = os.environ | environ | {"PYTHONPATH": str(Path(__file__).parent.parent)}
            return lambda: subprocess.Popen([sys.executable, *arguments], cwd=folder, env=told)

        rates = {}
        for name in BARE:
            _, count = ends(kafka.bootstrap, topic["dead"])
            rates[name] = rate(started(__file__, name, kafka.bootstrap, topic["news"], topic["dead"]), count, wanted)
        for segment, target in (("deduplicate", "stories"), ("tag", "events")):
            _, count = ends(kafka.bootstrap, topic[target])
            rates[segment] = rate(started("-m", "tocsin.cli.main", "process", "--segment", segment), count, wanted * 0.99)
        progress = Redis.from_url(redis.url)
        covered = lambda: int(progress.hget("{bench.assess}:progress", "following") or 0)  # noqa: E731
        rates["assess"] = rate(started("-m", "tocsin.cli.main", "process", "--segment", "assess"), covered, wanted * 0.99)
    wall, own = rates["bare Faust"]
    for name, (a_second, a_cpu_second) in rates.items():
        print(
            f"{name:<18} {a_second:>7,.0f} items/s ({a_second / wall:.2f} x bare Faust)"
            f"  {a_cpu_second:>7,.0f} items/CPU s ({a_cpu_second / own:.2f} x)"
        )
    kafka.remove()
    redis.remove()


if __name__ == "__main__":
    if len(sys.argv) > 2:
        BARE[sys.argv[1]](*sys.argv[2:])
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000)
