"""Codes of images of a data set, and of images that share a factor."""

from types import SimpleNamespace

import numpy as np

from evalkit.disentanglement.encoded_images import SHARED, encode_data_set
from evalkit.disentanglement.options import DisentangleOptions

PARAMS = np.random.default_rng(0).permutation(400)[:, None] * np.array([1.0, -1.0])
IMAGES = SimpleNamespace(
    params=PARAMS, param_names=("u", "w"), train=np.arange(100, 400), held_out=np.arange(100),
    images=lambda rows: PARAMS[rows],
)  # fmt: skip
MODEL = SimpleNamespace(encode=lambda images: images)


def test_held_out_images_come_first_and_no_more_than_asked_for():
    encoded = encode_data_set(MODEL, IMAGES, [1], DisentangleOptions(n=300))
    assert np.array_equal(encoded.codes, PARAMS[:300])
    assert np.array_equal(encoded.factors, PARAMS[:300, 1:])
    assert "held out" in encoded.images and "200" in encoded.images


def test_images_that_share_a_factor_are_neighbours_in_it():
    encoded = encode_data_set(MODEL, IMAGES, [0], DisentangleOptions(n=400))
    shared = encoded.shared_factor(0, np.random.default_rng(1))[:, 0]
    assert len(shared) == SHARED and np.ptp(shared) == SHARED - 1
