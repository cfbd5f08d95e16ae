"""Held-out reconstruction, judged against the mean image and against PCA."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from fractaldream_models.data.tensors import Data, open_data
from fractaldream_models.errors import BadInput
from fractaldream_models.model import Model
from fractaldream_models.pictures import to_bytes, write_grid

from . import held_out as evaluation


@dataclass(frozen=True)
class Reconstruction:
    """Mean squared errors per pixel in [0, 1], over all held-out images."""

    images: int
    mse: float
    mean_image: float  # of the mean training image
    pca: float  # of PCA on the training images
    components: int
    of_mean: float  # mse / mean_image
    of_pca: float  # mse / pca


@torch.no_grad()
def linear_errors(data: Data, components: int) -> tuple[float, float]:
    """Held-out error of the mean training image, and of PCA; exact, by the covariance."""
    train = _flat(data, data.train)
    mean = train.mean(0)
    train -= mean
    n, pixels = train.shape
    if pixels <= n:
        covariance = train.T @ train
        axes = torch.linalg.eigh(covariance).eigenvectors[:, -components:]
    elif n <= 4096:
        values, vectors = torch.linalg.eigh(train @ train.T)
        axes = train.T @ vectors[:, -components:] / values[-components:].sqrt()
    else:
        rng = torch.random.fork_rng(devices=[])
        with rng:
            torch.manual_seed(0)
            # twice the components and eight power iterations: exact to the fourth digit
            axes = torch.svd_lowrank(train, q=2 * components + 8, niter=8)[2][:, :components]
    held = _flat(data, data.validation) - mean
    rest = held - held @ axes @ axes.T
    return float(held.square().mean()), float(rest.square().mean())


def _flat(data: Data, rows: Tensor) -> Tensor:
    parts = [data.batch(part, (0, 1)).flatten(1) for part in rows.split(512)]
    return torch.cat(parts)


def reconstruct(
    model: Model,
    source: str,
    *,
    n: int = 32,
    out: str | Path | None = None,
    root: str | None = None,
) -> Reconstruction:
    """Figures over the held-out images of source, read as the model's own data were read.

    out, where given, gets a grid of n originals over their reconstructions. Raises BadInput.
    """
    if model.encoder is None:
        raise BadInput(f"{model.kind} has no encoder, so it cannot reconstruct; aae and vae can")
    read: dict[str, Any] = dict(model.data.get("read", {}))
    read.pop("source", None)
    channels, size = model.image_shape[:2]
    data = open_data(source, root=root, size=size, channels=channels, **read)
    if model.classes and data.classes != model.classes:
        raise BadInput(f"{source}: {data.classes} labels, the model has {model.classes}")
    images, figures, _ = evaluation.reconstruct(model, data, data.validation)
    of_mean, pca = linear_errors(data, model.latent)
    if out is not None:
        shown = data.validation[:n]
        originals = to_bytes(data.batch(shown, (0, 1)), (0, 1))
        made = to_bytes(images[:n], (0, 1))
        columns = 16
        lines = [
            pair
            for i in range(0, len(shown), columns)
            for pair in (originals[i : i + columns], made[i : i + columns])
        ]
        short = columns - len(lines[-1])
        if len(shown) > columns and short:  # keep the last pair of rows aligned
            blank = torch.full((short, *originals.shape[1:]), 255, dtype=torch.uint8)
            lines[-2:] = [torch.cat([line, blank]) for line in lines[-2:]]
        write_grid(torch.cat(lines), out, min(columns, len(shown)))
    mse = figures["validation_mse"]
    return Reconstruction(
        images=len(data.validation),
        mse=mse,
        mean_image=of_mean,
        pca=pca,
        components=model.latent,
        of_mean=mse / of_mean,
        of_pca=mse / pca,
    )
