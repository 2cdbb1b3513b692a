"""Run as a program: a worker whose Faust waits a moment after it sought its offsets, as it may on a busy machine.

`bare BOOTSTRAP INPUT OUTPUT` is an agent with a table as Faust's documentation writes it; anything else is our own command line, after
`forgetful` with a Faust that does not hand a message over the first time that has `FORGOTTEN` in it.
"""

from __future__ import annotations

import asyncio
import sys

import faust
from faust.transport.consumer import Consumer

MOMENT = 0.2
FORGOTTEN = b"left out the first time"

sought = Consumer.perform_seek


async def and_then_a_moment(self):
    await sought(self)
    await asyncio.sleep(MOMENT)


Consumer.perform_seek = and_then_a_moment


def bare(bootstrap, source, target):
    app = faust.App(
        f"{source}-bare",
        broker=f"kafka://{bootstrap}",
        store="memory://",
        key_serializer="raw",
        value_serializer="raw",
        topic_partitions=1,
        topic_disable_leader=True,
        table_standby_replicas=0,
        broker_commit_interval=0.3,
        stream_wait_empty=False,
        web_enabled=False,
    )
    seen = app.Table("seen", default=int, partitions=1)
    out = app.topic(target, key_type=bytes, value_type=bytes)

    @app.agent(app.topic(source, key_type=bytes, value_type=bytes))
    async def pass_on(stream):
        async for value in stream:
            seen["count"] += 1
            await asyncio.sleep(0.01)
            await out.send(value=value)

    worker = faust.Worker(app, loglevel="warn", quiet=True, redirect_stdouts=False)
    app.boot_strategy.enable_web = False
    worker.execute_from_commandline()


def forget():
    from processors.worker.worker import Worker

    took, forgotten = Worker._take, set()

    async def take(self, event):
        if FORGOTTEN in event.message.value and event.message.offset not in forgotten:
            forgotten.add(event.message.offset)
        else:
            await took(self, event)

    Worker._take = take


if __name__ == "__main__":
    if sys.argv[1] == "bare":
        bare(*sys.argv[2:])
    else:
        from tocsin.cli.main import main

        if sys.argv[1] == "forgetful":
            forget()
        sys.exit(main([word for word in sys.argv[1:] if word != "forgetful"]))
