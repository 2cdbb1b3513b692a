"""The doctor finds what is wrong, says what to do, tells no secret, and changes nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from producers.feed import FeedState
from tests.values import NOON
from tests.world import FeedServer
from tocsin import doctor
from tocsin.clock import utc_now
from tocsin.doctor import Finding, Grade
from tocsin.settings import Settings, load_settings
from tocsin.store import Store

ROOT = Path(__file__).parent.parent


def grades(findings):
    return [(finding.check, finding.grade) for finding in findings]


@pytest.mark.parametrize(
    ("expat", "sqlite", "found"),
    [
        ((2, 6, 0), (3, 40, 1), [("expat", Grade.OK), ("sqlite", Grade.OK)]),
        ((2, 5, 0), (3, 34, 9), [("expat", Grade.WARN), ("sqlite", Grade.FAIL)]),
    ],
)
def test_old_libraries_are_told_with_the_version_that_is_wanted(expat, sqlite, found):
    told = list(doctor.python((3, 11, 7), expat, sqlite))
    assert grades(told)[1:] == found
    assert all(finding.remedy for finding in told if finding.grade is not Grade.OK)


def test_a_disk_with_little_room_is_told(tmp_path, monkeypatch):
    assert grades(doctor.disk(tmp_path / "not" / "made yet"))[0] == ("disk", Grade.OK)
    monkeypatch.setattr(doctor, "FREE_FEW", 1 << 62)
    assert grades(doctor.disk(tmp_path))[0] == ("disk", Grade.WARN)
    monkeypatch.setattr(doctor, "FREE_LEAST", 1 << 61)
    assert grades(doctor.disk(tmp_path))[0] == ("disk", Grade.FAIL)


def test_data_and_secrets_that_others_can_read_are_told(tmp_path):
    key, config = tmp_path / "key", tmp_path / "tocsin.toml"
    key.write_text("https://hook.example/secret")
    config.write_text(f'data_dir = "{tmp_path}/data"\n[sinks.desk]\ntype = "webhook"\nurl_file = "{key}"\n')
    (tmp_path / "data").mkdir(mode=0o755)
    key.chmod(0o644)
    settings = load_settings(config, {})
    told = list(doctor.rights(settings, config))
    assert [finding.remedy for finding in told] == [f"chmod 700 {tmp_path}/data", f"chmod 600 {key}"]
    (tmp_path / "data").chmod(0o700)
    key.chmod(0o600)
    assert grades(doctor.rights(settings, config)) == [("rights", Grade.OK)]
    config.write_text('[sinks.desk]\ntype = "webhook"\nurl = "https://hook.example/secret"\n')
    config.chmod(0o644)
    assert f"chmod 600 {config}" in [finding.remedy for finding in doctor.rights(load_settings(config, {}), config)]


def test_a_damaged_store_is_told_and_a_whole_one_too(tmp_path):
    path = tmp_path / "tocsin.db"
    assert grades(doctor.store(path)) == [("store", Grade.OK)]
    assert not path.exists(), "looking makes nothing"
    with closing(Store(path)) as store, store.transaction():
        for n in range(200):
            store.save_feed(f"https://{n}.example/", FeedState(url="x" * 500))
    assert grades(doctor.store(path)) == [("store", Grade.OK)]
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xff" * 8_192)
    (finding,) = doctor.store(path)
    assert (finding.grade, "restore a backup" in finding.remedy) == (Grade.FAIL, True)


def test_a_clock_that_was_set_back_is_told(tmp_path):
    with closing(Store(tmp_path / "tocsin.db")) as store:
        store.save_feed("u", FeedState(url="u", last_checked=NOON))
    assert list(doctor.ahead(tmp_path / "tocsin.db", lambda: NOON)) == []
    (finding,) = doctor.ahead(tmp_path / "tocsin.db", lambda: NOON - timedelta(hours=3))
    assert (finding.check, finding.grade) == ("clock", Grade.FAIL)


def test_names_that_cannot_be_looked_up_are_told():
    assert grades(doctor.names(["localhost"])) == [("dns", Grade.OK)]
    (finding,) = doctor.names(["nowhere.invalid"])
    assert (finding.grade, "nowhere.invalid" in finding.text) == (Grade.FAIL, True)
    assert grades(doctor.names(["localhost", "nowhere.invalid"])) == [("dns", Grade.WARN)]


@pytest.mark.parametrize(("off", "grade"), [(0, Grade.OK), (60, Grade.WARN), (7_200, Grade.FAIL), (-7_200, Grade.FAIL)])
def test_a_clock_that_differs_from_the_servers_of_feeds_is_told(off, grade):
    with FeedServer() as feeds:
        feeds.entries = {"wire": []}
        port = int(feeds.url.rsplit(":", 1)[1])
        settings = Settings.model_validate(
            {
                "feeds": {"urls": [f"{feeds.url}/wire"]},
                "fetch": {"network": {"allow_networks": ["127.0.0.1/32"], "ports": [port]}},
            }
        )
        (finding,) = doctor.times(settings, lambda: utc_now() + timedelta(seconds=off))
    assert (finding.check, finding.grade) == ("clock", grade)


def test_a_sink_says_what_stands_in_its_way_without_a_secret(tmp_path):
    settings = Settings.model_validate(
        {
            "sinks": {
                "screen": {"type": "console"},
                "state": {"type": "redis", "url": "redis://user:redis-password@127.0.0.1:1/0"},
                "desk": {"type": "webhook", "url_file": str(tmp_path / "none")},
            }
        }
    )
    told = {finding.check: finding for finding in doctor.sinks(settings, utc_now)}
    assert {name: finding.grade for name, finding in told.items()} == {
        "sink screen": Grade.OK,
        "sink state": Grade.WARN,
        "sink desk": Grade.FAIL,
    }
    assert "redis-password" not in str(told)


def test_a_check_that_breaks_hides_no_other(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "disk", lambda _: 1 / 0)
    settings = Settings.model_validate({"data_dir": str(tmp_path / "data")})
    told = list(doctor.examine(settings, None, lambda: datetime.now(UTC), offline=True))
    assert Finding("doctor", Grade.WARN, "a check could not be made: ZeroDivisionError", "report it") in told
    assert ("store", Grade.OK) in grades(told)


def test_the_command_says_its_worst_finding_in_its_exit_code(tmp_path):
    def run(*more):
        told = [sys.executable, "-m", "tocsin.cli.main", "doctor", "--offline", "--json", *more]
        return subprocess.run(told, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60)

    well = run()
    assert (well.returncode, json.loads(well.stdout)["worst"] in {"ok", "warn"}) == (0, True)
    (tmp_path / "tocsin-data").mkdir(mode=0o700)
    (tmp_path / "tocsin-data" / "tocsin.db").write_bytes(b"not a database, but somebody's only copy of it")
    ill = run()
    assert (ill.returncode, json.loads(ill.stdout)["worst"]) == (1, "fail")
