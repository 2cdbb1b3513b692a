"""Content codings, undone chunk by chunk and never further than a limit: that is where a megabyte becomes a gigabyte."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import brotli

from producers.fault import FetchError, FetchFault


class Decoder:
    """Chunks that are what they are. `limit` is in bytes, of what comes out.

    Raises (from `feed` and `result`):
        FetchError: TOO_BIG, ENCODING or INCOMPLETE.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._decoded = bytearray()

    def feed(self, chunk: bytes) -> None:
        self._take(chunk)

    def result(self) -> bytes:
        return bytes(self._decoded)

    def _take(self, decoded: bytes) -> None:
        self._decoded += decoded
        if len(self._decoded) > self._limit:
            raise FetchError(FetchFault.TOO_BIG, f"more than {self._limit} bytes when unpacked")

    @property
    def _room(self) -> int:
        """One byte more than is left, so that what is too big is seen to be."""
        return self._limit + 1 - len(self._decoded)


class _Inflated(Decoder):
    """A gzip or deflate stream; of gzip, several one after the other (RFC 1952, section 2.2)."""

    def __init__(self, limit: int, coding: str) -> None:
        super().__init__(limit)
        self._coding = coding
        self._stream: zlib._Decompress | None = None

    def feed(self, chunk: bytes) -> None:
        while chunk:
            if self._stream is None or (self._stream.eof and self._coding == "gzip" and chunk.startswith(b"\x1f")):
                self._stream = zlib.decompressobj(_window_bits(self._coding, chunk))
            if self._stream.eof:
                return
            try:
                self._take(self._stream.decompress(chunk, self._room))
            except zlib.error:
                raise FetchError(FetchFault.ENCODING, f"the body is no {self._coding}") from None
            chunk = self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail

    def result(self) -> bytes:
        if self._stream is not None and not self._stream.eof:
            raise FetchError(FetchFault.INCOMPLETE, f"the {self._coding} stream ends before its end")
        return super().result()


class _Brotli(Decoder):
    """A Brotli stream (RFC 7932). Its window is 16 MB at most: larger ones are no `br`, and refused."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self._stream = brotli.Decompressor()
        self._begun = False

    def feed(self, chunk: bytes) -> None:
        self._begun = self._begun or bool(chunk)
        try:
            while not self._stream.is_finished():
                self._take(self._stream.process(chunk, output_buffer_limit=self._room))
                if self._stream.can_accept_more_data():
                    return
                chunk = b""
        except brotli.error:
            raise FetchError(FetchFault.ENCODING, "the body is no br") from None

    def result(self) -> bytes:
        if self._begun and not self._stream.is_finished():
            raise FetchError(FetchFault.INCOMPLETE, "the br stream ends before its end")
        return super().result()


def _window_bits(coding: str, start: bytes) -> int:
    """Zlib's name for a coding. `deflate` is said of streams with zlib's header and, wrongly but often, of bare ones."""
    if coding == "gzip":
        return 16 + zlib.MAX_WBITS
    with_header = len(start) < 2 or (start[0] & 0x0F == 8 and int.from_bytes(start[:2], "big") % 31 == 0)
    return zlib.MAX_WBITS if with_header else -zlib.MAX_WBITS


def decoder_of(codings: Sequence[str], limit: int) -> Decoder:
    """What undoes the codings that the Content-Encoding headers name.

    Raises:
        FetchError: ENCODING: one that was not asked for, or several, one inside the other.
    """
    named = [coding for header in codings for part in header.split(",") if (coding := part.strip().lower()) not in ("", "identity")]
    match named:
        case []:
            return Decoder(limit)
        case ["gzip" | "x-gzip"]:
            return _Inflated(limit, "gzip")
        case ["deflate"]:
            return _Inflated(limit, "deflate")
        case ["br"]:
            return _Brotli(limit)
        case [_]:
            raise FetchError(FetchFault.ENCODING, "a content encoding that was not asked for")
        case _:
            raise FetchError(FetchFault.ENCODING, "several content encodings, one inside the other")
