"""Toy checkpoints in the form in which the package holds its own, made by the same script."""

import runpy
import sys
from pathlib import Path

import fractaldream
from evalkit.networks.classifier import Classifier, ClassifierConfig, Network, save_classifier
from fractaldream.recipe import Recipe
from small_runs import fit

SCRIPT = Path(__file__).parents[2] / "bench" / "pretrained.py"
RECIPE = Recipe(n=60, size=16, iterations=2000, min_visited=0.05)


def pack(monkeypatch, *words):
    """Run the script that makes the files of the package."""
    monkeypatch.setattr(sys, "argv", [str(SCRIPT), *map(str, words)])
    runpy.run_path(str(SCRIPT), run_name="__main__")


def make_toys(folder, monkeypatch):
    """Make `toy`, of levels with an encoder and three latents, and the classifier `names`.

    Returns
    -------
    The folder of the files, to be put in place of the package's; the run and the data set.
    """
    data, run, files = folder / "data.h5", folder / "run", folder / "files"
    fractaldream.render(RECIPE, data, progress=False)
    fit(data, run, kind="aae-sharp", latent=3, epochs=1, width=0.1)
    pack(monkeypatch, "toy", run, "--summary", "A toy of levels.", "--out", files)
    config = ClassifierConfig(16, 3, ("few", "many"))
    read = {"source": "mnist", "part": "test"}
    named = Classifier(config, Network(config), {"read": read, "sha256": "0" * 64}, {})
    save_classifier(named, folder / "names.pt")
    words = ("--summary", "Two names.", "--command", "evalkit classifier mnist", "--out", files)
    pack(monkeypatch, "names", folder / "names.pt", *words)
    return files, run, data
