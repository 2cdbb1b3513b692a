"""Whatever a feed is mutated into, it is parsed or refused: no exception escapes, none takes longer than a feed may."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_mutated_feeds_are_parsed_or_refused():
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "bench.fuzz_feeds", "--mutations", "20000"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr
    assert "parsed" in done.stdout
