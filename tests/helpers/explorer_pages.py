"""What tests of the explorer share: models, tabs of a browser, and the pixels that they show."""

import re
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from evalkit.explorer.options import ExploreOptions
from fractaldream_models.checkpoint import save
from fractaldream_models.kinds import build
from fractaldream_models.model import ModelConfig

PATIENCE = 120  # seconds: a busy machine is no failure
SMALL = ExploreOptions(grid=8, points=40)
PLACE = """([name, x, y]) => {
    const view = Bokeh.index.find_one(explorer.models()[name]);
    const box = view.el.getBoundingClientRect();
    return [box.x + view.frame.x_scale.compute(x), box.y + view.frame.y_scale.compute(y)];
}"""
PIXELS = "(name) => Array.from(explorer.models()[`${name}_pixels`].data.image[0])"


def write_model(path, kind="vae", latent=2, size=28, channels=1, classes=0, **data):
    """A model of random weights, large enough for its images to differ."""
    torch.manual_seed(0)
    model = build(ModelConfig(kind, size, channels, latent, classes, width=0.1)).eval()
    with torch.no_grad():
        for weights in model.generator.parameters():
            weights.mul_(2)
    save(model, path, data=data, metrics={})
    return str(path)


def bytes_of(image):
    """What a canvas holds of an image (C, S, S) in [0, 1]: uint8 (S, S, 3)."""
    grey = np.round(image * 255).astype(np.uint8).transpose(1, 2, 0)
    return np.broadcast_to(grey, (*grey.shape[:2], 3))


def shown(tab, name, side, columns=1):
    """The pixels of a figure, uint8 (S, columns * S, 3)."""
    values = np.array(tab.evaluate(PIXELS, name), np.uint32)
    return values.view(np.uint8).reshape(side, side * columns, 4)[..., :3]


def strip_ends(tab, name, side):
    """The first and the last image of a path, (S, 2 S, 3)."""
    strip = shown(tab, name, side, 10)
    return np.concatenate([strip[:, :side], strip[:, -side:]], 1)


def wait_for(tab, name, image):
    """Until a figure shows this image (C, S, S), pixel for pixel."""
    wanted, side = bytes_of(image), image.shape[1]
    until(lambda: np.abs(shown(tab, name, side).astype(int) - wanted).max() <= 1)


def address(tab):
    """As the page has it now; what the driver remembers may be older."""
    return tab.evaluate("location.href")


def until(true):
    """Wait for what a page does in its own time; fails when PATIENCE is at its end."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def memory(process):
    """Bytes of memory that a process holds; skips where that cannot be read."""
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        pytest.skip("no /proc here: the memory of another process cannot be read")
    return 1024 * int(re.search(r"VmRSS:\s+(\d+)", status.read_text())[1])


def open_tab(browser, url, wide=1280, high=720):
    """A tab of this size; what it complains of and what it asks of others is collected."""
    context = browser.new_context(viewport={"width": wide, "height": high}, accept_downloads=True)
    tab = context.new_page()
    tab.complaints, tab.requests = [], []
    tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
    tab.on(
        "console",
        lambda entry: entry.type in ("error", "warning") and tab.complaints.append(entry.text),
    )
    tab.on("request", lambda request: tab.requests.append(request.url))
    tab.goto(url, timeout=1000 * PATIENCE)
    tab.wait_for_selector("html[data-ready]", state="attached", timeout=1000 * PATIENCE)
    tab.wait_for_timeout(300)
    return tab
