"""Draw a Slack message from the very payload that is sent for an alert of the sample: python docs/pictures/slack.py

Slack's own rendering differs in fonts and colours; what stands where, and every word, is the payload's.
"""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sinks.slack import change, payload
from tocsin.model import Alert, AlertKind
from tocsin.wire import load

HERE = Path(__file__).parent
WIDTH, COLUMNS, LEFT = 820, 100, 76
STYLES = {
    "name": "font-weight:700;font-size:15px",
    "header": "font-weight:700;font-size:17px",
    "section": "font-size:14px",
    "context": "font-size:12px;fill:#616061",
    "thread": "font-size:12px;font-weight:700;fill:#1264a3",
}


def lines(blocks: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """The style and the text of each line of a message."""
    for block in blocks:
        text = block["text"]["text"] if "text" in block else "   ".join(part["text"] for part in block["elements"])
        text = html.unescape(re.sub(r"<[^|>]*\|([^>]*)>", r"\1", text))
        for paragraph in text.splitlines():
            for line in textwrap.wrap(paragraph, COLUMNS - 14 * (block["type"] == "header")):
                yield block["type"], line
        yield "gap", ""


def drawn(rows: list[tuple[str, str]]) -> str:
    y, told = 34, []
    for style, text in rows:
        if style != "gap":
            told.append(f'<text x="{LEFT}" y="{y}" style="{STYLES[style]}">{html.escape(text)}</text>')
        y += {"gap": 6, "header": 24, "context": 18}.get(style, 21)
    frame = f'<rect width="{WIDTH}" height="{y}" rx="8" fill="#fff" stroke="#ddd"/>'
    frame += '<rect x="20" y="18" width="40" height="40" rx="6" fill="#b00020"/>'
    bell = '<text x="40" y="46" text-anchor="middle" style="font-size:22px;fill:#fff">T</text>'
    font = "font-family:Lato,'Helvetica Neue',Arial,sans-serif;fill:#1d1c1d"
    size = f'width="{WIDTH}" height="{y}" viewBox="0 0 {WIDTH} {y}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} style="{font}">{frame}{bell}{"".join(told)}</svg>\n'


def main() -> None:
    told = subprocess.run([sys.executable, "-m", "tocsin.cli.main", "replay", "--sample"], stdout=subprocess.PIPE, check=True).stdout
    alerts = [load(line, Alert) for line in told.splitlines()]
    live = (alert for alert in alerts if alert.kind is not AlertKind.RESOLVED)
    risen = max(live, key=lambda alert: (alert.sources > 1, bool(alert.tolls), alert.rung > alert.rung_before, alert.at))
    rows = [("name", "Tocsin"), *lines(payload(risen)["blocks"]), ("thread", "1 reply"), *lines(change(risen)["blocks"])]
    (HERE / "slack.svg").write_text(drawn(rows), encoding="utf-8")
    print(json.dumps(payload(risen), indent=1, ensure_ascii=False), file=sys.stderr)


if __name__ == "__main__":
    main()
