"""A list of feeds in TOML: the default list beside this file, and the `feeds.toml` of an archive, which gives its folders their URLs."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import msgspec


class Feed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `[[feed]]`: `name` is short and unique (an archive's folder), `url` where it is polled, `title` what people call it."""

    name: str
    url: str
    title: str = ""


class _Catalogue(msgspec.Struct, forbid_unknown_fields=True):
    feed: tuple[Feed, ...] = ()


class CatalogueError(ValueError):
    """A list of feeds that cannot be read; the text says why."""


def read_catalogue(raw: bytes) -> tuple[Feed, ...]:
    """The feeds of a list.

    Raises:
        CatalogueError: not TOML, an unknown key, a missing one, or a name or URL that comes twice.
    """
    try:
        feeds = msgspec.convert(tomllib.loads(raw.decode()), _Catalogue).feed
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as wrong:
        raise CatalogueError(f"not a list of feeds: {wrong}") from None
    for what in ("name", "url"):
        values = [getattr(feed, what) for feed in feeds]
        if twice := next((value for value in values if values.count(value) > 1), None):
            raise CatalogueError(f"two feeds have the {what} {twice!r}")
    return feeds


def default_feeds() -> tuple[Feed, ...]:
    """The public world-news feeds that are polled where no others are named."""
    return read_catalogue(files("producers").joinpath("feeds.toml").read_bytes())
