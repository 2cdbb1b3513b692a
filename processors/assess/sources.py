"""Who is a source of its own: outlets by the house that publishes them, so that one newsroom is counted once."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path

_HOST = re.compile(r"[\w-]+(\.[\w-]+)+")
_SECOND_LEVEL = frozenset("co com org net gov ac edu".split())
"""Labels before a country's own that belong to the public suffix: bbc.co.uk, abc.net.au."""


@lru_cache(maxsize=4096)
def house_of(outlet: str) -> str:
    """The house an outlet belongs to, by the host or the name it is known by; an unknown one is a house of its own.

    >>> house_of("bbc.co.uk") == house_of("BBC News")
    True
    >>> house_of("english.news.cn") == house_of("news.com.au")
    False
    """
    name = outlet.casefold().strip()
    if _HOST.fullmatch(name):
        domain = _registered(name.split("."))
        if domain in _houses():
            return _houses()[domain]
        name = domain.partition(".")[0]
    key = re.sub(r"\W|_", "", name)
    return _houses().get(key, key) or "unknown"


def _registered(labels: list[str]) -> str:
    """The domain that somebody registered, from the labels of a host: "bbc.co.uk" of "feeds.bbc.co.uk"."""
    if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL:
        return ".".join(labels[-3:])
    return ".".join(labels[-2:])


@lru_cache(maxsize=1)
def _houses() -> dict[str, str]:
    told = tomllib.loads(Path(__file__).with_name("publishers.toml").read_text(encoding="utf-8"))
    return {name: house for house, names in told.items() for name in names}
