"""The commands of the README and of the how-to guides, run in the order in which they are printed.

Every block of commands or of Python is run, in one folder for a page. The guides go on from the
tour of the README, so the tour runs first. Numbers of images, epochs and the like are made small
(`SMALLER`), and what a reader does by hand is done by a script (`BY_HAND`). A comment
`<!-- not run: why -->` before a block leaves it out. `.ci/run` leaves out the long guides (`LONG`).
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models_files import write_mnist
from own_cache import new_cache

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
GUIDES = sorted(page for page in (ROOT / "docs/how-to").glob("*.md") if page.name != "index.md")
LONG = {  # guides that take more than some seconds each: left out by .ci/run
    "ask-for-correspondence", "compare-models", "explore-in-the-browser",
    "learn-from-images-with-classes",
    "look-into-a-latent-space", "name-images-with-a-classifier", "supervise-with-few-parameters",
    "sweep-settings", "train-on-live-data", "train-on-your-own-images",
    "translate-between-two-data-sets", "use-your-own-generator", "work-in-a-notebook",
}  # fmt: skip
BLOCK = re.compile(r"(<!-- not run: [^>]*-->\n)?^```(sh|python)\n(.*?)^```$", re.M | re.S)
FEW_PAIRS = "--n 32 --rotations 19 --ensemble 9 --replicates 0 --alpha 0.4"
QUICK = {  # options that end a command
    "evalkit correspond": FEW_PAIRS,
    "evalkit neighbours": "--n 60 --refine 2",
    "evalkit classifier": "--epochs 1",
    "evalkit compare": "--n 60",
    "evalkit quality": "--n 60",
    "evalkit disentangle": "--n 200 --refits 1 --trees 3",
    "evalkit probe": "--n 60",
    "evalkit grid": "--n 5",
    "evalkit project": "--n 60",
    "evalkit explore": "--grid 4 --points 20",
    "fractaldream train live:": "--set epoch_images=64",
    "fractaldream train": "--epochs 1 --set width=0.1 --set batch=16 --device cpu",
    "fractaldream sweep run": "--set width=0.1 --set batch=16 --finalists 1 --seeds 1 --device cpu",
    "fractaldream render --recipe": "--n 50",
    "fractaldream publish": "--sample 2",
}
QUICK_IN_PYTHON = {  # the same for the functions
    "quality": "evalkit.QualityOptions(n=60)",
    "compare": "evalkit.CompareOptions(n=60)",
    "disentangle": "evalkit.DisentangleOptions(n=200, refits=1, trees=3)",
    "neighbours": "evalkit.NeighbourOptions(n=60, refine=2)",
    "explore": "evalkit.ExploreOptions(grid=4, points=20)",
}
SMALLER = (
    (r"--n \d{3,}", "--n 200"),
    (r"--resume --epochs \d+", "--resume --epochs 2"),
    (r"(?<!--resume )--epochs \d+", "--epochs 1"),
    (r"--trials \d+", "--trials 2"),
    (r"--start 30000 --stop 40000", "--start 20 --stop 40"),
    (r"--size 2048", "--size 64"),
    (r"--sample \d+", "--sample 3"),
    (r'"epochs": \d+', '"epochs": 1, "width": 0.1, "batch": 16'),
    (r"\bn=\d{3,}", "n=200"),
    (r"trials=\d+", "trials=2, finalists=1, seeds=1"),
    (r"CorrespondOptions\(n=\d+", "CorrespondOptions(n=32, rotations=19, ensemble=9, replicates=0,"
     " alpha=0.4"),
)  # fmt: skip
DECIDE = """
import csv
rows = csv.DictReader(open("photos-review/ranking.csv", encoding="utf-8"))
decisions = [(row["sha256"], "keep" if i else "drop") for i, row in enumerate(rows)]
csv.writer(open("decisions.csv", "w", newline="")).writerows([("sha256", "decision"), *decisions])
"""
BY_HAND = {"# open photos-review/review.html": f"python - <<'END'\n{DECIDE}END"}


def blocks(page):
    """Yield language and text of the blocks of a page that are run."""
    for skipped, language, text in BLOCK.findall(page.read_text(encoding="utf-8")):
        if not skipped and "pip install" not in text:
            yield language, text


def quick(line):
    """Return a command with the options that make it quick, before its comment."""
    command, mark, comment = line.partition("  #")
    for beginning, options in QUICK.items():
        if command.lstrip().startswith(beginning) and "--resume" not in command:
            command = f"{command.rstrip()} {options}"
    return command + mark + comment


def smaller(language, text):
    """Return a block with small numbers."""
    for by_hand, script in BY_HAND.items():
        text = re.sub(f"^{re.escape(by_hand)}.*$", lambda _, s=script: s, text, flags=re.M)
    for pattern, small in SMALLER:
        text = re.sub(pattern, small, text)
    for name, options in QUICK_IN_PYTHON.items():
        call = rf"evalkit\.{name}\(([^()]+)\)"
        text = re.sub(call, rf"evalkit.{name}(\1, options={options})", text)
    if language == "sh":
        text = re.sub(r"\\\n\s*", "", text)
        text = "\n".join(quick(line) for line in text.splitlines())
    return text


def run_page(page, folder, cache):
    """Run the blocks of a page in a folder; a Python block that names a file is written there."""
    environment = {**os.environ, "FRACTALDREAM_CACHE": str(cache), "CI": "true"}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    environment |= {"HF_HOME": str(cache), "HF_HUB_OFFLINE": "1"}
    imports = ""  # of the blocks before: a reader types all into one session
    for language, text in blocks(page):
        if file := re.match(r"# (\w+\.py)\n", text):
            (folder / file[1]).write_text(text, encoding="utf-8")
            continue
        small = smaller(language, text)
        words = ["bash", "-euc"] if language == "sh" else [sys.executable, "-c"]
        if language == "python":
            small = imports + small
            imports += "".join(re.findall(r"^(?:import|from) .*\n", text, re.M))
        done = subprocess.run(
            [*words, small],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=900,
        )
        assert done.returncode == 0, f"{small}\n{done.stdout}{done.stderr}"


@pytest.fixture(scope="session")
def tour(tmp_path_factory, computed_once):
    """The folder in which the README's commands were run, and the cache that they filled."""

    def run_tour():
        folder = tmp_path_factory.mktemp("tour")
        cache = new_cache(tmp_path_factory.mktemp("own") / "cache")
        run_page(ROOT / "README.md", folder, cache)
        return folder, cache

    return computed_once("tour", run_tour)


@pytest.fixture
def reader(tour, tmp_path):
    """A folder that holds what the tour made, and what a reader has: photographs and MNIST."""
    pytest.importorskip("IPython", reason="needs the extra notebook")
    folder = tmp_path / "reader"
    shutil.copytree(tour[0], folder)
    (folder / "data").symlink_to(ROOT / "data")
    write_mnist(folder / "idx", n=300)
    for name in (folder / "idx").iterdir():
        shutil.copy(name, name.with_name(name.name.replace("t10k", "train")))
    rng = np.random.default_rng(0)
    for k in range(40):
        place = folder / "photos" / ("cats", "dogs")[k % 2]
        place.mkdir(parents=True, exist_ok=True)
        pixels = rng.integers(0, 255, (4, 4, 3), dtype=np.uint8)
        Image.fromarray(pixels).resize((64, 64)).save(place / f"{k}.png")
    return folder


def test_the_tour_of_the_readme_makes_what_it_says(tour):
    assert (tour[0] / "runs/tour/ckpt.pt").exists() and (tour[0] / "answer.html").exists()


@pytest.mark.parametrize("page", [p for p in GUIDES if p.stem not in LONG], ids=lambda p: p.stem)
def test_a_guide_goes_on_from_the_tour(page, reader, tour):
    run_page(page, reader, tour[1])


@pytest.mark.parametrize("page", [p for p in GUIDES if p.stem in LONG], ids=lambda p: p.stem)
def test_a_long_guide_goes_on_from_the_tour(page, reader, tour):
    run_page(page, reader, tour[1])
