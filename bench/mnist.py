"""The MNIST experiments: five tables, each row one run of `fractaldream train`.

    python bench/mnist.py ROOT --out runs/mnist [--only networks|hidden|digits|seeds|latent]

ROOT holds t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz: 9,000 digits to learn and
1,000 held out. Runs that are there already are not trained again.
"""

import argparse
import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

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

print_row = functools.partial(print, flush=True)  # rows appear as their runs end


@dataclass(frozen=True)
class Bench:
    """Where digits come from and runs go."""

    root: str
    out: Path

    def run(
        self, name: str, base: Settings, seed: int = 0, **changes: Any
    ) -> tuple[Model, dict[str, Any]]:
        """The best model of a run, and the row of its epoch."""
        folder = self.out / name
        settings = override(base, {"part": "test", "keep_every": 1000, **changes})
        resume = (folder / "run.json").exists()
        options = TrainOptions(root=self.root, seed=seed, device="cpu", resume=resume)
        train("mnist", folder, settings, options=options)
        model = load(folder / "ckpt.pt")
        return model, Run(folder).rows()[model.metrics["epoch"] - 1]


def networks(bench: Bench) -> None:
    """Linear against convolutional, L = 2 and 10."""
    print("| network | L | epoch | loss (nats) | reconstruction | KL | MSE | MSE / PCA |")
    print("|---|---|---|---|---|---|---|---|")
    for architecture in ("linear", "conv"):
        for latent in (2, 10):
            base = preset(f"vae-{architecture}-mnist")
            name = f"vae-{architecture}-{latent}"
            model, row = bench.run(name, base, latent=latent)
            judged = reconstruct(model, "mnist", root=bench.root)
            print_row(
                f"| {architecture} | {latent} | {row['epoch']} | {row['validation_loss']:.2f} "
                f"| {row['validation_reconstruction']:.2f} | {row['validation_kl']:.2f} "
                f"| {judged.mse:.5f} | {judged.of_pca:.3f} |"
            )


def hidden(bench: Bench) -> None:
    """The hidden activation of the linear VAE."""
    print("| activation | L | epoch | held-out loss (nats) | training loss |")
    print("|---|---|---|---|---|")
    for activation in ("relu", "sigmoid", "tanh"):
        for latent in (2, 10):
            suffix = "" if activation == "relu" else f"-{activation}"
            name = f"vae-linear-{latent}{suffix}"
            base = preset("vae-linear-mnist")
            _, row = bench.run(name, base, latent=latent, hidden=activation)
            print_row(
                f"| {activation} | {latent} | {row['epoch']} | {row['validation_loss']:.2f} "
                f"| {row['autoencoder']:.2f} |"
            )


def judge(bench: Bench) -> Classifier:
    """The classifier of `evalkit classifier`, kept beside the runs; says its held-out accuracy."""
    bench.out.mkdir(parents=True, exist_ok=True)
    kept = bench.out / "classifier.pt"
    if not kept.exists():
        digits = open_images("mnist", root=bench.root, part="test", resize=False)
        save_classifier(train_classifier(digits), kept)
    classifier = load_classifier(kept)
    print(f"classifier: {classifier.metrics['accuracy']:.1%} of the held-out digits named\n")
    return classifier


@torch.no_grad()
def named_as_asked(classifier: Classifier, model: Model, seed: int, count: int) -> float:
    """The share of count digits, as many of each, that the classifier names as asked."""
    labels = torch.arange(count) % 10
    images = model.sample(count, torch.Generator().manual_seed(seed), labels)
    return float((classifier.names(images.numpy()) == labels.numpy().astype(str)).mean())


def digits(bench: Bench) -> None:
    """Count how many of 1,000 digits, 100 of each, the classifier names as requested."""
    classifier = judge(bench)
    print("| model | L | KL weight | adversary | epoch | named as asked | diversity | nats |")
    print("|---|---|---|---|---|---|---|---|")
    rows: list[tuple[str, int, float, float]] = [("cvae", latent, 1, 0) for latent in (2, 5, 10)]
    rows += [("cvae", 10, 2, 0), ("cvae", 10, 4, 0)]
    rows += [("cvae-gan", latent, 1, weight) for latent in (2, 10) for weight in (1, 10)]
    rows += [("cvae-gan", 10, 2, 10), ("cvae-gan", 10, 4, 10)]
    rows += [("cvae-gan", 10, 4, 1), ("cvae-gan", 10, 6, 10)]
    for kind, latent, kl_weight, adversary in rows:
        name = f"{kind}-{latent}-kl{kl_weight:g}-adv{adversary:g}"
        changes: dict[str, Any] = {"kind": kind, "latent": latent, "kl_weight": kl_weight}
        if kind == "cvae-gan":
            changes["adversary_weight"] = adversary
        model, row = bench.run(name, preset("cvae-gan-mnist"), **changes)
        share = named_as_asked(classifier, model, 1, 1000)
        print_row(
            f"| {kind} | {latent} | {kl_weight:g} | {adversary:g} | {row['epoch']} "
            f"| {share:.1%} | {row['diversity_ratio']:.2f} | {row['validation_loss']:.1f} |"
        )


def seeds(bench: Bench) -> None:
    """Judge what `digits` chose on 10,000 digits of each training seed that it did not see."""
    classifier = judge(bench)
    print("| L | KL weight | seed | epoch | named as asked | diversity | nats |")
    print("|---|---|---|---|---|---|---|")
    for latent, kl_weight in ((10, 4), (2, 1)):
        for seed in (1, 2, 3):
            name = f"cvae-gan-{latent}-kl{kl_weight}-adv1-seed{seed}"
            changes: dict[str, Any] = {"latent": latent, "kl_weight": kl_weight}
            model, row = bench.run(name, preset("cvae-gan-mnist"), seed=seed, **changes)
            share = named_as_asked(classifier, model, 100 + seed, 10_000)
            print_row(
                f"| {latent} | {kl_weight} | {seed} | {row['epoch']} | {share:.1%} "
                f"| {row['diversity_ratio']:.2f} | {row['validation_loss']:.1f} |"
            )


def latent(bench: Bench) -> None:
    """Measure what each latent loss makes of the held-out codes of an `aae`, L = 6."""
    print("| latent loss | weight | absolute mean | variance | largest covariance | KS | MSE |")
    print("|---|---|---|---|---|---|---|")
    base = override(
        preset("aae-fdd-2019"),
        {"size": 32, "resize": True, "width": 0.125, "epochs": 4, "batch": 64, "choose": "kernel"},
    )
    for loss, weights in {
        "none": (0,),
        "goareguer2019": (1, 0.01),
        "moments": (1, 0.01),
        "mmd": (1, 0.01),
    }.items():
        for weight in weights:
            changes: dict[str, Any] = {"latent_loss": loss, "latent_weight": weight}
            bench.run(f"aae-{loss}-{weight:g}", base, **changes)
            row = Run(bench.out / f"aae-{loss}-{weight:g}").rows()[-1]
            print_row(
                f"| {loss} | {weight:g} | {row['latent_mean']:.3f} | {row['latent_variance']:.3f} "
                f"| {row['latent_covariance']:.3f} | {row['latent_normality']:.3f} "
                f"| {row['validation_mse']:.4f} |"
            )


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
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    bench = Bench(options.root, options.out)
    for name, table in TABLES.items():
        if options.only in (None, name):
            print(f"\n{name}: {(table.__doc__ or '').splitlines()[0]}\n")
            table(bench)


if __name__ == "__main__":
    main()
