"""The measures of the kinds `bigan`, `clustergan` and `csvae` on labelled images, over seeds.

    python bench/zoo_codes.py probe runs/bigan-* runs/vae-* --root IDX
    python bench/zoo_codes.py clusters runs/clustergan-* --root IDX
    python bench/zoo_codes.py subspaces runs/csvae-* --root IDX --classifier digits.pt

`probe` prints what `evalkit probe` measures, mean and range over the runs of a kind; `clusters` the
clusters that the encoder of `clustergan` names; `subspaces` what the latents W and Z of `csvae`
hold.
"""

from collections import defaultdict
from dataclasses import asdict
from pathlib import Path

import click
import numpy as np
import torch
from PIL import Image
from result_tables import Column, json_option, print_table, save_tables

from evalkit.inputs.images import ImageSet, open_images
from evalkit.inputs.model import LatentModel, open_model
from evalkit.networks.classifier import Classifier, load_classifier
from evalkit.representation.evaluation import probe as probe_models
from evalkit.representation.scores import LabelledCodes, cluster_scores, score_codes
from fractaldream_models.kinds.csvae import SPREAD, means

RUNS = click.argument("runs", nargs=-1, required=True, type=Path)
ROOT = click.option("--root", type=click.Path(), help="Folder of MNIST's IDX files.")


def opened(run: Path, root: str | None) -> tuple[LatentModel, ImageSet]:
    """Return the model of a run and the images that it learned from."""
    model = open_model(str(run / "ckpt.pt" if run.is_dir() else run))
    return model, open_images(None, model, root=root)


def print_scores(scores: dict[str, list[dict[str, float]]], json_file: Path | None) -> None:
    """Print a row for each name, with the mean and the range of each of its scores."""
    names = list(next(iter(scores.values()))[0])
    columns = (Column("of"), Column("runs"), *(Column(name, ".3f") for name in names))
    rows = (
        (label, len(runs), *([run[name] for run in runs] for name in names))
        for label, runs in scores.items()
    )
    save_tables(json_file, print_table("", columns, rows))


@click.group()
def main() -> None:
    """Measure kinds whose codes are judged by labels."""
    torch.set_num_threads(1)


@main.command()
@RUNS
@ROOT
@json_option
def probe(runs: tuple[Path, ...], root: str | None, json_file: Path | None) -> None:
    """Read labels from the codes of each kind, beside PCA and pixels."""
    scores = defaultdict(list)
    for run in runs:
        model, images = opened(run, root)
        for row in probe_models(model, images).rows:
            name = row.kind or row.name
            unary = model.network is not None and model.network.config.unary
            name += " (unary)" if row.kind and unary else ""
            if row.kind or not scores[name]:  # PCA and pixels have no seed
                scores[name].append(asdict(row.scores))
    print_scores(scores, json_file)


@main.command()
@RUNS
@ROOT
@json_option
def clusters(runs: tuple[Path, ...], root: str | None, json_file: Path | None) -> None:
    """Compare the clusters that the encoder names with the labels of the held-out images."""
    rows = []
    for run in runs:
        model, images = opened(run, root)
        assert model.network is not None and images.labels is not None
        codes = model.encode(images.images(images.held_out))
        named = codes[:, : model.network.config.clusters].argmax(1)
        accuracy, nmi, ari = cluster_scores(named, images.labels[images.held_out])
        rows.append({"accuracy": accuracy, "nmi": nmi, "ari": ari})
    print_scores({"clusters of the encoder": rows}, json_file)


@main.command()
@RUNS
@ROOT
@click.option("--classifier", required=True, help="Checkpoint of evalkit classifier.")
@click.option("--picture", type=Path, help="PNG of images of the first run in every label.")
@json_option
def subspaces(
    runs: tuple[Path, ...],
    root: str | None,
    classifier: str,
    picture: Path | None,
    json_file: Path | None,
) -> None:
    """Read the label from W and from Z, and exchange W for that of another label."""
    judge = load_classifier(classifier)
    scores = defaultdict(list)
    for run in runs:
        model, images = opened(run, root)
        for name, row in _subspaces(model, images, judge).items():
            scores[name].append({"value": row})
    print_scores(scores, json_file)
    if picture:
        _draw_labels(*opened(runs[0], root), picture)


def _draw_labels(model: LatentModel, images: ImageSet, path: Path) -> None:
    """Draw the first ten held-out images, each beside its Z decoded with W of every label."""
    assert model.network is not None
    config, count = model.network.config, len(images.classes)
    given = images.images(images.held_out[:10])
    z = model.encode(given)[:, config.label_latents :]
    w = means(config, torch.arange(count)).numpy()
    latents = np.concatenate([np.tile(w, (len(z), 1)), np.repeat(z, count, 0)], 1)
    drawn = model.decode(latents)[:, 0].reshape(len(z), count, *given.shape[2:])
    rows = np.concatenate([given[:, :1], np.ones_like(given[:, :1, :, :8])], 3)
    rows = np.concatenate([rows[:, 0], *drawn.swapaxes(0, 1)], 2)
    pixels = Image.fromarray((np.concatenate(rows) * 255).round().astype(np.uint8))
    pixels.resize((2 * pixels.width, 2 * pixels.height), Image.Resampling.NEAREST).save(path)


def _subspaces(model: LatentModel, images: ImageSet, judge: Classifier) -> dict[str, float]:
    """Return the figures of one `csvae`."""
    assert model.network is not None and images.labels is not None
    config = model.network.config
    size, rows, labels = config.label_latents, images.held_out, images.labels
    rng = np.random.default_rng(0)
    train, train_draws = _posterior(model, images, images.train, rng)
    codes, draws = _posterior(model, images, rows, rng)

    def scored(first: np.ndarray, second: np.ndarray, part: slice) -> dict[str, float]:
        both = LabelledCodes(first[:, part], labels[images.train], second[:, part], labels[rows])
        return asdict(score_codes(both))

    w, z = (scored(train, codes, part) for part in (slice(size), slice(size, None)))
    z_draws = scored(train_draws, draws, slice(size, None))
    count = len(images.classes)
    others = (labels[rows] + rng.integers(1, count, len(rows))) % count
    noise = SPREAD * rng.standard_normal((len(rows), size))
    exchanged = means(config, torch.from_numpy(others)).numpy() + noise
    swapped = model.decode(np.concatenate([exchanged, codes[:, size:]], 1))
    reconstructed, moved = model.decode(codes), model.encode(swapped)[:, size:]
    names = np.array(images.classes)
    distance = np.linalg.norm(moved - codes[:, size:], axis=1).mean()
    apart = np.linalg.norm(codes[rng.permutation(len(rows)), size:] - codes[:, size:], axis=1)
    return {
        "label from W, linear": w["linear"],
        "label from W, 1-NN": w["neighbour"],
        "label from Z, linear": z_draws["linear"],
        "label from Z, 1-NN": z_draws["neighbour"],
        "label from Z, network": _network(
            train_draws[:, size:], labels[images.train], draws[:, size:], labels[rows]
        ),
        "label from means of Z, linear": z["linear"],
        "label from means of Z, 1-NN": z["neighbour"],
        "most frequent label": float(np.bincount(labels[rows]).max() / len(rows)),
        "reconstructions named as the image": _agreement(judge, reconstructed, names[labels[rows]]),
        "swapped W named as wanted": _agreement(judge, swapped, names[others]),
        "distance in Z after the swap, of that between images": float(distance / apart.mean()),
    }


def _network(
    train: np.ndarray, train_labels: np.ndarray, held_out: np.ndarray, labels: np.ndarray
) -> float:
    """Return the accuracy of a network of two hidden layers that reads the label from codes."""
    from sklearn.neural_network import MLPClassifier

    network = MLPClassifier((256, 256), early_stopping=True, max_iter=100, random_state=0)
    return float(network.fit(train, train_labels).score(held_out, labels))


@torch.no_grad()
def _posterior(
    model: LatentModel, images: ImageSet, rows: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return the means of the latents of images, and a draw of the latents of each, (N, L)."""
    assert model.network is not None
    mean, log_variance = model.network.posterior(torch.from_numpy(images.images(rows)))
    noise = rng.standard_normal(tuple(mean.shape))
    return mean.numpy(), mean.numpy() + (0.5 * log_variance).exp().numpy() * noise


def _agreement(judge: Classifier, images: np.ndarray, names: np.ndarray) -> float:
    return float((judge.names(images) == names).mean())


if __name__ == "__main__":
    main()
