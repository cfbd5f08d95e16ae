"""Test what is kept of a set of images, batch by batch."""

from types import SimpleNamespace

import numpy as np

from evalkit.networks.features import Features
from evalkit.sample_quality.descriptions import describe, shrink

MEAN = Features("mean", "mean of each image", lambda x: x.mean((1, 2, 3))[:, None])


def test_batches_are_described_as_the_whole_is():
    images = np.random.default_rng(0).uniform(size=(10, 1, 8, 8)).astype(np.float32)
    classifier = SimpleNamespace(probabilities=lambda x: np.full((len(x), 2), 0.5))
    parts = describe(
        iter([images[:4], images[4:]]), 10, "real", spaces=[MEAN], classifier=classifier,
        keep_levels=True, keep_visible=True,
    )  # fmt: skip
    assert np.array_equal(parts.features["mean"], MEAN.of(images))
    assert np.array_equal(parts.small, images.reshape(10, -1))
    assert parts.probabilities.shape == (10, 2)
    assert np.array_equal(parts.levels, (images * 255).round().astype(np.uint8))
    assert parts.visible.dtype == np.uint8 and len(parts.visible) == 10
    bare = describe(iter([images]), 10, "real", spaces=[])
    assert bare.features == {} and bare.probabilities is bare.levels is bare.visible is None


def test_large_images_are_shrunk_by_their_means():
    images = np.zeros((1, 1, 64, 64), np.float32)
    images[..., :32] = 1
    small = shrink(images).reshape(32, 32)
    assert small[:, :15].min() > 0.99 and small[:, 17:].max() < 0.01
    assert abs(small.mean() - 0.5) < 1e-3
