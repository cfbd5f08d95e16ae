"""Scores of pairs, with densities made by hand."""

import numpy as np
import torch

from evalkit.correspondence.rungs.pair_scores import (
    FLOOR,
    centred_scores,
    group_scores,
    score_pairs,
)
from evalkit.networks.inverse_renderer import Mixture, log_prior
from evalkit.statistics.inference import rank
from evalkit.statistics.orthogonal_group import draw_group


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
