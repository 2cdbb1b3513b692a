"""A small world on the loopback: a feed server with validators, and a receiver of webhooks that keeps what it got."""

from __future__ import annotations

import json
import threading
from collections import Counter
from datetime import datetime
from email.utils import format_datetime
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape


class Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Patient(ThreadingHTTPServer):
    def handle_error(self, *_):
        """A client that was killed or hung up is no news here."""


class Server:
    """An HTTP server in threads of its own, on a free port of the loopback; `with` starts and stops it."""

    def __init__(self, host="127.0.0.1"):
        world = self

        class Handler(Quiet):
            def do_GET(self):
                world.get(self)

            def do_POST(self):
                world.post(self, self.rfile.read(int(self.headers["Content-Length"])))

        self._server = Patient((host, 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def get(self, request):
        request.answer(404)

    def post(self, request, body):
        request.answer(404)


def rss(entries):
    """An RSS body of (guid, title, summary, published) entries, newest last."""
    told = "".join(
        f"<item><guid isPermaLink='false'>{escape(guid)}</guid><title>{escape(title)}</title><description>{escape(summary)}</description>"
        f"<link>https://wire.example/{escape(guid)}</link><pubDate>{format_datetime(published)}</pubDate></item>"
        for guid, title, summary, published in entries
    )
    return f"<?xml version='1.0'?><rss version='2.0'><channel><title>Wire</title><link>https://wire.example/</link>{told}</channel></rss>".encode()


class FeedServer(Server):
    """Serves `/NAME` as the entries put under that name, with an ETag, and answers 304 to a validator that still holds."""

    def __init__(self):
        super().__init__()
        self.entries: dict[str, list[tuple[str, str, str, datetime]]] = {}
        self.asked: Counter[str] = Counter()

    def get(self, request):
        name = request.path.strip("/")
        self.asked[name] += 1
        if name not in self.entries:
            return request.answer(404)
        body = rss(list(self.entries[name]))
        tag = f'"{blake2b(body, digest_size=8).hexdigest()}"'
        if request.headers.get("If-None-Match") == tag:
            return request.answer(304, ETag=tag)
        return request.answer(200, body, ETag=tag, Content_Type="application/rss+xml")


class Receiver(Server):
    """Takes webhooks; `got` holds each body under its id, in order of arrival; `statuses` are answered first, then 200."""

    def __init__(self, statuses=()):
        super().__init__()
        self.statuses = list(statuses)
        self.got: list[tuple[str, bytes]] = []
        self._lock = threading.Lock()

    def post(self, request, body):
        with self._lock:
            status = self.statuses.pop(0) if self.statuses else 200
            if status == 200:
                self.got.append((json.loads(body)["id"], body))
        request.answer(status)

    def ids(self):
        return [name for name, _ in self.got]
