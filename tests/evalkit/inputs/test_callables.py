"""Functions of latents in place of a checkpoint."""

import numpy as np
import pytest

from evalkit.inputs.model import from_callable
from fractaldream_base.errors import BadInput


def test_callables():
    model = from_callable(lambda z: np.tile(z[:, :1, None] * 0 + 0.25, (1, 8, 8)), latent=2)
    assert (model.size, model.channels, model.latent) == (8, 1, 2)
    assert np.allclose(model.sample(5, np.random.default_rng(0)), 0.25)
    with pytest.raises(BadInput, match="no encoder"):
        model.encode(np.zeros((1, 1, 8, 8)))
    with pytest.raises(BadInput, match="4 images for 5"):
        from_callable(lambda z: np.zeros((4, 8, 8)))


def test_a_latent_has_one_image_whatever_stands_beside_it():
    """Floats in [-1, 1] whose batches are mostly bright."""

    def call(z):
        return np.tanh(z[:, :1, None] + 1.5) * np.ones((1, 8, 8))

    model = from_callable(call, latent=2)
    z = np.array([[1.0, 0], [2.0, 0], [-3.0, 0]])
    whole = model.decode(z)
    for count in (1, 2):
        assert np.allclose(model.decode(z[:count]), whole[:count])
    assert np.allclose(whole[:, 0, 0, 0], (np.tanh(z[:, 0] + 1.5) + 1) / 2, atol=1e-6)


def test_a_callable_that_breaks_its_word():
    dark = from_callable(lambda z: np.where(z[:, :1, None] > 8, -0.5, 0.5) * np.ones((1, 8, 8)))
    assert dark.decode(np.zeros((3, 6))).max() == 0.5
    with pytest.raises(BadInput, match=r"down to -0\.5"):
        dark.decode(np.full((3, 6), 9.0))

    def fails(z):
        if z.max() > 8:
            raise RuntimeError("first line\nsecond line")
        return np.full((len(z), 8, 8), 0.5)

    with pytest.raises(BadInput, match="RuntimeError: first line second line") as refused:
        from_callable(fails, "mine:g").decode(np.full((2, 6), 9.0))
    assert "mine:g" in str(refused.value)
