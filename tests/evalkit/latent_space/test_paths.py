"""Paths between latents: the laws of lerp and slerp."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evalkit.latent_space.paths import lerp, slerp
from fractaldream_base.errors import BadInput

LATENTS = st.integers(2, 40).flatmap(
    lambda n: st.tuples(*[arrays(float, n, elements=st.floats(-5, 5, width=32))] * 2)
)
T = np.linspace(0, 1, 33)


@settings(max_examples=200, deadline=None)
@given(LATENTS)
def test_slerp_keeps_the_norm(pair):
    a, b = pair
    first, second = np.linalg.norm(a), np.linalg.norm(b)
    if min(first, second) < 1e-6 or np.linalg.norm(a / first + b / second) < 1e-3:
        return  # no direction, or opposite: refused, see below
    b = b / second * first
    path = slerp(a, b, T)
    assert np.allclose(np.linalg.norm(path, axis=1), first, rtol=1e-9)
    assert np.array_equal(path[0], a) and np.array_equal(path[-1], b)  # the very ends
    # at even angular speed: all steps are of one length
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    assert np.allclose(steps, steps.mean(), rtol=1e-4, atol=1e-7 * first)
    # of the other norm, it goes straight from one to the other
    norms = np.linalg.norm(slerp(a, 3 * b, T), axis=1)
    assert np.allclose(norms, first * (1 + 2 * T))
    assert np.allclose(slerp(b, a, 1 - T), path, atol=1e-6 * first)


@settings(max_examples=50, deadline=None)
@given(LATENTS)
def test_lerp_ends_exactly(pair):
    a, b = pair
    path = lerp(a, b, T)
    assert np.array_equal(path[0], a) and np.array_equal(path[-1], b)
    assert np.allclose(np.diff(path, axis=0), (b - a) / 32, atol=1e-9)


def test_no_one_arc():
    a = np.array([1.0, 2.0])
    for wrong, message in ((-2 * a, "opposite"), (np.zeros(2), "nought")):
        with pytest.raises(BadInput, match=message):
            slerp(a, wrong, T)
    with pytest.raises(BadInput, match="one dimension"):
        slerp(a[:1], a[1:], T)
