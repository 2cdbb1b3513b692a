import json
from datetime import datetime
from pathlib import Path

import pytest

from tests.values import NOON, alert
from tocsin.cli.compare import compare, line, summary
from tocsin.cli.exits import Exit
from tocsin.cli.main import main
from tocsin.model import AlertKind
from tocsin.replay import Pace, Replay
from tocsin.settings import Settings


def test_the_same_news_is_one_whatever_its_id_and_the_rest_is_told_apart():
    both, ours, theirs = alert("1"), alert("2", kind=AlertKind.UPDATED), alert("3", headline="Another act")
    told = list(compare([both, ours], [alert("other id", incident="other"), theirs]))
    assert [one.raised_by for one in told] == ["both", "rules", "against"]
    assert [line(one)[0] for one in told] == [" ", "<", ">"]
    assert summary(told) == "1 alerts by both, 1 by --rules alone (<), 1 by --against alone (>)"


def test_an_alert_raised_twice_by_one_is_a_disagreement():
    assert [one.raised_by for one in compare([alert("1"), alert("2")], [alert("1")])] == ["both", "rules"]


def test_alerts_stand_in_order_of_time():
    later = alert("1", at=NOON.replace(hour=13))
    assert [one.alert.at.hour for one in compare([later], [alert("2")])] == [12, 13]


def test_replay_compares_two_sets_of_rules(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    news = {"id": "1", "title": "Pakistan launches air strikes on Saravan in Iran, killing nine", "url": "https://one.example/1"}
    (tmp_path / "items.jsonl").write_text(json.dumps(news | {"published": "2024-01-18T06:00:00Z", "fetched": "2024-01-18T06:00:00Z"}))
    (tmp_path / "calm.toml").write_text("[assess]\nopen_below = -10\n")
    assert main(["replay", "items.jsonl", "--against", "calm.toml"]) == Exit.OK
    out, err = capsys.readouterr()
    assert out.startswith("< 2024-01-18 06:00  opened")
    assert "0 alerts by both, 1 by --rules alone" in err
    (tmp_path / "wrong.toml").write_text("[assess]\nopen_belo = -10\n")
    assert main(["replay", "items.jsonl", "--rules", "wrong.toml"]) == Exit.CONFIG


NEWS = [
    {
        "title": "Pakistan launches air strikes on Saravan in Iran, killing nine",
        "url": "https://one.example/1",
        "at": "2024-01-18T06:00:00Z",
    },
    {"title": "Israel bombs airport of Aleppo in Syria, killing three", "url": "https://one.example/2", "at": "2024-01-19T06:00:00Z"},
    {"title": "Turkey launches air strikes on Mosul in Iraq, killing four", "url": "https://one.example/3", "at": "2024-01-20T06:00:00Z"},
]


@pytest.fixture
def three_days(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = [{"id": n["url"], "title": n["title"], "url": n["url"], "published": n["at"], "fetched": n["at"]} for n in NEWS]
    (tmp_path / "items.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (tmp_path / "calm.toml").write_text("[assess]\nopen_below = -10\n")


@pytest.mark.parametrize(
    ("stretch", "days"),
    [
        ([], {18, 19, 20}),
        (["--since", "2024-01-19"], {19, 20}),
        (["--until", "2024-01-19T06:00"], {18}),
        (["--since", "2024-01-18T07:00+01:00", "--until", "2024-01-20"], {18, 19}),
    ],
)
def test_a_stretch_of_time_is_replayed(three_days, capsys, stretch, days):
    assert main(["replay", "items.jsonl", "--json", *stretch]) == Exit.OK
    opened = [json.loads(told) for told in capsys.readouterr().out.splitlines()]
    assert {datetime.fromisoformat(told["at"]).day for told in opened if told["kind"] == "opened"} == days
    main(["replay", "items.jsonl", "--against", "calm.toml", *stretch])
    assert {int(told[10:12]) for told in capsys.readouterr().out.splitlines() if " opened " in told} == days


def test_a_time_or_a_speed_that_is_none_is_refused_with_what_to_write(three_days, capsys):
    for wrong in (["--since", "tomorrow"], ["--speed", "0"], ["--speed", "fast"]):
        with pytest.raises(SystemExit):
            main(["replay", "items.jsonl", *wrong])
        assert "; write " in capsys.readouterr().err


def test_a_replay_at_a_speed_waits_as_long_as_it_took_then_and_tells_the_same(three_days):
    waits = []
    with Replay(Settings(), [Path("items.jsonl")], print, pace=Pace(3600, waits.append)) as slowly:
        told = list(slowly.alerts())
    assert waits == [24.0, 24.0]
    with Replay(Settings(), [Path("items.jsonl")], print) as at_once:
        assert list(at_once.alerts()) == told != []
