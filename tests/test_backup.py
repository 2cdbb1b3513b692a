"""A backup of a store that is being written to is of one moment, and there whole or not at all."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.values import alert
from tocsin.backup import BackupError, back_up
from tocsin.overview import overview
from tocsin.store import Store

ROOT = Path(__file__).parent.parent


def fill(store, names):
    for name in names:
        with store.transaction():
            store.add_alert(alert(name), ["desk"])
            store.add({"alerts": 1})


@pytest.fixture
def store(tmp_path):
    with closing(Store(tmp_path / "data" / "tocsin.db")) as opened:
        fill(opened, map(str, range(200)))
        yield opened


def test_a_backup_made_while_the_store_is_written_is_of_one_moment_and_can_be_restored(tmp_path, store):
    written = iter(range(1_000, 2_000))

    def meanwhile(left, total):
        fill(store, [str(next(written))])

    with closing(Store(tmp_path / "data" / "tocsin.db", lock=False)) as reader, pytest.MonkeyPatch.context() as patch:
        patch.setattr("tocsin.backup.PAGES_AT_ONCE", 5)
        back_up(reader, tmp_path / "copy.db", meanwhile)
    assert store.alert_counts()[0] > 205, "it was written to many times meanwhile"
    restored = tmp_path / "elsewhere" / "tocsin.db"
    restored.parent.mkdir()
    restored.write_bytes((tmp_path / "copy.db").read_bytes())  # as docs/operations.md says: one file, nothing beside it
    with closing(Store(restored)) as again:
        assert overview(again).adds_up
        assert overview(again).alerts.kept == 200, "of the moment at which it began"
        assert again.deliveries() == {"desk": {"pending": 200}}
    assert (tmp_path / "copy.db").stat().st_mode & 0o077 == 0


KILLED = """
import os, signal, sys
from pathlib import Path
import tocsin.backup
from tocsin.store import Store
tocsin.backup.PAGES_AT_ONCE = 5
def tell(left, total):
    if left < total / 2:
        os.kill(os.getpid(), signal.SIGKILL)
tocsin.backup.back_up(Store(Path(sys.argv[1]), lock=False), Path(sys.argv[2]), tell)
"""


def test_a_kill_in_the_middle_leaves_no_half_file_and_the_next_backup_is_whole(tmp_path, store):
    source, target = tmp_path / "data" / "tocsin.db", tmp_path / "copy.db"
    killed = subprocess.run([sys.executable, "-c", KILLED, source, target], cwd=ROOT, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert (tmp_path / "copy.db.partial").exists(), "it was in the middle"
    assert not target.exists()
    back_up(store, target)
    assert not (tmp_path / "copy.db.partial").exists()
    with closing(Store(target)) as copy:
        assert copy.alert_counts()[0] == 200


def test_a_file_that_is_there_is_not_replaced(tmp_path, store):
    (tmp_path / "copy.db").write_bytes(b"somebody's")
    with pytest.raises(BackupError, match="name another file"):
        back_up(store, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_bytes() == b"somebody's"


def test_a_place_that_cannot_be_written_is_told(tmp_path, store):
    with pytest.raises(BackupError, match=r"No such file.*nothing was kept"):
        back_up(store, tmp_path / "nowhere" / "copy.db")


def test_a_damaged_store_gives_no_backup(tmp_path):
    path = tmp_path / "data" / "tocsin.db"
    with closing(Store(path)) as store:
        fill(store, map(str, range(400)))
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xff" * 16_384)
    with closing(Store(path, lock=False)) as store, pytest.raises(BackupError, match=r"damaged|malformed"):
        back_up(store, tmp_path / "copy.db")
    assert list(tmp_path.glob("copy.db*")) == []
