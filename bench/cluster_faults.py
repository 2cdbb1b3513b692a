"""Kills the roles of a cluster at random while they work, and compares what came out with what went in.

`python -m bench.cluster_faults [--kills 300] [--minutes 60]` starts a Kafka, a durable Redis, a publisher of many feeds, a receiver of
webhooks and the five roles, each a process of its own. Every role is killed (SIGKILL) again and again, as soon as it has work and has moved
since the last time, whatever the others are at. Then all is let run empty, and the history is checked:

- every item that a feed still shows is in `news`;
- the alerts are those that one quiet process raises from the same `news`, byte for byte and in order;
- every alert has reached the webhook; whatever came twice came with the same bytes.

"Resumed" is from the kill, or from when there was work for the role if that was later, to its next step that is acknowledged. It holds the
start of a Python process and the session timeout (6 s here) after which the broker gives a dead member's partitions away.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from kafka import KafkaConsumer
from kafka.structs import TopicPartition
from redis import Redis

from processors.segments import assess, deduplicate, tag
from producers.feed import FeedState
from tests.servers import KafkaServer, RedisServer, ends_with_us, needs
from tests.world import Receiver, Server, rss
from tocsin.admin import Topics, records_of
from tocsin.model import NewsItem
from tocsin.settings import load_settings
from tocsin.store import Store
from tocsin.topics import group_of, name_of
from tocsin.wire import dump, load

ROLES = {
    "produce": ("produce",),
    "deduplicate": ("process", "--segment", "deduplicate"),
    "tag": ("process", "--segment", "tag"),
    "assess": ("process", "--segment", "assess"),
    "deliver": ("deliver", "--sink", "hook"),
}
SOURCES = {"deduplicate": "news", "tag": "stories", "assess": "events", "deliver": "alerts"}
SIDES = """
Sudan Chad Libya Egypt Ethiopia Eritrea Somalia Kenya Uganda Rwanda Angola Mali Niger Morocco Algeria Syria Iraq Iran Turkey Israel
Lebanon Yemen Pakistan India Nepal Myanmar Thailand Cambodia Laos Vietnam Armenia Azerbaijan Serbia Moldova Ukraine Belarus Venezuela
Colombia Peru""".split()
WORDS = "talks trade budget harvest river school bridge museum court village market train bread salt ferry tower lamp clock copper".split()
HOSTS = 60
AT_ONCE = 2
"""So many new items a feed has each time it is asked."""


class Publisher(Server):
    """Feeds on many addresses of the loopback, each with new items whenever it is asked, which it goes on showing.

    It is slow, so that there is work all the time.
    """

    def __init__(self, delay):
        super().__init__(host="0.0.0.0")
        self.delay, self.grows = delay, True
        self._shown = {}
        self._lock = threading.Lock()

    def get(self, request):
        name = request.headers["Host"] + request.path
        time.sleep(self.delay)
        with self._lock:
            shown = self._shown.setdefault(name, [])
            if self.grows:
                shown += [report(f"{name}#{len(shown) + n}") for n in range(AT_ONCE)]
            body = rss(shown)
        request.answer(200, body, Content_Type="application/rss+xml")

    def guids(self):
        with self._lock:
            return {guid for shown in self._shown.values() for guid, *_ in shown}


def report(guid):
    """An entry of a feed that tells of an act of one country against another, in words no other has."""
    chance = random.Random(guid)
    one, other = chance.sample(SIDES, 2)
    words = " ".join(f"{chance.choice(WORDS)}{chance.randrange(1000)}" for _ in range(20))
    verb = chance.choice(["shells", "bombs", "attacks"])
    return guid, f"{one} {verb} {other} and kills {chance.randrange(2, 40)} soldiers: {words[:40]}", f"{words}.", datetime.now(UTC)


class Watch:
    """How far each role has come, and how much it has before it, as the broker and Redis have it."""

    def __init__(self, bootstrap, redis_url, prefix):
        self._prefix = prefix
        self._redis = Redis.from_url(redis_url)
        self._groups = {
            role: KafkaConsumer(bootstrap_servers=bootstrap, group_id=group_of(prefix, group), enable_auto_commit=False)
            for role, group in (("tag", "tag"), ("deliver", "deliver.hook"))
        }
        reader = self._groups["tag"]
        self._partitions = {
            entity: [TopicPartition(name_of(prefix, entity), n) for n in reader.partitions_for_topic(name_of(prefix, entity))]
            for entity in ("news", "stories", "events", "alerts")
        }

    def look(self):
        """Of each role: what is done, and what there is to do."""
        ends = self._groups["tag"].end_offsets([one for partitions in self._partitions.values() for one in partitions])
        end = {entity: sum(ends[one] for one in partitions) for entity, partitions in self._partitions.items()}
        done = {"produce": end["news"]}
        for segment in ("deduplicate", "assess"):
            done[segment] = int(self._redis.hget(f"{{{self._prefix}.{segment}}}:progress", "following") or 0)
        for role, consumer in self._groups.items():
            done[role] = sum(consumer.committed(one) or 0 for one in self._partitions[SOURCES[role]])
        return {role: (done[role], end[SOURCES[role]] if role in SOURCES else done[role] + 1) for role in ROLES}

    def close(self):
        for consumer in self._groups.values():
            consumer.close()
        self._redis.close()


@dataclass
class Role:
    """One role: its process, and what became of its kills."""

    name: str
    process: subprocess.Popen
    done: int = 0
    killed: float = 0
    hungry: float | None = None
    due: float | None = None
    resumed: list[float] = field(default_factory=list)
    kills: int = 0


@dataclass
class History:
    """What went in and what came out: counts, and what is wrong."""

    items: int
    lines: list[str]
    wrong: list[str]


class Cluster:
    """A Kafka, a Redis, feeds, a receiver and the five roles, in a folder of their own."""

    def __init__(self, folder, feeds, delay, ending):
        self.folder = Path(folder)
        self.kafka, self.redis = (
            KafkaServer().start(),
            RedisServer(needs("redis-server", "Debian: apt-get install redis-server"), durable=True),
        )
        ending.callback(self.kafka.remove)
        self.redis.start()
        ending.callback(self.redis.remove)
        self.publisher, self.receiver = ending.enter_context(Publisher(delay)), ending.enter_context(Receiver())
        self._configure(feeds)
        self.settings = load_settings(self.folder / "tocsin.toml", {})
        with closing(Topics(self.settings.kafka)) as topics:
            topics.ensure()
        self._log = ending.enter_context((self.folder / "log").open("ab"))
        self.roles = {}
        ending.callback(self._end)
        self.roles = {name: Role(name, self._start(name)) for name in ROLES}
        self.watch = ending.enter_context(closing(Watch(self.kafka.bootstrap, self.redis.url, "faults")))

    def _configure(self, feeds):
        port, hook = self.publisher.url.rsplit(":", 1)[1], self.receiver.url.rsplit(":", 1)[1]
        network = f'allow_networks = ["127.0.0.0/8"]\nports = [{port}, {hook}]\n'
        urls = [f"http://127.1.{n % HOSTS}.1:{port}/{n}" for n in range(feeds)]
        (self.folder / "tocsin.toml").write_text(
            f'data_dir = "{self.folder}/data"\n[monitor]\nlisten = "off"\n[feeds]\ndefaults = false\nurls = {json.dumps(urls)}\n'
            f"[poll]\nconcurrent = 2\nhost_pause_seconds = 0\n"
            f"[poll.schedule]\ninterval_minutes = 5\nslowest_minutes = 5\nadaptive = false\n"
            f"[parse]\nworkers = 1\n[fetch.network]\n{network}"
            f'[kafka]\nbootstrap = ["{self.kafka.bootstrap}"]\nprefix = "faults"\nstate = "{self.redis.url}"\nsession_timeout_seconds = 6\n'
            f'[kafka.partitions]\nstories = 4\n[sinks.hook]\ntype = "webhook"\nurl = "{self.receiver.url}"\n[sinks.hook.network]\n{network}'
        )

    def _start(self, name):
        told = [sys.executable, "-m", "tocsin.cli.main", *ROLES[name], "-c", str(self.folder / "tocsin.toml")]
        environ = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)}
        return subprocess.Popen(
            told,
            cwd=self.folder,
            env=environ,
            stdout=self._log,
            stderr=self._log,
            preexec_fn=ends_with_us,  # noqa: PLW1509 -- the other threads here only answer requests
        )

    def _end(self):
        for role in self.roles.values():
            role.process.kill()
            role.process.wait()

    def kill(self, kills, seconds, chance, say):
        """Kill roles until it has been done so often, or so many seconds are over."""
        end = time.monotonic() + seconds
        while sum(role.kills for role in self.roles.values()) < kills and time.monotonic() < end:
            for name, (done, wanted) in self.watch.look().items():
                role, now = self.roles[name], time.monotonic()
                if role.process.poll() is not None:
                    raise SystemExit(f"{name} ended by itself: {role.process.returncode}\n{self.logs()}")
                if role.hungry is None and wanted > role.done:
                    role.hungry = max(now, role.killed)
                if role.due is None and done > role.done:
                    if role.kills:
                        role.resumed.append(now - (role.hungry or role.killed))
                    role.due = now + chance.uniform(0, 1.5)
                if role.due is not None and now >= role.due:
                    self._kill(role, done, now)
                    if (count := sum(one.kills for one in self.roles.values())) % 25 == 0:
                        say(f"{count} kills, {len(self.publisher.guids())} items shown, {len(self.receiver.got)} alerts received")
            time.sleep(0.1)

    def _kill(self, role, done, now):
        role.process.kill()
        role.process.wait()
        role.done, role.killed, role.hungry, role.due = done, now, None, None
        role.kills += 1
        role.process = self._start(role.name)

    def empty(self, seconds):
        """Let everything that is shown go through: the feeds stand still, and are all asked once more."""
        self.publisher.grows, self.publisher.delay = False, 0
        produce = self.roles["produce"]
        produce.process.terminate()
        produce.process.wait(30)
        self._let_time_pass()
        produce.process = self._start("produce")
        end = time.monotonic() + seconds
        shown = self.publisher.guids()
        while not shown <= {load(record.value, NewsItem).guid for record in self._records("news")}:
            if time.monotonic() > end:
                return
            time.sleep(2)
        while time.monotonic() < end:
            if all(done == wanted for role, (done, wanted) in self.watch.look().items() if role != "produce"):
                return
            time.sleep(0.5)

    def _let_time_pass(self):
        """Every feed is due again, as it would be in five minutes."""
        with closing(Store(self.folder / "data" / "tocsin.db")) as store, store.transaction():
            for url, state in store.feeds(FeedState).items():
                store.save_feed(url, replace(state, next_check=None, last_checked=None))

    def stop(self):
        """Tell all roles to end; how they did."""
        for role in self.roles.values():
            role.process.send_signal(signal.SIGTERM)
        return {role.name: role.process.wait(30) for role in self.roles.values()}

    def _records(self, entity):
        return list(records_of(self.settings.kafka, name_of("faults", entity)))

    def logs(self):
        return (self.folder / "log").read_text()[-5000:]

    def history(self):
        """Compare what went in with what came out."""
        news, alerts = self._records("news"), self._records("alerts")
        letters, posted = self._records("dead"), list(self.receiver.got)
        shown, items = self.publisher.guids(), [load(record.value, NewsItem) for record in news]
        expected, got = list(dict.fromkeys(quiet(items, self.settings))), list(dict.fromkeys(record.value for record in alerts))
        ids = {json.loads(raw)["id"] for raw in got}
        names = [name for name, _ in posted]
        lines = [
            line("feeds -> news", shown, {one.guid for one in items}, len(items) - len({one.id for one in items})),
            line("news -> alerts", set(expected), set(got), len(alerts) - len(got)),
            line("alerts -> webhook", ids, set(names), len(names) - len(set(names))),
        ]
        judged = {
            "items lost": shown - {one.guid for one in items},
            "alerts lost": set(expected) - set(got),
            "alerts invented": set(got) - set(expected),
            "alerts out of order": () if got == expected or set(got) != set(expected) else ("yes",),
            "alerts with one id and other bytes": () if len(ids) == len(got) else ("yes",),
            "alerts that did not reach the webhook": ids - set(names),
            "deliveries with one id and other bytes": () if len({*posted}) == len(set(names)) else ("yes",),
            "dead letters": letters,
        }
        return History(len(shown), lines, [f"{what}: {len(found)}" for what, found in judged.items() if found])


def line(step, went_in, came_out, repeated):
    return f"{step:<20} {len(went_in):>7} {len(went_in - came_out):>5} {repeated:>9}"


def quiet(items, settings):
    """The alerts that one process raises from these items, as bytes."""
    first, second, third = deduplicate({}, settings.deduplicate), tag(settings.lexicon), assess({}, settings.assess)
    for one in items:
        for story in first(one):
            for event in second(story):
                yield from map(dump, third(event))


def table(roles):
    """The kills of each role, and how soon it was at work again."""
    yield f"{'role':<12} {'kills':>5} {'resumed, s: median':>19} {'p95':>6} {'most':>6}"
    for role in roles:
        told = sorted(role.resumed) or [0.0]
        yield f"{role.name:<12} {role.kills:>5} {statistics.median(told):>19.1f} {told[int(len(told) * 0.95)]:>6.1f} {told[-1]:>6.1f}"


def run(kills, seconds, *, feeds=600, delay=1.0, seed=1, say=print):
    """Kill so many roles in at most so many seconds; the history, and the roles with their kills."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as ending:
        cluster = Cluster(folder, feeds, delay, ending)
        cluster.kill(kills, seconds, random.Random(seed), say)
        cluster.empty(900)
        ends = cluster.stop()
        history = cluster.history()
        history.wrong += [f"{name} ended with {code}" for name, code in ends.items() if code]
        if history.wrong:
            history.wrong.append(cluster.logs())
        for told in (*table(cluster.roles.values()), f"{'':<20} {'values':>7} {'lost':>5} {'repeated':>9}", *history.lines):
            say(told)
        return history, list(cluster.roles.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--minutes", type=float, default=60, help="no more kills after so long")
    parser.add_argument("--feeds", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    history, roles = run(told.kills, told.minutes * 60, feeds=told.feeds, seed=told.seed, say=lambda line: print(line, flush=True))
    print(f"{sum(role.kills for role in roles)} kills, load of the machine {os.getloadavg()[1]:.0f}")
    print("\n".join(history.wrong) or "nothing lost, nothing invented, nothing out of order")
    return 1 if history.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
