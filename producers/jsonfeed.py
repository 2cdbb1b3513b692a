"""JSON Feed 1.x (jsonfeed.org) -> entries. Read by types: what is not of the type it should be counts as missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from producers.entry import Entry
from producers.fault import ParseError, ParseFault
from tocsin.text import SUMMARY_LIMIT, TEXT_LIMIT, TITLE_LIMIT, clean_guid, clean_text, clean_url


def is_json(body: bytes) -> bool:
    return body.removeprefix(b"\xef\xbb\xbf")[:64].lstrip().startswith(b"{")


@dataclass(frozen=True, slots=True)
class Told:
    """What a JSON Feed holds: its title, its entries, and its hub and own address (WebSub)."""

    title: str
    entries: list[Entry]
    hub: str = ""
    topic: str = ""


def read(body: bytes, base: str) -> Told:
    """What the feed holds.

    Raises:
        ParseError: not JSON, or not a feed.
    """
    try:
        told = msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ParseError(ParseFault.NOT_A_FEED, "begins like JSON, but is none") from None
    if not isinstance(told, dict) or not isinstance(told.get("items"), list) or "jsonfeed.org" not in _string(told, "version"):
        raise ParseError(ParseFault.NOT_A_FEED, "JSON, but no JSON Feed")
    base = base or clean_url(_string(told, "home_page_url"))
    return Told(
        title=clean_text(_string(told, "title"), TITLE_LIMIT),
        entries=[_entry(item, base) for item in told["items"] if isinstance(item, dict)],
        hub=clean_url(_hub(told.get("hubs")), base),
        topic=clean_url(_string(told, "feed_url"), base),
    )


def _hub(hubs: object) -> str:
    known = [hub for hub in hubs if isinstance(hub, dict) and _string(hub, "type").lower() == "websub"] if isinstance(hubs, list) else []
    return _string(known[0], "url") if known else ""


def _entry(item: dict[str, Any], base: str) -> Entry:
    return Entry(
        guid=clean_guid(_identifier(item.get("id"))),
        title=clean_text(_string(item, "title"), TITLE_LIMIT),
        summary=clean_text(_string(item, "summary"), SUMMARY_LIMIT),
        text=clean_text(_string(item, "content_html") or _string(item, "content_text"), TEXT_LIMIT, lines=True),
        url=clean_url(_string(item, "url"), base) or clean_url(_string(item, "external_url"), base),
        published=_moment(_string(item, "date_published") or _string(item, "date_modified")),
    )


def _string(table: dict[str, Any], key: str) -> str:
    value = table.get(key)
    return value if isinstance(value, str) else ""


def _identifier(value: object) -> str:
    """An id that is a number is taken as its digits, as the specification asks."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""


def _moment(raw: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(raw)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
