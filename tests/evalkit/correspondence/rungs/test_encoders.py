"""Encoders that are learnt from pairs."""

import numpy as np
import pytest

from evalkit.correspondence.rungs.encoders import (
    density_ratio,
    expand,
    learn_encoder,
)


def test_pairs_are_weighted_like_the_images_that_are_read():
    rng = np.random.default_rng(0)
    wide, narrow = 1.4 * rng.standard_normal((4000, 3)) + 0.4, rng.standard_normal((4000, 3))
    weights = density_ratio(np.hstack([wide, wide**2]), np.hstack([narrow, narrow**2]))
    assert weights.mean() == pytest.approx(1) and weights.max() / np.median(weights) < np.exp(2.01)
    assert np.allclose(np.average(wide, 0, weights), 0, atol=0.1)
    assert np.allclose(np.average(wide**2, 0, weights), 1, atol=0.2)
    turned = np.where(np.arange(4000)[:, None] < 2000, wide, -wide)  # the second half misleads
    encoder = learn_encoder(wide, turned, (np.arange(4000) < 2000) * 1.0)
    assert np.allclose(encoder.products(narrow)[:, :3], narrow, atol=0.02)
    many = rng.standard_normal((300, 40))
    wanted = learn_encoder(many, many).products(many)
    assert wanted.shape == expand(many).shape == (300, 80)  # no products of so many
