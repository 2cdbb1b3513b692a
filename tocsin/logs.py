"""What the service says of itself, on standard error: one line a record, as text for people or as JSON for machines.

Every field is bounded, control characters are shown and not obeyed, and no secret passes: what the settings call a secret is struck
out wherever it stands, and so are the user, the password and the query of every address.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr

MESSAGE_LIMIT = 2_000
"""Characters of a message; what is longer is cut."""
FIELD_LIMIT = 300
STACK_LIMIT = 8_000
FIELDS = ("feed", "sink", "alert", "segment", "reason")
"""What a record may carry besides its message (`extra=`): names and codes to filter by."""
NOISY = ("asyncio", "aiohttp", "uvicorn", "faust", "mode", "aiokafka", "kafka")
"""Libraries whose own chatter nobody asked for."""


class LogFormat(StrEnum):
    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogSettings(BaseModel):
    """[log] of tocsin.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: LogFormat = LogFormat.TEXT
    """Lines for people, or one JSON object a line."""
    level: LogLevel = LogLevel.INFO
    """From which gravity on."""


def set_up(settings: LogSettings, secrets: Iterable[str] = (), *, verbose: bool = False, stream: TextIO | None = None) -> None:
    """Log to standard error from now on, in the place of what was set up before; `verbose` tells of everything."""
    formatter: logging.Formatter = JsonLines(secrets) if settings.format is LogFormat.JSON else TextLines(secrets)
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    level = "DEBUG" if verbose else settings.level.upper()
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for noisy in NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)


def secrets_in(settings: Any) -> Iterator[str]:
    """Every secret that stands in some settings, however deep, or in a file they name under a key that ends in `_file`."""
    if isinstance(settings, SecretStr):
        yield settings.get_secret_value()
    elif isinstance(settings, BaseModel):
        for name in type(settings).model_fields:
            value = getattr(settings, name)
            if isinstance(value, Path) and name.endswith("_file") and name not in PUBLIC_FILES:
                yield from _secrets_of(value)
            else:
                yield from secrets_in(value)
    elif isinstance(settings, dict):
        for value in settings.values():
            yield from secrets_in(value)
    elif isinstance(settings, list | tuple | set | frozenset):
        for value in settings:
            yield from secrets_in(value)


PUBLIC_FILES = frozenset({"ca_file", "cert_file"})
"""Certificates: everybody is shown them."""
_SECRET_FILE_AT_MOST = 65_536


def _secrets_of(file: Path) -> Iterator[str]:
    """What a file of secrets holds, line by line. One that cannot be read is told by who needs it."""
    try:
        with file.open(encoding="utf-8") as opened:
            lines = opened.read(_SECRET_FILE_AT_MOST).split()
    except (OSError, ValueError):
        return
    yield from lines


def _pieces(secret: str) -> Iterator[str]:
    """A secret, and of one that is an address what makes it one, since libraries tell of the path or the password alone."""
    yield secret
    if "://" in secret:
        try:
            parts = urlsplit(secret)
            yield from filter(None, (parts.password, unquote(parts.password or ""), parts.query))
        except ValueError:
            return
        if len(parts.path) >= _LEAST_PATH:
            yield parts.path


_LEAST_PATH = 8
_LEAST_SECRET = 4
"""Characters; striking out anything shorter would strike out words."""
_USER = re.compile(r"(?<=://)[^/\s@?#]*@")
_QUERY = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s?#\"'<>]*\?)[^\s\"'<>]*", re.IGNORECASE)


class Redactor:
    """Strikes secrets out of a text."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = sorted({piece for secret in secrets for piece in _pieces(secret) if len(piece) >= _LEAST_SECRET}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(self, text: str) -> str:
        text = self._known.sub("***", text) if self._known else text
        return _QUERY.sub(r"\1***", _USER.sub("***@", text))


_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def _visible(text: str) -> str:
    """The text on one line, with what would steer a terminal spelled out."""
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


class _Lines(logging.Formatter):
    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        self._redact = Redactor(secrets)

    def _message(self, record: logging.LogRecord) -> str:
        return _cut(self._redact(record.getMessage()), MESSAGE_LIMIT)

    def _stack(self, record: logging.LogRecord) -> str:
        """The end of the stack trace, which says most."""
        if not record.exc_info:
            return ""
        return self._redact(self.formatException(record.exc_info))[-STACK_LIMIT:]


class TextLines(_Lines):
    """`2026-03-01 12:00:00,000 WARNING message`, and the stack trace indented below it."""

    def format(self, record: logging.LogRecord) -> str:
        line = f"{self.formatTime(record)} {record.levelname:<7} {_visible(self._message(record))}"
        stack = self._stack(record)
        return "\n    ".join([line, *map(_visible, stack.splitlines())])


class JsonLines(_Lines):
    """One object a line: `time`, `level`, `logger`, `event` (the message without its values: what to count by), `message`, the `FIELDS`
    that are known, `error` and `stack` where something was raised.
    """

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _cut(self._redact(str(record.msg)), FIELD_LIMIT),
            "message": self._message(record),
        }
        for name in FIELDS:
            if (value := getattr(record, name, None)) is not None:
                told[name] = _cut(self._redact(str(value)), FIELD_LIMIT)
        if record.exc_info and record.exc_info[0]:
            told |= {"error": record.exc_info[0].__name__, "stack": self._stack(record)}
        return json.dumps(told, ensure_ascii=True)
