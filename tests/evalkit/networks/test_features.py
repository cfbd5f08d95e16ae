"""Features of images: pixels are area means."""

import numpy as np

import fractaldream
from evalkit.inputs.images import open_images
from evalkit.networks.features import area, pixels


def test_pixels_are_means(tmp_path):
    fractaldream.render(fractaldream.Recipe(n=400, size=16, iterations=2000), tmp_path / "d.h5")
    rendered = open_images(str(tmp_path / "d.h5"))
    features = pixels(16, 3)
    rows = np.arange(20)
    slow = rendered.images(rows).reshape(20, -1)
    assert np.allclose(features.of_rows(rendered, rows), slow, atol=1e-6)
    coarse = area(6, 4)
    assert np.allclose(coarse.sum(1), 1) and np.allclose(coarse[0, :2], [2 / 3, 1 / 3])
    grey = np.random.default_rng(0).random((3, 1, 64, 64), np.float32)
    blocks = grey.reshape(3, 32, 2, 32, 2).mean((2, 4)).reshape(3, -1)
    assert np.allclose(pixels(64, 1).of(grey), blocks, atol=1e-6)
