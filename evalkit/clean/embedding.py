"""Images to vectors: without any download by default, or by a checkpoint or a torchvision network.

The default, `offline`, is classical and needs nothing but the images, as thumbnails of 32 px:
where the colours lie (Lab, 8x8 cells), which there are (histogram of Lab), how the edges run
(histograms of oriented gradients, after Dalal & Triggs, CVPR 2005), and the statistics that tell
drawings from photographs, noise and digits apart (percentiles of lightness, chroma and gradients,
detail at three scales, autocorrelation).
"""

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from evalkit.inputs.devices import check_device
from evalkit.inputs.model import open_model
from fractaldream_base.errors import BadInput
from fractaldream_models.pretrained import is_pretrained

from .progress import progress_bar

BATCH = 512
BACKBONES = ("resnet18", "resnet50", "convnext_tiny", "efficientnet_b0")

Embed = Callable[[Sequence[bytes]], np.ndarray]  # JPEG previews to float32 (N, D)


def lab(thumbs: np.ndarray) -> np.ndarray:
    """uint8 (N, S, S, 3) sRGB to float32 (N, S, S, 3) CIE Lab."""
    from skimage.color import rgb2lab

    out: np.ndarray = rgb2lab(thumbs).astype(np.float32)
    return out


def cells(planes: np.ndarray, side: int) -> np.ndarray:
    """Mean over a grid: (N, S, S, C) to (N, side, side, C); side divides S."""
    n, s, _, c = planes.shape
    step = s // side
    out: np.ndarray = planes.reshape(n, side, step, side, step, c).mean((2, 4))
    return out


def colours(planes: np.ndarray) -> np.ndarray:
    """Square roots of histograms of Lab (5 x 7 x 7 bins), float32 (N, 245)."""
    low, high = np.array([0, -70, -70]), np.array([100, 70, 90])
    bins = np.array([5, 7, 7])
    at = ((planes - low) / (high - low) * bins).clip(0, bins - 1e-3).astype(np.int64)
    flat = (at[..., 0] * 49 + at[..., 1] * 7 + at[..., 2]).reshape(len(planes), -1)
    offsets = np.arange(len(planes))[:, None] * 245
    counts = np.bincount((flat + offsets).ravel(), minlength=245 * len(planes))
    out: np.ndarray = np.sqrt(counts.reshape(-1, 245) / flat.shape[1]).astype(np.float32)
    return out


def gradients(light: np.ndarray) -> np.ndarray:
    """Oriented gradients: (N, 32, 32) lightness to float32 (N, 128): 4x4 cells, 8 directions.

    Lengths stay as they are (square roots): an image of sharp edges is not one of faint ones.
    """
    dy, dx = np.gradient(light, axis=(1, 2))
    length = np.hypot(dx, dy)
    angle = (np.arctan2(dy, dx) % np.pi) / np.pi * 8
    low = np.floor(angle).astype(np.int64)
    part = angle - low
    n, s, _ = light.shape
    out = np.zeros((n, 4, 4, 8), np.float32)
    for b in range(8):
        share = np.where(low % 8 == b, 1 - part, 0) + np.where((low + 1) % 8 == b, part, 0)
        out[..., b] = (length * share).reshape(n, 4, s // 4, 4, s // 4).mean((2, 4))
    return np.sqrt(out).reshape(n, -1)


def layout(thumbs: np.ndarray) -> np.ndarray:
    """Describe uint8 images (N, 32, 32, 3) by colours and edges, by place: float32 (N, 565)."""

    def describe(batch: np.ndarray) -> np.ndarray:
        planes = lab(batch)
        where = cells(planes, 8).reshape(len(planes), -1)
        return np.hstack([where, colours(planes), gradients(planes[..., 0])])

    return in_batches(thumbs, describe)


def statistics(thumbs: np.ndarray) -> np.ndarray:
    """Return what images uint8 (N, 32, 32, 3) are made of, wherever it lies, float32 (N, 85)."""
    return in_batches(thumbs, _statistics)


def _statistics(thumbs: np.ndarray) -> np.ndarray:
    from scipy import ndimage

    planes = lab(thumbs)
    n, s = planes.shape[:2]
    chroma = np.hypot(planes[..., 1], planes[..., 2])
    parts = [
        _percentiles(planes[..., 0], (2, 10, 25, 50, 75, 90, 98)),
        *(_percentiles(p, (5, 25, 50, 75, 95)) for p in (chroma, planes[..., 1], planes[..., 2])),
    ]

    def roughness(plane: np.ndarray) -> np.ndarray:
        laplacian = ndimage.laplace(plane, axes=(1, 2), mode="nearest")
        out: np.ndarray = np.log1p(np.abs(laplacian).mean((1, 2)))
        return out

    for plane in np.moveaxis(planes, 3, 0):
        dy, dx = np.gradient(plane, axis=(1, 2))
        parts.append(_percentiles(np.log1p(np.hypot(dx, dy)), (10, 30, 50, 70, 90, 98)))
        columns = [roughness(plane)]
        for step in (2, 4):
            blocks = plane.reshape(n, s // step, step, s // step, step)
            columns.append(roughness(blocks.mean((2, 4))))
            columns.append(np.log1p(blocks.std((2, 4)).mean((1, 2))))
        columns += [np.log1p(np.abs(d).mean((1, 2))) for d in (dx, dy)]
        centred = plane - plane.mean((1, 2), keepdims=True)
        variance = (centred**2).mean((1, 2)) + 1
        for lag in (1, 2, 4, 8):
            columns.append((centred[:, :, :-lag] * centred[:, :, lag:]).mean((1, 2)) / variance)
            columns.append((centred[:, :-lag] * centred[:, lag:]).mean((1, 2)) / variance)
        parts.append(np.stack(columns, 1))
    return np.hstack(parts)


def _percentiles(planes: np.ndarray, which: tuple[int, ...]) -> np.ndarray:
    values: np.ndarray = np.percentile(planes.reshape(len(planes), -1), which, axis=1).T
    return values


def profiles(thumbs: np.ndarray) -> np.ndarray:
    """Mean step between neighbouring rows and columns, log: uint8 (N, S, S, 3) to (N, 2S - 2).

    Where a frame was moved and its border filled, a run of these is near nought or mirrored.
    """

    def steps(batch: np.ndarray) -> np.ndarray:
        values = batch.astype(np.float32)
        down = np.abs(np.diff(values, axis=1)).mean((2, 3))
        across = np.abs(np.diff(values, axis=2)).mean((1, 3))
        out: np.ndarray = np.log1p(np.hstack([down, across]))
        return out

    return in_batches(thumbs, steps)


def in_batches(thumbs: np.ndarray, function: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """float32 (N, D) of thumbnails, some at a time, as intermediate values are large."""
    starts = range(0, len(thumbs), BATCH)
    return np.concatenate([function(thumbs[i : i + BATCH]) for i in starts]).astype(np.float32)


def open_features(name: str, *, download: bool = False, device: str = "cpu") -> Embed | None:
    """Return what computes the embedding, None for `offline` (the thumbnails suffice).

    name: offline, a checkpoint of `models` that has an encoder (its path, or pretrained:NAME), or
    one of BACKBONES, whose weights are fetched only with download. A network of levels sees the
    levels whose colours are the nearest. device: where a network computes. Raises BadInput.
    """
    if name == "offline":
        return None
    if name in BACKBONES:
        check_device(device)
        return _backbone(name, download, device)
    if is_pretrained(name) or Path(name).suffix == ".pt":
        return _checkpoint(name, device)
    raise BadInput(
        f"features {name!r}: give offline, a checkpoint (.pt) of models, pretrained:NAME, or "
        f"{', '.join(BACKBONES)}"
    )


def _stack(previews: Sequence[bytes], size: int, mode: str = "RGB") -> np.ndarray:
    """JPEG bytes to uint8 (N, size, size, C)."""
    images = [Image.open(io.BytesIO(p)).convert(mode).resize((size, size)) for p in previews]
    return np.stack([np.asarray(image).reshape(size, size, -1) for image in images])


def _checkpoint(name: str, device: str) -> Embed:
    model = open_model(name, device=device)
    if not model.encodes or model.conditional:
        raise BadInput(f"{name}: {model.kind} cannot encode an image alone; give a VAE or an AAE")
    mode = "L" if model.channels == 1 else "RGB"

    def embed(previews: Sequence[bytes]) -> np.ndarray:
        codes = []
        for start in progress_bar(range(0, len(previews), BATCH), "embed"):
            stack = _stack(previews[start : start + BATCH], model.size, mode)
            codes.append(model.encode(stack.transpose(0, 3, 1, 2).astype(np.float32) / 255))
        return np.concatenate(codes)

    return embed


def _backbone(name: str, download: bool, device: str) -> Embed:
    import torch
    from torchvision import models as networks

    weights = networks.get_model_weights(name).DEFAULT
    file = Path(torch.hub.get_dir()) / "checkpoints" / Path(weights.url).name
    if not file.exists() and not download:
        raise BadInput(f"features {name}: weights are not here; allow --download or give offline")
    try:
        network = networks.get_model(name, weights=weights).eval()
    except Exception as error:  # of the network, or of a file that holds anything
        why = (str(error).splitlines() or [type(error).__name__])[0][:120]
        mend = f"remove {file}" if file.exists() else "give offline"
        raise BadInput(f"features {name}: weights cannot be loaded ({why}); {mend}") from error
    head = "fc" if hasattr(network, "fc") else "classifier"
    setattr(network, head, torch.nn.Flatten())
    network.to(device)
    prepare = weights.transforms()

    def embed(previews: Sequence[bytes]) -> np.ndarray:
        out = []
        for start in progress_bar(range(0, len(previews), 32), "embed"):
            images = [
                Image.open(io.BytesIO(p)).convert("RGB") for p in previews[start : start + 32]
            ]
            with torch.inference_mode():
                batch = torch.stack([prepare(i) for i in images]).to(device)
                out.append(network(batch).cpu().numpy())
        return np.concatenate(out).astype(np.float32)

    return embed
