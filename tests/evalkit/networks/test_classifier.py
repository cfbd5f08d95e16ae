"""The classifier of digits: real digits, its file, its refusals."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from evalkit.inputs.images import open_images
from evalkit.networks.classifier import load_classifier, save_classifier
from evalkit.networks.classifier_training import train_classifier
from evalkit.networks.options import ClassifierOptions
from fractaldream_base.errors import BadInput
from models_files import write_dataset, write_mnist


@pytest.mark.slow
def test_digits(reference, tmp_path):
    """The small form: 3,000 digits, two passes. In full: `evalkit classifier mnist`."""
    images = open_images("mnist", root=reference / "mnist")
    short = replace(images, data=replace(images.data, train=images.data.train[:3000]))
    trained = train_classifier(short, ClassifierOptions(epochs=2))
    assert trained.metrics["accuracy"] > 0.95 and trained.metrics["train"] == 3000
    save_classifier(trained, tmp_path / "c.pt")
    again = load_classifier(tmp_path / "c.pt")
    some = images.images(images.held_out[:50])
    probabilities = again.probabilities(some)
    assert np.allclose(probabilities, trained.probabilities(some), atol=1e-6)
    assert np.allclose(probabilities.sum(1), 1, atol=1e-5) and again.metrics == trained.metrics
    assert again.features(some).shape == (50, 128)
    truth = np.array(again.labels)[images.labels[images.held_out[:50]]]
    assert (again.names(some) == truth).mean() > 0.9
    # the same digits in colour and twice as large get the same names
    larger = np.kron(some.repeat(3, 1), np.ones((1, 1, 2, 2), np.float32))
    assert (again.names(larger) == again.names(some)).mean() > 0.95


def test_the_same_seed_learns_the_same(tmp_path):
    write_mnist(tmp_path / "idx", 200)
    images = open_images("mnist", root=tmp_path / "idx")
    first, second = (
        train_classifier(images, ClassifierOptions(epochs=1)).metrics for _ in range(2)
    )
    assert first == second


def test_refusals(tmp_path):
    with pytest.raises(BadInput, match="no labels"):
        train_classifier(open_images(str(write_dataset(tmp_path / "d.h5"))))
    write_mnist(tmp_path / "idx")
    images = open_images("mnist", root=tmp_path / "idx")
    missing = torch.from_numpy(np.flatnonzero(images.labels != 4))
    with pytest.raises(BadInput, match="no image of class 4"):
        train_classifier(replace(images, data=replace(images.data, train=missing)))
    torch.save({"weights": torch.zeros(1)}, tmp_path / "w.pt")
    with pytest.raises(BadInput, match="not a classifier"):
        load_classifier(tmp_path / "w.pt")
