"""A publisher and its hub on the loopback, as WebSub (W3C, 2018) describes them: the hub asks back, grants leases, signs what it sends."""

from __future__ import annotations

import hmac
import threading
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode
from urllib.request import Request, urlopen

from tests.world import FeedServer, rss


class Hub(FeedServer):
    """Serves `/NAME` with the hub named in its headers, takes subscriptions at `/hub`, and sends by `push`.

    `asked` counts polls (`FeedServer`), `requests` are the forms that came; `answers` what a callback said to each question.
    """

    def __init__(self, lease=864_000, link=True):
        super().__init__()
        self.lease, self.link = lease, link
        self.requests, self.answers, self.known = [], [], {}
        self.status, self.asks_back = 202, True

    def topic(self, name):
        return f"{self.url}/{name}"

    def get(self, request):
        name = request.path.strip("/")
        if self.link and name in self.entries:
            told = f'<{self.url}/hub>; rel="hub", <{self.topic(name)}>; rel=self'
            answer = request.answer
            request.answer = lambda status, body=b"", **headers: answer(status, body, Link=told, **headers)
        return super().get(request)

    def post(self, request, body):
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        self.requests.append(form)
        if request.path != "/hub" or self.status >= 300:
            return request.answer(self.status if request.path == "/hub" else 404)
        request.answer(202)
        if self.asks_back:
            threading.Thread(target=self.ask_back, args=(form,), daemon=True).start()
        return None

    def ask_back(self, form, **other):
        """Verification of intent; takes what the subscriber confirms."""
        asked = {"hub.mode": form["hub.mode"], "hub.topic": form["hub.topic"], "hub.challenge": "ch4llenge-é", **other}
        if form["hub.mode"] == "subscribe":
            asked.setdefault("hub.lease_seconds", str(self.lease))
        status, said = call(form["hub.callback"] + "?" + urlencode(asked))
        self.answers.append((form["hub.mode"], status))
        if (status, said.decode()) == (200, asked["hub.challenge"]):
            if form["hub.mode"] == "subscribe":
                self.known[form["hub.topic"]] = form
            else:
                self.known.pop(form["hub.topic"], None)
        return status

    def push(self, name, entries, *, method="sha256", secret=None, body=None, **headers):
        """Content distribution; the subscriber's status."""
        form = self.known[self.topic(name)]
        body = rss(entries) if body is None else body
        signature = hmac.new((secret or form["hub.secret"]).encode(), body, method).hexdigest()
        told = {"Content-Type": "application/rss+xml", "X-Hub-Signature": f"{method}={signature}", **headers}
        return call(form["hub.callback"], body, {name: value for name, value in told.items() if value})[0]


def call(url, body=None, headers=None):
    """Status and body of the answer."""
    try:
        with urlopen(Request(url, body, headers or {}), timeout=20) as answer:
            return answer.status, answer.read()
    except HTTPError as wrong:
        with wrong:
            return wrong.code, wrong.read()
