"""A receiver on the loopback address that misbehaves as a test tells it to, and remembers every request it read."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from ipaddress import ip_network

from tocsin.network import NetworkPolicy

Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    body: bytes


def answer(status: int, headers: dict[str, str] | None = None, body: bytes = b"ok") -> Behaviour:
    async def behave(out):
        told = {"Content-Length": str(len(body))} | (headers or {})
        lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in told.items()), "", ""]
        out.write("\r\n".join(lines).encode() + body)
        await out.drain()

    return behave


async def hang(out):
    await asyncio.sleep(3600)


async def drip_headers(out):
    for byte in b"HTTP/1.1 200 OK\r\nX: " + b"a" * 3600:
        out.write(bytes([byte]))
        await out.drain()
        await asyncio.sleep(0.05)


async def drip_body(out):
    out.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for _ in range(3600):
        out.write(b"a")
        await out.drain()
        await asyncio.sleep(0.05)


async def cut(out):
    out.close()


async def gigabyte(out):
    out.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
    for _ in range(16_384):
        out.write(bytes(65_536))
        await out.drain()


async def no_http(out):
    out.write(b"220 mail.example ESMTP\r\n")
    await out.drain()


async def huge_headers(out):
    out.write(b"HTTP/1.1 200 OK\r\n" + b"X: " + b"a" * 1_000_000 + b"\r\n\r\n")
    await out.drain()


async def taken_then_closed(out):
    """A polite answer, after which the server closes the idle connection."""
    await answer(200)(out)
    await asyncio.sleep(0.02)
    out.close()


@dataclass
class Receiver:
    """Answers each request with the next behaviour of `script`, then always with the last."""

    script: list[Behaviour] = field(default_factory=lambda: [answer(200)])
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    ended: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    tls: ssl.SSLContext | None = None

    def __enter__(self):
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.tls))
        self.port = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        return self

    def __exit__(self, *_):
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _stop(self):
        self._server.close()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    @property
    def url(self):
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}/hook/s3cret"

    @property
    def policy(self):
        return NetworkPolicy(allow_networks=(ip_network("127.0.0.0/8"),), ports=frozenset({self.port}))

    async def _serve(self, into, out):
        self.connections += 1
        try:
            while line := await into.readline():
                headers = {}
                while (header := (await into.readline()).strip()) != b"":
                    name, _, value = header.decode().partition(":")
                    headers[name.lower()] = value.strip()
                body = await into.readexactly(int(headers.get("content-length", 0)))
                self.requests.append(Request(line.split()[1].decode(), headers, body))
                behave = self.script.pop(0) if len(self.script) > 1 else self.script[0]
                await behave(out)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            out.close()
            self.ended.release()
