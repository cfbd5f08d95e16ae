"""Arithmetic that gives the same bits on every processor.

An orbit of the attractor doubles a difference in its last bit at almost every step, so two
sines that round differently draw different images after some fifty of them. Everything on the
way to a parameter or a pixel is therefore made here of IEEE 754 operations that round
correctly everywhere (add, multiply, divide, square root, fused multiply-add) and of integers:
no libm, no fastmath. All functions are scalar and inlined into the loops of `kernels`, where
LLVM turns them into vector code.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import extending, types

from .compiled import njit

ROUND = 6755399441055744.0  # 1.5 * 2**52: adding it rounds to an integer, kept in the low bits
INV_PI = float.fromhex("0x1.45f306dc9c883p-2")
PI_HIGH = float.fromhex("0x1.921fb54442d18p+1")
PI_LOW = float.fromhex("0x1.1a62633145c07p-53")  # pi - PI_HIGH, to 107 bits in all
LN2_HIGH = float.fromhex("0x1.62e42fee00000p-1")  # 21 bits short: e * LN2_HIGH is exact
LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")

# Minimax coefficients by Remez exchange on |r| <= pi/2 (bench/coefficients.py), relative error
# of the exact polynomial 2.8e-19 for the sine, absolute 4.2e-18 for the cosine.
S3 = float.fromhex("-0x1.5555555555555p-3")
S5 = float.fromhex("0x1.11111111110c1p-7")
S7 = float.fromhex("-0x1.a01a01a0148bcp-13")
S9 = float.fromhex("0x1.71de3a5287c4bp-19")
S11 = float.fromhex("-0x1.ae6454cb56212p-26")
S13 = float.fromhex("0x1.6123cb28ba6ebp-33")
S15 = float.fromhex("-0x1.ae431d85e3a5fp-41")
S17 = float.fromhex("0x1.8829a103f4948p-49")
C2 = float.fromhex("-0x1.ffffffffffffdp-2")
C4 = float.fromhex("0x1.555555555540ap-5")
C6 = float.fromhex("-0x1.6c16c16c0b21cp-10")
C8 = float.fromhex("0x1.a01a0199c920fp-16")
C10 = float.fromhex("-0x1.27e4f9915e10dp-22")
C12 = float.fromhex("0x1.1eece489cca63p-29")
C14 = float.fromhex("-0x1.9351e11756941p-37")
C16 = float.fromhex("0x1.9f42228673141p-45")
SQRT_HALF_BITS = 0x3FE6A09E667F3BCD

FULL_WIDTH = '"prefer-vector-width"="512"'  # an attribute of LLVM functions

PHILOX_M0, PHILOX_M1 = np.uint64(0xD2E7470EE14C6C93), np.uint64(0xCA5A826395121157)
PHILOX_W0, PHILOX_W1 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBB67AE8584CAA73B)


intrinsic: Any = extending.intrinsic  # its own types refuse the calls that it is made for


@intrinsic
def fma(typingctx: Any, a: Any, b: Any, c: Any) -> tuple[Any, Callable[..., Any]]:
    """Return a * b + c rounded once (llvm.fma)."""
    signature = types.float64(types.float64, types.float64, types.float64)

    def codegen(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> Any:
        return builder.fma(*args)

    return signature, codegen


@intrinsic
def float_bits(typingctx: Any, value: Any) -> tuple[Any, Callable[..., Any]]:
    """Return the 64 bits of a double as an int64."""

    def codegen(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(64))

    return types.int64(types.float64), codegen


@intrinsic
def bits_float(typingctx: Any, bits: Any) -> tuple[Any, Callable[..., Any]]:
    """Return the double that has these 64 bits."""

    def codegen(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.DoubleType())

    return types.float64(types.int64), codegen


@intrinsic
def full_width_vectors(typingctx: Any) -> tuple[Any, Callable[..., Any]]:
    """Let the loops of the function that calls this use the widest vectors of the processor.

    LLVM prefers vectors of 256 bits on most processors by Intel, because wider ones slow down the
    clock for the code around them. Around the loops of an orbit there is no other code. A
    processor that has no vectors of 512 bits gets the widest that it has, as it does without this.
    """

    def codegen(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> Any:
        # llvmlite's own `add` refuses attributes that have a value
        set.add(builder.function.attributes, FULL_WIDTH)
        return context.get_dummy_value()

    return types.void(), codegen


@njit(inline="always")
def reduce_argument(t):
    """Return (r, sign): t = k pi + r, |r| <= pi/2; sign: the bit that k puts on sine and cosine.

    t - k PI_HIGH is exact, by fused multiply-add, because it is a multiple of the last place of
    t or of PI_HIGH and smaller than 2; one rounding follows with PI_LOW.
    """
    rounded = fma(t, INV_PI, ROUND)
    k = rounded - ROUND
    return fma(-k, PI_LOW, fma(-k, PI_HIGH, t)), float_bits(rounded) << 63


@njit(inline="always")
def sine_polynomial(r, s):
    """Return sin(r) for |r| <= pi/2; s is r * r."""
    p = fma(S17, s, S15)
    p = fma(p, s, S13)
    p = fma(p, s, S11)
    p = fma(p, s, S9)
    p = fma(p, s, S7)
    p = fma(p, s, S5)
    p = fma(p, s, S3)
    return fma(s * p, r, r)


@njit(inline="always")
def cosine_polynomial(s):
    """Return cos(r) for |r| <= pi/2; s is r * r."""
    q = fma(C16, s, C14)
    q = fma(q, s, C12)
    q = fma(q, s, C10)
    q = fma(q, s, C8)
    q = fma(q, s, C6)
    q = fma(q, s, C4)
    q = fma(q, s, C2)
    return fma(q, s, 1.0)


@njit(inline="always")
def orbit_sine(t):
    """Return sin(t) for |t| <= 2**20: odd, and within 2 ulp there."""
    r, sign = reduce_argument(t)
    return bits_float(float_bits(sine_polynomial(r, r * r)) ^ sign)


@njit(inline="always")
def orbit_sine_cosine(t):
    """Return (sin(t), cos(t)) for |t| <= 2**20; the sine is orbit_sine's."""
    r, sign = reduce_argument(t)
    s = r * r
    sine = bits_float(float_bits(sine_polynomial(r, s)) ^ sign)
    cosine = bits_float(float_bits(cosine_polynomial(s)) ^ sign)
    return sine, cosine


@njit(inline="always")
def logarithm(x):
    """Return ln(x) for positive normal x, within 2 ulp (absolute 3e-16 near 1).

    x = 2**e m, m in [sqrt(1/2), sqrt(2)); ln m = 2 artanh(f), f = (m - 1) / (m + 1).
    """
    bits = float_bits(x)
    # subtracting the bits of sqrt(1/2) carries mantissas below it into the exponent before
    exponent = (bits - SQRT_HALF_BITS) >> 52
    m = bits_float(bits - (exponent << 52))
    f = (m - 1.0) / (m + 1.0)
    s = f * f
    p = fma(1.0 / 23.0, s, 1.0 / 21.0)
    p = fma(p, s, 1.0 / 19.0)
    p = fma(p, s, 1.0 / 17.0)
    p = fma(p, s, 1.0 / 15.0)
    p = fma(p, s, 1.0 / 13.0)
    p = fma(p, s, 1.0 / 11.0)
    p = fma(p, s, 1.0 / 9.0)
    p = fma(p, s, 1.0 / 7.0)
    p = fma(p, s, 1.0 / 5.0)
    p = fma(p, s, 1.0 / 3.0)
    e = np.float64(exponent)
    return fma(e, LN2_HIGH, fma(2.0 * f, s * p, fma(e, LN2_LOW, 2.0 * f)))


def sine(t: npt.ArrayLike) -> np.ndarray:
    """Return the renderer's sine: an odd function, the same bits on every processor.

    Parameters
    ----------
    t : array_like of float
        Angles in radians.

    Returns
    -------
    ndarray of float64
        Sines of t's shape. They are within 2 ulp for abs(t) <= 64 (absolute 4e-16 near the zeros)
        and 2.5 ulp for abs(t) <= 256. Every finite t gives a value in [-1, 1]; its accuracy fades
        beyond abs(t) = 2**40, and beyond 2**53 a double no longer says where in its period it
        lies. nan and infinities give nan.

    Examples
    --------
    >>> import fractaldream as fd
    >>> fd.sine([0.0, 0.5]).round(6).tolist()
    [0.0, 0.479426]
    """
    values = np.asarray(t, np.float64)
    out = np.empty(values.shape)
    sine_elements(values.ravel(), out.reshape(-1))
    return out[()]


@njit(nogil=True, cache=True)
def sine_elements(values, out):
    """Write the sines of values (n,) to out (n,)."""
    for i in range(len(values)):
        out[i] = any_sine(values[i])


@njit(nogil=True)
def any_sine(t):
    """Return sin(t) for any t."""
    while abs(t) > 2.0**40:  # each round takes away about 50 bits
        k = np.rint(t * INV_PI)
        r = fma(-k, PI_HIGH, t)
        if not abs(r) < abs(t):
            return np.nan
        t = r if np.rint(0.5 * k) == 0.5 * k else -r
    return orbit_sine(t)


@njit(inline="always")
def multiply_high(a, b):
    """Return the upper 64 of the 128 bits of the product of two uint64."""
    low, shift = np.uint64(0xFFFFFFFF), np.uint64(32)
    a0, a1, b0, b1 = a & low, a >> shift, b & low, b >> shift
    cross = a1 * b0 + ((a0 * b0) >> shift)
    other = a0 * b1 + (cross & low)
    return a1 * b1 + (cross >> shift) + (other >> shift)


@njit
def philox(counter0, counter1, counter2, counter3, key0, key1):
    """Return four random uint64 of a counter and a key: Philox4x64-10 (Salmon et al., SC 2011)."""
    for _ in range(10):
        high0, low0 = multiply_high(PHILOX_M0, counter0), PHILOX_M0 * counter0
        high1, low1 = multiply_high(PHILOX_M1, counter2), PHILOX_M1 * counter2
        counter0, counter1 = high1 ^ counter1 ^ key0, low1
        counter2, counter3 = high0 ^ counter3 ^ key1, low0
        key0 += PHILOX_W0
        key1 += PHILOX_W1
    return counter0, counter1, counter2, counter3
