"""WebSub (W3C Recommendation, 2018): a feed that names a hub is pushed by it, and asked for seldom. Decides with values; touches nothing.

A subscription is asked of the hub, which asks back whether it was meant, and holds for a lease that is renewed before it ends. What a hub
sends is signed with a secret that only it and we know; what is not is nobody's.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urljoin, urlsplit

from producers.feed import FeedState, FeedStatus
from producers.schedule import spread

LEASE = timedelta(days=10)
"""What is asked for; the hub decides."""
LEAST_LEASE, LONGEST_LEASE = timedelta(minutes=1), timedelta(days=30)
"""A shorter lease is refused: it would be renewed without end. A longer one is renewed as if it were no longer."""
RENEW_AT = 0.8
"""Of the lease."""
RETRY, RETRY_AT_MOST = timedelta(hours=1), timedelta(hours=24)
"""When a hub is asked again that did not ask back; fourfold each time."""
MOST_GOODBYES = 3
"""How often a hub is asked to end a subscription."""
CLOCK_OFF = timedelta(minutes=10)
"""What was kept as later than this in the future was kept by a clock that was wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One subscription, wanted or to be ended. `callback` is where the hub sends to: an address of ours that ends in the `token`.

    `asked` is when the hub was last asked, `tries` how often since it last asked back; `pending` while that is awaited. It holds from
    `verified` `until` the lease ends. `missed`: a poll found what the hub had not pushed, so that its silence says nothing.
    """

    feed: str
    hub: str
    topic: str
    callback: str
    token: str
    secret: str
    wanted: bool = True
    pending: bool = False
    asked: datetime | None = None
    tries: int = 0
    verified: datetime | None = None
    until: datetime | None = None
    reason: str = ""
    pushed: datetime | None = None
    pushes: int = 0
    ignored: int = 0
    missed: bool = False

    def holds(self, now: datetime) -> bool:
        """Whether the hub pushes by now."""
        if not self.wanted or self.verified is None or self.until is None:
            return False
        return self.verified - CLOCK_OFF <= now < self.until

    def is_for(self, state: FeedState, callback: str) -> bool:
        """Whether it is what the feed names today, at the address we have today."""
        return self.hub == state.hub and self.topic == state.topic and self.callback == callback


def due(subscription: Subscription, now: datetime) -> bool:
    """Whether the hub is to be asked: for the first time, again, for another lease, or to end it."""
    asked = subscription.asked
    if asked is None or asked > now + CLOCK_OFF:
        return True
    if subscription.pending or not subscription.holds(now):
        fourfold: int = 4 ** min(max(subscription.tries - 1, 0), 8)
        return now >= asked + min(RETRY * fourfold, RETRY_AT_MOST)
    assert subscription.verified
    assert subscription.until
    return now >= subscription.verified + RENEW_AT * (subscription.until - subscription.verified)


def asking(subscription: Subscription, now: datetime) -> Subscription:
    """What is kept before the hub is asked, since it may ask back before it answers."""
    return replace(subscription, asked=now, pending=True, tries=subscription.tries + 1, reason="")


def failed(subscription: Subscription, reason: str) -> Subscription:
    """The hub could not be asked, or refused."""
    return replace(subscription, reason=reason)


def ending(subscription: Subscription) -> Subscription:
    """A subscription that is no longer wanted: to be ended at once."""
    return replace(subscription, wanted=False, pending=False, asked=None, tries=0)


def is_over(subscription: Subscription, now: datetime) -> bool:
    """Whether a subscription can be forgotten: it was ended, its lease is over, or the hub does not listen."""
    if subscription.wanted:
        return False
    return subscription.until is None or now >= subscription.until or (subscription.tries >= MOST_GOODBYES and due(subscription, now))


class NotMeantError(Exception):
    """The hub asks about something that nobody here asked it for."""


def confirmed(subscription: Subscription, asked: Mapping[str, str], now: datetime) -> Subscription:
    """The subscription after the hub asked back (section 5.3: verification of intent), or said that it refuses (5.2).

    Raises:
        NotMeantError: another mode or topic than was asked for, nothing was asked for, or no lease that can be kept.
    """
    mode = asked.get("hub.mode", "")
    if asked.get("hub.topic") != subscription.topic:
        raise NotMeantError("another topic")
    if mode == "denied":
        told = " ".join(asked.get("hub.reason", "")[:200].split())
        reason = f"the hub refuses: {told}" if told and told.isprintable() else "the hub refuses"
        return replace(subscription, until=None, pending=False, reason=reason)
    if not subscription.pending or mode != ("subscribe" if subscription.wanted else "unsubscribe"):
        raise NotMeantError("nothing of that kind was asked for")
    if mode == "unsubscribe":
        return replace(subscription, pending=False, until=None)
    lease = lease_of(asked.get("hub.lease_seconds", ""))
    return replace(subscription, pending=False, tries=0, verified=now, until=now + lease, reason="", missed=False)


def lease_of(raw: str) -> timedelta:
    """The lease a hub grants.

    Raises:
        NotMeantError: none, or one too short to be kept.
    """
    seconds = int(raw) if raw.isascii() and raw.isdigit() and len(raw) <= 12 else 0
    if seconds < LEAST_LEASE.total_seconds():
        raise NotMeantError("no lease that can be kept")
    return min(timedelta(seconds=seconds), LONGEST_LEASE)


METHODS = frozenset({"sha1", "sha256", "sha384", "sha512"})
"""Those of the specification (section 8)."""


def is_signed(secret: str, body: bytes, signature: str) -> bool:
    """Whether an `X-Hub-Signature` shows that the body comes from who knows the secret. Takes the same time wherever it differs."""
    method, _, told = signature.strip().partition("=")
    if method.lower() not in METHODS:
        return False
    return hmac.compare_digest(hmac.new(secret.encode(), body, method.lower()).hexdigest().encode(), told.strip().lower().encode())


def lengthened(state: FeedState, subscription: Subscription | None, now: datetime, interval: timedelta) -> FeedState:
    """The feed, to be asked no sooner than after this interval while it is pushed; as it is once it no longer is."""
    if subscription is None or subscription.missed or not subscription.holds(now) or state.status is not FeedStatus.OK:
        return state
    if state.next_check is None or state.last_checked is None:
        return state
    return replace(state, next_check=max(state.next_check, state.last_checked + spread(state.url, interval)))


_LINK = re.compile(r"<([^<>]{1,2048})>((?:\s{0,8};\s{0,8}[^\s=;,]{1,40}\s{0,4}(?:=\s{0,4}(?:\"[^\"]{0,500}\"|[^\s\";,]{0,500}))?){0,20})")
_PARAMETER = re.compile(r";\s{0,8}([^\s=;,]{1,40})\s{0,4}(?:=\s{0,4}(?:\"([^\"]{0,500})\"|([^\s\";,]{0,500})))?")


def linked(headers: Iterable[tuple[str, str]], url: str) -> tuple[str, str]:
    """The hub and the topic that the `Link` headers of an answer name (RFC 8288); "" for what they do not."""
    found = {"hub": "", "self": ""}
    for name, value in headers:
        for target, told in _LINK.findall(value[:8192]) if name.lower() == "link" else ():
            rel = next((quoted or bare for key, quoted, bare in _PARAMETER.findall(told) if key.lower() == "rel"), "")
            for kind in rel.lower().split():
                if kind in found and not found[kind]:
                    found[kind] = _absolute(url, target)
    return found["hub"], found["self"]


def _absolute(url: str, target: str) -> str:
    try:
        return urljoin(url, target.strip())
    except ValueError:
        return ""


def usable(hub: str, topic: str, url: str) -> bool:
    """Whether a hub can be asked for the topic: both are named, and a feed that travels encrypted is not pushed in the open."""
    secure = urlsplit(url).scheme == "https"
    return bool(topic) and urlsplit(hub).scheme in (("https",) if secure else ("http", "https"))
