"""Finding hidden rotations, with densities made by hand."""

import numpy as np
import pytest
import torch

from evalkit.correspondence.rungs import axes
from evalkit.correspondence.rungs.pair_scores import (
    FLOOR,
    centred_scores,
    group_scores,
    score_pairs,
)
from evalkit.correspondence.rungs.rotation import axis_errors, refine, statistic
from evalkit.networks.inverse_renderer import Mixture, log_prior
from evalkit.statistics.inference import rank
from evalkit.statistics.orthogonal_group import Twist, draw_group, haar
from evalkit.support.threads import side_by_side


def answers(v, rng, spread=0.3):
    """What a good inverse renderer says of FD(v): a to d up to the sign of (a, b), no x0, y0."""
    noisy = v + spread * rng.standard_normal(v.shape)
    flipped = noisy * np.array([1, 1, -1, -1, 1, 1])
    mean = np.stack([noisy, flipped], 1)
    mean[..., :2] = 0
    scale = np.array([1, 1, *[1 / spread] * 4])
    whiten = torch.from_numpy(np.broadcast_to(np.diag(scale), (*mean.shape, 6)).copy()).float()
    log_weight = torch.full(mean.shape[:2], float(np.log(scale).sum() - np.log(2)))
    return Mixture(log_weight, torch.from_numpy(mean).float(), whiten)


@pytest.fixture
def pairs():
    rng = np.random.default_rng(0)
    v = rng.standard_normal((128, 6))
    return v, answers(v, rng), rng


def test_a_hidden_rotation_is_found_and_given_back(pairs):
    v, mixture, rng = pairs
    turn = haar(6, 1, rng)[0]
    z = v @ turn.T
    fitted = statistic(z, mixture, rng)
    assert fitted.score > 2
    assert axis_errors(refine(z, mixture, fitted.matrix), turn).max() < 5
    assert np.allclose(fitted.matrix @ fitted.matrix.T, np.eye(6), atol=1e-4)


def test_no_rotation_is_found_behind_a_scrambled_map(pairs):
    v, mixture, rng = pairs
    assert statistic(Twist.draw(6, rng).inverse(v), mixture, rng).score < 0


def test_scores_have_a_floor_and_are_nothing_for_images_that_tell_nothing(pairs):
    v, mixture, _ = pairs
    points = torch.from_numpy(v).float()
    assert score_pairs(mixture, -5 * points).min() >= np.log(FLOOR) - 1e-5
    flat = Mixture(torch.zeros(128, 1), torch.zeros(128, 1, 6), torch.eye(6).expand(128, 1, 6, 6))
    assert torch.allclose(flat.log_prob(points), log_prior(points), atol=1e-5)
    assert score_pairs(flat, points).abs().max() < 1e-4
    assert abs(float(centred_scores(flat, points).mean())) < 1e-4


def test_the_identity_is_the_best_of_the_group(pairs):
    v, mixture, rng = pairs
    for group in ("signed-permutations", "haar"):
        turns = np.concatenate([np.eye(6)[None], draw_group(group, 6, 60, rng)])
        assert group_scores([mixture], v, turns)[0].argmax() == 0


def test_ties_count_against(pairs):
    v, mixture, rng = pairs
    same = mixture[[0] * len(v)]  # as a generator that always makes the same image
    turns = np.concatenate([np.eye(6)[None], draw_group("haar", 6, 60, rng)])
    values = group_scores([same], v, turns)[0]
    assert rank("", values[0], values[1:]).p_value == 1


def test_results_do_not_depend_on_the_number_of_threads():
    threads = torch.get_num_threads()
    try:
        for many in (1, 3):
            torch.set_num_threads(many)
            assert list(side_by_side(lambda k: k * torch.get_num_threads(), range(9))) == [
                *range(9)
            ]
            assert torch.get_num_threads() == many
        with pytest.raises(ZeroDivisionError):
            list(side_by_side(lambda k: 1 // k, (1, 0, 1)))
    finally:
        torch.set_num_threads(threads)


def test_a_signed_permutation_of_the_axes_is_undone(pairs):
    v, mixture, rng = pairs
    hidden = draw_group("signed-permutations", 6, 1, rng)[0]
    best = axes.statistic(v @ hidden.T, mixture)
    assert best.score > 2 and best.score == pytest.approx(best.pair_scores.mean())
    assert axis_errors(best.matrices[0], hidden).max() < 1e-6
