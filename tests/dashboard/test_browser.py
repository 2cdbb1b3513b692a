"""The page in a real browser: nothing a stranger wrote is obeyed, nobody else is asked, everybody can read it, at every width."""

from __future__ import annotations

import gzip
import re
import shutil
import subprocess
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from producers.feed import FeedState, FeedStatus
from tests.dashboard.desk import AFTER_SAMPLE, page
from tests.dashboard.hostile import HEADLINES, hostile_alert
from tests.dashboard.test_live import tell
from tocsin.dashboard.desk import HERE
from tocsin.store import Store

ROOT = Path(__file__).parents[2]
SHOTS = ROOT / ".cache" / "screenshots"
WIDTHS = (390, 900, 1600)
PAGES = (
    "/",
    "/dyads",
    "/dyads/IRN-ISR",
    "/map?days=14",
    "/search?q=strike",
    "/feeds",
    "/letters",
    "/silences?preview=1&pairs=IRN-ISR&hours=1&author=a&reason=b",
    "/about",
)
AXE = "4.14.1"
MOST_BYTES = 150_000


def is_too_wide(page):
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") > 0


def fits_at_every_width(page, url):
    assert page.goto(url).status == 200, url
    wide = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        wide.append(is_too_wide(page))
    return not any(wide)


def incident_of(address):
    return re.search(r"/incidents/[0-9a-f]{32}", httpx.get(f"{address}/search?actor=PAK&q=hideouts").text).group(0)


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_fits_and_asks_nobody_else(store_path, watch, width):
    """And leaves its picture in .cache/screenshots."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    with page(store_path) as (address, _):
        seen = watch(address, viewport={"width": width, "height": 900}, color_scheme="dark" if width == 900 else "light")
        for path in (*PAGES, incident_of(address)):
            assert seen.page.goto(address + path).status == 200, path
            assert not is_too_wide(seen.page), path
            seen.page.screenshot(path=SHOTS / f"{re.sub(r'[^a-z]+', '-', path.split('?')[0])[1:12] or 'alerts'}-{width}.png")
        assert (seen.outside, seen.said, seen.dialogs) == ([], [], [])


def test_without_javascript_everything_can_be_read(store_path, watch, monkeypatch):
    monkeypatch.setattr("tocsin.dashboard.pages.A_PAGE", 15)
    with page(store_path) as (address, _):
        seen = watch(address, java_script_enabled=False)
        seen.page.goto(address)
        assert seen.page.locator("li.alert").count() == 15
        assert seen.page.locator("#now").is_hidden()
        seen.page.get_by_role("link", name="Older alerts").click()
        seen.page.locator("li.alert .line a").first.click()
        seen.page.get_by_role("heading", name="What was told, and when").wait_for()
        seen.page.get_by_role("link", name="Silences").click()
        seen.page.get_by_label("pairs").fill("IRN-ISR")
        seen.page.get_by_label("your name").fill("Desk")
        seen.page.get_by_label("why").fill("an exercise")
        seen.page.get_by_role("button", name="Show what it would have hidden").click()
        seen.page.get_by_role("heading", name="It would have hidden").wait_for()
        assert "pairs=IRN-ISR" in seen.page.url
        seen.page.get_by_role("button", name="Silence", exact=True).click()
        seen.page.get_by_text("until 2024-04-19").wait_for()
        seen.page.get_by_role("button", name="End the silence").click()
        seen.page.get_by_text("Nothing is silenced").wait_for()


def test_what_strangers_write_is_shown_and_never_obeyed(tmp_path, watch):
    path = tmp_path / "data" / "tocsin.db"
    with closing(Store(path)) as store, store.transaction():
        for n, text in enumerate(HEADLINES):
            store.add_alert(hostile_alert(n, text), ["desk"])
        for n, text in enumerate(HEADLINES[:40]):
            url = f"https://feed.example/{n}"
            store.save_feed(url, FeedState(url=url, status=FeedStatus.FAILING, title=text, address=text, reason=text, errors=n))
            store.watch(url)
            store.set_aside(text[:60], {"title": text}, ValueError(text), AFTER_SAMPLE, text[:30])
    assert len(HEADLINES) >= 100
    with page(path, listed=()) as (address, _):
        seen = watch(address)
        told, url = 0, "/"
        while url:
            assert fits_at_every_width(seen.page, address + url)
            told += seen.page.locator("li.alert").count()
            older = seen.page.get_by_role("link", name="Older alerts")
            url = older.get_attribute("href") if older.count() else None
        assert told == len(HEADLINES)
        for where in (
            "/feeds",
            "/letters",
            "/search?q=script",
            "/map",
            "/dyads",
            *(f"/incidents/{n:032x}" for n in range(0, len(HEADLINES), 16)),
        ):
            assert fits_at_every_width(seen.page, address + where), where
        assert (seen.outside, seen.said, seen.dialogs) == ([], [], [])
        seen.page.goto(address)
        protocols = seen.page.eval_on_selector_all("main a", "all => all.map(one => one.protocol)")
        assert set(protocols) <= {"http:", "https:"}


def test_hostile_alerts_that_come_live_are_not_obeyed_either(tmp_path, watch):
    path = tmp_path / "data" / "tocsin.db"
    Store(path).close()
    with page(path, listed=()) as (address, _):
        seen = watch(address, viewport={"width": 390, "height": 900})
        seen.page.goto(address)
        seen.page.wait_for_selector("#now[data-state=live]")
        with closing(Store(path, lock=False)) as store, store.transaction():
            for n, text in enumerate(HEADLINES):
                store.add_alert(hostile_alert(n, text), [])
        seen.page.locator("li.alert.fresh").nth(len(HEADLINES) - 1).wait_for(state="attached")
        assert seen.page.locator("li.alert.fresh").count() == len(HEADLINES)
        assert not is_too_wide(seen.page)
        assert (seen.outside, seen.said, seen.dialogs) == ([], [], [])


def test_a_script_that_came_in_all_the_same_would_not_run(store_path, watch):
    with page(store_path) as (address, _):
        seen = watch(address)
        seen.page.goto(address)
        seen.page.evaluate(
            "document.body.append(document.createRange().createContextualFragment('<script>window.ran = 1</script><p style=\"color: red\">x</p>'))"
        )
        assert seen.page.evaluate("window.ran") is None
        assert any("Content Security Policy" in said for said in seen.said)


def axe() -> str:
    """The source of axe-core, from npm, kept in the cache."""
    kept = ROOT / ".cache" / f"axe-{AXE}.min.js"
    if not kept.exists():
        if shutil.which("npm") is None:
            pytest.skip("no npm is installed: axe-core comes from there")
        kept.parent.mkdir(exist_ok=True)
        made = subprocess.run(
            ["npm", "pack", "--silent", "--pack-destination", kept.parent, f"axe-core@{AXE}"], capture_output=True, timeout=60
        )
        packed = kept.parent / f"axe-core-{AXE}.tgz"
        if made.returncode or not packed.exists():
            pytest.skip("npm cannot get axe-core")
        subprocess.run(["tar", "-xzf", packed, "-C", kept.parent, "package/axe.min.js"], check=True)
        (kept.parent / "package" / "axe.min.js").rename(kept)
        packed.unlink()
    return kept.read_text("utf-8")


def test_axe_finds_no_violation(store_path, watch):
    source, told = axe(), []
    with closing(Store(store_path, lock=False)) as store, store.transaction():
        store.set_aside("tag", {"a": 1}, ValueError("x"), AFTER_SAMPLE, "0.1.0")
    with page(store_path) as (address, _):
        seen = watch(address, reduced_motion="reduce")
        for path in (*PAGES, incident_of(address)):
            seen.page.goto(address + path)
            seen.page.evaluate(source)
            for scheme, rules in (("light", ""), ("dark", "runOnly: ['color-contrast'],")):
                seen.page.emulate_media(color_scheme=scheme)
                found = seen.page.evaluate(f"axe.run(document, {{{rules} resultTypes: ['violations']}})")["violations"]
                told += [f"{path} {scheme} {one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]
    assert told == []


def test_all_there_is_to_load_is_small(store_path):
    """Styles, scripts and pictures, and the largest page, compressed as they travel."""
    with page(store_path) as (address, _):
        pages = [len(gzip.compress(httpx.get(address + path).content, 6)) for path in (*PAGES, incident_of(address))]
    static = [len(gzip.compress(file.read_bytes(), 6)) for file in (HERE / "static").iterdir()]
    assert max(pages) + sum(static) <= MOST_BYTES
    assert sum(pages) + sum(static) <= MOST_BYTES


def test_the_keys_lead_from_alert_to_alert(store_path, watch):
    with page(store_path) as (address, _):
        seen = watch(address)
        seen.page.goto(address)
        for key in ("j", "j", "j", "k"):
            seen.page.keyboard.press(key)
        second = seen.page.locator("li.alert .line a").nth(1).get_attribute("href")
        assert seen.page.evaluate("document.activeElement.getAttribute('href')") == second
        seen.page.keyboard.press("/")
        seen.page.wait_for_url("**/search")
        seen.page.wait_for_function("document.activeElement.name === 'q'")
        seen.page.keyboard.type("j/k")
        assert seen.page.get_by_label("words").input_value() == "j/k"


def test_a_page_in_print_leaves_out_what_paper_cannot_do(store_path, watch):
    with page(store_path) as (address, _):
        seen = watch(address)
        seen.page.goto(address)
        seen.page.emulate_media(media="print")
        assert seen.page.locator("nav[aria-label=Pages]").is_hidden()
        assert seen.page.locator("li.alert").first.is_visible()


def test_ages_go_by_the_clock_of_the_service(store_path, watch):
    tell(store_path, "late", at=AFTER_SAMPLE - timedelta(minutes=42))
    with page(store_path) as (address, _):
        seen = watch(address)
        seen.page.goto(address)
        age = seen.page.locator("li.alert time").first
        assert age.text_content() == "42 min"
        seen.page.evaluate("age()")
        assert age.text_content() == "42 min"
