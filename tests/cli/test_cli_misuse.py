"""What a clumsy user gets: one sentence and the documented exit code, never a traceback."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from tocsin.cli.exits import Exit

ITEM = '{"id":"1","title":"Zwei Männer — verletzt"}\n'
FAR = '{{"id":"1","title":"x","published":"{}"}}\n'
HOSTILE_LINES = {
    "a time that UTC has not": (FAR.format("0001-01-01T00:00:00+14:00"), "line 1: a time before the year 2"),
    "a time no window fits after": (FAR.format("9999-12-31T23:59:59Z"), "line 1: a time before the year 2"),
    "a number for an id": ('{"id":1}\n', "line 1: "),
    "a lone surrogate": ('{"id":"1","title":"\\ud800"}\n', "line 1: "),
    "half a surrogate pair raw": (b'{"id":"1","title":"\xed\xa0\x80"}\n', "line 1: "),
    "a NUL": (b'{"id":"1","title":"\x00"}\n', "line 1: "),
    "a list that never ends": ('{"id":"1","x":' + "[" * 100_000, "line 1: "),
    "a good line first": (ITEM + "[]\n", "line 2: "),
}


def tocsin(*words, shell="", given=b"", cwd=None, **environment):
    """One run of the command in a process of its own; `shell` is what redirects its streams."""
    return subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {shell}', "sh", sys.executable, "-m", "tocsin.cli.main", *words],
        input=given if isinstance(given, bytes) else given.encode(),
        capture_output=True,
        cwd=cwd,
        env={**os.environ, **environment},
        timeout=120,
        check=False,
    )


def assert_told(done, code, words):
    told = done.stderr.decode()
    assert done.returncode == code, told
    assert words in told
    assert "Traceback" not in told


@pytest.mark.parametrize("command", ["tag", "dedupe"])
@pytest.mark.parametrize(("line", "said"), HOSTILE_LINES.values(), ids=HOSTILE_LINES)
def test_a_line_that_is_no_item_is_told_with_its_number(command, line, said):
    assert_told(tocsin(command, given=line), Exit.USAGE, said)


def test_a_byte_order_mark_and_a_missing_last_line_break_are_no_mistakes():
    done = tocsin("dedupe", given=b"\xef\xbb\xbf" + ITEM.strip().encode())
    assert json.loads(done.stdout) == {"id": "1", "story": "1", "relation": "new"}


def test_a_line_of_a_file_is_told_with_its_file(tmp_path):
    (tmp_path / "mine.jsonl").write_text(ITEM + '{"id":5}\n')
    assert_told(tocsin("replay", "mine.jsonl", cwd=tmp_path), Exit.USAGE, "mine.jsonl, line 2: ")


@pytest.mark.parametrize("words", [("tag",), ("status",), ("replay", "--sample")], ids=" ".join)
def test_a_full_disk_behind_standard_output_is_one_sentence(words, tmp_path):
    assert_told(tocsin(*words, shell=">/dev/full", given=ITEM, cwd=tmp_path), Exit.FAILED, "tocsin: [Errno 28] No space left on device")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("words", [("tag",), ("dedupe",), ("status",)], ids=" ".join)
def test_a_closed_stream_is_as_the_null_device(words, closed, tmp_path):
    assert_told(tocsin(*words, shell=closed, given=ITEM, cwd=tmp_path), Exit.OK, "")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_what_is_piped_is_utf_8_under_any_locale(encoding, tmp_path):
    (tmp_path / "tocsin.toml").write_text('data_dir = "a"\n"ключ" = 1\n', encoding="utf-8")
    feeds = tocsin("feeds", "add", "https://example.org/ключ", "-c", "/dev/null", cwd=tmp_path, PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert feeds.stdout.decode() == "https://example.org/ключ is polled from now on\n"
    assert_told(tocsin("check", cwd=tmp_path, PYTHONIOENCODING=encoding, PYTHONUTF8="0"), Exit.CONFIG, "tocsin.toml:2: ")


@pytest.mark.parametrize("url", ["https://example.org/\x1b[31mred", "https://example.org/\udcff", "https://example.org/\x9b31m"])
def test_an_address_that_could_not_be_kept_or_shown_is_refused(url, tmp_path):
    assert_told(tocsin("feeds", "add", url, cwd=tmp_path), Exit.USAGE, "a control character in the URL")


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("a = " + "[" * 5000, "tocsin.toml: is nested too deeply"),
        ('data_dir = "a\\u0000b"', "cannot be made: embedded null byte; set data_dir"),
    ],
)
def test_a_hostile_configuration_is_one_sentence(config, said, tmp_path):
    (tmp_path / "tocsin.toml").write_text(config)
    assert_told(tocsin("status", cwd=tmp_path), Exit.CONFIG, said)


def test_a_key_that_is_missing_from_the_environment_is_told_with_the_variable_beside_it(tmp_path):
    assert_told(tocsin("check", cwd=tmp_path, TOCSIN__SINKS__X__TYPE="webhook"), Exit.CONFIG, "TOCSIN__SINKS__X__TYPE: sinks.x: ")


def test_an_archive_that_holds_nothing_is_told_by_its_exit_code(tmp_path):
    (tmp_path / "junk.warc").write_bytes(b"\x8f junk " * 99)
    assert_told(tocsin("replay", str(tmp_path)), Exit.NOTHING, "junk.warc: damaged after 0 records")


def test_a_folder_whose_name_is_not_utf_8_is_replayed(tmp_path):
    folder = tmp_path / os.fsdecode(b"f\xff")
    folder.mkdir()
    body = b"<rss version='2.0'><channel><item><title>x</title><link>http://a.example/1</link></item></channel></rss>"
    (folder / "20240101T000000Z.xml").write_bytes(body)
    assert_told(tocsin("replay", str(tmp_path)), Exit.OK, "1 bodies: 1 items = 1 stories")


@pytest.mark.parametrize("row", ['{"id":"1","text":"x","tier":1,"events":[5]}', '{"id":"1","text":"x","label":"none","date":"2024-99-99"}'])
def test_gold_of_the_wrong_types_is_told_with_its_line(row, tmp_path):
    (tmp_path / "mine.jsonl").write_text(row)
    assert_told(tocsin("score", "mine.jsonl", cwd=tmp_path), Exit.USAGE, "mine.jsonl, line 1: not a row of gold")


def test_a_data_directory_of_another_program_is_one_sentence(tmp_path):
    (tmp_path / "tocsin-data").mkdir()
    with closing(sqlite3.connect(tmp_path / "tocsin-data" / "tocsin.db")) as foreign:
        foreign.execute("CREATE TABLE feeds (name)")
    assert_told(tocsin("status", cwd=tmp_path), Exit.CONFIG, "table feeds already exists; make room")
    assert_told(tocsin("run", cwd=tmp_path), Exit.CONFIG, "table feeds already exists; make room")


def test_a_damaged_store_is_one_sentence(tmp_path):
    assert_told(tocsin("status", cwd=tmp_path), Exit.OK, "")
    store = tmp_path / "tocsin-data" / "tocsin.db"
    store.write_bytes(store.read_bytes()[:4096] + b"\x8f" * (store.stat().st_size - 4096))
    for command in ("status", "run"):
        assert_told(tocsin(command, cwd=tmp_path), Exit.FAILED, "tocsin.db: database disk image is malformed")


@pytest.mark.parametrize(
    ("sink", "said"),
    [
        ('type = "redis"\nurl = "http://x.example"', "sinks.desk: the URL of Redis begins with redis://"),
        ('type = "webhook"\nurl_file = "/nonexistent"', "sinks.desk: "),
    ],
)
def test_check_tells_what_run_would_refuse(sink, said, tmp_path):
    (tmp_path / "tocsin.toml").write_text("[sinks.desk]\n" + sink)
    assert_told(tocsin("check", cwd=tmp_path), Exit.CONFIG, said)


THE_ACTS = (
    "own.toml",
    '[[act]]\ntype = "COERCE"\nmod = "x"\nverb = ["padlock"]\n',
    'own.toml, line 3: unknown key act.mod; did you mean "mode"?',
)
THE_NAMES = ("own.tsv", "one\ttwo\n", "own.tsv, line 1: 2 columns")


@pytest.mark.parametrize(
    ("words", "name", "content", "said"),
    [
        (("check",), *THE_ACTS),
        (("check",), *THE_NAMES),
        (("tag", "x"), *THE_NAMES),
        (("score",), *THE_ACTS),
        (("replay", "--sample"), *THE_ACTS),
        (("replay", "--sample", "--against", "b.toml"), *THE_ACTS),
        (("run",), *THE_ACTS),
        (("run", "--sample"), *THE_NAMES),
    ],
    ids=lambda told: " ".join(told) if isinstance(told, tuple) else "",
)
def test_a_lexicon_that_is_wrong_is_told_with_its_line(words, name, content, said, tmp_path):
    for toml in ("tocsin.toml", "b.toml"):
        (tmp_path / toml).write_text(f'monitor.listen = "off"\ndashboard.listen = "off"\nlexicon.extra = ["{name}"]\n')
    (tmp_path / name).write_text(content)
    assert_told(tocsin(*words, cwd=tmp_path), Exit.CONFIG, said)


def test_a_lexicon_of_ones_own_is_what_tag_and_score_read(tmp_path):
    (tmp_path / "tocsin.toml").write_text('lexicon.extra = ["own.toml"]\n')
    (tmp_path / "own.toml").write_text('[[act]]\ntype = "COERCE"\nverb = ["padlock"]\n')
    row = {"id": "own-1", "item": {"title": "Iran padlocks Pakistan"}, "label": "escalation", "must": [], "must_not": [], "covers": []}
    (tmp_path / "gold.jsonl").write_text(json.dumps(row) + "\n")
    told = json.loads(tocsin("tag", "Iran padlocks Pakistan", cwd=tmp_path).stdout)
    assert [(event["type"], event["actor"]["country"], event["target"]["country"]) for event in told["events"]] == [
        ("COERCE", "IRN", "PAK")
    ]
    scored = json.loads(tocsin("score", "--json", "gold.jsonl", cwd=tmp_path).stdout)
    assert scored["labels"]["escalation"]["f1"] == 1


def test_what_dedupe_forgets_is_what_the_configuration_says(tmp_path):
    (tmp_path / "tocsin.toml").write_text("deduplicate.window_hours = 1\n")
    item = {"title": "Turkey recalls envoy from Greece after the vote"}
    lines = "".join(json.dumps(item | {"id": hour, "fetched": f"2024-05-15T{hour}:00:00Z"}) + "\n" for hour in ("08", "12"))
    for config, second in (("/dev/null", "retelling"), ("tocsin.toml", "new")):
        done = tocsin("dedupe", "-c", config, given=lines, cwd=tmp_path)
        assert [json.loads(line)["relation"] for line in done.stdout.splitlines()] == ["new", second]
