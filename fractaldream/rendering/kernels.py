"""Orbits to visit counts: the compiled loops of the renderer.

Several images are iterated side by side, one in each lane, so that the arithmetic of a step
becomes vector instructions; the scattered increments are kept apart from it, in blocks of
steps. The checks and the allocation are one floor up, in `images`.

Compiled functions take arrays and scalars only, so that numba compiles each of them once; where
a dataclass would hold them together elsewhere, they have more parameters here.

A point is rounded to float32 before it is binned. In the tight view the rounded orbit is kept
until its box is known, when the caller lends a buffer for it, and else run a second time; both
give the same counts.
"""

import math

import numpy as np

from ..numerics.arithmetic import fma, full_width_vectors, logarithm, orbit_sine, orbit_sine_cosine
from ..numerics.compiled import njit, processor_features

# Images side by side: the fastest number for the vectors of the processor (`bench/kernel.py`).
# Their counts (24 x 32 KiB) stay within a 1 MiB L2 cache.
FEATURES = processor_features()
LANES: int = 16 if "avx2" in FEATURES and "avx512f" not in FEATURES else 24
BLOCK = 32  # steps whose pixels are computed before any is counted
TAIL = 2048  # steps after the last point drawn on which exponent and cycle are measured
RENORMALISE = 16  # steps between two renormalisations of the tangent vector
INSET = 1.0 - 2.0**-30  # keeps the points on the edge of the view inside the outermost pixels

# Rows of the state of a group, LANES doubles each
X, Y, A, B, C, D, SCALE_X, SHIFT_X, SCALE_Y, SHIFT_Y, BEGIN_X, BEGIN_Y, TANGENT_X, TANGENT_Y = (
    LANES * row for row in range(14)
)
ROWS = 14


@njit(nogil=True)
def load(state, params):
    """Put parameters (n <= LANES, 6) into the lanes; lanes beyond n repeat the first."""
    for lane in range(LANES):
        row = lane if lane < params.shape[0] else 0
        for k in range(6):
            state[LANES * k + lane] = params[row, k]


@njit(nogil=True, forceinline=True)
def step(state):
    """Move the orbits of all lanes on by one step."""
    full_width_vectors()
    for i in range(LANES):
        x, y, a, b = state[X + i], state[Y + i], state[A + i], state[B + i]
        state[X + i] = fma(state[C + i], orbit_sine(x * b), orbit_sine(y * b))
        state[Y + i] = fma(state[D + i], orbit_sine(y * a), orbit_sine(x * a))


@njit(nogil=True)
def begin(state):
    """Remember where the orbits are."""
    for i in range(LANES):
        state[BEGIN_X + i], state[BEGIN_Y + i] = state[X + i], state[Y + i]


@njit(nogil=True)
def box(state, n, keep, orbit, low, high):
    """Find the bounding box of the next n points, from the state on; the state moves on by n.

    low, high: float32 (2 LANES,), x then y. orbit: float32 (2 LANES * n,) or more to keep
    it, else (2 LANES,).
    """
    full_width_vectors()
    for i in range(2 * LANES):
        low[i] = np.float32(np.inf)
        high[i] = np.float32(-np.inf)
    for j in range(n):
        at = 2 * LANES * j if keep else 0
        points = orbit[at : at + 2 * LANES]
        for i in range(2 * LANES):
            p = np.float32(state[i])
            low[i] = min(p, low[i])
            high[i] = max(p, high[i])
            points[i] = p
        step(state)


@njit(nogil=True)
def scale_and_shift(low, high, size):
    """Return what maps a coordinate (double) to pixels counted from the middle of [low, high].

    The shift is minus the rounded product of middle and scale, so that for an even size the
    mapping is an odd function and mirrored orbits give mirrored images to the last count.
    """
    low, high = np.float64(low), np.float64(high)
    scale = size * INSET / (high - low) if high > low else 0.0
    return scale, (0.5 if size % 2 else 0.0) - 0.5 * (low + high) * scale


@njit(nogil=True)
def aim(state, low, high, size):
    """Point the lanes at their views; rows grow downwards, y upwards."""
    full_width_vectors()
    for i in range(LANES):
        state[SCALE_X + i], state[SHIFT_X + i] = scale_and_shift(low[i], high[i], size)
        # a view of [-high, -low] on -y
        scale, shift = scale_and_shift(-high[LANES + i], -low[LANES + i], size)
        state[SCALE_Y + i], state[SHIFT_Y + i] = -scale, shift


@njit(nogil=True)
def count(state, n, stores, orbit, size, pixels, counts):
    """Add n points to the counts (LANES * size * size,).

    The points are those of `orbit` where it was kept, else the state and those after it.
    pixels: uint32 (BLOCK * LANES,), overwritten.
    """
    full_width_vectors()
    width = np.float64(size)
    area = size * size
    middle = (size // 2) * size + size // 2
    for start in range(0, n, BLOCK):
        steps = min(BLOCK, n - start)
        for j in range(steps):
            points = orbit[2 * LANES * (start + j) : 2 * LANES * (start + j + 1)]
            into = pixels[LANES * j : LANES * (j + 1)]
            for i in range(LANES):
                if stores:
                    x, y = points[i], points[LANES + i]
                else:
                    x, y = np.float32(state[X + i]), np.float32(state[Y + i])
                u = np.floor(fma(np.float64(x), state[SCALE_X + i], state[SHIFT_X + i]))
                v = np.floor(fma(np.float64(y), state[SCALE_Y + i], state[SHIFT_Y + i]))
                into[i] = np.int32(fma(v, width, u)) + np.int32(middle + area * i)
            if not stores:
                step(state)
        for k in range(steps * LANES):
            counts[pixels[k]] += 1


@njit(nogil=True)
def count_start(state, low, high, size, counts):
    """Count the state itself where it lies in the view, and make one step.

    In the fixed view the start is the only point that can lie outside.
    """
    for i in range(LANES):
        x, y = np.float32(state[X + i]), np.float32(state[Y + i])
        j = LANES + i
        if low[i] <= x <= high[i] and low[j] <= y <= high[j]:
            u = np.floor(fma(np.float64(x), state[SCALE_X + i], state[SHIFT_X + i]))
            v = np.floor(fma(np.float64(y), state[SCALE_Y + i], state[SHIFT_Y + i]))
            row, column = np.int64(v) + size // 2, np.int64(u) + size // 2
            counts[(i * size + row) * size + column] += 1
    step(state)


@njit(nogil=True)
def count_visited(counts, area, visited):
    """Write the number of pixels with at least one visit, per lane."""
    full_width_vectors()
    for lane in range(LANES):
        image = counts[lane * area : (lane + 1) * area]
        total = np.int64(0)
        for k in range(area):  # by index: iterating over the slice is not vectorised
            total += np.int64(image[k] != 0)
        visited[lane] = total


@njit(inline="always")
def step_tangent(x, y, a, b, c, d, p, q):
    """Return the point after (x, y), and what the map's derivative at (x, y) makes of (p, q)."""
    sin_yb, cos_yb = orbit_sine_cosine(y * b)
    sin_xb, cos_xb = orbit_sine_cosine(x * b)
    sin_xa, cos_xa = orbit_sine_cosine(x * a)
    sin_ya, cos_ya = orbit_sine_cosine(y * a)
    return (
        fma(c, sin_xb, sin_yb),
        fma(d, sin_ya, sin_xa),
        b * fma(c * cos_xb, p, cos_yb * q),
        a * fma(d * cos_ya, q, cos_xa * p),
    )


@njit(inline="always")
def normalise(p, q):
    """Return the logarithm of the square of the length of (p, q), and (p, q) at length 1."""
    square = max(fma(p, p, q * q), 1e-300)  # a tangent that the map annihilates
    return logarithm(square), p / math.sqrt(square), q / math.sqrt(square)


@njit(nogil=True, cache=True)
def measure_tail(state, lyapunov, cycle):
    """Measure the largest Lyapunov exponent and the exact cycle over the TAIL steps that follow.

    lyapunov: float64 (LANES,), in nats per step, from the growth of a tangent vector (Benettin
    et al., 1980).
    cycle: int32 (LANES,), the number of steps after which the orbit is back at the very point
    where the tail began, to the last bit of both coordinates; 0 when that does not happen.
    """
    full_width_vectors()
    begin(state)
    for i in range(LANES):
        state[TANGENT_X + i], state[TANGENT_Y + i] = 0.6, 0.8
        lyapunov[i], cycle[i] = 0.0, 0
    for j in range(1, TAIL + 1):
        for i in range(LANES):
            x, y, p, q = step_tangent(
                state[X + i], state[Y + i], state[A + i], state[B + i], state[C + i], state[D + i],
                state[TANGENT_X + i], state[TANGENT_Y + i],
            )  # fmt: skip
            state[X + i], state[Y + i], state[TANGENT_X + i], state[TANGENT_Y + i] = x, y, p, q
            if cycle[i] == 0 and x == state[BEGIN_X + i] and y == state[BEGIN_Y + i]:
                cycle[i] = j
        if j % RENORMALISE == 0:
            for i in range(LANES):
                growth, p, q = normalise(state[TANGENT_X + i], state[TANGENT_Y + i])
                state[TANGENT_X + i], state[TANGENT_Y + i] = p, q
                lyapunov[i] += growth
    for i in range(LANES):
        lyapunov[i] /= 2 * TAIL  # twice: the squares' logarithms were added


@njit(nogil=True)
def fixed_box(state, low, high):
    """Return the view that every point but the start lies in: |x| <= 1 + |c|, |y| <= 1 + |d|."""
    full_width_vectors()
    for i in range(LANES):
        high[i], high[LANES + i] = 1.0 + abs(state[C + i]), 1.0 + abs(state[D + i])
        low[i], low[LANES + i] = -high[i], -high[LANES + i]


@njit(nogil=True, cache=True)
def render_group(
    params, skip, n, tight, keep, size, orbit, state, pixels, counts, low, high, visited
):
    """Count n points after the first `skip`, for params (m <= LANES, 6).

    counts: uint16 or uint32 (LANES * size * size,), overwritten. low, high: float32 (2 LANES,),
    the views. visited: int64 (LANES,). keep: in the tight view, keep the orbits in `orbit`,
    float32 (2 LANES * n,), until they are counted; else run them twice and lend (2 LANES,).
    pixels: uint32 (BLOCK * LANES,), overwritten. The state ends n + skip steps on.
    """
    load(state, params)
    for _ in range(skip):
        step(state)
    for k in range(counts.size):
        counts[k] = 0
    if tight:
        begin(state)
        box(state, n, keep, orbit, low, high)
        if not keep:
            for i in range(LANES):
                state[X + i], state[Y + i] = state[BEGIN_X + i], state[BEGIN_Y + i]
    else:
        fixed_box(state, low, high)
    aim(state, low, high, size)
    if not tight:
        count_start(state, low, high, size, counts)
        n -= 1
    count(state, n, tight and keep, orbit, size, pixels, counts)
    count_visited(counts, size * size, visited)


@njit(nogil=True)
def step_one(x, y, a, b, c, d):
    """Return the point after (x, y)."""
    return (
        fma(c, orbit_sine(x * b), orbit_sine(y * b)),
        fma(d, orbit_sine(y * a), orbit_sine(x * a)),
    )


@njit(nogil=True, cache=True)
def box_one(x, y, a, b, c, d, n, limits):
    """Widen limits, float32 (4,): x low, x high, y low, y high, to the next n points of one orbit.

    Returns the point after the n.
    """
    for _ in range(n):
        p, q = np.float32(x), np.float32(y)
        limits[0], limits[1] = min(p, limits[0]), max(p, limits[1])
        limits[2], limits[3] = min(q, limits[2]), max(q, limits[3])
        x, y = step_one(x, y, a, b, c, d)
    return x, y


@njit(nogil=True)
def pixel_of(p, q, scale_x, shift_x, scale_y, shift_y, size):
    """Return the flat index of the pixel of a point, float32; the view of y is one on -y."""
    # floor of math, and its sqrt above: numba knows those of numpy on processors alone
    u = math.floor(fma(np.float64(p), scale_x, shift_x))
    v = math.floor(fma(np.float64(q), -scale_y, shift_y))
    return (np.int64(v) + size // 2) * size + np.int64(u) + size // 2


@njit(nogil=True, cache=True)
def count_one(x, y, a, b, c, d, n, limits, size, counts):
    """Count the next n points of one orbit, in an image of any size, where they lie in limits."""
    scale_x, shift_x = scale_and_shift(limits[0], limits[1], size)
    scale_y, shift_y = scale_and_shift(-limits[3], -limits[2], size)
    for _ in range(n):
        p, q = np.float32(x), np.float32(y)
        if limits[0] <= p <= limits[1] and limits[2] <= q <= limits[3]:
            counts[pixel_of(p, q, scale_x, shift_x, scale_y, shift_y, size)] += 1
        x, y = step_one(x, y, a, b, c, d)
    return x, y


@njit(nogil=True, cache=True)
def fill_orbit(x, y, a, b, c, d, points):
    """Write (x, y) and the points after it to points (n, 2)."""
    for k in range(len(points)):
        points[k, 0], points[k, 1] = x, y
        x, y = step_one(x, y, a, b, c, d)
