"""The inverse renderer: its densities."""

import numpy as np
import torch
from torch import distributions as D

from evalkit.family.symmetry import turned
from evalkit.networks.inverse_renderer import InverseRenderer


def test_density_and_moments_are_those_of_the_mixture():
    torch.manual_seed(0)
    mixture = (
        InverseRenderer(1).eval().answer(np.random.default_rng(0).normal(size=(3, 256)).astype("f"))
    )
    logdet = mixture.whiten.diagonal(dim1=-2, dim2=-1).log().sum(-1)
    precision = mixture.whiten.transpose(-1, -2) @ mixture.whiten
    known = D.MixtureSameFamily(
        D.Categorical(logits=mixture.log_weight - logdet),
        D.MultivariateNormal(mixture.mean, precision_matrix=precision),
    )
    v = torch.randn(5, 3, 6)
    assert torch.allclose(mixture.log_prob(v), known.log_prob(v), atol=1e-3)
    sample = known.sample((200_000,))
    second, size = mixture.moments()
    assert torch.allclose(second, sample.square().mean(0), rtol=0.05)
    assert torch.allclose(size, sample.abs().mean(0), rtol=0.05)
    products = mixture.products()
    assert torch.allclose(products[:, :6], sample.mean(0), atol=0.05)
    row, column = np.triu_indices(6)
    both = (sample[..., row] * sample[..., column]).mean(0)
    assert torch.allclose(products[:, 6:], both, rtol=0.05, atol=0.1)


def test_all_ways_answer_alike_for_images_that_are_alike(usual, learnt):
    network, _ = learnt
    rng = np.random.default_rng(5)
    v, points = rng.normal(size=(16, 6)), torch.from_numpy(rng.normal(size=(16, 6))).float()
    small, symmetries = usual.small(v), usual.symmetries()
    expected = network.answer_all_ways(small, symmetries).log_prob(points)
    for operation, matrix in symmetries:
        mirrored = network.answer_all_ways(turned(small, *operation), symmetries)
        way = points @ torch.from_numpy(matrix).float()
        assert torch.allclose(mirrored.log_prob(way), expected, atol=1e-2)
    mixture = network.answer(network.hidden(small))
    second, size = network.answer_all_ways(small, symmetries[:1]).moments()
    assert torch.allclose(second, mixture.moments()[0], rtol=1e-3)
    assert torch.allclose(size, mixture.moments()[1], rtol=1e-3)
