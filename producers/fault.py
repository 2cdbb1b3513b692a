"""Why a feed gave nothing: what can go wrong with fetching it, and what with parsing it.

    FetchError   the server, the network or our own rules stood in the way
    ParseError   a body came, and is no feed, or is none that a parser may be given

Both carry a `kind` out of a bounded set and a `reason` for people; neither text holds the feed's URL, which may hold a secret.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum


class FetchFault(StrEnum):
    """Why a feed could not be fetched. A bounded set: it labels metrics."""

    REFUSED = "refused"
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    TOO_BIG = "too_big"
    REDIRECTS = "redirects"
    ENCODING = "encoding"
    INCOMPLETE = "incomplete"
    PROTOCOL = "protocol"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    CHALLENGE = "challenge"
    LOGIN = "login"
    GONE = "gone"
    CLIENT_ERROR = "client_error"
    SERVER_ERROR = "server_error"
    INTERNAL = "internal"


PATIENCE = frozenset({FetchFault.RATE_LIMITED, FetchFault.UNAVAILABLE})
"""The faults with which a server speaks for its whole host (429, 503)."""


class FetchError(Exception):
    """A fetch that failed: `kind` to count, `reason` to read (never with the URL in it), `retry_after` where the server asked for it.

    `host` is which host answered, where that matters: a redirect may have led to another than the feed's.
    """

    def __init__(self, kind: FetchFault, reason: str, retry_after: timedelta | None = None, *, host: str = "") -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
        self.retry_after = retry_after
        self.host = host


class ParseFault(StrEnum):
    """Why a body gave no items. A bounded set: it labels metrics."""

    EMPTY = "empty"
    HTML = "html"
    CHALLENGE = "challenge"
    LOGIN = "login"
    NOT_A_FEED = "not_a_feed"
    TOO_BIG = "too_big"
    BROKEN = "broken"
    TOO_SLOW = "too_slow"
    TOO_MUCH_MEMORY = "too_much_memory"
    CRASHED = "crashed"
    RESERVED = "reserved"


HARMFUL = frozenset({ParseFault.TOO_SLOW, ParseFault.TOO_MUCH_MEMORY, ParseFault.CRASHED})
"""The faults that cost a worker its life."""


class ParseError(Exception):
    """A body that is no feed, or that no parser may be given any longer: `kind` to count, `reason` to read."""

    def __init__(self, kind: ParseFault, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
