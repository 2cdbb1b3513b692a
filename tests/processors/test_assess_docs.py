"""docs/incidents.md names every knob of `assess` with its default, and no other."""

import re
from pathlib import Path

from processors.assess import AssessSettings

PAGE = Path(__file__).parents[2] / "docs" / "incidents.md"


def test_every_knob_is_in_the_table_with_its_default():
    rows = re.findall(r"^\| `(\w+)` \| (\S+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert {name: float(default) for name, default in rows} == {name: float(value) for name, value in AssessSettings()}
