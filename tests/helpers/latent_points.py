"""Latents whose map is known."""

import numpy as np

from evalkit.latent_space.points import Points


def clusters(apart, n=300):
    """Return three clusters of 5 latents: corners of a triangle with sides `apart`."""
    rng = np.random.default_rng(0)
    labels = np.arange(n) % 3
    centres = np.zeros((3, 5))
    centres[:, 3:] = apart * np.array([[0, 0], [1, 0], [0, 1]])
    return Points(
        centres[labels] + rng.standard_normal((n, 5)), "label", tuple("abc"), labels, None, "test"
    )
