"""DCI on answers that are known."""

import numpy as np
import pytest

from evalkit.disentanglement.dci import completeness_of, dci_scores, disentanglement_of
from evalkit.disentanglement.options import DisentangleOptions
from factor_samples import sample

QUICK = DisentangleOptions(draws=20, trees=8, refits=2)


def test_dci_of_known_importances():
    assert disentanglement_of(np.eye(3)) == pytest.approx(1)
    np.testing.assert_allclose(completeness_of(np.eye(3)), 1)
    assert disentanglement_of(np.ones((4, 2))) == pytest.approx(0)
    split = np.array([[0.5, 0], [0.5, 0], [0, 1.0]])  # factor 0 in two latents
    assert disentanglement_of(split) == pytest.approx(1)
    np.testing.assert_allclose(completeness_of(split), [1 - np.log(2) / np.log(3), 1])
    assert disentanglement_of(np.zeros((3, 2))) == 0


def test_forests_find_which_latent_stands_for_which_factor():
    rng = np.random.default_rng(3)
    scores = dci_scores(sample(lambda v: v[:, [2, 0, 1]]), QUICK, rng)
    assert scores.importance.argmax(0).tolist() == [1, 2, 0]
    assert scores.disentanglement.value > 0.97 and scores.completeness.value > 0.97
    assert scores.informativeness.value > 0.98 and scores.informativeness.chance < 0.05
    # one factor in two latents: disentangled, and not complete
    halves = sample(
        lambda v: np.column_stack([v.clip(None, 1.5)[:, 0], v.clip(1.5)[:, 0], v[:, 1:]])
    )
    split = dci_scores(halves, QUICK, rng)
    assert split.disentanglement.value > 0.97
    assert split.completeness.by_factor["a"] < 0.8 < 0.97 < split.completeness.by_factor["b"]
