"""Draw the picture of the README from what `tocsin replay --sample` really says: python docs/pictures/draw.py"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console

from sinks.console import block
from sinks.message import compose
from tocsin.model import Alert
from tocsin.wire import load

HERE = Path(__file__).parent
SHOWN = 9
"""How many alerts the picture shows: one chain of three acts fits."""
SINCE = "2024-01-15"


def main() -> None:
    told = subprocess.run([sys.executable, "-m", "tocsin.cli.main", "replay", "--sample"], stdout=subprocess.PIPE, check=True).stdout
    console = Console(record=True, width=130, file=sys.stderr, force_terminal=True, markup=False, emoji=False, highlight=False)
    console.print("$ make run")
    alerts = [line for line in told.splitlines() if json.loads(line)["at"] >= SINCE]
    for line in alerts[:SHOWN]:
        alert = load(line, Alert)
        console.print(block(compose(alert), alert.level), soft_wrap=False)
    picture = console.export_svg(title="tocsin run --sample")
    # The fonts of rich's template come from a content network; a picture must not call outside.
    (HERE / "sample.svg").write_text(re.sub(r"@font-face \{.*?\}", "", picture, flags=re.DOTALL), encoding="utf-8")


if __name__ == "__main__":
    main()
