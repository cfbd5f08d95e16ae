"""The inverse renderer: its densities, and that it is learnt and kept."""

import numpy as np
import pytest
import torch
from torch import distributions as D

from evalkit.correspondence.family import renderer_of
from evalkit.correspondence.inverse import InverseRenderer, inverse_of
from evalkit.errors import BadInput


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


def test_it_is_learnt_kept_and_found_again(fd, tmp_path):
    network, figures, path = inverse_of(fd, renderings=512, folder=tmp_path, progress=False)
    assert path.parent == tmp_path and "Inverse renderer" in path.with_suffix(".md").read_text()
    again, same, _ = inverse_of(fd, renderings=512, folder=tmp_path, progress=False)
    assert same == figures
    small = fd.small(np.zeros((2, 6)))
    assert np.array_equal(network.hidden(small), again.hidden(small))
    path.write_bytes(b"no")
    with pytest.raises(BadInput, match="remove it"):
        inverse_of(fd, renderings=512, folder=tmp_path, progress=False)


def test_other_images_are_another_key(fd):
    other = renderer_of(None, mapping="fdd", size=32, colour=False)
    assert other.key != renderer_of(None, mapping="standard", size=32, colour=False).key
    assert renderer_of(None, mapping="fdd", size=32, colour=True).key != other.key


def test_it_knows_more_than_nothing_of_what_it_learnt(learnt):
    _, figures = learnt
    assert figures["score"] > 0.3
    assert min(figures["ceiling"][name] for name in "ab") > 0.2
