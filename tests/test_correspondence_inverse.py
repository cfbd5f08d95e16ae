"""The inverse renderer: its densities, and that it is learnt and kept."""

import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import distributions as D

from evalkit.correspondence import inverse
from evalkit.correspondence.family import renderer_of
from evalkit.correspondence.images import turned
from evalkit.correspondence.inverse import InverseRenderer, inverse_of, likely_parameters
from evalkit.correspondence.threads import one_thread
from evalkit.errors import BadInput
from fractaldream.attractor import OPERATIONS as MEANING
from fractaldream.attractor import symmetry_orbit


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


def test_it_is_learnt_kept_and_found_again(fd, tmp_path, monkeypatch):
    network, figures, path = inverse_of(fd, images=512, folder=tmp_path, progress=False)
    assert path.parent == tmp_path and "Inverse renderer" in path.with_suffix(".md").read_text()
    again, same, _ = inverse_of(fd, images=512, folder=tmp_path, progress=False)
    assert same == figures
    small = fd.small(np.zeros((2, 6)))
    assert np.array_equal(network.hidden(small), again.hidden(small))
    monkeypatch.setattr(inverse, "FORMAT_VERSION", 0)
    with pytest.raises(BadInput, match="this version"):
        inverse_of(fd, images=512, folder=tmp_path, progress=False)
    monkeypatch.undo()
    path.write_bytes(b"no")
    with pytest.raises(BadInput, match="remove it"):
        inverse_of(fd, images=512, folder=tmp_path, progress=False)


KILLED = """
import os, signal, sys
from dataclasses import replace
from pathlib import Path
from evalkit.correspondence import inverse
from evalkit.correspondence.family import Renderer, renderer_of

class Fatal(Renderer):
    asked = 0

    def small(self, v):
        Fatal.asked += 1
        if Fatal.asked == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().small(v)

inverse.AT_ONCE, inverse.KEPT_EVERY = 256, 1
fd = renderer_of(None, mapping="standard", size=32, colour=False)
fd = Fatal(replace(fd.recipe, iterations=10_000), fd.mean, fd.scale)
inverse.inverse_of(fd, images=1024, folder=Path(sys.argv[1]), progress=False)
"""


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_killed_while_it_learns_it_goes_on_to_the_same_last_bit(
    fd, tmp_path, monkeypatch, two_threads
):
    killed = subprocess.run([sys.executable, "-c", KILLED, tmp_path / "killed"], check=False)
    assert killed.returncode == -signal.SIGKILL
    (kept,) = (tmp_path / "killed").iterdir()
    assert kept.suffix == ".state"
    monkeypatch.setattr(inverse, "AT_ONCE", 256)
    rendered = []
    small = type(fd).small
    monkeypatch.setattr(type(fd), "small", lambda fd, v: rendered.append(len(v)) or small(fd, v))
    again, figures, path = inverse_of(fd, images=1024, folder=tmp_path / "killed", progress=False)
    assert rendered[:-1] == [64, 64]  # two chunks of four, in four ways; the last are held out
    assert not kept.exists() and path.exists()
    with one_thread():  # however many there are
        never, others, _ = inverse_of(fd, images=1024, folder=tmp_path / "never", progress=False)
    assert figures == others
    for one, other in zip(again.state_dict().values(), never.state_dict().values(), strict=True):
        assert torch.equal(one, other)


def test_what_cannot_be_kept_or_gone_on_from_is_said_before_the_work(fd, tmp_path, monkeypatch):
    monkeypatch.setattr(type(fd), "small", lambda fd, v: pytest.fail("work was done"))
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="FRACTALDREAM_CACHE"):
        inverse_of(fd, images=512, folder=tmp_path / "file" / "cache", progress=False)
    state = tmp_path / f"inverse-{fd.key}-512.state"
    state.write_bytes(b"no")
    with pytest.raises(BadInput, match="remove it"):
        inverse_of(fd, images=512, folder=tmp_path, progress=False)


@pytest.mark.parametrize("mapping", ["standard", "2019", "fdd"])
def test_one_rendering_is_learnt_from_in_the_ways_that_the_symmetries_allow(fd, mapping):
    # a mean off the middle, as data sets have it, yet near enough for the symmetries
    asked = replace(fd, mapping=mapping, mean=tuple(0.05 * np.array(fd.scale)))
    small, v = inverse._images(asked, 64, np.random.default_rng(0))
    assert len(small) == len(v) == 64 and len(asked.symmetries()) == (2 if mapping == "fdd" else 8)
    apart = np.abs(asked.small(v.numpy()) - small.numpy()).mean((1, 2, 3))
    assert np.mean(apart < 0.05) > 0.85  # chaos makes more of the last bit; unrelated are at 0.3
    alone = replace(fd, mean=tuple(np.array(fd.scale)))  # without symmetries
    assert (
        len(alone.symmetries()) == 1
        and len(inverse._images(alone, 5, np.random.default_rng(0))[0]) == 5
    )


def test_other_images_are_another_key(fd):
    other = renderer_of(None, mapping="fdd", size=32, colour=False)
    assert other.key != renderer_of(None, mapping="standard", size=32, colour=False).key
    assert renderer_of(None, mapping="fdd", size=32, colour=True).key != other.key


def test_it_knows_more_than_nothing_of_what_it_learnt(learnt):
    _, figures = learnt
    assert figures["score"] > 0.3
    assert min(figures["ceiling"][name] for name in "ab") > 0.2


def test_it_names_parameters_that_draw_an_image_like_the_one_given(fd, learnt):
    v = np.random.default_rng(4).standard_normal((32, 6))
    small = fd.small(v)
    found, apart = likely_parameters(learnt[0], fd, small)
    assert found.shape == (32, 6)
    assert np.median(apart) < 0.8 * np.median(np.sqrt(((small - small[::-1]) ** 2).mean((1, 2, 3))))


@pytest.mark.parametrize("mapping", ["standard", "2019", "fdd"])
def test_symmetries_are_those_of_the_map(mapping):
    renderer = renderer_of(None, mapping=mapping, size=32, colour=False)
    v = np.random.default_rng(4).normal(size=(5, 6))
    symmetries = renderer.symmetries()
    assert len(symmetries) == (2 if mapping == "fdd" else 8)
    for operation, matrix in symmetries:
        for params, other in zip(
            renderer.parameters(v), renderer.parameters(v @ matrix), strict=True
        ):
            same = [s.params for s in symmetry_orbit(params)
                    if s.exact and s.operation == MEANING[operation]]  # fmt: skip
            assert np.allclose(same, other)


def test_all_ways_answer_alike_for_images_that_are_alike(fd, learnt):
    network, _ = learnt
    rng = np.random.default_rng(5)
    v, points = rng.normal(size=(16, 6)), torch.from_numpy(rng.normal(size=(16, 6))).float()
    small, symmetries = fd.small(v), fd.symmetries()
    told = network.answer_all_ways(small, symmetries).log_prob(points)
    for operation, matrix in symmetries:
        mirrored = network.answer_all_ways(turned(small, *operation), symmetries)
        way = points @ torch.from_numpy(matrix).float()
        assert torch.allclose(mirrored.log_prob(way), told, atol=1e-2)
    mixture = network.answer(network.hidden(small))
    second, size = network.answer_all_ways(small, symmetries[:1]).moments()
    assert torch.allclose(second, mixture.moments()[0], rtol=1e-3)
    assert torch.allclose(size, mixture.moments()[1], rtol=1e-3)
