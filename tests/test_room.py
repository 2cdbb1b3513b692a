"""News is refused while there is no room for it, and taken in again by itself."""

from __future__ import annotations

import errno
import resource
import sqlite3
from contextlib import contextmanager

import pytest

from tocsin.metrics import Metrics
from tocsin.progress import Progress
from tocsin.room import PROBE_BYTES, Room, StorageSettings, is_full


@contextmanager
def files_of_at_most(size):
    """A limit of this process that the room left on the disk does not tell."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def progress():
    return Progress()


@pytest.fixture
def room(tmp_path, progress):
    return Room(tmp_path, StorageSettings(pause_below_megabytes=0), Metrics(), progress)


def test_a_pause_ends_when_a_real_write_succeeds(tmp_path, room, progress, caplog):
    assert room.look()
    room.pause("No space left on device")
    with files_of_at_most(PROBE_BYTES - 1):
        assert not room.look()
    assert progress.unready() == ["intake: disk_full"]
    assert "no feed is asked until there is room" in caplog.text
    assert room.look()
    assert progress.unready() == []
    assert list(tmp_path.iterdir()) == []


def test_too_little_room_begins_the_pause_before_any_write_fails_and_it_is_told_once(tmp_path, progress, caplog):
    room = Room(tmp_path, StorageSettings(pause_below_megabytes=10**9), Metrics(), progress)
    assert not room.look()
    assert not room.look()
    assert caplog.text.count("is full") == 1


def test_what_a_full_disk_raises_is_known_from_other_mistakes(tmp_path):
    assert is_full(OSError(errno.ENOSPC, "No space left on device"))
    assert not is_full(OSError(errno.EACCES, "Permission denied"))
    assert not is_full(ValueError())
    db = sqlite3.connect(tmp_path / "x.db")
    db.execute("CREATE TABLE t (x)")
    with files_of_at_most(16_384), pytest.raises(sqlite3.Error) as raised:
        db.execute("INSERT INTO t VALUES (zeroblob(1000000))")
        db.commit()
    db.close()
    assert is_full(raised.value), raised.value
    with pytest.raises(sqlite3.Error) as raised:
        sqlite3.connect(tmp_path / "x.db").execute("nonsense")
    assert not is_full(raised.value)
