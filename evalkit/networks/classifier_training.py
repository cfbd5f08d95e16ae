"""Train the classifier on labelled images, with small shifts, turns and changes of size."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from evalkit.inputs.devices import check_device
from evalkit.inputs.images import ImageSet, ImageSource, as_images
from evalkit.support.docstrings import shared_parameters
from fractaldream_base.errors import BadInput
from fractaldream_base.files import check_outputs
from fractaldream_base.text_result import TextResult

from .classifier import Classifier, ClassifierConfig, Network, fit, save_classifier
from .options import ClassifierOptions

SIDE = 32  # pixels that it sees at most
BATCH = 64
RATE, DECAY = 3e-3, 1e-2
TURN, SCALE, SHIFT = 10.0, 0.1, 0.08  # degrees; share of the size; share of the width
READ = 512  # held-out images in memory at once


@dataclass(frozen=True)
class ClassifierResult(TextResult):
    """A trained classifier and its file, None where it was not written."""

    classifier: Classifier
    checkpoint: Path | None

    def to_dict(self) -> dict[str, Any]:
        """Return what --json writes: the file, the labels and the held-out figures."""
        place = None if self.checkpoint is None else str(self.checkpoint)
        labels = list(self.classifier.labels)
        return {"checkpoint": place, "labels": labels, **self.classifier.metrics}

    def __str__(self) -> str:
        """Return the held-out figures in words."""
        m = self.classifier.metrics
        return (
            f"{self.checkpoint or 'classifier'}: {len(self.classifier.labels)} classes, learnt on "
            f"{m['train']:,} images\n"
            f"  held-out images        {m['held_out']:>8,}\n"
            f"  accuracy               {m['accuracy']:>8.2%}   (higher is better)\n"
            f"  log loss, nats         {m['log_loss']:>8.4f}   (lower is better)\n"
            "Share of held-out images that it names rightly; it names "
            f"{1 - m['accuracy']:.1%} of all images wrongly, which bounds figures that rest on it."
        )


@shared_parameters
def classifier(
    data: ImageSource,
    *,
    out: str | Path | None = None,
    options: ClassifierOptions = ClassifierOptions(),
    device: str = "cpu",
    progress: bool = False,
) -> ClassifierResult:
    """Train the small network that names images.

    Parameters
    ----------
    data
        Labelled images: opened, ``mnist``, ``fashion-mnist``, or a folder of one folder per class.
        A tenth is held out.
    out
        The checkpoint to write.
    options
        Passes over the data and the seed.
    device
        Where the network is trained: cpu, cuda or mps.

    Returns
    -------
    ClassifierResult
        The trained classifier, with accuracy (0 to 1) and log loss (nats) on the held-out images,
        and the path of its checkpoint; None without `out`.

    Raises
    ------
    BadInput
        If the images carry no labels, a class is empty, or the checkpoint cannot be written.
    """
    check_outputs(out)
    trained = train_classifier(as_images(data, None), options, device=device, progress=progress)
    if out is None:
        return ClassifierResult(trained, None)
    save_classifier(trained, out)
    return ClassifierResult(trained, Path(out))


def train_classifier(
    images: ImageSet,
    options: ClassifierOptions = ClassifierOptions(),
    *,
    device: str = "cpu",
    progress: bool = False,
) -> Classifier:
    """Return a classifier trained on the training rows of labelled images. Raises BadInput.

    Its metrics are accuracy and log_loss (nats) on the validation rows, and how many images of
    each there were.
    """
    check_device(device)
    config = _config(images, options)
    network = _learnt(images, config, options, device, progress)
    network.eval().requires_grad_(False).to(memory_format=torch.contiguous_format)
    trained = Classifier(config, network, dict(images.data.facts or {}), {})
    metrics = _held_out(trained, images) | {"epochs": options.epochs, "seed": options.seed}
    return Classifier(config, network, trained.data, metrics)


def _config(images: ImageSet, options: ClassifierOptions) -> ClassifierConfig:
    """Return what the network of these images looks like. Raises BadInput where there is none."""
    if images.labels is None or len(images.classes) < 2:
        raise BadInput(f"{images.name}: no labels; give mnist or a folder of one folder per class")
    if options.epochs < 1:
        raise BadInput(f"epochs {options.epochs}: give 1 or more")
    counts = np.bincount(images.labels[images.train], minlength=len(images.classes))
    if (counts == 0).any():
        empty = images.classes[int(counts.argmin())]
        raise BadInput(f"{images.name}: no image of class {empty} to learn from; give more images")
    size = min(images.size, SIDE) // 4 * 4
    if size < 8:
        raise BadInput(f"{images.name}: images of {images.size} px; a classifier needs 8 or more")
    return ClassifierConfig(size, images.channels, images.classes)


def _learnt(
    images: ImageSet,
    config: ClassifierConfig,
    options: ClassifierOptions,
    device: str,
    progress: bool,
) -> Network:
    from fractaldream_base.progress import Bar

    assert images.labels is not None
    rows, labels = images.train, torch.from_numpy(images.labels)
    rng = torch.Generator().manual_seed(options.seed)
    steps = options.epochs * max(1, len(rows) // BATCH)
    with (
        torch.random.fork_rng(devices=[]),
        Bar(total=steps, desc="classifier", unit="step", disable=not progress) as bar,
    ):
        torch.manual_seed(options.seed)
        network = Network(config).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
        network.train()
        for _ in range(options.epochs):
            order = torch.randperm(len(rows), generator=rng).numpy()
            for start in range(0, len(order) - min(BATCH, len(order)) + 1, BATCH):
                part = rows[order[start : start + BATCH]]
                x = fit(torch.from_numpy(images.images(part)), config.size, config.channels)
                x = moved(x, rng).to(device).contiguous(memory_format=torch.channels_last)
                loss = F.cross_entropy(network(x), labels[part].to(device))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
                bar.update()
    out: Network = network
    return out


def _held_out(trained: Classifier, images: ImageSet) -> dict[str, Any]:
    assert images.labels is not None
    held = images.data.validation.numpy()
    parts = [held[start : start + READ] for start in range(0, len(held), READ)]
    probabilities = np.concatenate([trained.probabilities(images.images(rows)) for rows in parts])
    truth = images.labels[held]
    of_truth = probabilities[np.arange(len(held)), truth]
    return {
        "accuracy": float((probabilities.argmax(1) == truth).mean()),
        "log_loss": float(-np.log(np.maximum(of_truth, 1e-12)).mean()),
        "train": len(images.train),
        "held_out": len(held),
    }


def moved(x: Tensor, rng: torch.Generator) -> Tensor:
    """Return images turned, resized and shifted a little, at random; the ground stays the corner's.

    x: (N, C, S, S).
    """
    n = len(x)
    draws = torch.rand((4, n), generator=rng) * 2 - 1
    angle, scale = draws[0] * TURN * np.pi / 180, 1 + draws[1] * SCALE
    cosine, sine = angle.cos() / scale, angle.sin() / scale
    shift = draws[2:] * 2 * SHIFT
    rows = [torch.stack([cosine, -sine, shift[0]], 1), torch.stack([sine, cosine, shift[1]], 1)]
    grid = F.affine_grid(torch.stack(rows, 1), list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, padding_mode="border", align_corners=False)
