"""Images as tensors, with what is known of each: uint8 in memory, coloured on the device."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from fractaldream_models.levels import levels_of, stored_colours

from .folder_contents import FolderContents
from .live import Live


@dataclass(frozen=True)
class Data:
    """Images with what is known of each.

    Attributes
    ----------
    images
        uint8 (N, C, S, S); levels with C = 1 where there is a palette.
    train, validation
        int64 rows of the images.
    palette
        uint8 (256, 3), the colour of each level.
    labels
        int64 (N,).
    classes
        Number of labels; 0 without labels.
    params
        float32 (N, P), standardised by the mean and scale in `facts`.
    facts
        Plain values for the checkpoint: shape, channels, parameter names, mean and scale, how the
        images were read.
    live
        The stream that training images come from; `train` then only measures means and features.
    contents
        What was understood of a folder of images or of the names in a pack.
    """

    images: Tensor
    train: Tensor
    validation: Tensor
    palette: Tensor | None = None
    labels: Tensor | None = None
    classes: int = 0
    params: Tensor | None = None
    facts: dict[str, Any] | None = None
    live: Live | None = None
    contents: FolderContents | None = None

    @classmethod
    def of_folder(
        cls, images: Tensor, train: Tensor, validation: Tensor, contents: FolderContents
    ) -> "Data":
        """Return images of a folder, or of a pack of one, labelled by the folders within."""
        return cls(
            images,
            train,
            validation,
            labels=torch.tensor(contents.labels) if contents.labels else None,
            classes=len(contents.class_names),
            facts={"class_names": [*contents.class_names], "sha256": sha256_of(images)},
            contents=contents,
        )

    @property
    def size(self) -> int:
        """Return the width and height of an image in pixels."""
        return self.images.shape[-1]

    @property
    def channels(self) -> int:
        """Return the channels of an image as a model sees it."""
        return 3 if self.palette is not None else self.images.shape[1]

    @property
    def colours(self) -> Tensor | None:
        """Return the colour of each level, uint8 (256, 3), where images are levels; else None."""
        return stored_colours(self.facts)

    @property
    def content(self) -> str | None:
        """Return the hash by which the images are known again; None where they have none."""
        facts = self.facts or {}
        return facts.get("content_sha256") or facts.get("sha256")

    def in_units(self) -> Tensor | None:
        """Return the parameters as their file has them, float64 (N, P); None without parameters."""
        if self.params is None or self.facts is None:
            return None
        mean, scale = (torch.tensor(self.facts[f"param_{k}"]).double() for k in ("mean", "scale"))
        return self.params.double() * scale + mean

    def to(self, device: torch.device) -> "Data":
        """Return the same data with all tensors on that device, still uint8."""

        def move(tensor: Tensor | None) -> Tensor | None:
            return None if tensor is None else tensor.to(device)

        return replace(
            self,
            images=self.images.to(device),
            palette=move(self.palette),
            labels=move(self.labels),
            params=move(self.params),
        )

    def batch(self, rows: Tensor, value_range: tuple[float, float]) -> Tensor:
        """Return these images, float32 (len(rows), C, S, S) in value_range, coloured."""
        return self.coloured(self.images[rows.to(self.images.device)], value_range)

    def coloured(self, images: Tensor, value_range: tuple[float, float]) -> Tensor:
        """Return uint8 images or levels (N, C, S, S) as float32 in value_range."""
        if self.palette is not None:
            images = self.palette[images[:, 0].long()].permute(0, 3, 1, 2)
        low, high = value_range
        return images.float().div_(255 / (high - low)).add_(low)


def resized(data: Data, size: int) -> Data:
    """Return the data at another size, bilinear and antialiased.

    Levels cannot be averaged, so the images are coloured first.
    """
    images = data.images
    if data.palette is not None:
        images = data.palette[images[:, 0].long()].permute(0, 3, 1, 2)
    chunks = [
        F.interpolate(chunk.float(), (size, size), mode="bilinear", antialias=True)
        for chunk in images.split(512)
    ]
    return replace(data, images=torch.cat(chunks).round().clamp(0, 255).byte(), palette=None)


def in_levels(data: Data, colours: Tensor) -> Data:
    """Return images in colour as the levels whose colours, uint8 (256, 3), are the nearest."""
    parts = [levels_of(part.float() / 255, colours) * 255 for part in data.images.split(512)]
    return replace(data, images=torch.cat(parts).round().byte(), palette=None)


def split_rows(n: int, held_out: float) -> tuple[Tensor, Tensor]:
    """Return the training and the held-out rows of n images, the same ones in every run."""
    order = torch.randperm(n, generator=torch.Generator().manual_seed(0))
    count = round(n * held_out)
    return order[count:].sort().values, order[:count].sort().values


def standardised(
    params: Tensor, training: Tensor, names: Iterable[str]
) -> tuple[Tensor, dict[str, Any]]:
    """Standardise parameters by the mean and the scale of the training rows.

    Parameters
    ----------
    params
        The parameters, (N, P).
    training
        Those of the training images, (M, P).
    names
        Names of the P parameters.

    Returns
    -------
    tuple
        The standardised parameters, float32 (N, P), and the facts that lead back to the given
        ones: `param_names`, `param_mean` and `param_scale`.
    """
    mean, scale = training.mean(0), training.std(0, unbiased=False)
    scale = torch.where(scale > 0, scale, torch.ones_like(scale))
    facts = {
        "param_names": list(names),
        "param_mean": mean.tolist(),
        "param_scale": scale.tolist(),
    }
    return ((params - mean) / scale).float(), facts


def colours_of(palette: Tensor, channels: int | None) -> dict[str, list[list[int]]]:
    """Return the fact `colours`, by which pictures of levels are coloured; nothing in colour."""
    return {"colours": palette.tolist()} if channels == 1 else {}


def sha256_of(images: Tensor) -> str:
    """Return the SHA-256 of the bytes of these images."""
    return hashlib.sha256(images.contiguous().numpy().data).hexdigest()
