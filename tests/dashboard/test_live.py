"""The open page: what is told arrives by itself, and a lost connection loses nothing."""

from __future__ import annotations

from contextlib import ExitStack, closing

import httpx

from tests.dashboard.desk import AFTER_SAMPLE, page
from tests.test_service import until
from tests.values import alert, side
from tocsin.model import Level
from tocsin.store import Store


def tell(path, *names, **told):
    with closing(Store(path, lock=False)) as store, store.transaction():
        for name in names:
            store.add_alert(
                alert(name, **({"incident": f"incident {name}", "at": AFTER_SAMPLE, "actor": side("PAK"), "target": side("IRN")} | told)),
                ["desk"],
            )


def events(address, last, most, **headers):
    """The ids and names of the first events after one."""
    found, name = [], ""
    with httpx.stream("GET", f"{address}/live", params={"after": last} if last is not None else {}, headers=headers, timeout=10) as answer:
        for line in answer.iter_lines():
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("id: ") and name == "alert":
                found.append(int(line[4:]))
                if len(found) == most:
                    return found
    return found


def test_a_stream_goes_on_from_the_last_event_that_was_had(store_path):
    with page(store_path) as (address, desk):
        newest = desk.source.newest()
        assert events(address, newest - 5, 5) == list(range(newest - 4, newest + 1))
        tell(store_path, *map(str, range(250)))
        assert events(address, newest, 250) == list(range(newest + 1, newest + 251))
        assert events(address, 0, 3, **{"last-event-id": str(newest + 200)}) == [newest + 201, newest + 202, newest + 203]


def test_an_alert_appears_by_itself_and_after_a_lost_connection_none_is_missing(store_path, watch):
    with page(store_path) as (address, _):
        port = int(address.rpartition(":")[2])
        seen = watch(address)
        seen.page.goto(address)
        seen.page.wait_for_selector("#now[data-state=live]")
        tell(store_path, "first", headline="The first of them")
        seen.page.wait_for_selector("li.alert.fresh")
        assert "Pakistan to Iran" in seen.page.locator("#spoken").text_content()
    seen.page.wait_for_selector("#now[data-state=lost]")
    tell(store_path, *(f"missed {n}" for n in range(30)))
    with page(store_path, listen=f"127.0.0.1:{port}"):
        seen.page.locator("li.alert.fresh").nth(30).wait_for()
        order = seen.page.eval_on_selector_all("li.alert.fresh", "all => all.map(one => +one.dataset.seq)")
        assert order == sorted(order, reverse=True)
        assert len(set(order)) == 31
    assert seen.outside == []


def test_a_filter_holds_for_what_comes_live_too(store_path):
    with page(store_path) as (address, desk):
        newest = desk.source.newest()
        tell(store_path, "threat", level=Level.THREAT)
        tell(store_path, "force")
        assert events(f"{address}", None, 1, **{"last-event-id": str(newest)}) == [newest + 1]
        with httpx.stream("GET", f"{address}/live?level=4&after={newest}", timeout=10) as answer:
            assert next(line for line in answer.iter_lines() if line.startswith("id: ")) == f"id: {newest + 2}"


def test_a_reader_who_leaves_is_not_counted_any_more_and_too_many_are_told_to_wait(store_path, monkeypatch):
    monkeypatch.setattr("tocsin.dashboard.pages.MOST_STREAMS", 3)
    monkeypatch.setattr("tocsin.dashboard.live.QUIET_SECONDS", 0.2)
    with page(store_path) as (address, desk):
        with ExitStack() as reading:
            streams = [reading.enter_context(httpx.stream("GET", f"{address}/live", timeout=10)).iter_lines() for _ in range(3)]
            assert [next(lines) for lines in streams] == ["retry: 2000"] * 3
            refused = httpx.get(f"{address}/live")
            assert (refused.status_code, "readers follow already" in refused.text) == (503, True)
        assert until(lambda: desk.live.streams == 0)
        assert len(events(address, 0, 2)) == 2
