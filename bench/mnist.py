"""The MNIST experiments: five tables, each row one run of `fractaldream train`.

    python bench/mnist.py ROOT --out runs/mnist [--only networks|hidden|digits|seeds|latent] \
        [--limit 2000] [--epochs 20] [--json FILE]

ROOT holds t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz: 9,000 digits to learn, or as
many as --limit says, and 1,000 held out. Runs that are there already are not trained again.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from result_tables import Column, Row, Table, add_json_option, print_table, save_tables

from evalkit.inputs.images import open_images
from evalkit.networks.classifier import Classifier, load_classifier, save_classifier
from evalkit.networks.classifier_training import train_classifier
from fractaldream_models.checkpoint import load
from fractaldream_models.evaluation.reconstruction import reconstruct
from fractaldream_models.model import Model
from fractaldream_models.settings import Settings, override, preset
from fractaldream_models.training.options import TrainOptions
from fractaldream_models.training.run_folder import Run
from fractaldream_models.training.trainer import train


@dataclass(frozen=True)
class Bench:
    """The folders that digits are read from and runs are written to, and what all runs share."""

    root: str
    out: Path
    shared: dict[str, int]  # settings in place of those of the table

    def run(
        self, name: str, base: Settings, seed: int = 0, **changes: Any
    ) -> tuple[Model, dict[str, Any]]:
        """The best model of a run, and the row of its epoch."""
        folder = self.out / name
        fixed = {"part": "test", "keep_every": 1000, **self.shared}
        settings = override(base, changes | fixed)
        resume = (folder / "run.json").exists()
        options = TrainOptions(root=self.root, seed=seed, device="cpu", resume=resume)
        train("mnist", folder, settings, options=options)
        model = load(folder / "ckpt.pt")
        return model, Run(folder).rows()[model.metrics["epoch"] - 1]


def networks(bench: Bench) -> Table:
    """Compare linear with convolutional networks, L = 2 and 10."""

    def rows() -> Iterator[Row]:
        for architecture in ("linear", "conv"):
            for latent in (2, 10):
                base = preset(f"vae-{architecture}-mnist")
                name = f"vae-{architecture}-{latent}"
                model, row = bench.run(name, base, latent=latent)
                errors = reconstruct(model, "mnist", root=bench.root)
                terms = (row[f"validation_{term}"] for term in ("loss", "reconstruction", "kl"))
                yield architecture, latent, row["epoch"], *terms, errors.mse, errors.of_pca

    columns = (
        Column("network"), Column("L"), Column("epoch"), Column("loss (nats)", ".2f"),
        Column("reconstruction", ".2f"), Column("KL", ".2f"), Column("MSE", ".5f"),
        Column("MSE / PCA", ".3f"),
    )  # fmt: skip
    return print_table("Linear against convolutional, L = 2 and 10.", columns, rows())


def hidden(bench: Bench) -> Table:
    """Compare hidden activations of the linear VAE."""

    def rows() -> Iterator[Row]:
        for activation in ("relu", "sigmoid", "tanh"):
            for latent in (2, 10):
                suffix = "" if activation == "relu" else f"-{activation}"
                name = f"vae-linear-{latent}{suffix}"
                base = preset("vae-linear-mnist")
                _, row = bench.run(name, base, latent=latent, hidden=activation)
                yield activation, latent, row["epoch"], row["validation_loss"], row["autoencoder"]

    columns = (
        Column("activation"), Column("L"), Column("epoch"), Column("held-out loss (nats)", ".2f"),
        Column("training loss", ".2f"),
    )  # fmt: skip
    return print_table("The hidden activation of the linear VAE.", columns, rows())


def judge(bench: Bench) -> Classifier:
    """The classifier of `evalkit classifier`, kept beside the runs; says its held-out accuracy."""
    bench.out.mkdir(parents=True, exist_ok=True)
    path = bench.out / "classifier.pt"
    if not path.exists():
        digits = open_images("mnist", root=bench.root, part="test", resize=False)
        save_classifier(train_classifier(digits), path)
    classifier = load_classifier(path)
    print(f"classifier: {classifier.metrics['accuracy']:.1%} of the held-out digits named\n")
    return classifier


@torch.no_grad()
def share_named_as_requested(classifier: Classifier, model: Model, seed: int, count: int) -> float:
    """The share of count digits, as many of each, that the classifier names as requested."""
    labels = torch.arange(count) % 10
    images = model.sample(count, torch.Generator().manual_seed(seed), labels)
    return float((classifier.names(images.numpy()) == labels.numpy().astype(str)).mean())


def naming_row(row: dict[str, Any], share: float) -> Row:
    """Return the figures of `NAMING`."""
    return row["epoch"], share, row["diversity_ratio"], row["validation_loss"]


NAMING = (
    Column("epoch"),
    Column("named as requested", ".1%"),
    Column("diversity", ".2f"),
    Column("nats", ".1f"),
)


def digits(bench: Bench) -> Table:
    """Count how many of 1,000 digits, 100 of each, the classifier names as requested."""
    classifier = judge(bench)
    grid: list[tuple[str, int, float, float]] = [("cvae", latent, 1, 0) for latent in (2, 5, 10)]
    grid += [("cvae", 10, 2, 0), ("cvae", 10, 4, 0)]
    grid += [("cvae-gan", latent, 1, weight) for latent in (2, 10) for weight in (1, 10)]
    grid += [("cvae-gan", 10, 2, 10), ("cvae-gan", 10, 4, 10)]
    grid += [("cvae-gan", 10, 4, 1), ("cvae-gan", 10, 6, 10)]

    def rows() -> Iterator[Row]:
        for kind, latent, kl_weight, adversary in grid:
            name = f"{kind}-{latent}-kl{kl_weight:g}-adv{adversary:g}"
            changes: dict[str, Any] = {"kind": kind, "latent": latent, "kl_weight": kl_weight}
            if kind == "cvae-gan":
                changes["adversary_weight"] = adversary
            model, row = bench.run(name, preset("cvae-gan-mnist"), **changes)
            share = share_named_as_requested(classifier, model, 1, 1000)
            yield kind, latent, kl_weight, adversary, *naming_row(row, share)

    columns = Column("model"), Column("L"), Column("KL weight", "g"), Column("adversary", "g")
    return print_table("1,000 digits, 100 of each.", (*columns, *NAMING), rows())


def seeds(bench: Bench) -> Table:
    """Judge what `digits` chose on 10,000 digits of each training seed that it did not see."""
    classifier = judge(bench)

    def rows() -> Iterator[Row]:
        for latent, kl_weight in ((10, 4), (2, 1)):
            for seed in (1, 2, 3):
                name = f"cvae-gan-{latent}-kl{kl_weight}-adv1-seed{seed}"
                changes: dict[str, Any] = {"latent": latent, "kl_weight": kl_weight}
                model, row = bench.run(name, preset("cvae-gan-mnist"), seed=seed, **changes)
                share = share_named_as_requested(classifier, model, 100 + seed, 10_000)
                yield latent, kl_weight, seed, *naming_row(row, share)

    columns = Column("L"), Column("KL weight"), Column("seed")
    return print_table("10,000 digits of each training seed.", (*columns, *NAMING), rows())


LATENT = {
    "latent_mean": Column("absolute mean", ".3f"),
    "latent_variance": Column("variance", ".3f"),
    "latent_covariance": Column("largest covariance", ".3f"),
    "latent_normality": Column("KS", ".3f"),
    "validation_mse": Column("MSE", ".4f"),
}


def latent(bench: Bench) -> Table:
    """Measure what each latent loss makes of the held-out codes of an `aae`, L = 6."""
    base = override(
        preset("aae-fdd-2019"),
        {"size": 32, "resize": True, "width": 0.125, "epochs": 4, "batch": 64, "choose": "kernel"},
    )
    weights_by_loss = {
        "none": (0,),
        "goareguer2019": (1, 0.01),
        "moments": (1, 0.01),
        "mmd": (1, 0.01),
    }

    def rows() -> Iterator[Row]:
        for loss, weights in weights_by_loss.items():
            for weight in weights:
                changes: dict[str, Any] = {"latent_loss": loss, "latent_weight": weight}
                bench.run(f"aae-{loss}-{weight:g}", base, **changes)
                row = Run(bench.out / f"aae-{loss}-{weight:g}").rows()[-1]
                yield loss, weight, *(row[key] for key in LATENT)

    columns = (Column("latent loss"), Column("weight", "g"), *LATENT.values())
    return print_table("Held-out codes of an `aae`, L = 6.", columns, rows())


TABLES = {
    "networks": networks,
    "hidden": hidden,
    "digits": digits,
    "seeds": seeds,
    "latent": latent,
}


def main() -> None:
    parser = argparse.ArgumentParser(description="The MNIST experiments")
    parser.add_argument("root")
    parser.add_argument("--out", type=Path, default=Path("runs/mnist"))
    parser.add_argument("--only", choices=TABLES)
    parser.add_argument("--limit", type=int, help="Digits to learn from; default all.")
    parser.add_argument("--epochs", type=int, help="Epochs of every run; default as shipped.")
    parser.add_argument("--threads", type=int, default=2)
    add_json_option(parser)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    shared = {"limit": options.limit, "epochs": options.epochs}
    given = {name: value for name, value in shared.items() if value is not None}
    bench = Bench(options.root, options.out, given)
    chosen = [measure for name, measure in TABLES.items() if options.only in (None, name)]
    save_tables(options.json, *[measure(bench) for measure in chosen])


if __name__ == "__main__":
    main()
