"""The training of the classifier as a front door: its result and its file."""

import pytest

from evalkit.inputs.images import open_images
from evalkit.networks.classifier import load_classifier
from evalkit.networks.classifier_training import classifier
from evalkit.networks.options import ClassifierOptions
from fractaldream_base.errors import BadInput
from models_files import write_mnist


@pytest.fixture
def images(tmp_path):
    write_mnist(tmp_path / "idx", 200)
    return open_images("mnist", root=tmp_path / "idx")


def test_the_result_says_how_sure_it_is_and_the_file_says_the_same(images, tmp_path):
    result = classifier(images, out=tmp_path / "c.pt", options=ClassifierOptions(epochs=1))
    metrics = result.classifier.metrics
    assert metrics["train"] + metrics["held_out"] == len(images) and metrics["epochs"] == 1
    assert 0 <= metrics["accuracy"] <= 1 and "held-out images" in str(result)
    assert load_classifier(tmp_path / "c.pt").metrics == metrics


def test_a_file_that_cannot_be_written_is_refused_before_the_training(images, tmp_path):
    with pytest.raises(BadInput, match="its folder does not exist"):
        classifier(images, out=tmp_path / "none" / "c.pt")
