"""Does cleaning help? A generator of faces, trained before and after `evalkit clean`.

    python bench/cleaning_helps.py prepare FRAMES OUT
    python bench/cleaning_helps.py commands OUT
    python bench/cleaning_helps.py judge OUT RUNS [--json FILE.json]

`prepare` reviews a folder of images and writes three copies of parts of it by `evalkit clean`:
`before` holds four in five of the images, `after` those of them without any finding, and `held_out`
the others without a finding and without a near duplicate. No person decides: every image with a
finding is dropped. `commands` prints the trainings, three seeds of each, to be run in a folder
RUNS. `judge` compares all of them with the same held-out images.
"""

import argparse
import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
from result_tables import Column, add_json_option, print_table, save_tables

from evalkit.clean.clean_copy import apply
from evalkit.clean.decisions import FIELDS
from evalkit.clean.options import ReviewOptions
from evalkit.clean.review_store import review
from evalkit.inputs.images import ImageSet, open_images
from evalkit.inputs.model import LatentModel, open_model
from evalkit.memorization.nearest_images import neighbours
from evalkit.memorization.options import NeighbourOptions
from evalkit.memorization.precision_recall import prdc
from evalkit.networks.detail import detail_features
from evalkit.networks.features import Features
from evalkit.sample_quality.evaluation import quality
from evalkit.sample_quality.options import QualityOptions
from fractaldream_models.data.tensors import Data

SEEDS = (0, 1, 2)
PARTS = ("before", "after")
FIFTH = 5  # one image in so many is held out
SETTINGS = {
    "size": 32, "resize": "true", "width": 0.25, "batch": 32, "choose": "kernel", "epochs": 50,
}  # fmt: skip


def prepare(frames: Path, out: Path) -> None:
    """Review the frames, and write the copies `before`, `after` and `held_out`."""
    print(review(frames, out / "review", options=ReviewOptions(workers=1)))
    with (out / "review" / "findings.csv").open(newline="") as file:
        findings = list(csv.DictReader(file))
    with (out / "review" / "ranking.csv").open(newline="") as file:
        keys = {row["path"]: row["sha256"] for row in csv.DictReader(file)}
    suspect = {row["path"] for row in findings}
    reasons = " ".join(row["reason"] for row in findings)
    held = {path for path, key in keys.items() if int(key[:8], 16) % FIFTH == 0}
    parts = {
        "before": set(keys) - held,
        "after": set(keys) - held - suspect,
        "held_out": {path for path in held - suspect if path not in reasons},
    }
    for name, paths in parts.items():
        decisions = out / f"{name}.csv"
        with decisions.open("w", newline="") as file:
            table = csv.writer(file)
            table.writerow(FIELDS)
            for path, key in keys.items():
                table.writerow((key, "keep" if path in paths else "drop", name, path))
        print(f"{name}: {apply(frames, decisions, out / name).kept:,} images")


def print_commands(out: Path) -> None:
    """Print the command of each training."""
    settings = " ".join(f"--set {key}={value}" for key, value in SETTINGS.items())
    for part in PARTS:
        for seed in SEEDS:
            print(f"fractaldream train {out / part} --preset aae-simpsons {settings} --seed {seed} "
                  f"--out RUNS/simpsons-{part}-{seed}")  # fmt: skip


def with_held_out(part: Path, held_out: Path, model: LatentModel) -> ImageSet:
    """Return the images of one folder to learn from, with those of another held out."""
    sets = [open_images(str(folder), model, resize=True) for folder in (part, held_out)]
    learnt = len(sets[0])
    images = torch.cat([each.data.images for each in sets])
    rows = torch.arange(len(images))
    return ImageSet(part.name, Data(images, rows[:learnt], rows[learnt:]))


COLUMNS = (
    Column("Frechet, codes (lower)", ".3f"),
    Column("Frechet, detail (lower)", ".3f"),
    Column("kernel, codes (lower)", ".3f"),
    Column("classifier test (near 0.5)", ".3f"),
    Column("precision (higher)", ".3f"),
    Column("recall (higher)", ".3f"),
    Column("coverage (higher)", ".3f"),
    Column("copying, p", ".3f"),
)
Figures = tuple[float, ...]  # of one set of images, a number for each column


def figures_of(checkpoint: Path, out: Path, part: str) -> tuple[Figures, Figures]:
    """Return the figures of a run, and those of clean training images."""
    model = open_model(str(checkpoint))
    clean = with_held_out(out / "after", out / "held_out", model)
    n = len(clean.held_out)
    measured = quality(model, clean, options=QualityOptions(n=n))
    test = measured.classifier_test
    assert test is not None
    codes, detail = measured.distances["autoencoder"], measured.distances["detail"]
    learnt = with_held_out(out / part, out / "held_out", model)
    copying = neighbours(model, learnt, options=NeighbourOptions(n=n)).copying
    space = detail_features(clean)
    real = clean.images(clean.held_out)
    generated = model.sample(n, np.random.default_rng(0))
    training = clean.images(np.random.default_rng(0).choice(clean.train, n, replace=False))
    of_model, of_training = (manifold(space, real, images) for images in (generated, training))
    return (
        (codes.frechet, detail.frechet, codes.kernel, test.accuracy, *of_model, copying.p_value),
        (codes.real_frechet, detail.real_frechet, codes.real_kernel, test.real_accuracy,
         *of_training, float("nan")),
    )  # fmt: skip


def manifold(space: Features, real: np.ndarray, images: np.ndarray) -> tuple[float, float, float]:
    """Return precision, recall and coverage of images."""
    p = prdc(real=space.of(real), generated=space.of(images), k=5)
    return p.precision, p.recall, p.coverage


def judge(out: Path, runs_folder: Path, json_file: Path | None) -> None:
    """Print the table of all runs, means and ranges over seeds."""
    figures_by_name: dict[str, list[Figures]] = defaultdict(list)
    for part in PARTS:
        for seed in SEEDS:
            checkpoint = runs_folder / f"simpsons-{part}-{seed}" / "ckpt.pt"
            figures, reference = figures_of(checkpoint, out, part)
            figures_by_name[f"trained {part} cleaning"].append(figures)
            figures_by_name["clean training images"].append(reference)
    rows = ((name, *zip(*runs, strict=True)) for name, runs in figures_by_name.items())
    save_tables(json_file, print_table("", (Column("images"), *COLUMNS), rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    steps = parser.add_subparsers(dest="step", required=True)
    for name in ("prepare", "commands", "judge"):
        step = steps.add_parser(name)
        if name == "prepare":
            step.add_argument("frames", type=Path)
        step.add_argument("out", type=Path)
        if name == "judge":
            step.add_argument("runs", type=Path)
            add_json_option(step)
    given = parser.parse_args()
    if given.step == "prepare":
        prepare(given.frames, given.out)
    elif given.step == "commands":
        print_commands(given.out)
    else:
        judge(given.out, given.runs, given.json)


if __name__ == "__main__":
    main()
