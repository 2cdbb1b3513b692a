import json

from tests.values import NOON, alert
from tocsin.cli.compare import compare, line, summary
from tocsin.cli.exits import Exit
from tocsin.cli.main import main
from tocsin.model import AlertKind


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
