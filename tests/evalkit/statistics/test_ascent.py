"""Ascent on the orthogonal group: its slopes are derivatives, and it stays on the group."""

import numpy as np
import torch

from evalkit.correspondence.rungs.pair_scores import FLOOR, score_forms, score_pairs
from evalkit.networks.inverse_renderer import Mixture
from evalkit.statistics.ascent import ascend, slopes
from evalkit.statistics.orthogonal_group import haar


def some_pairs(n=40, components=5, sharp=1.0):
    rng = np.random.default_rng(0)
    torch.manual_seed(0)
    whiten = sharp * torch.randn(n, components, 6, 6).tril()
    mixture = Mixture(torch.randn(n, components), torch.randn(n, components, 6), whiten)
    return mixture, rng.standard_normal((n, 6)).astype(np.float32)


def test_slopes_are_the_score_of_pairs_and_its_derivatives():
    mixture, z = some_pairs()
    turns = torch.from_numpy(haar(6, 3, np.random.default_rng(1))).float().requires_grad_()
    wanted = score_pairs(mixture, torch.from_numpy(z) @ turns).mean(-1)
    wanted.sum().backward()
    values, derivatives = slopes(score_forms(mixture), z, turns.detach().numpy(), FLOOR)
    assert np.allclose(values, wanted.detach(), atol=1e-5)
    assert np.allclose(derivatives, turns.grad, atol=1e-5)


def test_it_goes_up_and_stays_orthogonal():
    mixture, z = some_pairs()
    forms = score_forms(mixture)
    turns = haar(6, 4, np.random.default_rng(1)).astype(np.float32)
    before = slopes(forms, z, turns, FLOOR)[0]
    turned, values = ascend(forms, z, turns, floor=FLOOR, steps=50, rate=0.1)
    assert (values > before + 0.05).all()
    assert np.allclose(turned @ turned.swapaxes(1, 2), np.eye(6), atol=1e-4)
    assert np.allclose(np.linalg.det(turned), np.linalg.det(turns), atol=1e-4)


def test_narrow_densities_are_no_trouble():
    mixture, z = some_pairs(sharp=50)  # as narrow as the inverse renderer can be
    turns = haar(6, 4, np.random.default_rng(1)).astype(np.float32)
    turned, values = ascend(score_forms(mixture), z, turns, floor=FLOOR, steps=20, rate=0.1)
    assert np.isfinite(values).all() and np.allclose(
        turned @ turned.swapaxes(1, 2), np.eye(6), atol=1e-4
    )
