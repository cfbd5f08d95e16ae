"""Reconstruction beside the mean image and PCA."""

import pytest
import torch

from fractaldream_models.data.tensors import Data
from fractaldream_models.evaluation.reconstruction import linear_errors


@pytest.fixture
def small_data():
    """Forty pictures of one block each, somewhere."""
    images = torch.zeros(40, 1, 16, 16, dtype=torch.uint8)
    for i, image in enumerate(images):
        y, x = i % 8, i // 5
        image[:, y : y + 6, x : x + 6] = 200
    return Data(images=images, train=torch.arange(30), validation=torch.arange(30, 40))


def test_pca_is_exact_on_a_plane(small_data):
    mean, pca = linear_errors(small_data, 2)
    assert 0 < pca < mean
    nothing_left = linear_errors(small_data, len(small_data.train) - 1)[1]
    assert nothing_left < pca
    # no more directions than images, and none of images that are all the same
    assert linear_errors(small_data, 500)[1] == pytest.approx(nothing_left, rel=1e-4)
    small_data.images[:] = 255
    assert linear_errors(small_data, 500) == (0, 0)
