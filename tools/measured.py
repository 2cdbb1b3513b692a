"""Takes the figures of the documentation into the page: `make measured` writes `tocsin/dashboard/measured.json`."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
OUT = ROOT / "tocsin" / "dashboard" / "measured.json"
PARTS = {"Tagging": "tagging.md", "Deduplication": "deduplication.md", "Incidents": "incidents.md"}
_FIGURES = {"Tagging": "reached", "Deduplication": "hand-read pairs", "Incidents": "reached, held out"}
"""What the table that is meant holds."""


def figures() -> list[dict[str, object]]:
    """The table of measured figures of each document, row by row."""
    return [{"part": part, "rows": rows((ROOT / "docs" / name).read_text("utf-8"), _FIGURES[part])} for part, name in PARTS.items()]


def rows(text: str, holding: str) -> list[list[str]]:
    """The cells of the first table that holds these words, without its head, its Markdown and its empty rows."""
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        if holding in table:
            cells = [[re.sub(r"[*`]", "", cell).strip() for cell in line.strip().strip("|").split("|")] for line in table.splitlines()]
            return [row for row in cells[2:] if any(row)]
    raise SystemExit(f"no table holds {holding!r}")


def main() -> int:
    OUT.write_text(json.dumps(figures(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
