"""Translate images of one domain to the other, judged against their true counterparts."""

from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from fractaldream_base.errors import BadInput
from fractaldream_base.files import replacing
from fractaldream_base.text_result import TextResult
from fractaldream_models import kinds
from fractaldream_models.data.sources import DataOptions
from fractaldream_models.data.tensors import Data
from fractaldream_models.model import Model
from fractaldream_models.pictures import check_grid, pairs_figure, to_bytes, write_pairs

from .inputs import as_model, read_for_model
from .options import TranslateOptions

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 32  # images in a picture
BATCH = 128  # images that are translated at once


@dataclass(frozen=True)
class Likeness:
    """Similarity of images to their true counterparts; means over images, higher is better.

    Of images of levels, the levels are compared.

    Attributes
    ----------
    psnr
        Peak signal-to-noise ratio in dB.
    ssim
        Structural similarity (Wang 2004), 1 for equal images.
    """

    psnr: float
    ssim: float

    def __str__(self) -> str:
        return f"PSNR {self.psnr:.2f} dB, SSIM {self.ssim:.4f}"


@dataclass(frozen=True)
class Translation(TextResult):
    """Translated images.

    Attributes
    ----------
    kind
        Kind of the model.
    origin, target
        Names of the domains that the images are of and are translated to.
    images
        The translations, uint8 (N, C, S, S); in colour where the model makes levels.
    originals
        The first 32 images as they were, in the same form.
    translated, untranslated
        How much the translations, and the images as they were, are like the truth; None where
        none was given.
    out
        The file that was written; None where none was asked for.
    """

    kind: str
    origin: str
    target: str
    images: Tensor
    originals: Tensor
    translated: Likeness | None
    untranslated: Likeness | None
    out: str | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON: of the images their number."""
        likeness = (self.translated, self.untranslated)
        translated, untranslated = (None if one is None else asdict(one) for one in likeness)
        return {
            "kind": self.kind,
            "origin": self.origin,
            "target": self.target,
            "images": len(self.images),
            "translated": translated,
            "untranslated": untranslated,
            "out": self.out,
        }

    def plot(self) -> "Figure":
        """Draw the first 32 images over their translations.

        Returns
        -------
        matplotlib.figure.Figure
        """
        return pairs_figure(self.originals, self.images[:SHOWN])

    def __str__(self) -> str:
        lines = [
            f"{self.out or 'not written'}: {len(self.images)} images translated from "
            f"{self.origin} to {self.target} by {self.kind}"
        ]
        if self.translated is not None:
            lines += [
                f"  against the truth: {self.translated}",
                f"  left as they are:  {self.untranslated} (higher is better)",
            ]
        return "\n".join(lines)


@torch.no_grad()
def translate(
    model: Model | str | Path,
    data: str | Path,
    options: TranslateOptions = TranslateOptions(),
    *,
    out: str | Path | None = None,
) -> Translation:
    """Translate the images of data to the other domain of a model.

    Parameters
    ----------
    model
        A checkpoint of a kind that translates, or a model that `load` returned.
    data
        A data set file, an image folder, `mnist` or `fashion-mnist`: images of one domain.
    options
        Their domain, the true translations, the number of images and the device.
    out
        PNG of the first 32 images over their translations, or .npy of all translations, uint8
        (N, S, S, C); None to write none.

    Returns
    -------
    Translation
        The images, and how much they are like the truth.

    Raises
    ------
    BadInput
        If the model does not translate, or data and truth do not fit it.
    """
    o = options
    opened = as_model(model, o.device)
    if not opened.translates:
        translating = ", ".join(kinds.having("translates"))
        raise BadInput(f"{opened.kind} translates no images; these kinds do: {translating}")
    names = _domains(opened)
    read = _rows(_read(opened, str(data), o.root), o.n)
    origin = _origin(opened, names, str(data), o.domain)
    true = None if o.truth is None else _truth(opened, read, str(data), o)
    if out is not None and Path(out).suffix.lower() != ".npy":
        check_grid(out, 2 * min(len(read.images), SHOWN), opened.config.size, SHOWN // 2)
    pixels = _translated(opened, read, origin)
    images = to_bytes(pixels, (0, 1), opened.colours)
    originals = to_bytes(_pixels(_rows(read, SHOWN)), (0, 1), opened.colours)
    if out is not None:
        _write(images, originals, Path(out))
    return Translation(
        kind=opened.kind,
        origin=names[origin],
        target=names[1 - origin],
        images=images,
        originals=originals,
        translated=None if true is None else likeness(pixels, true),
        untranslated=None if true is None else likeness(_pixels(read), true),
        out=None if out is None else str(out),
    )


def likeness(images: Tensor, truth: Tensor) -> Likeness:
    """Return how much images are like the truth, float (N, C, S, S) in [0, 1] each."""
    from skimage.metrics import structural_similarity

    squared = (images.double() - truth.double()).square().flatten(1).mean(1)
    psnr = -10 * squared.clamp_min(1e-10).log10()  # of equal images 100 dB
    similar = [
        structural_similarity(
            a.double().numpy(), b.double().numpy(), data_range=1.0, channel_axis=0,
            gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
        )
        for a, b in zip(images, truth, strict=True)
    ]  # fmt: skip
    return Likeness(psnr=float(psnr.mean()), ssim=float(np.mean(similar)))


def _domains(model: Model) -> list[str]:
    """Return the names of both domains of a model."""
    return list(model.data.get("class_names") or ("first", "second"))


def _origin(model: Model, names: list[str], data: str, domain: str | None) -> int:
    """Return the domain of the data, 0 or 1. Raises BadInput where it is not known."""
    if domain is not None:
        if domain not in names:
            raise BadInput(f"--domain {domain}: {model.kind} has {' and '.join(names)}; give one")
        return names.index(domain)
    read = model.data.get("read", {})
    for number, source in enumerate((read.get("source"), read.get("second"))):
        if source is None or Path(source).absolute() != Path(data).absolute():
            continue
        if "second" not in read:
            raise BadInput(
                f"{data}: holds images of both domains; give the images of one of them alone, "
                f"with --domain {names[0]} or --domain {names[1]}"
            )
        return number
    raise BadInput(
        f"{data}: not what the model learnt from, so its domain is not known; give "
        f"--domain {names[0]} or --domain {names[1]}"
    )


def _read(model: Model, source: str, root: str | None) -> Data:
    """Read images as those of the model were read, in the size and channels that it has."""
    names = {f.name for f in fields(DataOptions)} - {"second", "limit"}
    recorded = {k: v for k, v in model.data.get("read", {}).items() if k in names}
    recorded["held_out"] = 0.5  # all images are translated; a few are enough to be split
    channels, size = model.image_shape[:2]
    return read_for_model(source, DataOptions(root, size, channels, **recorded))


def _rows(data: Data, n: int | None) -> Data:
    """Return data of the first n images."""
    params = None if data.params is None else data.params[:n]
    return replace(data, images=data.images[:n], params=params)


def _truth(model: Model, data: Data, source: str, options: TranslateOptions) -> Tensor:
    """Return the true translations of the data of a source, (N, C, S, S) in [0, 1].

    Raises BadInput where they are not.
    """
    assert options.truth is not None
    truth = _rows(_read(model, options.truth, options.root), options.n)
    if len(truth.images) != len(data.images):
        raise BadInput(
            f"{options.truth}: {len(truth.images)} images, {source} has {len(data.images)}; give "
            "the true translation of each"
        )
    params, true_params = data.in_units(), truth.in_units()
    if params is None or true_params is None:
        return _pixels(truth)
    differ = ~torch.isclose(params, true_params, atol=1e-5).all(1)
    if differ.any():
        row = int(differ.nonzero()[0, 0])
        raise BadInput(
            f"{options.truth}: image {row} has other parameters than that of {source}; render "
            "both with the same --params"
        )
    return _pixels(truth)


def _pixels(data: Data) -> Tensor:
    """Return all images, float32 (N, C, S, S) in [0, 1]."""
    return data.coloured(data.images, (0, 1))


def _translated(model: Model, data: Data, origin: int) -> Tensor:
    """Return the translations of all images, float32 (N, C, S, S) in [0, 1] on the CPU."""
    device = next(model.parameters()).device
    low, high = model.value_range
    parts = []
    for rows in torch.arange(len(data.images)).split(BATCH):
        x = data.batch(rows, model.value_range).to(device)
        translated = model.translate(x, torch.full((len(x),), origin, device=device))
        parts.append(((translated.float() - low) / (high - low)).cpu())
    return torch.cat(parts)


def _write(images: Tensor, originals: Tensor, out: Path) -> None:
    """Write translations as .npy, or a picture of originals over translations."""
    if out.suffix.lower() != ".npy":
        write_pairs(originals, images[:SHOWN], out)
        return
    with replacing(out) as beside, beside.open("wb") as file:
        np.save(file, images.permute(0, 2, 3, 1).contiguous().numpy())
