"""Archives of feed bodies, read back in the order they were fetched: WARC files, directories and tar files; and JSON lines of items.

An index of all bodies is made first and sorted by time of fetching; then one body at a time is read. A compressed tar file,
which cannot be read out of order, is unpacked into a temporary file meanwhile.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import BinaryIO, Self

from producers.catalogue import CatalogueError, read_catalogue
from producers.lines import LineError, read_lines
from producers.warc import ArchivedBody, ArchiveWriter, Report, read_record, read_warc
from tocsin.clock import Clock
from tocsin.model import NewsItem

__all__ = ["Archive", "ArchiveError", "ArchiveWriter", "ArchivedBody", "holds_items", "read_bodies", "read_items"]

FEED_SUFFIXES = frozenset({".xml", ".rss", ".atom", ".rdf"})
_FETCH_TIME = re.compile(r"\d{8}T\d{6}Z")
_ITEM_LINES = re.compile(r"\.(?:jsonl|ndjson)(?:\.(?:gz|xz|bz2))?\Z")
_CATALOGUE = "feeds.toml"


class ArchiveError(Exception):
    """A path that is no archive or cannot be read; the text says which and why."""


@dataclass(frozen=True, slots=True, order=True)
class _Entry:
    """Where one body lies. Sorts by time; then by feed and place, so that the order is the same on every machine."""

    fetched: datetime
    feed: str
    reader: int
    offset: int
    size: int
    path: str
    url: str = ""


_Reader = Callable[[_Entry], ArchivedBody]


class Archive:
    """All bodies under some paths, in the order they were fetched. `len()` and `size` (bytes) are known before the first is read.

    A body lies at `FEED/FETCHTIME.xml` (FETCHTIME as 20260313T233522Z; else the file's time of change); a `feeds.toml` at the top
    gives the folders their URLs. What is damaged is told to `report` and left out. To be closed: it may hold temporary files.

    Raises:
        ArchiveError: a path is missing, unreadable or of no known kind.
    """

    def __init__(self, paths: Sequence[Path], report: Report) -> None:
        self._open = ExitStack()
        self._readers: list[_Reader] = []
        self._entries: list[_Entry] = []
        try:
            for path in paths:
                self._add(path, report)
        except (OSError, tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, CatalogueError) as wrong:
            self.close()
            raise ArchiveError(f"{path}: {wrong}") from None
        except ArchiveError:
            self.close()
            raise
        self._entries.sort()
        self.size = sum(entry.size for entry in self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def keep(self, wanted: Callable[[datetime], bool]) -> None:
        """Leave out the bodies whose time of fetching is not wanted."""
        self._entries = [entry for entry in self._entries if wanted(entry.fetched)]
        self.size = sum(entry.size for entry in self._entries)

    def __iter__(self) -> Iterator[ArchivedBody]:
        for entry in self._entries:
            yield self._readers[entry.reader](entry)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, wrong: BaseException | None, where: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._open.close()

    def _add(self, path: Path, report: Report) -> None:
        number = len(self._readers)
        if path.is_dir():
            self._readers.append(_read_file)
            self._entries += _directory_entries(path, number)
            for warc in sorted([*path.rglob("*.warc.gz"), *path.rglob("*.warc")]):
                self._add(warc, report)
        elif not path.exists():
            raise ArchiveError(f"{path}: there is no such file or directory")
        elif path.name.endswith((".warc", ".warc.gz")):
            self._readers.append(_read_warc_record)
            self._entries += _warc_entries(path, number, report)
        elif path.suffix in FEED_SUFFIXES:
            self._readers.append(_read_file)
            self._entries.append(_file_entry(path, path.resolve().parent.name, number, {}))
        elif tarfile.is_tarfile(path):
            spool = self._open.enter_context(tempfile.TemporaryFile(prefix="tocsin-"))  # noqa: SIM115 -- closed with the archive
            self._readers.append(partial(_read_spooled, spool))
            self._entries += _tar_entries(path, spool, number)
        else:
            raise ArchiveError(f"{path}: neither a directory, a tar file, a WARC file nor a feed")


def read_bodies(paths: Sequence[Path], report: Report) -> Iterator[ArchivedBody]:
    """The bodies under some paths in the order they were fetched, as `Archive`."""
    with Archive(paths, report) as archive:
        yield from archive


def holds_items(path: Path) -> bool:
    """Whether the file holds JSON lines of items (`*.jsonl`, `*.ndjson`, also compressed) rather than bodies."""
    return bool(_ITEM_LINES.search(path.name))


def read_items(paths: Sequence[Path], clock: Clock) -> Iterator[NewsItem]:
    """The items of files of JSON lines, file by file in the order given.

    Raises:
        ArchiveError: a file cannot be read.
        LineError: a line is no item; the text begins with the file.
    """
    for path in paths:
        try:
            with _uncompressed(path) as lines:
                yield from read_lines(lines, clock)
        except LineError as wrong:
            raise LineError(f"{path}, {wrong}") from None
        except (OSError, EOFError, lzma.LZMAError, zlib.error) as wrong:
            raise ArchiveError(f"{path}: {wrong}") from None


def _uncompressed(path: Path) -> BinaryIO | gzip.GzipFile | lzma.LZMAFile | bz2.BZ2File:
    match path.suffix:
        case ".gz":
            return gzip.open(path, "rb")
        case ".xz":
            return lzma.open(path, "rb")
        case ".bz2":
            return bz2.open(path, "rb")
        case _:
            return path.open("rb")


def _read_file(entry: _Entry) -> ArchivedBody:
    return ArchivedBody(feed=entry.feed, url=entry.url, fetched=entry.fetched, body=Path(entry.path).read_bytes())


def _read_warc_record(entry: _Entry) -> ArchivedBody:
    return read_record(Path(entry.path), entry.offset)


def _read_spooled(spool: BinaryIO, entry: _Entry) -> ArchivedBody:
    spool.seek(entry.offset)
    return ArchivedBody(feed=entry.feed, url=entry.url, fetched=entry.fetched, body=spool.read(entry.size))


def _directory_entries(root: Path, reader: int) -> Iterator[_Entry]:
    catalogue = root / _CATALOGUE
    urls = _urls(catalogue.read_bytes()) if catalogue.is_file() else {}
    for path in sorted(root.rglob("*")):
        if path.suffix in FEED_SUFFIXES and path.is_file():
            folder = path.parent.relative_to(root).as_posix()
            yield _file_entry(path, root.resolve().name if folder == "." else folder, reader, urls)


def _file_entry(path: Path, feed: str, reader: int, urls: dict[str, str]) -> _Entry:
    status = path.stat()
    url = urls.get(feed, "")
    return _Entry(_fetch_time(path.name, status.st_mtime), url or _readable(feed), reader, 0, status.st_size, str(path), url)


def _warc_entries(path: Path, reader: int, report: Report) -> Iterator[_Entry]:
    for offset, body in read_warc(path, report):
        yield _Entry(body.fetched, body.feed, reader, offset, len(body.body), str(path), body.url)


def _tar_entries(path: Path, spool: BinaryIO, reader: int) -> list[_Entry]:
    found: list[tuple[tarfile.TarInfo, int]] = []
    urls: dict[str, str] = {}
    with tarfile.open(path, mode="r|*") as tar:
        for member in tar:
            name = PurePosixPath(member.name)
            content = tar.extractfile(member) if member.isfile() else None
            if content and name.name == _CATALOGUE:
                urls |= _urls(content.read())
            elif content and name.suffix in FEED_SUFFIXES:
                found.append((member, spool.tell()))
                shutil.copyfileobj(content, spool)
    return [_tar_entry(member, offset, reader, urls) for member, offset in found]


def _tar_entry(member: tarfile.TarInfo, offset: int, reader: int, urls: dict[str, str]) -> _Entry:
    name = PurePosixPath(member.name)
    feed = name.parent.as_posix().removeprefix("./")
    url = urls.get(feed) or urls.get(name.parent.name, "")
    return _Entry(_fetch_time(name.name, member.mtime), url or _readable(feed), reader, offset, member.size, member.name, url)


def _readable(folder: str) -> str:
    """A folder's name as text that can be written anywhere: bytes that are not UTF-8 are replaced."""
    return folder.encode(errors="surrogateescape").decode(errors="replace")


def _urls(catalogue: bytes) -> dict[str, str]:
    return {feed.name: feed.url for feed in read_catalogue(catalogue)}


def _fetch_time(name: str, changed: float) -> datetime:
    """The time in a file's name, else the time of its last change (seconds since 1970)."""
    if told := _FETCH_TIME.search(name):
        try:
            return datetime.strptime(told.group(), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        except ValueError:
            pass
    return datetime.fromtimestamp(changed, UTC)
