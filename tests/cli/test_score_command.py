"""`tocsin score`: reads gold of any known kind, tells figures as a table or as JSON, and says which line it cannot read."""

import gzip
import json

import pytest

from tocsin.cli.exits import CommandError, Exit
from tocsin.cli.main import main
from tocsin.cli.score import shipped

COIN = '{"id":"own-1","item":{"text":"The cup final ended in a draw."},"label":"none","must":[],"must_not":[],"covers":["sports"]}\n'
WEAK = '{"id":"rel-1","text":"x","label":"none","strength":"weak"}\n'


def test_the_figures_are_one_json_object(tmp_path, capfdbinary):
    (tmp_path / "mine.jsonl").write_text(COIN)
    assert main(["score", "--json", str(tmp_path / "mine.jsonl")]) == Exit.OK
    told = json.loads(capfdbinary.readouterr().out)
    assert told["rows"] == 1
    assert told["false_alarms"] == {"share": 0.0, "right": 0, "of": 1}
    assert told["covers"]["sports"]["of"] == 1


def test_a_gzipped_file_is_read_and_uncounted_rows_are_passed_over(tmp_path, capsys):
    with gzip.open(tmp_path / "set.jsonl.gz", "wt") as out:
        out.write(COIN + WEAK)
    assert main(["score", str(tmp_path / "set.jsonl.gz")]) == Exit.OK
    assert "1 rows" in capsys.readouterr().out


def test_misses_are_told_with_their_text(tmp_path, capsys):
    (tmp_path / "mine.jsonl").write_text(COIN.replace('"none"', '"escalation"'))
    main(["score", "--misses", "1", str(tmp_path / "mine.jsonl")])
    told = capsys.readouterr().out
    assert "own-1: label escalation taken for none" in told
    assert "The cup final" in told


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (COIN + "{", Exit.USAGE, "line 2: not a"),
        (WEAK, Exit.NOTHING, "no row of gold"),
        (None, Exit.USAGE, "cannot read"),
    ],
    ids=["a broken line", "nothing that counts", "no file"],
)
def test_what_cannot_be_scored_is_said_and_where(tmp_path, capsys, content, code, said):
    if content is not None:
        (tmp_path / "mine.jsonl").write_text(content)
    assert main(["score", str(tmp_path / "mine.jsonl")]) == code
    assert said in capsys.readouterr().err


def test_gold_of_a_language_nobody_wrote_is_refused_with_those_there_are():
    with pytest.raises(CommandError, match='no gold texts of language "xx" ship; use one of en, es'):
        shipped("xx")
