"""The lexicon: a user's file adds to it, what is wrong in one is refused with file, line, key and remedy, its version is its content."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from processors.tag import Tagger, TagSettings
from processors.tag.lexicon import LexiconError, load
from processors.tag.patterns import PatternError, elements
from tocsin.model import NewsItem


def split(words: str) -> tuple[str, ...]:
    return tuple(words.split())


def written(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_a_file_of_ones_own_adds_an_act(tmp_path: Path) -> None:
    extra = written(tmp_path / "own.toml", '[[act]]\ntype = "COERCE"\nmode = "restrict"\nverb = ["zugzwang"]\n')
    item = NewsItem(id="x", feed="f", fetched=datetime(2024, 1, 1, tzinfo=UTC), text="Turkey zugzwanged Greece on Monday.")
    assert Tagger().tag(item) == []
    (event,) = Tagger(TagSettings(extra=(extra,))).tag(item)
    assert (str(event.type), event.mode, event.rule) == ("COERCE", "restrict", "zugzwang")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[act]]\ntype = "ASSAULTS"\nverb = ["hit"]\n', ["line 2", 'did you mean "ASSAULT"?']),
        ('[[act]]\ntype = "ASSAULT"\nmode = "psychic"\n', ["line 3", "no mode of ASSAULT", "aerial"]),
        ('[[act]]\ntype = "ASSAULT"\nverbs = ["hit"]\n', ["verbs", 'did you mean "verb"?']),
        ('[[act]]\ntype = "ASSAULT"\nverb = ["hit @nobodies"]\n', ["line 3", "no class @nobodies", "[classes]"]),
        ('[[act]]\ntype = "ASSAULT"\nverb = ["hit a||b"]\n', ["line 3", "empty alternative"]),
        ("[acts]\n", ["unknown key acts", 'did you mean "act"?']),
        ("[words]\nverbal = 'x'\n", ["words.verbal"]),
        ("type = ", ["is no TOML"]),
    ],
)
def test_what_is_wrong_is_refused_with_file_place_and_remedy(tmp_path: Path, text: str, said: list[str]) -> None:
    path = written(tmp_path / "own.toml", text)
    with pytest.raises(LexiconError) as refused:
        load([path])
    assert all(words in str(refused.value) for words in [str(path), *said])


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match="cannot be read"):
        load([tmp_path / "none.toml"])


def test_the_version_follows_the_content(tmp_path: Path) -> None:
    extra = written(tmp_path / "own.toml", '[[act]]\ntype = "AGREE"\nverb = ["shake_hands"]\n')
    assert load().version == load().version != load([extra]).version


def test_an_empty_pattern_is_refused() -> None:
    with pytest.raises(PatternError):
        elements(" ", {}, split)


@pytest.mark.parametrize("noun", ["air", "machine", "carpet", "baton"])
def test_the_first_half_of_a_hyphenated_verb_is_no_verb(noun):
    """As "air-drop" once made one of "air", and "Israeli air strike" lost its actor."""
    assert noun not in load(()).verbs
