"""Features of detail: a blur moves them, whatever else they see."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

import fractaldream
from evalkit.inputs.images import ImageSet, open_images
from evalkit.memorization.precision_recall import prdc
from evalkit.networks.detail import detail_features, detail_numbers
from evalkit.networks.features import pixels
from evalkit.sample_quality.distances import frechet_distance
from fractaldream_models.data.tensors import Data

HALF = 150


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    path = tmp_path_factory.mktemp("detail") / "d.h5"
    fractaldream.render(fractaldream.Recipe(n=2 * HALF, size=32, iterations=20_000), path)
    return open_images(str(path))


@pytest.fixture(scope="module")
def figures(rendered):
    """Precision, recall, coverage and Frechet distance by the width of a blur, on two features."""
    real, other = (rendered.images(np.arange(HALF) + start) for start in (0, HALF))
    out = {}
    for features in (detail_features(rendered), pixels(32, 3)):
        for sigma in (0.0, 0.5, 1.0, 2.0):
            blurred = gaussian_filter(other, (0, 0, sigma, sigma)) if sigma else other
            x, y = features.of(real), features.of(blurred)
            p = prdc(real=x, generated=y, k=5)
            distance = frechet_distance(real=x, generated=y)
            out[features.name, sigma] = (p.precision, p.recall, p.coverage, -distance)
    return out


def test_a_blur_makes_every_figure_on_detail_worse(figures):
    rows = [figures["detail", sigma] for sigma in (0.0, 0.5, 1.0, 2.0)]
    for better, worse in pairwise(rows):
        assert all(a > b for a, b in zip(better, worse, strict=True)), (better, worse)
    assert min(rows[0][:3]) > 0.9 and max(rows[2][:3]) < 0.5


def test_a_blur_pleases_precision_on_pixels(figures):
    """The reason why precision is not measured there."""
    assert figures["pixels", 1.0][0] > figures["pixels", 0.0][0]


@pytest.mark.parametrize("size, channels, scales", [(8, 1, 1), (16, 1, 2), (28, 3, 2), (32, 3, 3)])
def test_numbers_of_a_flat_image_and_shapes(size, channels, scales):
    flat = np.full((2, channels, size, size), 0.25, np.float32)
    numbers = detail_numbers(flat)
    assert numbers.shape == (2, 16 * (scales + channels))
    assert np.allclose(numbers[:, : 16 * scales], np.log(0.01), atol=1e-4)
    assert np.allclose(numbers[:, 16 * scales :], 0.25)


def test_units_are_those_of_the_training_images(rendered):
    values = detail_features(rendered).of(rendered.images(rendered.train))
    assert np.allclose(values.mean(0), 0, atol=1e-3) and np.allclose(values.std(0), 1, atol=1e-3)


def test_a_margin_that_never_varies_does_not_outweigh_the_rest():
    images = np.full((40, 1, 32, 32), 230, np.uint8)
    images[:, :, 8:24, 8:24] = np.random.default_rng(0).integers(256, size=(40, 1, 16, 16))
    rows = torch.arange(40)
    data = ImageSet("margin", Data(torch.from_numpy(images), rows[:30], rows[30:]))
    features, shown = detail_features(data), data.images(data.held_out)
    one_level_more = np.where(shown == np.float32(230 / 255), np.float32(231 / 255), shown)
    assert np.abs(features.of(one_level_more) - features.of(shown)).max() < 2


def test_units_are_those_of_all_classes_of_a_folder_sorted_by_class(monkeypatch):
    monkeypatch.setattr("evalkit.networks.detail.SCALED_BY", 20)
    images = np.random.default_rng(0).integers(256, size=(60, 1, 16, 16)).astype(np.uint8)
    images[30:] //= 8  # the second class is dark
    rows = torch.arange(60)
    data = ImageSet("sorted", Data(torch.from_numpy(images), rows, rows[:0]))
    assert np.abs(detail_features(data).of(data.images(data.train)).mean(0)).max() < 0.2
