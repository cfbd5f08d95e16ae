"""Reconstruction beside the mean image and PCA."""

import pytest
import torch

from fractaldream_models.evaluation.reconstruction import linear_errors, reconstruct
from fractaldream_models.kinds import build
from fractaldream_models.model import ModelConfig
from models_files import write_dataset


def test_pca_is_exact_on_a_plane(small_data):
    mean, pca = linear_errors(small_data, 2)
    assert 0 < pca < mean
    nothing_left = linear_errors(small_data, len(small_data.train) - 1)[1]
    assert nothing_left < pca
    # no more directions than images, and none of images that are all the same
    assert linear_errors(small_data, 500)[1] == pytest.approx(nothing_left, rel=1e-4)
    small_data.images[:] = 255
    assert linear_errors(small_data, 500) == (0, 0)


def test_images_without_labels_are_reconstructed_where_the_encoder_needs_none(tmp_path):
    data = write_dataset(tmp_path / "data.h5", n=30)
    config = ModelConfig("csvae", size=16, channels=3, latent=4, classes=3, width=0.1)
    torch.manual_seed(0)
    result = reconstruct(build(config), data, n=4)
    assert result.images == 6 and 0 < result.mse < 1
    assert result.originals.shape == result.reconstructions.shape == (4, 3, 16, 16)
    assert "originals" not in result.to_dict() and result.to_dict()["mse"] == result.mse
    drawn = result.plot()
    height, width = drawn.axes[0].images[0].get_array().shape[:2]
    assert (width, height) == (4 * 18 + 2, 2 * 18 + 2) and drawn._repr_png_()
