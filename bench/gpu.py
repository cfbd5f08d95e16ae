"""Estimate what a GPU could do at most for `render --device cuda`, for the rows of bench/render.py.

Two floors, each measured by a kernel that does nothing else. Double-precision arithmetic: fused
multiply-adds in independent chains, over the double-precision instructions of an image in the
code of the kernels (both passes of the tight view). Scattered increments: as many atomic
increments as an image has points, at random pixels of as many images as are in flight.
"""

import importlib.util
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import fractaldream as fd

# Double-precision instructions a step (PTX of `gpu.widen` and `gpu.scatter`): 46 fused
# multiply-adds, 12 products and 4 sums; two more fused multiply-adds where points are counted
WIDEN, SCATTER = 62, 64
CHAINS, ROUNDS = 8, 4096


def unavailable(threads: int) -> str | None:
    """Why no row can be measured here, None: it can."""
    if importlib.util.find_spec("numba_cuda") is None:
        return "numba-cuda is not installed"
    from fractaldream.rendering import gpu

    try:
        gpu.refuse_unfit(fd.Recipe(), threads)
    except fd.BadInput as error:
        return str(error).removeprefix("--device cuda: ").split("; ")[0]
    return None


def name() -> str:
    from numba import cuda

    name_here = cuda.get_current_device().name
    return name_here.decode() if isinstance(name_here, bytes) else str(name_here)


def floors(steps: int, size: int, threads: int) -> dict[str, float]:
    """Images a second by double-precision arithmetic alone, and by scattered increments alone."""
    from numba import cuda

    from fractaldream.numerics.arithmetic import fma
    from fractaldream.rendering import gpu

    @cuda.jit
    def multiply_add(out: Any, factor: float) -> None:
        i = cuda.grid(1)
        a, b, c, d = 1.0 + i, 2.0 + i, 3.0 + i, 4.0 + i
        e, f, g, h = 5.0 + i, 6.0 + i, 7.0 + i, 8.0 + i
        for _ in range(ROUNDS):
            a, b, c, d = fma(a, factor, a), fma(b, factor, b), fma(c, factor, c), fma(d, factor, d)
            e, f, g, h = fma(e, factor, e), fma(f, factor, f), fma(g, factor, g), fma(h, factor, h)
        out[i] = a + b + c + d + e + f + g + h

    @cuda.jit
    def increment(counts: Any, n: int) -> None:
        i = cuda.grid(1)
        if i < counts.shape[0]:
            word = np.uint32(i)
            for _ in range(n):
                word = np.uint32(word * np.uint32(1664525) + np.uint32(1013904223))
                cuda.atomic.add(counts, (i, (word >> np.uint32(8)) % counts.shape[1]), 1)

    blocks = 64 * cuda.get_current_device().MULTIPROCESSOR_COUNT
    out = cuda.device_array(256 * blocks)
    rate = CHAINS * ROUNDS * out.size / best(lambda: multiply_add[blocks, 256](out, 1e-9))
    lanes = threads * gpu.lanes_for(fd.Recipe(size=size, iterations=steps), threads)
    counts = cuda.to_device(np.zeros((lanes, size * size), np.uint32))
    seconds = best(lambda: increment[-(-lanes // gpu.BLOCK), gpu.BLOCK](counts, steps))
    return {"arithmetic": rate / ((WIDEN + SCATTER) * steps), "scatter": lanes / seconds}


def best(launch: Callable[[], None]) -> float:
    """Seconds of a launch, the least of five after the one that compiles."""
    from numba import cuda

    least = np.inf
    for _ in range(6):
        began = time.perf_counter()
        launch()
        cuda.synchronize()
        least = min(least, time.perf_counter() - began)
    return least
