"""A soak of the live page: two browsers hover, slide, change tabs and reload.

The test takes half a minute. FRACTALDREAM_SOAK=1200 soaks for 20 minutes:

    FRACTALDREAM_SOAK=1200 pytest -n0 -m slow tests/evalkit/explorer/test_soak.py
"""

import os
import shutil
import time

import numpy as np
import pytest

from explorer_pages import PATIENCE, memory, open_tab

SECONDS = float(os.environ.get("FRACTALDREAM_SOAK", 30))
FEWEST = 15  # rounds, on a machine that is busy
GROWTH = 48e6  # bytes between the second and the last third; pages that come and go take some
ADDRESSES = (
    "#view=sliders&v=9,9,9,9,9,9", "#plane=axes:0,99999999999&cell=-1", "#plane=/etc/passwd",
    "?bokeh-session-id=..%2F..%2Fetc%2Fpasswd", "#row=1e999&path=-1,2&projection=os.system",
    "#view=data&colour=nothing&how=spherical",
)  # fmt: skip


@pytest.mark.slow
def test_memory_stays_flat_and_consoles_stay_empty(browser, served, capsys):
    url, process = served
    tabs = [open_tab(browser, url), open_tab(second := another(browser), url)]
    rng = np.random.default_rng(0)
    held, acts, end = [], 0, time.monotonic() + SECONDS
    began = time.monotonic()
    while time.monotonic() < end or len(held) < FEWEST:
        for tab in tabs:
            act(tab, url, rng)
            acts += 1
        held.append((time.monotonic() - began, memory(process.pid)))
    for tab in tabs:
        tab.wait_for_timeout(500)
        assert tab.complaints == []
        tab.context.close()
    second.close()
    at, used = np.array(held).T
    _, middle, last = (float(np.median(third)) for third in np.array_split(used, 3))
    with capsys.disabled():
        print(
            f"\nsoak: {at[-1]:.0f} s, {acts:,} acts, {middle / 1e6:.0f} MB, then {last / 1e6:.0f}"
        )
    assert last - middle < GROWTH
    assert process.poll() is None


def another(browser):
    """A second browser, a process of its own."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    arguments = ["--headless", "--no-sandbox", "--disable-gpu"]
    return browser.browser_type.launch(executable_path=chromium, args=arguments)


def act(tab, url, rng):
    """Do one of the things that users do."""
    what = rng.choice(["hover", "key", "slide", "click", "plane", "reload", "address"],
                      p=[0.4, 0.2, 0.2, 0.1, 0.05, 0.03, 0.02])  # fmt: skip
    if what == "hover":
        for _ in range(10):
            tab.mouse.move(float(rng.uniform(60, 1200)), float(rng.uniform(80, 700)))
    elif what == "key":
        tab.keyboard.press(str(rng.choice(["1", "2", "3", "r", "0", "m", "p", "b", "Escape",
                                           "ArrowLeft", "Shift+ArrowUp", "Enter"])))  # fmt: skip
    elif what == "slide":
        k, value = int(rng.integers(6)), round(float(rng.uniform(-3, 3)), 2)
        tab.evaluate(f"explorer.models().slider{k}.value = {value}")
    elif what == "click":
        tab.mouse.click(float(rng.uniform(80, 500)), float(rng.uniform(120, 500)))
    elif what == "plane":
        rows = ",".join(map(str, rng.choice(60, 3, replace=False)))
        tab.evaluate(f"explorer.models().plane_asked.value = 'places:{rows}'")
    else:
        where = url + (str(rng.choice(ADDRESSES)) if what == "address" else "")
        tab.goto("about:blank")
        tab.goto(where, timeout=1000 * PATIENCE)
        tab.wait_for_selector("html[data-ready]", state="attached", timeout=1000 * PATIENCE)
