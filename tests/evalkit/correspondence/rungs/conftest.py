"""Pairs of latents and what a good inverse renderer says of their images."""

import numpy as np
import pytest

from likely_answers import answers


@pytest.fixture
def pairs():
    rng = np.random.default_rng(0)
    v = rng.standard_normal((128, 6))
    return v, answers(v, rng), rng
