"""A local HTTP server whose every path behaves in a way of its own: well, oddly, or with bad intent."""

import asyncio
import gzip
import zlib
from contextlib import asynccontextmanager
from ipaddress import ip_network

import brotli

from producers.fetch import FetchSettings
from tocsin.network import NetworkPolicy

FEED = b"<rss version='2.0'><channel><title>T</title><item><title>One</title><guid isPermaLink='false'>1</guid></item></channel></rss>"
MEGABYTE = 1024 * 1024


def answer(body=b"", status="200 OK", *headers, length=None):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers, "Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def packed(body, coding, window):
    squeeze = zlib.compressobj(9, zlib.DEFLATED, window)
    return answer(squeeze.compress(body) + squeeze.flush(), "200 OK", f"Content-Encoding: {coding}")


ZEROS = b"\x00" * (100 * MEGABYTE)


def _whole():
    """Paths that are answered at once, by the bytes that are sent."""
    return {
        "/feed": answer(
            FEED, "200 OK", "Content-Type: application/rss+xml", "ETag: W/\"a-'b'\"", "Last-Modified: Wed, 21 Oct 2015 07:28:00 +0000"
        ),
        "/gzip": packed(FEED, "gzip", 31),
        "/x-gzip": packed(FEED, "X-GZIP", 31),
        "/deflate": packed(FEED, "deflate", 15),
        "/bare-deflate": packed(FEED, "deflate", -15),
        "/br": answer(brotli.compress(FEED), "200 OK", "Content-Encoding: br"),
        "/no-br": answer(FEED, "200 OK", "Content-Encoding: br"),
        "/half-br": answer(brotli.compress(FEED)[:-12], "200 OK", "Content-Encoding: br"),
        "/bomb-br": answer(brotli.compress(ZEROS, quality=5), "200 OK", "Content-Encoding: br"),
        "/zstd": answer(b"(\xb5/\xfd", "200 OK", "Content-Encoding: zstd"),
        "/two-gzips": answer(gzip.compress(FEED[:50]) + gzip.compress(FEED[50:]), "200 OK", "Content-Encoding: gzip"),
        "/gzip-and-junk": answer(gzip.compress(FEED) + b"\x00" * 9, "200 OK", "Content-Encoding: gzip"),
        "/identity": answer(FEED, "200 OK", "Content-Encoding: identity"),
        "/html": answer(b"<!doctype html><html><body>Please log in</body></html>", "200 OK", "Content-Type: text/html"),
        "/empty": answer(b""),
        "/cut": answer(FEED[:60]),
        "/moved": answer(b"", "301 Moved", "Location: /feed"),
        "/moved-twice": answer(b"", "308 Moved", "Location: moved"),
        "/found": answer(b"", "302 Found", "Location: /moved"),
        "/gone": answer(b"", "410 Gone"),
        "/for-now-gone": answer(b"", "302 Found", "Location: /gone"),
        "/for-good-gone": answer(b"", "301 Moved", "Location: /gone"),
        "/locked": answer(b"", "401 Unauthorized", "WWW-Authenticate: Basic"),
        "/down": answer(b"", "503 Down"),
        "/fresh-error": answer(b"", "404 Not Found", "Cache-Control: max-age=7200"),
        "/challenge-page": answer(
            b"<html><head><title>Just a moment...</title></head></html>", "403 Forbidden", "Content-Type: text/html; charset=UTF-8"
        ),
        "/forbidden-page": answer(b"<html><head><title>Forbidden</title></head></html>", "403 Forbidden", "Content-Type: text/html"),
        "/missing": answer(b"", "404 Not Found"),
        "/failing": answer(b"", "500 Oops"),
        "/busy": answer(b"", "429 Slow Down", "Retry-After: 120"),
        "/busy-until": answer(b"", "503 Busy", "Retry-After: Sun, 01 Mar 2026 12:05:00 GMT"),
        "/challenge": answer(b"<html>", "403 Forbidden", "cf-mitigated: challenge"),
        "/nothing": answer(b"", "204 No Content"),
        "/partial": answer(FEED, "206 Partial Content"),
        "/unasked": answer(b"", "304 Not Modified"),
        "/cookies": answer(FEED, "200 OK", "Set-Cookie: who=you"),
        "/fresh": answer(FEED, "200 OK", "Cache-Control: public, max-age=7200"),
        "/nonsense-etag": answer(FEED, "200 OK", "ETag: \xff\xfe"),
        "/to-ftp": answer(b"", "302 Found", "Location: ftp://127.0.0.1/feed"),
        "/to-file": answer(b"", "302 Found", "Location: file:///etc/passwd"),
        "/to-metadata": answer(b"", "302 Found", "Location: http://169.254.169.254/latest/meta-data/"),
        "/to-loopback": answer(b"", "302 Found", "Location: http://127.0.0.1:6379/"),
        "/to-loopback-6": answer(b"", "302 Found", "Location: http://[::1]/"),
        "/to-private": answer(b"", "302 Found", "Location: http://10.0.0.1/"),
        "/to-user": answer(b"", "302 Found", "Location: http://feed@127.0.0.1/"),
        "/to-number": answer(b"", "302 Found", "Location: http://2130706433/"),
        "/to-nowhere": answer(b"", "302 Found", "Location: http://["),
        "/loop": answer(b"", "302 Found", "Location: /loop"),
        "/50-megabytes-announced": answer(FEED, length=50 * MEGABYTE),
        "/bomb-gzip": packed(ZEROS, "gzip", 31),
        "/bomb-deflate": packed(ZEROS, "deflate", 15),
        "/bomb-bare-deflate": packed(ZEROS, "deflate", -15),
        "/brotli": answer(b"\x8b\x02\x80", "200 OK", "Content-Encoding: br"),
        "/stacked": answer(gzip.compress(gzip.compress(FEED)), "200 OK", "Content-Encoding: gzip, gzip"),
        "/stacked-apart": answer(gzip.compress(gzip.compress(FEED)), "200 OK", "Content-Encoding: gzip", "Content-Encoding: gzip"),
        "/no-gzip": answer(FEED, "200 OK", "Content-Encoding: gzip"),
        "/half-gzip": answer(gzip.compress(FEED)[:-12], "200 OK", "Content-Encoding: gzip"),
        "/many-headers": answer(FEED, "200 OK", *(f"X-{n}: y" for n in range(5_000))),
        "/long-header": answer(FEED, "200 OK", f"X: {'y' * 100_000}"),
        "/too-short": answer(FEED, length=len(FEED) + 10),
        "/bad-length": answer(FEED, length="-5"),
        "/two-lengths": answer(FEED, "200 OK", "Content-Length: 3"),
        "/no-http": b"220 smtp.example ESMTP\r\n",
        "/closes": b"",
    }


WHOLE = _whole()


class Server:
    """The server's address, and what it was asked: for each request its path and its headers, as bytes."""

    def __init__(self):
        self.asked = []
        self.busiest = 0
        self._open = 0
        self.base = ""
        self.port = 0

    def url(self, path):
        return self.base + path

    def settings(self, **more):
        network = NetworkPolicy(allow_networks=(ip_network("127.0.0.1/32"),), ports=frozenset({80, 443, self.port}))
        return FetchSettings(**{"connect_seconds": 2, "idle_seconds": 1, "total_seconds": 3, "network": network, **more})

    async def handle(self, reader, writer):
        self._open += 1
        self.busiest = max(self.busiest, self._open)
        try:
            request = await reader.readuntil(b"\r\n\r\n")
            path = request.split(b" ", 2)[1].decode()
            self.asked.append((path, dict(line.split(b": ", 1) for line in request.split(b"\r\n")[1:-2])))
            await self.answer(path, request, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._open -= 1
            writer.close()

    async def answer(self, path, request, writer):
        if path == "/delta" and b"A-IM: feed\r\n" in request and b'If-None-Match: "1"' in request:
            writer.write(answer(FEED.replace(b"One", b"Two"), "226 IM Used", "IM: feed", 'ETag: "2"'))
        elif path == "/delta":
            writer.write(answer(FEED, "200 OK", 'ETag: "1"'))
        elif path == "/feed" and b"If-None-Match: W/\"a-'b'\"\r\n" in request:
            writer.write(answer(b"", "304 Not Modified", "Last-Modified: Thu, 22 Oct 2015 07:28:00 GMT"))
        elif path.startswith("/at/"):
            await asyncio.sleep(0.01)
            writer.write(answer(FEED.replace(b"One", path.encode())))
        elif path in WHOLE:
            writer.write(WHOLE[path])
        elif path in ("/endless", "/50-megabytes"):
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in range(50 * 16 if path == "/50-megabytes" else 10**9):
                writer.write(b"10000\r\n" + b" " * 65536 + b"\r\n")
                await writer.drain()
            writer.write(b"0\r\n\r\n")
        elif path == "/silent":
            await asyncio.sleep(60)
        elif path in ("/drip", "/drip-headers"):
            writer.write(b"HTTP/1.1 200 OK\r\n" + (b"Content-Length: 100000\r\n\r\n" if path == "/drip" else b""))
            for _ in range(600):
                writer.write(b"X")
                await writer.drain()
                await asyncio.sleep(0.1)
        else:
            raise AssertionError(path)


@asynccontextmanager
async def serving():
    server = Server()
    listening = await asyncio.start_server(server.handle, "127.0.0.1", limit=2**20)
    server.port = listening.sockets[0].getsockname()[1]
    server.base = f"http://127.0.0.1:{server.port}"
    try:
        yield server
    finally:
        listening.close()
