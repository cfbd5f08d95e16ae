"""Spaces in which distances are taken."""

from dataclasses import replace

import torch

from evalkit.sample_quality import feature_spaces
from evalkit.sample_quality.evaluation import quality
from evalkit.sample_quality.options import QualityOptions
from planted_images import planted

QUICK = QualityOptions(classifier_test=False)


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


def test_the_figures_do_not_depend_on_the_number_of_threads(digits, tmp_path, monkeypatch):
    digits = replace(digits, data=replace(digits.data, train=digits.data.train[:150]))
    model, threads = planted(digits, 0), torch.get_num_threads()
    results = []
    try:
        for number in (1, 2):
            torch.set_num_threads(number)
            monkeypatch.setenv("FRACTALDREAM_CACHE", str(tmp_path / f"cache-{number}"))
            results.append(quality(model, digits, options=QualityOptions()).to_dict())
    finally:
        torch.set_num_threads(threads)
    assert results[0] == results[1]
