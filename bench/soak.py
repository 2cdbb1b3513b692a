"""The real service against hostile feeds and a receiver, with a fault every minute: is anything lost, doubled, or leaked?

    python bench/soak.py --minutes 60

Real processes over real HTTP. The service's clock runs 60 times as fast, so that feeds, which are asked every
five minutes at most, are asked every five seconds, and retries come as much sooner. Exits with 1 where a story was lost or told twice, a
sum does not add up, the store is damaged, or memory or file descriptors of the longest-lived process grew.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.faults.test_kill import news  # noqa: E402
from tests.test_service import REFUSALS, HostileServer  # noqa: E402
from tests.world import Receiver  # noqa: E402

RATE = 60.0
"""How much faster the service's clock runs."""
FEEDS = ("wire", "courier", "herald")
ENTRIES = 250
"""How many entries a feed shows; the oldest fall out of it."""
FAULT_SHARE = 0.4
"""For how much of the time between two faults one lasts."""
KILL_SHARE = 1 / 3
"""In how much of the time a round of faults may end the process; then one process has to live through all the others, and be measured."""
GROWTH = 1.25
"""How much more memory the longest-lived process may hold in its last quarter than in its second."""
MORE_FILES = 6
WARM_UP = 60
"""Seconds of a process's life that are left out: it imports, builds its tables and opens its connections."""
JUMP = timedelta(hours=2)


# -- the service's own process


def serve(folder: Path, base: float) -> None:
    """`tocsin run` in effect: the keeper, with a fast clock that can be set wrong, and a name server that can be gone."""
    import tocsin.app
    import tocsin.delivering
    from tocsin.clock import Clocks
    from tocsin.keeper import Keeper
    from tocsin.logs import set_up
    from tocsin.settings import load_settings

    class FastBell(tocsin.delivering.Bell):
        def wait(self, longest: timedelta) -> bool:
            return super().wait(longest / RATE)

    def wall() -> datetime:
        skew = JUMP.total_seconds() if (folder / "clock is wrong").exists() else 0.0
        return datetime.fromtimestamp(base + (time.time() - base) * RATE + skew, UTC)

    lookup = socket.getaddrinfo

    def fails_at_times(host, *told, **also):
        if host == "localhost" and (folder / "no name server").exists():
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return lookup(host, *told, **also)

    socket.getaddrinfo = fails_at_times
    tocsin.delivering.Bell = FastBell
    tocsin.app.poll = partial(tocsin.app.poll, sleep=lambda seconds: asyncio.sleep(seconds / RATE))
    settings = load_settings(folder / "tocsin.toml", {})
    set_up(settings.log)

    async def run() -> None:
        keeper = Keeper(
            settings,
            lambda: load_settings(folder / "tocsin.toml", {}),
            lambda new: set_up(new.log),
            Clocks(wall, lambda: time.monotonic() * RATE, "soak"),
        )
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, keeper.stop)
        loop.add_signal_handler(signal.SIGHUP, keeper.reload)
        await keeper.run()

    asyncio.run(run())


# -- the world around it


class Moody(Receiver):
    """A receiver that can be told to fail."""

    mood = "well"

    def post(self, request, body):
        if self.mood == "refusing":
            return request.answer(503)
        if self.mood == "hanging up":
            return request.connection.close()
        if self.mood == "slow":
            time.sleep(2)
        return super().post(request, body)


@dataclass
class Life:
    """What one process of the service held over time: (seconds, resident bytes, file descriptors)."""

    pid: int
    samples: list[tuple[float, int, int]] = field(default_factory=list)


class World:
    """Feeds, receiver and service; the faults are its methods, each a context that begins and ends one."""

    def __init__(self, folder: Path, feeds: HostileServer, receiver: Moody, disk: Path, *, small_disk: bool) -> None:
        self.folder, self.feeds, self.receiver, self.disk, self.small_disk = folder, feeds, receiver, disk, small_disk
        self.log = folder / "log"
        self.base, self.begun = time.time(), time.monotonic()
        self.offered: list[str] = []
        self.lives: list[Life] = []
        self.exits: Counter[str] = Counter()
        self._news, self._noise = news(), 0
        self._lock = threading.RLock()
        feeds.entries = {name: [] for name in FEEDS}
        self.configure()
        self.start()

    def configure(self, more: str = "") -> None:
        port, hook = (server.url.rsplit(":", 1)[1] for server in (self.feeds, self.receiver))
        urls = [f"http://localhost:{port}/{name}" for name in (*FEEDS, *REFUSALS, "truncated")]
        network = f'allow_networks = ["127.0.0.0/8", "::1/128"]\nports = [{port}, {hook}]\n'
        (self.folder / "tocsin.toml").write_text(
            f'data_dir = "{self.disk}"\n[log]\nformat = "json"\n[dashboard]\nlisten = "off"\n[monitor]\nlisten = "127.0.0.1:0"\n'
            f"[feeds]\nurls = {json.dumps(urls)}\n[fetch.network]\n{network}[storage]\npause_below_megabytes = 1\n"
            "[parse]\nworkers = 1\n[poll]\nhost_pause_seconds = 0\n[poll.schedule]\ninterval_minutes = 5\n"
            f'[sinks.hook]\ntype = "webhook"\ntimeout = 5\nurl = "{self.receiver.url}"\n[sinks.hook.network]\n{network}{more}'
        )

    def start(self) -> None:
        self.log.touch()
        self._read = self.log.stat().st_size
        with self.log.open("ab") as log:
            told = [sys.executable, __file__, "--serve", str(self.folder), "--base", str(self.base)]
            self.process = subprocess.Popen(told, stdout=log, stderr=log, cwd=ROOT)
        self.lives.append(Life(self.process.pid))

    def wait_until_started(self) -> None:
        """Until the process that runs now has said where it serves."""
        for _ in range(240):
            if self.log.read_bytes()[self._read :].count(b"are served at"):
                return
            time.sleep(0.25)
        self.exits["did not start within a minute"] += 1

    def offer(self) -> None:
        """One more story; one in three is told by two outlets."""
        story = next(self._news, None)
        if story is None:
            return
        for name in random.sample(FEEDS, random.choice((1, 1, 2))):
            self._add(name, f"{name}-n{len(self.offered)}", *story)
        self.offered.append(story[0])

    def noise(self) -> None:
        """What is no alarm: most of what feeds bring."""
        self._noise += 1
        words = [random.choice(NOISE) for _ in range(8)]
        self._add(random.choice(FEEDS), f"noise-{self._noise}", " ".join(words).capitalize(), f"A quiet day in district {self._noise}.")

    def _add(self, name: str, guid: str, title: str, summary: str) -> None:
        now = datetime.fromtimestamp(self.base + (time.time() - self.base) * RATE, UTC)
        self.feeds.entries[name] = [*self.feeds.entries[name], (guid, title, summary, now)][-ENTRIES:]

    def sample(self) -> None:
        """Note what the process holds; start it again where it ended by itself."""
        with self._lock:
            if self.process.poll() is not None:
                self.exits[f"ended by itself with {self.process.returncode}"] += 1
                self.start()
            life = self.lives[-1]
            with suppress(OSError):
                pages = int(Path(f"/proc/{life.pid}/statm").read_text().split()[1])
                files = len(list(Path(f"/proc/{life.pid}/fd").iterdir()))
                life.samples.append((time.monotonic() - self.begun, pages * os.sysconf("SC_PAGE_SIZE"), files))

    # -- faults

    @contextmanager
    def killed(self):
        with self._lock:
            self.process.kill()
            self.process.wait()
            self.start()
        yield

    @contextmanager
    def told_to_end(self):
        self.wait_until_started()
        with self._lock:
            self.process.terminate()
            code = self.process.wait(25)
            if code:
                self.exits[f"SIGTERM was answered with {code}"] += 1
            self.start()
        yield

    @contextmanager
    def _receiver(self, mood: str):
        self.receiver.mood = mood
        try:
            yield
        finally:
            self.receiver.mood = "well"

    def receiver_refuses(self):
        return self._receiver("refusing")

    def receiver_hangs_up(self):
        return self._receiver("hanging up")

    def receiver_is_slow(self):
        return self._receiver("slow")

    @contextmanager
    def _file(self, name: str):
        (self.folder / name).touch()
        try:
            yield
        finally:
            (self.folder / name).unlink()

    def name_server_gone(self):
        return self._file("no name server")

    def clock_jumps_and_jumps_back(self):
        return self._file("clock is wrong")

    @contextmanager
    def disk_full(self):
        filler = self.disk / "filler"
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while file.write(bytes(65_536)):
                pass
        try:
            yield
        finally:
            filler.unlink()

    @contextmanager
    def parser_killed(self):
        for child in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
            with suppress(OSError):
                os.kill(int(child), signal.SIGKILL)
        yield

    @contextmanager
    def wrong_configuration(self):
        self.wait_until_started()
        self.configure("[nonsense]\n")
        self.process.send_signal(signal.SIGHUP)
        try:
            yield
        finally:
            self.configure()

    @contextmanager
    def configuration_read_anew(self):
        self.wait_until_started()
        self.process.send_signal(signal.SIGHUP)
        yield

    @contextmanager
    def backed_up(self):
        target = self.folder / f"backup-{time.monotonic_ns()}.db"
        told = [sys.executable, "-m", "tocsin.cli.main", "backup", str(target), "-c", str(self.folder / "tocsin.toml")]
        done = subprocess.run(told, cwd=ROOT, capture_output=True, text=True, check=False)
        with sqlite3.connect(target if done.returncode == 0 else ":memory:") as copy:
            whole = done.returncode == 0 and copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        self.exits["backups" if whole else f"a backup failed: {done.stderr}"] += 1
        target.unlink(missing_ok=True)
        yield

    def faults(self, *, ending: bool):
        """All of them; without those that end the process unless `ending`."""
        chosen = [
            self.receiver_refuses, self.name_server_gone, self.parser_killed, self.clock_jumps_and_jumps_back, self.wrong_configuration,
            self.receiver_hangs_up, self.backed_up, self.receiver_is_slow, self.configuration_read_anew,
        ]  # fmt: skip
        if ending:
            chosen += [self.killed, self.told_to_end]
        return [self.disk_full, *chosen] if self.small_disk else chosen

    # -- the reckoning

    def ask(self, query: str):
        with sqlite3.connect(self.disk / "tocsin.db") as db:
            return db.execute(query).fetchall()

    def told(self) -> Counter[str]:
        """How many alerts with an id of their own opened each headline."""
        first = {name: json.loads(body)["data"] for name, body in list(self.receiver.got)}
        return Counter(alert["headline"] for alert in first.values() if alert["kind"] == "opened")

    def is_done(self) -> bool:
        return set(self.offered) <= set(self.told()) and not self.ask("SELECT 1 FROM outbox WHERE state IN ('pending', 'held')")


NOISE = """council library opens garden museum festival choir recipe summer bridge railway timetable orchard painter harvest market theatre
bicycle weather lake school concert ferry novel poet baker chess swimming marathon tourism wine cheese holiday painting island""".split()


def grew(life: Life) -> dict[str, float]:
    """How memory and file descriptors of one process went: the median of its second quarter against that of its last."""
    samples = [sample for sample in life.samples if sample[0] > life.samples[0][0] + WARM_UP]
    quarter = len(samples) // 4
    if quarter < 3:
        return {}
    early, late = samples[quarter : 2 * quarter], samples[-quarter:]
    memory = [statistics.median(rss for _, rss, _ in some) for some in (early, late)]
    files = [statistics.median(n for _, _, n in some) for some in (early, late)]
    return {
        "lived_s": round(samples[-1][0] - samples[0][0]),
        "mb_early": round(memory[0] / 1e6, 1),
        "mb_late": round(memory[1] / 1e6, 1),
        "mb_most": round(max(rss for _, rss, _ in samples) / 1e6, 1),
        "files_early": files[0],
        "files_late": files[1],
        "files_most": max(n for _, _, n in samples),
    }


def reckon(world: World, faults: Counter[str]) -> dict[str, object]:
    """All that is to be known in the end, with what is wrong."""
    told, bodies = world.told(), {}
    for name, body in world.receiver.got:
        bodies.setdefault(name, set()).add(body)
    status = subprocess.run(
        [sys.executable, "-m", "tocsin.cli.main", "status", "--json", "-c", str(world.folder / "tocsin.toml")],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    ledger = json.loads(status.stdout)
    longest = max(world.lives, key=lambda life: len(life.samples))
    trend = grew(longest)
    lost = [title for title in world.offered if not told[title]]
    twice = {title: n for title, n in told.items() if n > 1}
    wrong = [
        *(f"lost: {title}" for title in lost),
        *(f"told {n} times: {title}" for title, n in twice.items()),
        *(f"alert {name} has several bodies" for name, several in bodies.items() if len(several) > 1),
        *([] if ledger["adds_up"] else [f"the sums do not add up: {ledger}"]),
        *([] if world.ask("PRAGMA integrity_check") == [("ok",)] else ["the store is damaged"]),
        *(f"{n} x {what}" for what, n in world.exits.items() if what != "backups"),
    ]
    if trend and trend["mb_late"] > trend["mb_early"] * GROWTH:
        wrong.append(f"memory grew: {trend}")
    if trend and trend["files_late"] > trend["files_early"] + MORE_FILES:
        wrong.append(f"file descriptors grew: {trend}")
    return {
        "wrong": wrong,
        "stories_offered": len(world.offered),
        "stories_told": len(told),
        "deliveries_on_the_wire": len(world.receiver.got),
        "repeats_on_the_wire": len(world.receiver.got) - len(bodies),
        "items": ledger["sums"]["items"],
        "faults": dict(faults),
        "processes": len(world.lives),
        "backups": world.exits["backups"],
        "longest_life": trend,
    }


@contextmanager
def small_disk(folder: Path):
    """A real file system of 64 MB where one may be mounted; else a folder, and the disk is never filled."""
    folder.mkdir()
    mounted = not subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "none", str(folder)], capture_output=True, check=False
    ).returncode
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)


def soak(minutes: float, every: float, seed: int) -> dict[str, object]:
    """Run for so many minutes with a fault every so many seconds, then let everything settle and reckon."""
    random.seed(seed)
    faults: Counter[str] = Counter()
    folder = Path(tempfile.mkdtemp(prefix="tocsin-soak-"))
    with ExitStack() as ending:
        ending.callback(shutil.rmtree, folder, ignore_errors=True)
        mounted = ending.enter_context(small_disk(folder / "disk"))
        feeds, receiver = ending.enter_context(HostileServer()), ending.enter_context(Moody())
        world = World(folder, feeds, receiver, folder / "disk", small_disk=mounted)
        ending.callback(lambda: (world.process.kill(), world.process.wait()))
        end = time.monotonic() + minutes * 60
        kills_until = time.monotonic() + minutes * 60 * KILL_SHARE
        offered_every = max(minutes * 60 * 0.9 / 190, 1.0)
        next_offer = time.monotonic()
        next_fault, fault_over = time.monotonic() + every / 2, None
        queue: list = []
        with ExitStack() as fault:
            while time.monotonic() < end:
                now = time.monotonic()
                world.sample()
                world.noise()
                if now >= next_offer and now < end - 10:
                    world.offer()
                    next_offer += offered_every
                if fault_over and now >= fault_over:
                    fault.close()
                    fault_over = None
                if now >= next_fault and now < end - every / 2:
                    chosen = world.faults(ending=now < kills_until)
                    queue = queue or random.sample(chosen, len(chosen))
                    begin = queue.pop()
                    faults[begin.__name__] += 1
                    print(f"{(now - world.begun) / 60:5.1f} min  {begin.__name__}", file=sys.stderr, flush=True)
                    fault.enter_context(begin())
                    next_fault, fault_over = now + every, now + every * FAULT_SHARE
                time.sleep(0.5)
        settled = time.monotonic() + 180
        while not world.is_done() and time.monotonic() < settled:
            world.sample()
            time.sleep(0.5)
        world.process.terminate()
        if code := world.process.wait(25):
            world.exits[f"SIGTERM was answered with {code}"] += 1
        told = reckon(world, faults)
        if told["wrong"]:
            kept = Path(tempfile.gettempdir()) / "tocsin-soak.log"
            shutil.copy(world.log, kept)
            print(f"the service's log: {kept}", file=sys.stderr)
        return told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--every", type=float, default=60, help="seconds from one fault to the next")
    parser.add_argument("--seed", type=int, default=20260301)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--base", type=float, help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.serve:
        serve(told.serve, told.base)
        return 0
    figures = soak(told.minutes, told.every, told.seed)
    print(json.dumps(figures, indent=1))
    return 1 if figures["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
