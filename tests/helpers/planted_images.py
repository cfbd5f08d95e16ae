"""Generators that return training images, and features that are quick to compute."""

import numpy as np

from evalkit.inputs.model import from_callable
from evalkit.networks.features import Features
from evalkit.sample_quality.options import QualityOptions

RAW = QualityOptions(
    features=Features("pixels", "every fourth pixel", lambda x: x.reshape(len(x), -1)[:, ::4]),
    classifier_test=False,
)


def planted(images, share):
    """Return a generator of training images, the share of them white."""
    rows = images.images(images.train)[:, 0]

    def call(z):
        picked = rows[(np.abs(z[:, 0]) * 1e6).astype(int) % len(rows)].copy()
        picked[: int(share * len(picked))] = 1.0
        return picked

    return from_callable(call, "planted")
