"""Convolutional networks of autoencoders."""

import pytest
import torch

from fractaldream_models.networks.convolutional import ConvDecoder, ConvEncoder
from fractaldream_models.networks.family import LayerOptions


@pytest.mark.parametrize(("size", "depth", "kernel"), [(16, 1, 4), (28, 2, 3), (32, 3, 5)])
def test_images_become_outputs_and_latents_become_images(size, depth, kernel):
    options = LayerOptions(depth, kernel, width=0.1)
    x = torch.rand(2, 3, size, size)
    outputs = ConvEncoder(size, 3, 7, options)(x)
    assert outputs.shape == (2, 7)
    assert ConvDecoder(size, 3, 7, options)(outputs).shape == x.shape
