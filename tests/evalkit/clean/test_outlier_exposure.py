"""Synthetic images of no set."""

import numpy as np
import pytest
from PIL import Image

from clean_files import scene
from evalkit.clean.outlier_exposure import generic_images


def small(image):
    return np.asarray(image.convert("RGB").resize((32, 32), Image.Resampling.BOX))


@pytest.fixture(scope="module")
def scenes():
    rng = np.random.default_rng(0)
    return np.stack([small(scene(rng)) for _ in range(60)])


def test_generic_images_are_many_and_the_same_again(scenes):
    first, again = (generic_images(60, scenes, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(first, again) and first.shape == (60, 32, 32, 3)
    assert len({image.tobytes() for image in first}) > 50
    assert (first.std((1, 2)).max(1) > 2).mean() > 0.9  # few are plain
