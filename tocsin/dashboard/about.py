"""The page that says what this is: the method, what it cannot know, and how well it was measured to do."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse

from tocsin.dashboard.desk import HERE, Desk


def page(desk: Desk, request: Request) -> HTMLResponse:
    return desk.page(request, "about.html", {"assess": desk.assess, "measured": measured()})


@lru_cache(maxsize=1)
def measured() -> list[dict[str, Any]]:
    """The figures of the documentation, as `tools/measured.py` took them."""
    told: list[dict[str, Any]] = json.loads((HERE / "measured.json").read_text(encoding="utf-8"))
    return told
