"""Lines of JSON that say every word and obey none."""

from __future__ import annotations

import unicodedata

import pytest

from sinks.lines import json_line
from tests.sinks.hostile import HOSTILE
from tests.values import alert
from tocsin.model import Alert, Quote
from tocsin.wire import load


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_word_is_one_line_without_anything_unseen_and_reads_back_as_it_was(text):
    clean = text.encode("utf-8", "replace").decode()  # no value that came through the wire holds a lone surrogate
    one = alert(headline=clean, reason=clean, quotes=(Quote(text=clean, outlet=clean, url=clean),))
    line = json_line(one)
    words = line.decode()
    assert words.endswith("}\n")
    assert not [char for char in words[:-1] if unicodedata.category(char) in ("Cc", "Cf", "Cn", "Zl", "Zp")]
    assert load(line, Alert) == one


def test_there_are_more_than_a_hundred_of_them():
    assert len(set(HOSTILE)) >= 100
