"""Descriptions of one set of images: features, class probabilities, small versions."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
import torch.nn.functional as F

from evalkit.networks.classifier import Classifier
from evalkit.networks.features import Features
from fractaldream_base.progress import Bar

from .classifier_two_sample import visible

SMALL = 32  # pixels at which diversity is measured, at most


@dataclass(frozen=True)
class Described:
    """Descriptions of N images.

    Attributes
    ----------
    features
        Features by the name of the space, (N, F).
    shrunk
        The images at most 32 px wide, float32 (B, C, S, S) for each batch.
    probabilities
        Answers of the classifier, (N, K); None without one.
    levels
        The images, uint8 (N, C, S, S); None where they are not needed.
    visible
        The images as the classifier test sees them, uint8 (N, C, S, S); None without that test.
    """

    features: dict[str, np.ndarray]
    shrunk: tuple[np.ndarray, ...]
    probabilities: np.ndarray | None = None
    levels: np.ndarray | None = None
    visible: np.ndarray | None = None

    @cached_property
    def small(self) -> np.ndarray:
        """The images at most 32 px wide, flat, float32 (N, F)."""
        return np.concatenate([part.reshape(len(part), -1) for part in self.shrunk])

    def with_prepared(self, spaces: list[Features]) -> "Described":
        """Return the same with the features of spaces that had to be prepared."""
        later = {
            space.name: np.concatenate([space.of(part) for part in self.shrunk])
            for space in spaces
            if space.prepare is not None
        }
        return replace(self, features=self.features | later)


def describe(
    batches: Iterator[np.ndarray],
    n: int,
    title: str,
    *,
    spaces: list[Features],
    classifier: Classifier | None = None,
    keep_levels: bool = False,
    keep_visible: bool = False,
    progress: bool = False,
) -> Described:
    """Describe images batch by batch, so that they are never all in memory as floats.

    Parameters
    ----------
    batches
        Images, float32 (B, C, S, S) in [0, 1].
    n
        Number of images in all.
    title
        Title of the progress bar.
    spaces
        Features to compute; those that must be prepared are left for `with_prepared`.
    classifier
        Names the images.
    keep_levels
        Whether to keep the images as bytes.
    keep_visible
        Whether to keep them as the classifier test sees them.
    progress
        Whether to show progress on stderr.
    """
    spaces = [space for space in spaces if space.prepare is None]
    features: dict[str, list[np.ndarray]] = {space.name: [] for space in spaces}
    shrunk, probabilities, levels, seen = [], [], [], []
    with Bar(total=n, desc=title, unit="image", disable=not progress, leave=False) as bar:
        for images in batches:
            for space in spaces:
                features[space.name].append(space.of(images))
            if classifier is not None:
                probabilities.append(classifier.probabilities(images))
            shrunk.append(_shrunk(images))
            if keep_levels:
                levels.append((images * 255).round().astype(np.uint8))
            if keep_visible:
                seen.append(visible(images))
            bar.update(len(images))
    return Described(
        features={name: np.concatenate(parts) for name, parts in features.items()},
        shrunk=tuple(shrunk),
        probabilities=np.concatenate(probabilities) if probabilities else None,
        levels=np.concatenate(levels) if levels else None,
        visible=np.concatenate(seen) if seen else None,
    )


def shrink(images: np.ndarray) -> np.ndarray:
    """Return images (N, C, S, S) at most 32 px wide, flat, float32 (N, F)."""
    return _shrunk(images).reshape(len(images), -1)


def _shrunk(images: np.ndarray) -> np.ndarray:
    """Return images (N, C, S, S) at most 32 px wide."""
    if images.shape[-1] > SMALL:
        x = torch.from_numpy(np.ascontiguousarray(images))
        images = F.interpolate(x, (SMALL, SMALL), mode="bilinear", antialias=True).numpy()
    return images
