"""What is written to an archive comes back in the order it was fetched, and damage costs no more than what it damaged."""

import gzip
import io
import lzma
import os
import resource
import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from producers.archive import Archive, ArchiveError, holds_items, read_bodies, read_items
from producers.lines import LineError
from producers.warc import ArchivedBody, ArchiveWriter, read_warc

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def nothing_wrong(sentence):
    raise AssertionError(sentence)


def body(minutes=0, feed="https://news.example/rss", **more):
    return ArchivedBody(feed=feed, fetched=NOON + timedelta(minutes=minutes), body=b"<rss>%d</rss>" % minutes, **more)


def written(directory, *bodies):
    writer = ArchiveWriter(directory)
    for each in bodies:
        writer.write(each)
    writer.close()
    return sorted(directory.glob("*.warc.gz"))


def test_a_body_comes_back_as_it_was_written(tmp_path):
    kept = body(
        url="https://cdn.example/moved/rss",
        content_type="application/rss+xml; charset=utf-8",
        status=200,
        headers=(
            ("ETag", 'W/"x"'),
            ("Content-Type", "application/rss+xml; charset=utf-8"),
            ("Content-Encoding", "gzip"),
            ("Content-Length", "7"),
        ),
    )
    (file,) = written(tmp_path, kept)
    ((_, back),) = read_warc(file, nothing_wrong)
    assert (back.feed, back.url, back.fetched, back.body, back.status, back.content_type) == (
        kept.feed,
        kept.url,
        kept.fetched,
        kept.body,
        kept.status,
        kept.content_type,
    )
    assert ("ETag", 'W/"x"') in back.headers
    assert [name for name, _ in back.headers].count("Content-Type") == 1
    assert ("X-Archive-Orig-Content-Encoding", "gzip") in back.headers, "kept, but no reader may decode the body again"


def test_a_record_of_another_tool_that_lacks_its_date_is_damage(tmp_path):
    record = b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://news.example/\r\nContent-Length: 26\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n\r\nx\r\n\r\n"
    (tmp_path / "a.warc").write_bytes(record)
    told = []
    assert list(read_warc(tmp_path / "a.warc", told.append)) == []
    assert told
    dated = record.replace(b"Content-Length", b"WARC-Date: 2026-03-01T12:00:00Z\r\nContent-Length")
    (tmp_path / "a.warc").write_bytes(dated)
    ((_, back),) = read_warc(tmp_path / "a.warc", nothing_wrong)
    assert (back.feed, back.fetched, back.body) == ("https://news.example/", NOON, b"x")


def test_microseconds_are_kept(tmp_path):
    exact = ArchivedBody(feed="https://news.example/", fetched=NOON.replace(microsecond=123456), body=b"x")
    written(tmp_path, exact)
    assert next(read_bodies([tmp_path], nothing_wrong)).fetched == exact.fetched


def test_the_same_body_makes_the_same_bytes(tmp_path):
    (one,), (other,) = written(tmp_path / "a", body()), written(tmp_path / "b", body())
    assert gzip.decompress(one.read_bytes()) == gzip.decompress(other.read_bytes())


def test_each_start_and_each_day_has_a_file_of_its_own(tmp_path):
    assert len(written(tmp_path, body(), body(5), body(24 * 60))) == 2
    assert len(written(tmp_path, body())) == 3, "a file that is there is never written to again"


def test_each_record_is_a_gzip_member_of_its_own(tmp_path):
    (file,) = written(tmp_path, body(0), body(1))
    offsets = [offset for offset, _ in read_warc(file, nothing_wrong)]
    assert gzip.decompress(file.read_bytes()[offsets[1] :]).count(b"WARC/1.1") == 1


def test_wherever_a_file_is_cut_all_records_before_are_read_and_the_damage_is_reported(tmp_path):
    (file,) = written(tmp_path, body(0), body(1), body(2))
    whole = file.read_bytes()
    offsets = [offset for offset, _ in read_warc(file, nothing_wrong)]
    cut = tmp_path / "cut.warc.gz"
    for length in range(len(whole)):
        cut.write_bytes(whole[:length])
        told = []
        back = [each.body for _, each in read_warc(cut, told.append)]
        complete = sum(length >= end for end in [*offsets[1:], len(whole)])
        assert complete <= len(back) <= complete + 1, "a body is whole a few bytes before its record is"
        assert back == [b"<rss>0</rss>", b"<rss>1</rss>", b"<rss>2</rss>"][: len(back)], length
        assert told or length in (0, *offsets) or len(back) > complete, "what is lost is reported"


def test_after_a_record_that_found_the_disk_full_the_next_ones_can_be_read(tmp_path):
    writer = ArchiveWriter(tmp_path)
    writer.write(body(0))
    (file,) = tmp_path.glob("*.warc.gz")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file.stat().st_size + 100, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            writer.write(body(1))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    writer.write(body(2))
    writer.close()
    told = []
    assert [each.body for each in read_bodies([tmp_path], told.append)] == [b"<rss>0</rss>", b"<rss>2</rss>"]
    assert len(told) == 1


def test_a_byte_that_changed_is_noticed(tmp_path):
    (file,) = written(tmp_path, body(0), body(1))
    whole = bytearray(gzip.decompress(file.read_bytes()))
    plain = tmp_path / "plain.warc"
    at = whole.index(b"<rss>1")
    whole[at + 5] ^= 1
    plain.write_bytes(whole)
    told = []
    assert [each.body for _, each in read_warc(plain, told.append)] == [b"<rss>0</rss>"]
    assert told


def laid_out(root):
    """Two feeds, fetched in turns; one file without a time in its name."""
    for name, at, content in [("a", 0, b"a0"), ("b", 1, b"b1"), ("a", 2, b"a2"), ("b", 3, b"b3")]:
        folder = root / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{NOON + timedelta(minutes=at):%Y%m%dT%H%M%SZ}.xml").write_bytes(content)
    undated = root / "b" / "last.rss"
    undated.write_bytes(b"b4")
    os.utime(undated, ((NOON + timedelta(minutes=4)).timestamp(),) * 2)
    (root / "a" / "notes.txt").write_text("not a feed")
    return root


def told(paths):
    return [(each.feed, each.fetched.minute, each.body) for each in read_bodies(paths, nothing_wrong)]


EXPECTED = [("a", 0, b"a0"), ("b", 1, b"b1"), ("a", 2, b"a2"), ("b", 3, b"b3"), ("b", 4, b"b4")]


def test_a_directory_is_read_in_the_order_its_bodies_were_fetched(tmp_path):
    assert told([laid_out(tmp_path)]) == EXPECTED


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz", "w:bz2"])
@pytest.mark.parametrize("above", [".", "data"])
def test_so_is_a_tar_file_however_it_is_compressed(tmp_path, mode, above):
    root = laid_out(tmp_path / "root")
    packed = tmp_path / "news.tar"
    with tarfile.open(packed, mode) as tar:
        for folder in ("b", "a"):
            tar.add(root / folder, arcname=f"{above}/{folder}")
    expected = EXPECTED if above == "." else [(f"data/{feed}", *rest) for feed, *rest in EXPECTED]
    assert told([packed]) == expected


def test_a_list_of_feeds_gives_the_folders_their_urls(tmp_path):
    root = laid_out(tmp_path / "root")
    (root / "feeds.toml").write_text('[[feed]]\nname = "a"\nurl = "https://a.example/rss"\n')
    packed = tmp_path / "news.tar"
    with tarfile.open(packed, "w") as tar:
        tar.add(root, arcname="archive")
    for path in (root, packed):
        first, second, *_ = read_bodies([path], nothing_wrong)
        assert (first.feed, first.url) == ("https://a.example/rss", "https://a.example/rss")
        assert second.url == ""


def test_paths_of_all_kinds_are_one_archive(tmp_path):
    root = laid_out(tmp_path / "root")
    written(tmp_path / "warcs", body(1), body(5))
    single = tmp_path / "single" / f"{NOON + timedelta(minutes=2, seconds=30):%Y%m%dT%H%M%SZ}.xml"
    single.parent.mkdir()
    single.write_bytes(b"single")
    with Archive([root, tmp_path / "warcs", single], nothing_wrong) as archive:
        bodies = list(archive)
        assert len(archive) == len(bodies) == 8
        assert archive.size == sum(len(each.body) for each in bodies)
    assert [each.fetched for each in bodies] == sorted(each.fetched for each in bodies)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("nowhere", None, "no such file"),
        ("notes.txt", b"hello", "neither a directory"),
        ("half.tar", b"x" * 2000, "neither a directory"),
    ],
)
def test_what_is_no_archive_is_refused(tmp_path, name, content, says):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ArchiveError, match=says):
        Archive([tmp_path / name], nothing_wrong)


def test_a_compressed_tar_that_is_cut_off_is_refused(tmp_path):
    packed = tmp_path / "news.tar.xz"
    with tarfile.open(packed, "w:xz") as tar:
        for number in range(50):
            info = tarfile.TarInfo(f"a/{number}.xml")
            info.size = 5000
            tar.addfile(info, io.BytesIO(os.urandom(5000)))
    packed.write_bytes(packed.read_bytes()[:100_000])
    with pytest.raises(ArchiveError, match=r"news\.tar\.xz"):
        Archive([packed], nothing_wrong)


LINES = b'{"id": "1", "title": "One", "fetched": "2026-03-01T12:00:00Z"}\n\n{"id": "2", "published": "2026-03-01T13:00:00+01:00"}\n{"id": "3"}\n'


@pytest.mark.parametrize(("name", "pack"), [("a.jsonl", bytes), ("a.jsonl.gz", gzip.compress), ("a.ndjson.xz", lzma.compress)])
def test_lines_of_items_are_read_plain_and_compressed(tmp_path, name, pack):
    path = tmp_path / name
    path.write_bytes(pack(LINES))
    assert holds_items(path)
    items = list(read_items([path], lambda: NOON + timedelta(hours=1)))
    assert [item.id for item in items] == ["1", "2", "3"]
    assert [item.fetched for item in items] == [NOON, NOON, NOON + timedelta(hours=1)]


def test_a_line_that_is_no_item_says_which(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(LINES + b'{"title": "no id"}\n')
    with pytest.raises(LineError, match="line 5"):
        list(read_items([path], lambda: NOON))


@pytest.mark.parametrize(
    ("name", "items"), [("a.jsonl", True), ("a.ndjson.gz", True), ("a.xml", False), ("news.tar.gz", False), ("jsonl", False)]
)
def test_the_name_says_whether_a_file_holds_items(name, items):
    assert holds_items(Path(name)) is items
