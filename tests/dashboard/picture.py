"""The picture of the page in the documentation, from the sample archive: `make picture` (needs chromium)."""

from __future__ import annotations

import shutil
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.dashboard.conftest import ARGUMENTS
from tests.dashboard.desk import fill, page
from tocsin.store import Store

OUT = Path(__file__).parents[2] / "docs" / "pictures" / "page.png"


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tocsin.db"
        with closing(Store(path)) as store:
            fill(store)
        with page(path) as (address, _), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
            shot = browser.new_page(viewport={"width": 1280, "height": 800})
            shot.goto(address)
            shot.wait_for_selector("#now[data-state=live]")
            shot.screenshot(path=OUT)
            browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
