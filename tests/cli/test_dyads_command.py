import json

import pytest

from processors.assess import Assessor, DyadState
from tests.values import event, side
from tocsin.cli.dyads import dyad_of, plot
from tocsin.cli.exits import CommandError, Exit
from tocsin.cli.main import main
from tocsin.model import Dyad, EventType, Place, Response
from tocsin.store import Store


@pytest.fixture
def _data(tmp_path, monkeypatch):
    """A data directory that has heard of a strike, told twice, and of the answer to it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOCSIN__DATA_DIR", str(tmp_path))
    blow = {"actor": side("IRN"), "target": side("PAK"), "place": Place(name="Panjgur", country="PAK", lat=26.97, lon=64.1)}
    store = Store(tmp_path / "tocsin.db")
    assess = Assessor(store.table("dyads", DyadState))
    with store.transaction():
        for told in (
            event("one", headline="Iran strikes Panjgur", **blow),
            event("two", 1, **blow),
            event("three", 40, responds_to=Response(quote="in reply", type=EventType.ASSAULT)),
        ):
            list(assess(told))
    store.close()


@pytest.mark.usefixtures("_data")
def test_dyads_lists_where_each_pair_stands(capsys):
    assert main(["dyads", "--json"]) == Exit.OK
    (one,) = json.loads(capsys.readouterr().out)
    assert (one["dyad"], one["rung"], one["incidents"]) == ({"a": "IRN", "b": "PAK"}, 4, 2)
    assert one["tension"]["IRN"] > one["tension"]["PAK"] > 0
    assert main(["dyads"]) == Exit.OK
    assert "IRN-PAK" in capsys.readouterr().out


@pytest.mark.usefixtures("_data")
def test_dyad_shows_its_history_and_what_moved_it(capsys):
    assert main(["dyad", "pak", "irn", "--json"]) == Exit.OK
    told = json.loads(capsys.readouterr().out)
    assert [(move["incident"]["by"], move["believed"]) for move in told["moves"]] == [("IRN", True), ("PAK", False)]
    assert main(["dyad", "IRN-PAK"]) == Exit.OK
    assert "Iran strikes Panjgur" in capsys.readouterr().out


@pytest.mark.usefixtures("_data")
def test_chain_says_who_answered_whom_after_how_many_hours(capsys):
    assert main(["chain", "IRN-PAK"]) == Exit.OK
    first, second = capsys.readouterr().out.splitlines()
    assert "IRN > PAK" in first
    assert "40 h later" in second
    assert '"in reply"' in second
    assert main(["chain", "IRN-PAK", "--json"]) == Exit.OK
    assert [step["hours"] for step in json.loads(capsys.readouterr().out)] == [None, 40]


@pytest.mark.usefixtures("_data")
def test_what_is_not_known_is_said(capsys):
    assert main(["dyad", "FRA", "DEU"]) == Exit.NOTHING
    assert "nothing is known of DEU-FRA" in capsys.readouterr().err
    assert main(["chain", "FRA", "DEU"]) == Exit.NOTHING


def test_a_dyad_is_named_by_its_sides_in_any_order_or_by_its_name():
    assert dyad_of(["pak", "irn"]) == dyad_of(["IRN-PAK"]) == Dyad("IRN", "PAK")
    assert dyad_of(["SYR:GOV-SYR:REB"]) == Dyad("SYR:GOV", "SYR:REB")
    with pytest.raises(CommandError, match="name two sides"):
        dyad_of(["IRN"])


def test_a_quiet_dyad_has_a_flat_plot():
    rows = plot(Dyad("A", "B"), [], event().at.date())
    assert {len(row) for row in rows} == {len(rows[0])}
    assert not any(set(row) & set("▁▂▃▄▅▆▇█") for row in rows)
