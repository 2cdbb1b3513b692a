"""Loops that decode each message of a topic and send it on, one per client library: what the segments are measured beside.

`python bench/engines.py ENGINE BOOTSTRAP SOURCE TARGET` runs one until it is ended. Imports nothing of ours, so that it runs in the
environment of the peers (requirements/bench.txt) as in our own.
"""

import asyncio
import json
import logging
import sys

GROUP = f"bare-{sys.argv[3]}" if len(sys.argv) > 3 else "bare"
"""Of the one topic: a group of several libraries would have to agree on its protocol."""


def faust(bootstrap, source, target, *, linger=0.05, quiet=True, dumps=None, loads=json.loads, take=0, own=False, loop=None, **more):
    """A Faust agent: `linger` seconds, debug records off (`quiet`), another JSON, batches (`take`), a producer of its own (`own`)."""
    import faust

    if quiet:
        logging.disable(logging.DEBUG)
    app = faust.App(
        GROUP,
        broker=f"kafka://{bootstrap}",
        loop=loop,
        topic_allow_declare=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
        producer_linger=linger,
        key_serializer="raw",
        value_serializer="raw",
        **more,
    )
    app.boot_strategy.enable_web = False
    out = app.topic(target, key_type=bytes, value_type=bytes)
    dumps = dumps or (lambda value: json.dumps(value).encode())

    async def opened():
        from aiokafka import AIOKafkaProducer

        producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=5)
        await producer.start()
        return producer

    @app.agent(app.topic(source, key_type=bytes, value_type=bytes))
    async def pass_on(stream):
        producer = await opened() if own else None
        if take:
            async for values in stream.take(take, within=0.05):
                if producer:
                    await asyncio.gather(*[await producer.send(target, dumps(loads(value))) for value in values])
                else:
                    for value in values:
                        await out.send(value=dumps(loads(value)))
        else:
            async for value in stream:
                if producer:
                    await producer.send(target, dumps(loads(value)))
                else:
                    await out.send(value=dumps(loads(value)))

    faust.Worker(app, loglevel="error", quiet=True, loop=loop).execute_from_commandline()


def faust_orjson(*told, **more):
    import orjson

    faust(*told, loads=orjson.loads, dumps=orjson.dumps, **more)


def faust_uvloop(*told, **more):
    import mode.loop

    mode.loop.use("uvloop")  # before anything of Faust is there
    faust_orjson(*told, **more)


def aiokafka(bootstrap, source, target):
    from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

    async def run():
        consumer = AIOKafkaConsumer(
            source, bootstrap_servers=bootstrap, group_id=GROUP, auto_offset_reset="earliest", enable_auto_commit=False
        )
        producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=5)
        async with consumer, producer:
            while True:
                for records in (await consumer.getmany(timeout_ms=200, max_records=200)).values():
                    sent = [await producer.send(target, json.dumps(json.loads(record.value)).encode()) for record in records]
                    await asyncio.gather(*sent)
                    await consumer.commit()

    asyncio.run(run())


def kafka_python(bootstrap, source, target):
    from kafka import KafkaConsumer, KafkaProducer

    consumer = KafkaConsumer(source, bootstrap_servers=bootstrap, group_id=GROUP, auto_offset_reset="earliest", enable_auto_commit=False)
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=5)
    while True:
        for records in consumer.poll(timeout_ms=200, max_records=200).values():
            for record in records:
                producer.send(target, json.dumps(json.loads(record.value)).encode())
            producer.flush()
            consumer.commit()


def confluent(bootstrap, source, target):
    from confluent_kafka import Consumer, Producer

    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": GROUP, "auto.offset.reset": "earliest", "enable.auto.commit": False})
    producer = Producer({"bootstrap.servers": bootstrap, "acks": "all", "enable.idempotence": True, "linger.ms": 5})
    consumer.subscribe([source])
    while True:
        records = consumer.consume(200, timeout=0.2)
        for record in records:
            producer.produce(target, json.dumps(json.loads(record.value())).encode())
        if records:
            producer.flush()
            consumer.commit(asynchronous=False)


def quixstreams(bootstrap, source, target):
    from quixstreams import Application

    app = Application(
        broker_address=bootstrap, consumer_group=GROUP, auto_offset_reset="earliest", auto_create_topics=False, loglevel="ERROR"
    )
    values = app.dataframe(app.topic(source, value_deserializer="json"))
    values.to_topic(app.topic(target, value_serializer="json"))
    app.run()


PLAIN = {"linger": 0, "quiet": False}
FAUST = {
    "Faust, as it comes": lambda *told: faust(*told, **PLAIN),
    "+ producer_linger 0.05": lambda *told: faust(*told, quiet=False),
    "+ debug records off": faust,
    "+ orjson": faust_orjson,
    "+ uvloop": faust_uvloop,
    "+ cython_optimizations": lambda *told: faust_uvloop(*told, cython_optimizations=True),
    "+ take(200)": lambda *told: faust_uvloop(*told, take=200),
    "+ a producer of its own": lambda *told: faust_uvloop(*told, own=True),
    "+ both of these": lambda *told: faust_uvloop(*told, own=True, take=200),
    "+ larger buffers (2,000)": lambda *told: faust_uvloop(
        *told, own=True, take=200, stream_buffer_maxsize=2000, broker_max_poll_records=2000
    ),
}
OURS = {"bare Faust": faust, "bare aiokafka": aiokafka, "bare kafka-python": kafka_python}
PEERS = {"bare confluent-kafka": confluent, "quixstreams": quixstreams}

if __name__ == "__main__":
    (OURS | PEERS | FAUST)[sys.argv[1]](*sys.argv[2:])
