"""Feed bodies as WARC files (ISO 28500), one gzip member per record, so that any web-archive tool reads them.

A body is on the disk (fsync) when `write` returns: the archive never holds less than the store whose transaction follows.
A crash in the middle of a write can cut the last record of one file; a new process starts a new file, and readers pass over
what was cut and say so.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO, FileIO
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from tocsin.model import content_id

FEED_HEADER = "Tocsin-Feed"
"""Our own WARC field: the feed the body was asked for, where redirects led to another address."""
ITEM_HEADER = "Tocsin-Item"
"""Our own WARC field of a `conversion`: the item whose article's text it is. Such records stand before the body that names the item."""
_MOVED_ASIDE = {"content-encoding", "transfer-encoding", "content-length"}
"""HTTP headers that speak of the body as it was sent; the body is kept decoded, so they are kept under another name."""

Report = Callable[[str], None]
"""Told, in a sentence, of what an archive holds and nobody can read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedBody:
    """One body as it came: decoded from its transfer, otherwise to the byte.

    `feed` names the feed, `url` is where the body was found ("" where nobody kept it). `texts` are those of articles that were fetched for
    its items, by the items' ids.
    """

    feed: str
    fetched: datetime
    body: bytes
    url: str = ""
    content_type: str = ""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    texts: tuple[tuple[str, str], ...] = ()


class ArchiveWriter:
    """Writes bodies into a directory: a new file for each start of a process and each day (UTC)."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._file: FileIO | None = None
        self._day: str = ""

    def write(self, body: ArchivedBody) -> None:
        """Append one body (a record, after one for each of its texts) and wait until it is on the disk. Its `url`, or else its `feed`, is
        an http(s) address.

        A record that could not be written whole is the last of its file: what follows goes into a new one, where it can be read.

        Raises:
            OSError: the disk is full, or the directory cannot be written.
        """
        record = BytesIO()
        writer = WARCWriter(record, gzip=True, warc_version="1.1")
        for item, text in body.texts:
            writer.write_record(_text_record(writer, body, item, text))
        writer.write_record(_record(writer, body))
        file = self._file_of(body.fetched)
        try:
            _write_all(file, record.getbuffer())
            os.fsync(file.fileno())
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        if self._file:
            self._file.close()
            self._file = None

    def _file_of(self, fetched: datetime) -> FileIO:
        day = f"{fetched:%Y%m%d}"
        if self._file is None or day != self._day:
            self.close()
            self._directory.mkdir(parents=True, exist_ok=True)
            self._day, self._file = day, _new_file(self._directory, f"{fetched:%Y%m%dT%H%M%SZ}")
        return self._file


def _write_all(file: FileIO, record: memoryview) -> None:
    while record:
        record = record[file.write(record) :]


def _new_file(directory: Path, stem: str) -> FileIO:
    number = 0
    while True:
        try:
            return (directory / f"feeds-{stem}-{number}.warc.gz").open("xb", buffering=0)
        except FileExistsError:
            number += 1


def _text_record(writer: WARCWriter, body: ArchivedBody, item: str, text: str) -> ArcWarcRecord:
    payload = text.encode("utf-8", "replace")
    told = _identified(content_id(body.feed, body.fetched.isoformat(), item), body) | {ITEM_HEADER: item}
    return writer.create_warc_record(
        body.url or body.feed,
        "conversion",
        payload=BytesIO(payload),
        length=len(payload),
        warc_content_type="text/plain; charset=utf-8",
        warc_headers_dict=told,
    )


def _identified(identity: str, body: ArchivedBody) -> dict[str, str]:
    return {
        "WARC-Record-ID": f"<urn:uuid:{identity[:8]}-{identity[8:12]}-{identity[12:16]}-{identity[16:20]}-{identity[20:]}>",
        "WARC-Date": body.fetched.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        FEED_HEADER: body.feed,
    }


def _record(writer: WARCWriter, body: ArchivedBody) -> ArcWarcRecord:
    headers = [(f"X-Archive-Orig-{name}" if name.lower() in _MOVED_ASIDE else name, value) for name, value in body.headers]
    if body.content_type and not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", body.content_type))
    headers.append(("Content-Length", str(len(body.body))))
    identity = content_id(body.feed, body.fetched.isoformat(), body.url)
    return writer.create_warc_record(
        body.url or body.feed,
        "response",
        payload=BytesIO(body.body),
        length=len(body.body),
        http_headers=StatusAndHeaders(f"{body.status} ", headers, protocol="HTTP/1.1"),
        warc_headers_dict=_identified(identity, body),
    )


_BLANK_LINES = 16
"""Bytes; what may stand after the last record of a file that is not compressed is fewer."""


def read_warc(path: Path, report: Report) -> Iterator[tuple[int, ArchivedBody]]:
    """The whole response records of a file with their offsets, in order. Damage ends the file, and is reported."""
    with path.open("rb") as file:
        records = ArchiveIterator(file, check_digests=True)
        count = end = 0
        start: int | None = None
        try:
            for record in records:
                kind = _kind(record)
                if kind == "conversion" and record.rec_headers.get_header(ITEM_HEADER):
                    start = records.get_record_offset() if start is None else start
                body = _body(record) if kind == "response" else None
                end = records.get_record_offset() + records.get_record_length()
                count += 1
                if body:
                    yield records.get_record_offset() if start is None else start, body
                    start = None
            file.seek(end)
            damaged = bool(file.read(_BLANK_LINES).strip())
        except Exception:  # noqa: BLE001 -- a header that is cut off makes warcio raise anything, even AttributeError
            damaged = True
    if damaged:
        report(f"{path}: damaged after {count} records; the rest cannot be read")


def read_record(path: Path, offset: int) -> ArchivedBody:
    """The body at an offset that `read_warc` gave, with the texts that stand before it."""
    texts: list[tuple[str, str]] = []
    with path.open("rb") as file:
        file.seek(offset)
        for record in ArchiveIterator(file, check_digests=True):
            if _kind(record) != "conversion":
                return replace(_body(record), texts=tuple(texts))
            texts.append((record.rec_headers.get_header(ITEM_HEADER) or "", record.content_stream().read().decode("utf-8", "replace")))
    raise ValueError("no body at this offset")


_KINDS = frozenset("warcinfo response resource request metadata revisit conversion continuation".split())


def _kind(record: ArcWarcRecord) -> str:
    """The record's type.

    Raises:
        ValueError: none that WARC knows: the header is cut off.
    """
    kind = record.rec_type
    if kind not in _KINDS:
        raise ValueError("no type of record")
    return str(kind)


def _body(record: ArcWarcRecord) -> ArchivedBody:
    """A record's body.

    Raises:
        ValueError: the record is cut off or altered, or lacks what a body needs.
    """
    payload = record.content_stream().read()
    if record.rec_headers.get_header("WARC-Payload-Digest") and not record.digest_checker.passed:
        raise ValueError("the digest does not match")
    told, http = record.rec_headers, record.http_headers
    length = http.get_header("Content-Length") if http else None
    date = told.get_header("WARC-Date")
    if not http or not date or (length is not None and length.isdigit() and int(length) != len(payload)):
        raise ValueError("the record is cut off")
    url = told.get_header("WARC-Target-URI") or ""
    return ArchivedBody(
        feed=told.get_header(FEED_HEADER) or url,
        fetched=datetime.fromisoformat(date).astimezone(UTC),
        body=payload,
        url=url,
        content_type=http.get_header("Content-Type") or "",
        status=int(http.get_statuscode()),
        headers=tuple(http.headers),
    )
