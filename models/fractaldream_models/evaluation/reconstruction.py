"""Held-out reconstruction, judged against the mean image and against PCA."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from fractaldream_base.errors import BadInput
from fractaldream_base.text_result import TextResult
from fractaldream_models import kinds
from fractaldream_models.data.sources import DataOptions, ignored_options
from fractaldream_models.data.tensors import Data, in_levels
from fractaldream_models.model import Model
from fractaldream_models.pictures import pairs_figure, to_bytes, write_pairs

from . import held_out
from .inputs import as_model, read_for_model

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Reconstruction(TextResult):
    """Mean squared errors per pixel in [0, 1], over all held-out images.

    Of a model of levels, they are errors of the levels.

    Attributes
    ----------
    images
        Number of held-out images.
    mse
        Error of the model.
    mean_image
        Error of the mean training image.
    pca
        Error of PCA on the training images.
    components
        Number of its components: that of the latents of the model, or all that the training images
        have where these are fewer.
    of_mean, of_pca
        `mse` as a share of the error of the mean image and of PCA; None where that error is 0.
    originals, reconstructions
        The first held-out images and their reconstructions, uint8 (n, C, S, S) each; in colour
        where the model makes levels.
    """

    images: int
    mse: float
    mean_image: float
    pca: float
    components: int
    of_mean: float | None
    of_pca: float | None
    originals: Tensor = field(repr=False, compare=False)
    reconstructions: Tensor = field(repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures without the images, for JSON."""
        names = (f.name for f in fields(self) if f.compare)
        return {name: getattr(self, name) for name in names}

    def plot(self) -> "Figure":
        """Draw the images over their reconstructions.

        Returns
        -------
        matplotlib.figure.Figure
        """
        return pairs_figure(self.originals, self.reconstructions)

    def __str__(self) -> str:
        def share(ratio: float | None, baseline: str) -> str:
            if ratio is None:
                return f"the error of {baseline} is 0"
            return f"{ratio:.3f} of that of {baseline}"

        return (
            f"  mean squared error {self.mse:.5f}, {share(self.of_mean, 'the mean image')}\n"
            f"  {share(self.of_pca, f'PCA with {self.components} components')} (lower is better)"
        )


@torch.no_grad()
def linear_errors(data: Data, components: int) -> tuple[float, float]:
    """Return the held-out errors of the mean training image and of PCA.

    PCA is exact, by the covariance or the Gram matrix, but for many images of many pixels. It has
    fewer components than training images, however many are asked for. Images are read in batches,
    but for fewer images than pixels.
    """
    n = len(data.train)
    components = min(components, n - 1)
    mean = reduce(torch.add, (part.sum(0) for part in _flat(data, data.train))) / n
    if len(mean) <= n:
        parts = (part - mean for part in _flat(data, data.train))
        covariance = reduce(torch.add, (part.T @ part for part in parts))
        axes = torch.linalg.eigh(covariance).eigenvectors[:, -components:]
    else:
        axes = _axes_of_few(torch.cat([*_flat(data, data.train)]) - mean, components)
    errors = torch.zeros(2, dtype=torch.float64)
    for part in _flat(data, data.validation):
        centred = part - mean
        residual = centred - centred @ axes @ axes.T
        errors += torch.stack([centred.square().sum(), residual.square().sum()]).cpu()
    mean_image, pca = (errors / (len(data.validation) * len(mean))).tolist()
    return mean_image, pca


def _axes_of_few(train: Tensor, components: int) -> Tensor:
    """Return the principal axes of centred rows that are fewer than their pixels."""
    n = len(train)
    if n <= 4096:
        values, vectors = torch.linalg.eigh(train @ train.T)
        # directions in which the images do not differ beyond rounding are none
        nonzero = values[-components:] > values[-1].clamp_min(0) * torch.finfo(values.dtype).eps * n
        scales = values[-components:][nonzero].sqrt()
        axes_of_few: Tensor = train.T @ vectors[:, -components:][:, nonzero] / scales
        return axes_of_few
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        # twice the components and eight power iterations: exact to the fourth digit
        axes: Tensor = torch.svd_lowrank(train, q=2 * components + 8, niter=8)[2]
    return axes[:, :components]


def _flat(data: Data, rows: Tensor) -> Iterator[Tensor]:
    """Yield images as float32 rows of pixels in [0, 1], a batch at a time."""
    return (data.batch(part, (0, 1)).flatten(1) for part in rows.split(512))


def reconstruct(
    model: Model | str | Path,
    data: str | Path,
    *,
    n: int = 32,
    out: str | Path | None = None,
    root: str | None = None,
    device: str = "cpu",
) -> Reconstruction:
    """Reconstruct the held-out images of data, and judge the errors.

    Parameters
    ----------
    model
        A checkpoint, or a model that `load` returned. The data are read as its own data were; a
        model of levels sees images in colour as the levels whose colours are the nearest.
    data
        A data set file, an image folder, `mnist` or `fashion-mnist`.
    n
        Number of images in the picture.
    out
        PNG of a grid of originals over their reconstructions; None to write none.
    root
        Folder that holds the IDX files of MNIST.
    device
        Where a checkpoint computes: cpu, cuda or mps.

    Returns
    -------
    Reconstruction
        The error beside that of the mean image and of PCA.

    Raises
    ------
    BadInput
        If the model cannot reconstruct, or the data do not fit it.
    """
    opened = as_model(model, device)
    _check_encoder(opened)
    read = _data_of(opened, str(data), root)
    if opened.classes and read.classes != opened.classes:
        raise BadInput(f"{data}: {read.classes} labels, the model has {opened.classes}")
    moved = read.to(next(opened.parameters()).device)
    decoded = held_out.encode_and_decode(opened, moved, read.validation, returned=n)
    mean_image, pca = linear_errors(read, opened.latent)
    pictured = (read.batch(read.validation[:n], (0, 1)), decoded.images)
    originals, reconstructions = (to_bytes(part, (0, 1), opened.colours) for part in pictured)
    if out is not None:
        write_pairs(originals, reconstructions, out)
    mse = decoded.figures["validation_mse"]
    return Reconstruction(
        images=len(read.validation),
        mse=mse,
        mean_image=mean_image,
        pca=pca,
        components=min(opened.latent, len(read.train) - 1),
        of_mean=_ratio(mse, mean_image),
        of_pca=_ratio(mse, pca),
        originals=originals,
        reconstructions=reconstructions,
    )


def _check_encoder(model: Model) -> None:
    """Check that a model can reconstruct. Raises BadInput."""
    if model.encoder is None:
        encoding = ", ".join(kinds.having("encodes"))
        raise BadInput(
            f"{model.kind} has no encoder, so it cannot reconstruct; these kinds can: {encoding}"
        )


def _ratio(error: float, baseline: float) -> float | None:
    """Return an error as a share of that of a baseline; None where the baseline has none."""
    return error / baseline if baseline > 0 else None


def _data_of(model: Model, source: str, root: str | None) -> Data:
    """Read data as a model sees them. Raises BadInput."""
    options = _options(model, source, root)
    if model.colours is None or "palette" not in ignored_options(source):
        return read_for_model(source, options)
    return in_levels(read_for_model(source, replace(options, channels=3)), model.colours)


def _options(model: Model, data: str, root: str | None) -> DataOptions:
    """Return how the data of a model were read, in the size and channels that it has.

    The second domain belongs to the data that were read then, and to no others.
    """
    names = {f.name for f in fields(DataOptions)}
    read = model.data.get("read", {})
    if read.get("source") != data:
        names.discard("second")
    recorded = {k: v for k, v in read.items() if k in names}
    channels, size = model.image_shape[:2]
    return DataOptions(root, size, channels, **recorded)
