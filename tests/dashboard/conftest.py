"""A store filled once with the sample archive, and a real browser, where there is one."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from tests.dashboard.desk import fill
from tocsin.store import Store

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="session")
def sample_store(tmp_path_factory) -> Path:
    """A store with the sample in it, to be copied and never written."""
    path = tmp_path_factory.mktemp("sample") / "tocsin.db"
    with closing(Store(path)) as store:
        fill(store)
    return path


@pytest.fixture
def store_path(sample_store, tmp_path) -> Path:
    """A copy of the sample's store for one test."""
    path = tmp_path / "data" / "tocsin.db"
    path.parent.mkdir()
    shutil.copy(sample_store, path)
    return path


@pytest.fixture(scope="module")
def browser():
    """Headless Chromium, for one module: while it runs, no other event loop can in this process."""
    found = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
    if found is None:
        if os.environ.get("TOCSIN_REQUIRE_SERVICES") == "1":
            pytest.fail("no chromium is installed")
        pytest.skip("no chromium is installed: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield running
        running.close()


class Watched:
    """A page of the browser that keeps what it asked for outside of the dashboard, and what it said on its console."""

    def __init__(self, page, address: str) -> None:
        self.page, self.outside, self.said, self.dialogs = page, [], [], []
        page.on("request", lambda request: None if request.url.startswith(address) else self.outside.append(request.url))
        page.on("console", lambda message: self.said.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda wrong: self.said.append(str(wrong)))
        page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))


@pytest.fixture
def watch(browser):
    """Opens watched pages, each in a context of its own; closes them at the end."""
    contexts = []

    def open_page(address, **told):
        contexts.append(browser.new_context(**told))
        return Watched(contexts[-1].new_page(), address)

    yield open_page
    for context in contexts:
        context.close()
