"""Rungs 4 and 5: probes, the encoders and regressors that they are made of."""

import numpy as np
import pytest

from evalkit.correspondence.nulls.generators import smooth_network
from evalkit.correspondence.rungs import probes
from evalkit.correspondence.rungs.encoders import (
    affine_codes,
)
from evalkit.correspondence.rungs.regression import affine_sizes
from evalkit.statistics.orthogonal_group import haar


def affine_probe(fd, network, rng):
    """FD behind an affine map, read off its latents beside those of a smooth network."""
    z, v = rng.standard_normal((1024, 6)), rng.standard_normal((2048, 6))
    hidden = network.hidden(fd.small(v))
    matrix = haar(6, 1, rng)[0] * [1, 1, 1, 2, 1, 1]  # b is stretched
    images = fd.small(z @ matrix + [0, 0, 0.3, 0, 0, 0])
    codes = affine_codes(network, z, network.hidden(images), hidden)
    ceiling = network.answer(hidden).moments()[1].numpy()
    smooth = network.hidden(smooth_network(6, rng, channels=3)(z))
    others = {"smooth": affine_codes(network, z, smooth, hidden)}
    turns = probes.statistic(codes, others, v, ceiling, affine_sizes, rng, folds=4)
    return v, codes, ceiling, turns


@pytest.mark.slow
def test_what_an_affine_map_leaves_is_read_off(usual, learnt):
    draws = [affine_probe(usual, learnt[0], np.random.default_rng(seed)) for seed in range(3)]
    margins = [
        [turns.r2[name] - turns.baselines["smooth"][name] for name in "ab"] for *_, turns in draws
    ]
    assert all(turns.above("mean") for *_, turns in draws)
    assert np.all(np.mean(margins, axis=0) > 0.02)
    rng = np.random.default_rng(0)
    v, codes, ceiling, turns = draws[0]
    noise = {"noise": rng.standard_normal((2048, 27))}
    read = probes.statistic(codes, noise, v, ceiling, affine_sizes, rng)
    for name in "ab":
        assert read.baselines["noise"][name] < 0.05 < read.low[name]
        assert read.low[name] < read.r2[name] < read.high[name]
        low, high = read.margins["noise"][name]
        assert low < read.r2[name] - read.baselines["noise"][name] < high
    assert read.above("mean")
    for name in "ab":  # four times as many are held out
        width = (turns.high[name] - turns.low[name]) / (read.high[name] - read.low[name])
        assert 0.3 < width < 0.8 and turns.r2[name] == pytest.approx(read.r2[name], abs=0.1)
    itself = probes.statistic(codes, noise | {"same": codes}, v, ceiling, affine_sizes, rng)
    assert itself.margins["same"]["mean"] == (0, 0) and not itself.above("mean")
