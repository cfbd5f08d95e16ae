"""Photograph a page of `evalkit explore --static`, in Chromium.

    python docs/_ext/page_picture.py PAGE.html ADDRESS PICTURE.png

ADDRESS is what follows # in the address of the page: the view, the plane, the place, and so on.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright


def main(page: str, address: str, picture: str) -> None:
    """Write a picture of the page, 1280 x 720."""
    with sync_playwright() as running:
        browser = running.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--headless", "--no-sandbox", "--disable-gpu"],
        )
        tab = browser.new_page(viewport={"width": 1280, "height": 720})
        tab.goto(f"{Path(page).resolve().as_uri()}#{address}")
        tab.wait_for_selector("html[data-ready]", state="attached")
        tab.wait_for_timeout(2000)  # until all images are drawn
        tab.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
