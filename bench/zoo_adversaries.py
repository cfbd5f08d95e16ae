"""The figures of `biggan`, `began`, `wgan` and of `dcgan4` beside `vae`: docs/results/zoo.md.

    python bench/zoo_adversaries.py truncation ROOT RUN... --classifier digits.pt \
        --picture curve.png
    python bench/zoo_adversaries.py measures RUN... --picture measures.png
    python bench/zoo_adversaries.py train ROOT --kind dcgan4 --latent 2 --hidden relu --seed 0 \
        --classifier digits.pt --out study
    python bench/zoo_adversaries.py compare study --picture compared.png

ROOT is the folder of the IDX files of MNIST's test images, digits.pt a classifier (`evalkit
classifier mnist --part test`), RUN a folder of `fractaldream train`. Each writes a table to stdout
and a picture beside.
"""

import argparse
import json
import re
import shutil
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from result_tables import Column, Row, add_json_option, print_table, save_tables
from scipy.stats import spearmanr

from evalkit.inputs.images import open_images
from evalkit.inputs.model import LatentModel, open_model
from evalkit.latent_space.interpolation import interpolate
from evalkit.latent_space.options import InterpolationOptions, ProjectionOptions
from evalkit.latent_space.places import Place
from evalkit.latent_space.projection import project
from evalkit.memorization.precision_recall import prdc
from evalkit.networks.classifier import Classifier, load_classifier
from fractaldream_models.model import truncated_normal
from fractaldream_models.settings import override, preset
from fractaldream_models.training.options import TrainOptions
from fractaldream_models.training.run_folder import Run
from fractaldream_models.training.trainer import train

THRESHOLDS = (0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, None)
CURVE = 2000  # images of a point of the curve
NAMED = 10_000  # digits that are named
MEASURES = ("convergence", "critic_estimate")
FRAMES = 12  # of a path


@dataclass(frozen=True)
class Drawn:
    """Generated digits: what was asked for, what the classifier says, and its features."""

    labels: np.ndarray
    answers: np.ndarray
    features: np.ndarray
    images: np.ndarray

    @property
    def named(self) -> float:
        """Share of the digits that are named as asked."""
        return float((self.answers == self.labels).mean())

    @property
    def spread(self) -> float:
        """Mean standard deviation of a pixel among digits of one class."""
        each = [self.images[self.labels == label].std(0).mean() for label in range(10)]
        return float(np.mean(each))


def draw(
    model: LatentModel, classifier: Classifier, n: int, threshold: float | None, seed: int
) -> Drawn:
    """Return n digits, as many of each, of latents within a threshold."""
    generator = torch.Generator().manual_seed(seed)
    shape = (n, model.latent)
    z = (
        torch.randn(shape, generator=generator)
        if threshold is None
        else truncated_normal(shape, threshold, generator)
    )
    labels = np.arange(n) % 10
    images = model.decode(z.numpy(), labels)
    answers = classifier.probabilities(images).argmax(1)
    return Drawn(labels, answers, classifier.features(images), images)


FIDELITY = (
    Column("threshold"),
    Column("named as requested", ".3f"),
    Column("precision", ".3f"),
    Column("recall", ".3f"),
    Column("spread within a class", ".3f"),
)


def truncation(options: argparse.Namespace) -> None:
    """Print fidelity and diversity over the threshold, and draw one against the other."""
    classifier = load_classifier(options.classifier)
    data = open_images("mnist", root=options.root, part="test", resize=False)
    rows = np.random.default_rng(0).permutation(data.train)[:CURVE]
    labels = np.asarray(data.labels)[rows]
    digits = data.images(rows)
    real = Drawn(labels, labels, classifier.features(digits), digits)
    curve: dict[float | None, list[list[float]]] = defaultdict(list)
    for seed, run in enumerate(options.runs):
        model = open_model(str(Path(run) / "ckpt.pt"))
        share = draw(model, classifier, NAMED, None, 100 + seed).named
        print(f"{run}: {share:.2%} of {NAMED:,} digits named as requested", flush=True)
        for threshold in THRESHOLDS:
            drawn = draw(model, classifier, CURVE, threshold, seed)
            near = prdc(real=real.features, generated=drawn.features, k=5)
            row = [drawn.named, near.precision, near.recall, drawn.spread / real.spread]
            curve[threshold].append(row)
    rows = (
        (threshold_name(threshold), *zip(*points, strict=True))
        for threshold, points in curve.items()
    )
    save_tables(options.json, print_table("", FIDELITY, rows))
    draw_curve(curve, options.picture)


def threshold_name(threshold: float | None) -> str:
    """Return a threshold in words."""
    return "none" if threshold is None else f"{threshold:g}"


def draw_curve(curve: dict[float | None, list[list[float]]], path: str) -> None:
    """Draw fidelity against diversity, each threshold a point, each seed a line."""
    figure = Figure(figsize=(8, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes, (x, y), names in (
        (left, (2, 1), ("recall (diversity)", "precision (fidelity)")),
        (right, (3, 0), ("spread within a class (data: 1)", "named as requested (fidelity)")),
    ):
        seeds = np.array(list(curve.values()))  # threshold, seed, figure
        for seed in range(seeds.shape[1]):
            axes.plot(seeds[:, seed, x], seeds[:, seed, y], ".-", lw=0.8, label=f"seed {seed}")
        for threshold, point in zip(curve, seeds.mean(1), strict=True):
            axes.annotate(
                threshold_name(threshold), (point[x], point[y]), (4, -10),
                textcoords="offset points", fontsize=7,
            )  # fmt: skip
        axes.margins(0.1)
        axes.set_xlabel(names[0])
        axes.set_ylabel(names[1])
    left.legend(frameon=False)
    figure.savefig(path, dpi=100)


MEASURED = (
    Column("run"),
    Column("measure"),
    Column("epochs"),
    Column("all epochs", ".2f"),
    Column("without the first five", ".2f"),
    Column("last measure", ".3f"),
    Column("last kernel distance", ".3f"),
)


def measure_rows(groups: dict[str, list[tuple[str, np.ndarray]]]) -> Iterator[Row]:
    """Yield rank correlations and last values of each group of runs."""
    for name, seeds in groups.items():
        series = [values for _, values in seeds]
        all_epochs, later_epochs = (
            [spearmanr(s[start:, 1], s[start:, 2]).statistic for s in series] for start in (0, 5)
        )
        last = ([s[-1, column] for s in series] for column in (1, 2))
        yield name, seeds[0][0], len(series[0]), all_epochs, later_epochs, *last


def measures(options: argparse.Namespace) -> None:
    """Print the rank correlation of a logged measure with the kernel distance over epochs."""
    groups: dict[str, list[tuple[str, np.ndarray]]] = defaultdict(list)
    for run in options.runs:
        rows = Run(run).rows()
        measure = next(name for name in MEASURES if name in rows[0])
        series = np.array([[row["epoch"], row[measure], row["kernel_distance"]] for row in rows])
        groups[re.sub(r"-\d+$", "", Path(run).name)].append((measure, series))
    save_tables(options.json, print_table("", MEASURED, measure_rows(groups)))
    figure = Figure(figsize=(3.4 * len(groups), 3.4), layout="constrained")
    for axes, (name, seeds) in zip(
        figure.subplots(1, len(groups), squeeze=False)[0], groups.items(), strict=True
    ):
        for seed, (_, s) in enumerate(seeds):
            axes.plot(s[:, 1], s[:, 2], ".-", lw=0.6, label=f"seed {seed}")
        axes.set(title=name, xlabel=seeds[0][0], ylabel="kernel distance", yscale="log")
        if all((s[:, 1] > 0).all() for _, s in seeds):
            axes.set_xscale("log")
        axes.legend(frameon=False, fontsize=7)
    figure.savefig(options.picture, dpi=100)


def study_settings(options: argparse.Namespace) -> Any:
    """Return the settings of a run at 32 px: `dcgan4` at full width, or the linear `vae`."""
    base = preset({"dcgan4": "dcgan4-mnist", "vae": "vae-linear-mnist"}[options.kind])
    changes = {"part": "test", "size": 32, "resize": True, "keep_every": 10_000}
    changes |= {"latent": options.latent, "hidden": options.hidden, "epochs": options.epochs}
    changes["limit"] = options.limit
    return override(base, changes)


def train_and_look(options: argparse.Namespace) -> None:
    """Train one run and keep what the pictures and the table need: samples, a path, a map."""
    name = f"{options.kind}-{options.latent}-{options.hidden}-{options.seed}"
    folder = Path(options.out) / name
    arguments = TrainOptions(
        root=options.root, seed=options.seed, device=options.device, precision="32", threads=1,
        resume=(folder / "run.json").exists(),
    )  # fmt: skip
    train("mnist", folder, study_settings(options), options=arguments)
    model, classifier = open_model(str(folder / "ckpt.pt")), load_classifier(options.classifier)
    row = Run(folder).rows()[int(model.network.metrics["epoch"]) - 1]  # type: ignore[union-attr]
    pictures = look(model, classifier)
    shares = np.bincount(pictures["answers"], minlength=10) / len(pictures["answers"])
    figures = {
        "epoch": row["epoch"],
        "kernel_distance": row["kernel_distance"],
        "diversity_ratio": row["diversity_ratio"],
        "classes": int((shares > 0.01).sum()),
        "total_variation": float(np.abs(shares - 0.1).sum() / 2),
        "certainty": float(pictures.pop("certainty")),
        "purity": float(pictures.pop("purity")),
        "jump": float(pictures.pop("jump")),
    }
    np.savez_compressed(folder / "look.npz", **pictures)
    (folder / "figures.json").write_text(json.dumps(figures))
    if not options.keep:
        shutil.rmtree(folder / "samples")
        for path in folder.iterdir():
            if path.name not in ("look.npz", "figures.json", "metrics.jsonl"):
                path.unlink()


def look(model: LatentModel, classifier: Classifier) -> dict[str, np.ndarray]:
    """Return samples, a path from 3 to 5 and a map, with figures of each.

    The ends of the path are the samples that the classifier names 3 and 5 most certainly, so that
    models with and without an encoder are treated alike.
    """
    z = np.random.default_rng(0).standard_normal((CURVE, model.latent))
    images = model.decode(z)
    sure = classifier.probabilities(images)
    ends = [Place(str(digit), z[sure[:, digit].argmax()]) for digit in (3, 5)]
    path = interpolate(
        model, ends, classifier=classifier, options=InterpolationOptions(steps=FRAMES - 1)
    )
    mapped = project(
        model, classifier=classifier,
        options=ProjectionOptions(n=1000, methods=("pca", "tsne"), samples=True),
    )  # fmt: skip
    steps = [float(np.sqrt(((b - a) ** 2).mean())) for a, b in pairwise(path.images)]
    at = mapped.maps["pca" if model.latent == 2 else "tsne"]
    return {
        "samples": (images[:32, 0] * 255).astype(np.uint8),
        "path": (path.images[:, 0] * 255).astype(np.uint8),
        "path_answers": np.asarray(path.answers).astype(str),
        "map": at.astype(np.float32),
        "named": np.asarray(mapped.points.values).astype(np.uint8),
        "answers": sure.argmax(1).astype(np.uint8),
        "certainty": np.array(sure.max(1).mean()),
        "purity": np.array(mapped.figures["latents"].purity),
        # of the length of the path, what its largest step takes; even steps would take 1 / steps
        "jump": np.array(max(steps) / max(sum(steps), 1e-9)),
    }


def compare(options: argparse.Namespace) -> None:
    """Print the figures of all runs of a study, and draw samples, path and map of seed 0."""
    groups: dict[tuple[str, int, str], list[dict[str, float]]] = defaultdict(list)
    for path in sorted(Path(options.folder).glob("*/figures.json")):
        kind, latent, hidden, _ = path.parent.name.split("-")
        groups[kind, int(latent), hidden].append(json.loads(path.read_text()))
    names = ("kernel_distance", "diversity_ratio", "classes", "total_variation", "certainty")
    names += ("purity", "jump")
    keys = sorted(groups)
    columns = (
        Column("kind"), Column("L"), Column("activation"), *(Column(name, ".2f") for name in names)
    )  # fmt: skip
    rows = ((*key, *([run[name] for run in groups[key]] for name in names)) for key in keys)
    save_tables(options.json, print_table("", columns, rows))
    figure = Figure(figsize=(13, 1.75 * len(keys)), layout="constrained")
    axes = figure.subplots(len(keys), 3, width_ratios=(4, 6, 2), squeeze=False)
    for row, (kind, latent, hidden) in zip(axes, keys, strict=True):
        pictures = np.load(Path(options.folder) / f"{kind}-{latent}-{hidden}-0" / "look.npz")
        samples = pictures["samples"].reshape(4, 8, 32, 32).swapaxes(1, 2).reshape(128, 256)
        row[0].imshow(samples, cmap="gray")
        row[0].set_title(f"{kind}, {hidden}, L = {latent}: samples", fontsize="small")
        row[1].imshow(np.concatenate(list(pictures["path"]), 1), cmap="gray")
        row[1].set_title(
            f"from 3 to 5, named {''.join(pictures['path_answers'])}", fontsize="small"
        )
        row[2].scatter(*pictures["map"].T, c=pictures["named"], cmap="tab10", s=1, vmin=0, vmax=9)
        for panel in row:
            panel.set(xticks=[], yticks=[])
    figure.savefig(options.picture, dpi=80)


def main() -> None:
    """Run one of the measurements."""
    parser = argparse.ArgumentParser(description="Figures of the adversaries of the zoo")
    parts = parser.add_subparsers(required=True)
    for name, function in (
        ("truncation", truncation), ("measures", measures), ("train", train_and_look),
        ("compare", compare),
    ):  # fmt: skip
        part = parts.add_parser(name, help=(function.__doc__ or "").splitlines()[0])
        part.set_defaults(function=function)
        if name in ("truncation", "train"):
            part.add_argument("root")
            part.add_argument("--classifier", required=True)
        if name in ("truncation", "measures"):
            part.add_argument("runs", nargs="+")
        if name == "compare":
            part.add_argument("folder")
        if name == "train":
            part.add_argument("--kind", choices=("dcgan4", "vae"), required=True)
            part.add_argument("--hidden", default="relu")
            part.add_argument("--device", default="cpu")
            part.add_argument("--latent", type=int, required=True)
            part.add_argument("--seed", type=int, default=0)
            part.add_argument("--epochs", type=int, default=12)
            part.add_argument("--limit", type=int, help="number of training images")
            part.add_argument("--keep", action="store_true", help="keep the checkpoint")
        if name == "train":
            part.add_argument("--out", required=True, help="folder of the runs")
        else:
            part.add_argument("--picture", required=True, help="PNG to write")
            add_json_option(part)
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.function(options)


if __name__ == "__main__":
    main()
