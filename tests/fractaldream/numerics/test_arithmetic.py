import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit, vectorize

import naive
from fractaldream.numerics import arithmetic
from fractaldream.numerics.arithmetic import logarithm, orbit_sine_cosine, philox, sine

cosine = vectorize(["float64(float64)"])(lambda t: orbit_sine_cosine(t)[1])
log = vectorize(["float64(float64)"])(lambda x: logarithm(x))
counter = njit(lambda c, k: philox(c[0], c[1], c[2], c[3], k[0], k[1]))


def errors(values, arguments, function):
    """Absolute errors against 60 digits, and the size of the last place of the true values."""
    with mpmath.workdps(60):
        true = [function(mpmath.mpf(float(t))) for t in arguments]
        error = [abs(float(mpmath.mpf(float(v)) - w)) for v, w in zip(values, true, strict=True)]
        return np.array(error), np.spacing(np.abs([float(w) for w in true]))


@pytest.mark.parametrize(("largest", "ulp"), [(64, 2.0), (256, 2.5)])
def test_sine_is_within_its_bound_also_near_its_zeros_and_extrema(largest, ulp):
    rng = np.random.default_rng(1)
    quarter = np.arange(-int(largest / np.pi * 2), int(largest / np.pi * 2) + 1) * (np.pi / 2)
    near = quarter[:, None] + 10.0 ** rng.uniform(-17, -1, (len(quarter), 5))
    t = np.concatenate([rng.uniform(-largest, largest, 20_000), quarter, near.ravel()])
    t = t[np.abs(t) <= largest]
    error, last_place = errors(sine(t), t, mpmath.sin)
    # 1e-30: where a double all but hits a multiple of pi, the third part of pi shows
    assert (error <= np.maximum(ulp * last_place, 1e-30)).all()
    assert error.max() <= 4e-16


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_sine_is_odd_and_bounded_for_every_finite_argument(t):
    assert sine(-t) == -sine(t)
    assert abs(sine(t)) <= 1


@given(st.floats(-256, 256))
def test_sine_is_its_readable_twin(t):
    assert sine(t) == naive.sine(t)


def test_sine_of_what_is_not_a_number():
    with np.errstate(invalid="ignore"):
        assert np.isnan(sine([np.nan, np.inf, -np.inf])).all()


def test_cosine_and_logarithm_are_accurate():
    rng = np.random.default_rng(2)
    t = rng.uniform(-256, 256, 5_000)
    assert errors(cosine(t), t, mpmath.cos)[0].max() < 4e-16
    x = np.concatenate([10.0 ** rng.uniform(-300, 300, 5_000), rng.uniform(0.5, 2, 5_000)])
    error, last_place = errors(log(x), x, mpmath.log)
    assert (error <= np.maximum(2 * last_place, 3e-16)).all()
    assert log(1.0) == 0.0


@given(*[st.integers(0, 2**64 - 1)] * 6)
def test_philox_is_numpys(c0, c1, c2, c3, k0, k1):
    start = (c0 + (c1 << 64) + (c2 << 128) + (c3 << 192) - 1) % 2**256  # numpy counts up first
    words = np.array([(start >> shift) % 2**64 for shift in (0, 64, 128, 192)], np.uint64)
    key = np.array([k0, k1], np.uint64)
    expected = np.random.Philox(counter=words, key=key).random_raw(4)
    ours = counter(np.array([c0, c1, c2, c3], np.uint64), key)
    assert list(ours) == expected.tolist()


def test_constants_are_what_their_names_say():
    assert np.pi == arithmetic.PI_HIGH
    with mpmath.workdps(60):
        assert float(mpmath.pi - mpmath.mpf(np.pi)) == arithmetic.PI_LOW
        assert float(1 / mpmath.pi) == arithmetic.INV_PI
        assert float(mpmath.ln(2) - arithmetic.LN2_HIGH) == arithmetic.LN2_LOW
