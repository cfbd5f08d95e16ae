"""Fixtures of the tests of evaluation."""

import pytest
import torch

from fractaldream_models.data.tensors import Data


@pytest.fixture
def small_data():
    """Forty pictures of one block each, somewhere."""
    images = torch.zeros(40, 1, 16, 16, dtype=torch.uint8)
    for i, image in enumerate(images):
        y, x = i % 8, i // 5
        image[:, y : y + 6, x : x + 6] = 200
    return Data(images=images, train=torch.arange(30), validation=torch.arange(30, 40))
