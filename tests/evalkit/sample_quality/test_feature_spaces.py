"""Spaces in which distances are taken."""

from dataclasses import replace

import numpy as np
import pytest

from evalkit.inputs.images import open_images
from evalkit.inputs.model import from_callable
from evalkit.sample_quality import feature_spaces
from evalkit.sample_quality.evaluation import quality
from evalkit.sample_quality.options import QualityOptions
from models_files import write_mnist

QUICK = QualityOptions(classifier_test=False)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FRACTALDREAM_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def digits(tmp_path):
    write_mnist(tmp_path / "idx", 500)
    return open_images("mnist", root=tmp_path / "idx", part="test")


def planted(images, share):
    """A generator that returns training images, the share of them that are white."""
    rows = images.images(images.train)[:, 0]

    def call(z):
        picked = rows[(np.abs(z[:, 0]) * 1e6).astype(int) % len(rows)].copy()
        picked[: int(share * len(picked))] = 1.0
        return picked

    return from_callable(call, "planted")


def test_own_features_are_kept_by_what_their_training_depends_on(digits, tmp_path, monkeypatch):
    few = digits.data.train[:150]
    digits = replace(digits, data=replace(digits.data, train=few))
    model = planted(digits, 0)
    first = quality(model, digits, options=QUICK).distances["autoencoder"]
    kept = sorted((tmp_path / "cache").glob("features-*.pt"))
    assert len(kept) == 1
    assert quality(model, digits, options=QUICK).distances["autoencoder"] == first
    other = replace(digits, data=replace(digits.data, images=255 - digits.data.images))
    assert quality(model, other, options=QUICK).distances["autoencoder"].features != first.features
    monkeypatch.setattr(feature_spaces, "fingerprint", lambda packages: "other code")
    again = quality(model, digits, options=QUICK).distances["autoencoder"]
    assert again == first  # trained again, under a name of its own
    assert len(list((tmp_path / "cache").glob("features-*.pt"))) == 3
