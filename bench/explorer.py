"""Measure how long the explorer takes to answer, in a real browser.

    python bench/explorer.py CKPT --data FILE [--classifier CLS.pt]
    python bench/explorer.py --aae 128              # aae at width 1, random weights, and its data

Hovering: from the mouse event to the frame that shows the image. Sliders: from the move to FD(v)
and G(v) drawn, through the server. Beside each stands the time of one decoding alone, as the ratio
says what the page adds.
"""

import argparse
import atexit
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from result_tables import Column, Row, add_json_option, print_table, save_tables

COLUMNS = (
    Column("what"),
    Column("median, ms", ".1f"),
    Column("95%, ms", ".1f"),
    Column("answers"),
)
HOVER = """async ([name, places]) => {
    const view = Bokeh.index.find_one(explorer.models()[name]), took = [];
    const canvas = view.canvas_view.events_el, box = canvas.getBoundingClientRect();
    for (const [x, y] of places) {
        const at = { clientX: box.x + view.frame.x_scale.compute(x),
                     clientY: box.y + view.frame.y_scale.compute(y), bubbles: true };
        const before = performance.now();
        canvas.dispatchEvent(new PointerEvent("pointermove", { ...at, pointerType: "mouse" }));
        await new Promise(requestAnimationFrame);
        await new Promise(requestAnimationFrame);  // the frame after is drawn with it
        took.push(performance.now() - before);
    }
    return took;
}"""
SLIDE = """async (values) => {
    const took = [], root = document.documentElement, models = explorer.models();
    const slider = models.slider2 ?? models.slider0;  // a; a model of two latents has two
    for (const value of values) {
        delete root.dataset.took;
        slider.value = value;
        while (!root.dataset.took) await new Promise((done) => setTimeout(done, 1));
        took.push(Number(root.dataset.took));
    }
    return took;
}"""


def summary(name: str, durations: list[float]) -> Row:
    """Return a row of the table."""
    middle, late = np.percentile(durations, [50, 95])
    return name, middle, late, len(durations)


def example(size: int, folder: Path) -> tuple[str, str]:
    """Write a checkpoint of `aae` at width 1 with random weights, and data of its size."""
    import torch

    import fractaldream as fd
    from fractaldream_models.checkpoint import save
    from fractaldream_models.kinds import build
    from fractaldream_models.model import ModelConfig

    torch.manual_seed(0)
    save(build(ModelConfig("aae", size, 3, 6)), folder / "aae.pt", data={}, metrics={})
    fd.render(fd.Recipe(n=200, size=size, law="normal"), folder / "fd.h5")
    return str(folder / "aae.pt"), str(folder / "fd.h5")


def in_browser(url: str, rng: np.random.Generator) -> Iterator[Row]:
    """Yield the rows of the page."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        browser = running.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--headless", "--no-sandbox", "--disable-gpu"],
        )
        tab = browser.new_page(viewport={"width": 1280, "height": 720})
        tab.goto(url)
        tab.wait_for_selector("html[data-ready]", state="attached")
        time.sleep(2)
        points = rng.uniform(-2.9, 2.9, (100, 2)).tolist()
        yield summary("hovering the plane", tab.evaluate(HOVER, ["plane", points]))
        tab.keyboard.press("3")
        time.sleep(2)
        values = rng.uniform(-2, 2, 30).round(2).tolist()
        yield summary("sliders: FD(v) and G(v)", tab.evaluate(SLIDE, values))
        browser.close()


def decoding(checkpoint: str, rng: np.random.Generator) -> Iterator[Row]:
    """Yield the rows of the decoder alone."""
    from evalkit.explorer.decoder import live, prepared
    from evalkit.inputs.model import open_model

    model = prepared(open_model(checkpoint))
    quick, numbers = live(model)
    for name, decoder in (("float32", model), (numbers, quick)):
        durations = []
        for _ in range(10):
            z = rng.standard_normal((1, decoder.latent))
            before = time.perf_counter()
            decoder.decode(z)
            durations.append(1000 * (time.perf_counter() - before))
        yield summary(f"decoding one image, {name}", durations)


def rows(given: argparse.Namespace) -> Iterator[Row]:
    """Yield all rows of the table."""
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        if given.aae:
            given.checkpoint, given.data = example(given.aae, Path(folder))
        command = [sys.executable, "-m", "evalkit", "explore", given.checkpoint, "--no-open"]
        command += ["--port", "0", "--points", "12", "--plane", "axes:0,1", "--grid", given.grid]
        for name in ("data", "classifier"):
            if getattr(given, name):
                command += [f"--{name}", getattr(given, name)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        atexit.register(process.terminate)
        assert process.stdout is not None
        yield from in_browser(process.stdout.readline().split()[0], rng)
        process.terminate()
        process.wait()
        yield from decoding(given.checkpoint, rng)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoint", nargs="?")
    parser.add_argument("--data")
    parser.add_argument("--classifier")
    parser.add_argument("--aae", type=int, metavar="SIZE")
    parser.add_argument("--grid", default="40")
    add_json_option(parser)
    given = parser.parse_args()
    save_tables(given.json, print_table("", COLUMNS, rows(given)))


if __name__ == "__main__":
    main()
