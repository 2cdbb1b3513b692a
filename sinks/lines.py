"""An alert as one line of JSON that a terminal, a pager or a log viewer obeys in nothing."""

from __future__ import annotations

import re

from tocsin.model import Alert
from tocsin.wire import dump

_UNSEEN = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufdd0-\ufdef\ufffe\uffff]|[\U000e0000-\U000e0fff]"
)
"""What JSON leaves as it is and is not seen: C1 controls, marks that turn the direction of writing, line separators, tags."""


def json_line(alert: Alert) -> bytes:
    """The alert as in `wire`, with a line break; what is not seen is written as an escape, so that a reader gets the same words."""
    return _UNSEEN.sub(_escaped, dump(alert).decode()).encode() + b"\n"


def _escaped(found: re.Match[str]) -> str:
    units = found.group().encode("utf-16-be")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))
