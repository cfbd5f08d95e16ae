"""How the inverse renderer is learnt, and gone on with after an interrupt."""

import signal
import subprocess
import sys
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch

from evalkit.networks import inverse_training as learning
from evalkit.networks.inverse_store import inverse_of
from evalkit.support.threads import one_thread


@pytest.fixture(scope="module")
def trained(fd, tmp_path_factory):
    """An inverse renderer of `fd` and its figures, trained for a short time."""
    folder = tmp_path_factory.mktemp("inverse")
    return inverse_of(fd, images=40_000, folder=folder, progress=False)[:2]


@pytest.mark.slow
def test_what_is_kept_answers_as_while_it_learnt(fd, trained):
    """By batch statistics of many images, not of the last few that it learnt from."""
    v = np.random.default_rng(1).standard_normal((1024, 6))
    small, points = torch.from_numpy(fd.small(v)), torch.from_numpy(v).float()
    with torch.no_grad():
        kept, batch = (
            net(small).log_prob(points) for net in (trained[0], deepcopy(trained[0]).train())
        )
    assert abs(float((kept - batch).mean())) < 0.02


KILLED = """
import os, signal, sys
from dataclasses import replace
from pathlib import Path
from evalkit.networks import inverse_store, inverse_training as learning
from evalkit.family.renderer import Renderer, renderer_of

class Fatal(Renderer):
    asked = 0

    def small(self, v):
        Fatal.asked += 1
        if Fatal.asked == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().small(v)

learning.AT_ONCE, learning.KEPT_EVERY, learning.SETTLED = 256, 1, 1024
fd = renderer_of(None, mapping="standard", size=32, palette=None)
fd = Fatal(replace(fd.recipe, iterations=10_000), fd.mean, fd.scale)
inverse_store.inverse_of(fd, images=1024, folder=Path(sys.argv[1]), progress=False)
"""


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.slow
def test_killed_while_it_learns_it_goes_on_to_the_same_last_bit(
    fd, tmp_path, monkeypatch, two_threads
):
    killed = subprocess.run([sys.executable, "-c", KILLED, tmp_path / "killed"], check=False)
    assert killed.returncode == -signal.SIGKILL
    (kept,) = (tmp_path / "killed").iterdir()
    assert kept.suffix == ".state"
    for name, few in (("AT_ONCE", 256), ("SETTLED", 1024), ("HELD_OUT", 512)):
        monkeypatch.setattr(learning, name, few)
    rendered = []
    small = type(fd).small
    monkeypatch.setattr(type(fd), "small", lambda fd, v: rendered.append(len(v)) or small(fd, v))
    again, figures, path = inverse_of(fd, images=1024, folder=tmp_path / "killed", progress=False)
    # two chunks of four, in four ways; then what statistics are settled on, and what is held out
    assert rendered == [64, 64, 256, 512]
    assert not kept.exists() and path.exists()
    with one_thread():  # however many there are
        never, others, _ = inverse_of(fd, images=1024, folder=tmp_path / "never", progress=False)
    assert figures == others
    for first, other in zip(again.state_dict().values(), never.state_dict().values(), strict=True):
        assert torch.equal(first, other)


@pytest.mark.parametrize("mapping", ["standard", "2019", "fdd"])
def test_one_rendering_is_learnt_from_in_the_ways_that_the_symmetries_allow(fd, mapping):
    # a mean off the middle, as data sets have it, yet near enough for the symmetries
    renderer = replace(fd, mapping=mapping, mean=tuple(0.05 * np.array(fd.scale)))
    small, v = learning._images(renderer, 64, np.random.default_rng(0))
    assert len(small) == len(v) == 64 and len(renderer.symmetries()) == (
        2 if mapping == "fdd" else 8
    )
    apart = np.abs(renderer.small(v.numpy()) - small.numpy()).mean((1, 2, 3))
    assert np.mean(apart < 0.05) > 0.85  # chaos makes more of the last bit; unrelated are at 0.3
    alone = replace(fd, mean=tuple(np.array(fd.scale)))  # without symmetries
    assert len(alone.symmetries()) == 1
    assert len(learning._images(alone, 5, np.random.default_rng(0))[0]) == 5


@pytest.mark.slow
def test_it_knows_more_than_nothing_of_what_it_learnt(trained):
    _, figures = trained
    assert figures.score > 0.3
    assert min(figures.ceiling[name] for name in "ab") > 0.2
