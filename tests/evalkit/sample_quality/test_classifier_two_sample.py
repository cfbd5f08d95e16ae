"""The classifier test knows one law from two, and gives the same answer for the same seed."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from evalkit.sample_quality import classifier_two_sample
from evalkit.sample_quality.classifier_two_sample import classifier_test, visible

N = 300


def dots(seed, n=N, side=16, channels=1):
    """Images of scattered dots, uint8 (n, C, side, side)."""
    rng = np.random.default_rng(seed)
    return (255 * (rng.random((n, channels, side, side)) < 0.2)).astype(np.uint8)


def test_images_of_one_law_cannot_be_told_apart():
    result = classifier_test(real=dots(0), generated=dots(1), training=dots(2), seed=0)
    low, high = result.interval
    assert low < 0.5 < high and low < result.accuracy < high
    assert result.p_value > 0.01 and abs(result.real_accuracy - 0.5) < 0.12
    assert (result.learnt, result.held_out, result.side) == (N, N, 16)


def test_a_blur_is_told_and_training_images_are_not():
    blurred = gaussian_filter(dots(1).astype(float), (0, 0, 0.6, 0.6)).astype(np.uint8)
    result = classifier_test(real=dots(0), generated=blurred, training=dots(2), seed=0)
    assert result.accuracy > 0.95 and result.p_value < 1e-6
    assert result.interval[0] > 0.9 and result.real_accuracy < 0.65


def test_the_result_depends_on_images_and_seed_alone(tmp_path, monkeypatch):
    real, generated, training = dots(0, 60), dots(1, 60) // 2, dots(2, 60)

    def result(seed):
        return classifier_test(real=real, generated=generated, training=training, seed=seed)

    threads = torch.get_num_threads()
    first = result(3)
    monkeypatch.setenv("FRACTALDREAM_CACHE", str(tmp_path / "other"))  # computed once more
    try:
        torch.set_num_threads(1 if threads > 1 else 2)
        assert result(3) == first
    finally:
        torch.set_num_threads(threads)


def test_a_network_that_the_cache_knows_is_not_trained_again(monkeypatch):
    real, generated, other, training = (dots(seed, 60) for seed in range(4))
    first = classifier_test(real=real, generated=generated, training=training, seed=3)
    trained = []
    correct = classifier_two_sample._correct
    monkeypatch.setattr(
        classifier_two_sample, "_correct", lambda task: trained.append(task) or correct(task)
    )
    second = classifier_test(real=real, generated=other, training=training, seed=3)
    assert second.real_accuracy == first.real_accuracy and len(trained) == 1
    classifier_test(real=real, generated=other, training=training, seed=4)
    monkeypatch.setattr(classifier_two_sample, "fingerprint", lambda: "other code")
    classifier_test(real=real, generated=other, training=training, seed=3)
    assert len(trained) == 5


@pytest.mark.parametrize("side, channels", [(4, 1), (28, 3), (33, 1)])
def test_images_of_any_size(side, channels):
    images = [dots(seed, 51, side, channels) for seed in range(3)]
    result = classifier_test(real=images[0], generated=images[1], training=images[2], seed=0)
    assert result.held_out == 52 and result.learnt == 50


def test_what_the_network_sees():
    images = np.random.default_rng(0).random((2, 3, 16, 16), np.float32)
    assert np.abs(visible(images) / 255 - images).max() <= 0.5 / 255 + 1e-6
    assert visible(np.ones((1, 1, 128, 128), np.float32)).shape == (1, 1, 64, 64)
