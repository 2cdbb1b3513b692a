"""Two minutes of `bench/soak.py`: every kind of fault once, nothing lost, nothing doubled, the sums add up."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.timeout(420)
def test_two_minutes_with_a_fault_every_ten_seconds_lose_and_double_nothing():
    done = subprocess.run(
        [sys.executable, "bench/soak.py", "--minutes", "2", "--every", "10"], cwd=ROOT, capture_output=True, text=True, timeout=400
    )
    told = json.loads(done.stdout)
    print(json.dumps(told))
    assert told["wrong"] == [], done.stderr
    assert told["stories_told"] == told["stories_offered"] > 50
    assert len(told["faults"]) >= 10
