"""Orbits to visit counts on a GPU that CUDA reaches: one thread an orbit, thousands side by side.

The arithmetic is that of `kernels`, the same Python functions compiled once more, for the GPU, by
numba-cuda. Every multiplication whose product is added is there an explicit fused multiply-add,
but for one (`scale_and_shift`), which stays on the processor; so a compiler that contracts what
it finds, as NVIDIA's does, finds nothing. Counts are added by integer atomics, which need no
order. Before a run, images are compared bit for bit with those of the processor.
"""

import contextlib
import warnings
from collections.abc import Iterator

import numpy as np
from numba import cuda

from fractaldream_base.errors import BadInput

from ..numerics.compiled import njit
from ..parameters.sampling import draw_parameters
from ..recipe import Recipe
from . import images as orbits
from .kernels import RENORMALISE, TAIL, normalise, pixel_of, scale_and_shift, step_one, step_tangent

LANES = 4096  # images in flight for each thread of the processor, memory allowing
BLOCK = 64  # threads of a block, each with an orbit
PIECE = 2**16  # steps of one launch at most: a display's driver ends longer ones
HOST_BUDGET = 2**31  # bytes over all threads, for counts and levels on this side
TRIAL_STEPS = 500  # enough for one bit to change an image: orbits double it with every step
X, Y, A, B, C, D = range(6)  # rows of the state


# the last orbits of a run, and the trial before it, fill no GPU
warnings.filterwarnings("ignore", r".*Grid size \d+ will likely result in GPU")


@cuda.jit
def move(state, steps):
    """Move the orbits on by some steps."""
    i = cuda.grid(1)
    if i < state.shape[1]:
        x, y = state[X, i], state[Y, i]
        a, b, c, d = state[A, i], state[B, i], state[C, i], state[D, i]
        for _ in range(steps):
            x, y = step_one(x, y, a, b, c, d)
        state[X, i], state[Y, i] = x, y


@cuda.jit
def widen(state, limits, steps):
    """Widen limits float32 (4, n), x low, x high, y low, y high, to the next points."""
    i = cuda.grid(1)
    if i < state.shape[1]:
        x, y = state[X, i], state[Y, i]
        a, b, c, d = state[A, i], state[B, i], state[C, i], state[D, i]
        left, right, bottom, top = limits[0, i], limits[1, i], limits[2, i], limits[3, i]
        for _ in range(steps):
            p, q = np.float32(x), np.float32(y)
            # of zeros of both signs the last counts, as with min and max on the processor
            left = left if left < p else p
            right = right if right > p else p
            bottom = bottom if bottom < q else q
            top = top if top > q else q
            x, y = step_one(x, y, a, b, c, d)
        limits[0, i], limits[1, i], limits[2, i], limits[3, i] = left, right, bottom, top
        state[X, i], state[Y, i] = x, y


@cuda.jit
def scatter(state, limits, aim, size, counts, steps):
    """Count the next points where they lie within the limits; aim: float64 (4, n), see `aims`."""
    i = cuda.grid(1)
    if i < state.shape[1]:
        x, y = state[X, i], state[Y, i]
        a, b, c, d = state[A, i], state[B, i], state[C, i], state[D, i]
        left, right, bottom, top = limits[0, i], limits[1, i], limits[2, i], limits[3, i]
        scale_x, shift_x, scale_y, shift_y = aim[0, i], aim[1, i], aim[2, i], aim[3, i]
        for _ in range(steps):
            p, q = np.float32(x), np.float32(y)
            if left <= p <= right and bottom <= q <= top:
                pixel = pixel_of(p, q, scale_x, shift_x, scale_y, shift_y, size)
                cuda.atomic.add(counts, (i, pixel), 1)
            x, y = step_one(x, y, a, b, c, d)
        state[X, i], state[Y, i] = x, y


@cuda.jit
def gather(counts, narrow, visited):
    """Copy counts (n, area) to the type of `narrow`, and count visited pixels; a block an image."""
    image, first = cuda.blockIdx.x, cuda.threadIdx.x
    nonzero = 0
    for k in range(first, counts.shape[1], cuda.blockDim.x):
        narrow[image, k] = counts[image, k]
        if counts[image, k] != 0:
            nonzero += 1
    cuda.atomic.add(visited, image, nonzero)


@cuda.jit
def measure(state, lyapunov, cycle):
    """Measure exponents and cycles over the next TAIL steps, see `kernels.measure_tail`."""
    i = cuda.grid(1)
    if i < state.shape[1]:
        begin_x, begin_y = state[X, i], state[Y, i]
        x, y = begin_x, begin_y
        a, b, c, d = state[A, i], state[B, i], state[C, i], state[D, i]
        p, q, total, period = 0.6, 0.8, 0.0, 0
        for j in range(1, TAIL + 1):
            x, y, p, q = step_tangent(x, y, a, b, c, d, p, q)
            if period == 0 and x == begin_x and y == begin_y:
                period = j
            if j % RENORMALISE == 0:
                growth, p, q = normalise(p, q)
                total += growth
        lyapunov[i] = total / (2 * TAIL)
        cycle[i] = period


@njit(nogil=True, cache=True)
def aims(limits, size, aim):
    """Write scale and shift in x, then in -y, of limits float32 (4, n) to aim float64 (4, n)."""
    for i in range(limits.shape[1]):
        aim[0, i], aim[1, i] = scale_and_shift(limits[0, i], limits[1, i], size)
        aim[2, i], aim[3, i] = scale_and_shift(-limits[3, i], -limits[2, i], size)


class Workspace(orbits.Workspace):
    """The buffers of one thread on both sides, and a stream that orders its work on the GPU."""

    def __init__(self, recipe: Recipe, threads: int = 1) -> None:
        self.recipe = recipe
        self.area = recipe.size**2
        self.tight = recipe.view == "tight"
        self._probe_steps = min(recipe.probe_steps, recipe.iterations)
        kind = orbits.count_dtype(recipe.iterations)
        self.lanes = self.group = lanes = lanes_for(recipe, threads)
        self.counts = np.zeros((lanes, self.area), kind)
        self.levels = np.zeros((lanes, recipe.size, recipe.size), np.uint8)
        self.visited = np.zeros(lanes, np.int64)
        self.extent = np.zeros((lanes, 4), np.float32)
        self.lyapunov = np.zeros(lanes)
        self.cycle = np.zeros(lanes, np.int32)
        self._stream = cuda.stream()
        with gpu_errors():
            self._counts = cuda.device_array((lanes, self.area), np.uint32)
            self._narrow = cuda.device_array((lanes, self.area), kind)

    def render(self, params: np.ndarray) -> None:
        """Fill counts, visited and extent for params (m <= lanes, 6)."""
        m, r = len(params), self.recipe
        with gpu_errors():
            self._count(params, r.iterations, self.tight, r.size, self._counts, self._narrow)
            self._narrow[:m].copy_to_host(self.counts[:m], self._stream)
            self._stream.synchronize()
        self.extent[:m] = self._limits.T

    def probe(self, params: np.ndarray) -> np.ndarray:
        """Return how many pixels of the probe's grid its points visit, int64 (m,)."""
        area = self.recipe.probe_size**2
        with gpu_errors():
            counts = cuda.device_array((len(params), area), np.uint32, stream=self._stream)
            narrow = cuda.device_array((len(params), area), np.uint16, stream=self._stream)
            self._count(params, self._probe_steps, True, self.recipe.probe_size, counts, narrow)
        return self.visited[: len(params)].copy()

    def measure(self) -> None:
        """Fill the exponents and cycles of the group just rendered; its orbits go on."""
        m = self._state.shape[1]
        with gpu_errors():
            exponents = cuda.device_array(m, np.float64, stream=self._stream)
            cycles = cuda.device_array(m, np.int32, stream=self._stream)
            measure[-(-m // BLOCK), BLOCK, self._stream](self._state, exponents, cycles)
            exponents.copy_to_host(self.lyapunov[:m], self._stream)
            cycles.copy_to_host(self.cycle[:m], self._stream)
            self._stream.synchronize()

    def _count(self, params, n, tight, size, counts, narrow):
        """Count n points after `skip` into counts and narrow; set visited and limits."""
        m, stream = len(params), self._stream
        blocks = -(-m // BLOCK)
        begun = np.ascontiguousarray(params.T)
        self._state = cuda.to_device(begun, stream)
        for steps in pieces(self.recipe.skip):
            move[blocks, BLOCK, stream](self._state, steps)
        if tight:
            limits = np.repeat(np.array([[np.inf], [-np.inf]] * 2, np.float32), m, axis=1)
            device_limits = cuda.to_device(limits, stream)
            before = cuda.device_array_like(self._state, stream=stream)
            before.copy_to_device(self._state, stream)
            for steps in pieces(n):
                widen[blocks, BLOCK, stream](before, device_limits, steps)
            device_limits.copy_to_host(limits, stream)
            stream.synchronize()
        else:
            high = (1.0 + np.abs(params[:, [4, 5]].T)).astype(np.float32)
            limits = np.ascontiguousarray(np.stack([-high[0], high[0], -high[1], high[1]]))
            device_limits = cuda.to_device(limits, stream)
        aim = np.empty((4, m))
        aims(limits, size, aim)
        aimed = cuda.to_device(aim, stream)
        counts, narrow = counts[:m], narrow[:m]
        clear[m, BLOCK, stream](counts)
        for steps in pieces(n):
            scatter[blocks, BLOCK, stream](self._state, device_limits, aimed, size, counts, steps)
        visited = cuda.to_device(np.zeros(m, np.int64), stream)
        gather[m, BLOCK, stream](counts, narrow, visited)
        visited.copy_to_host(self.visited[:m], stream)
        stream.synchronize()
        self._limits = limits


@cuda.jit
def clear(counts):
    """Set counts to zero; a block an image."""
    for k in range(cuda.threadIdx.x, counts.shape[1], cuda.blockDim.x):
        counts[cuda.blockIdx.x, k] = 0


def pieces(steps: int) -> Iterator[int]:
    """Yield the steps of each launch."""
    for start in range(0, steps, PIECE):
        yield min(PIECE, steps - start)


def image_bytes(recipe: Recipe) -> int:
    """Return the memory in bytes that each image in flight takes on the GPU."""
    width = np.dtype(orbits.count_dtype(recipe.iterations)).itemsize
    return recipe.size**2 * (4 + width) + recipe.probe_size**2 * 6 + 256


def lanes_for(recipe: Recipe, threads: int) -> int:
    """Return how many images one of so many threads has in flight."""
    with gpu_errors():
        free = min(cuda.current_context().get_memory_info()[0], 2**50)
    on_host = HOST_BUDGET // (recipe.size**2 * 5)
    on_gpu = int(free) // 2 // image_bytes(recipe)
    return max(1, min(LANES, recipe.n, on_host // threads, on_gpu // threads))


@contextlib.contextmanager
def gpu_errors() -> Iterator[None]:
    """Raise what numba or the driver raises as BadInput, on one line."""
    try:
        yield
    except Exception as error:
        if not type(error).__module__.startswith(("numba", "cuda")):
            raise
        reason = " ".join(str(error).split())[:200].rstrip(" .:")
        raise BadInput(
            f"--device cuda: {type(error).__name__}: {reason}; leave out --device to render on "
            "the processor"
        ) from None


def refuse_unfit(recipe: Recipe, threads: int) -> None:
    """Raise BadInput unless a GPU is there with the memory, and gives the bits of the processor."""
    with gpu_errors():
        if not cuda.is_available():
            cuda.current_context()  # says why
            raise BadInput("--device cuda: no GPU that CUDA reaches; leave out --device")
        free = cuda.current_context().get_memory_info()[0]
    needed = 2 * image_bytes(recipe) * threads
    if free < needed:
        raise BadInput(
            f"--device cuda: {free / 1e9:.3g} GB free on the GPU, but {threads} threads need "
            f"{needed / 1e9:.3g} GB for images of {recipe.size} px; give a smaller --size or fewer "
            "--threads, or leave out --device"
        )
    try:
        refuse_other_bits()
    except AttributeError as error:  # a name that a new numpy no longer has
        raise BadInput(
            f"--device cuda: numba-cuda and numpy do not fit each other ({error}); "
            "install both again with: pip install 'fractaldream[cuda]'"
        ) from error


def refuse_other_bits() -> None:
    """Compare images of both views with those of the processor. Raises BadInput."""
    rows = draw_parameters(Recipe(law="uniform", seed=1), np.arange(24), np.zeros(24))
    for view in ("tight", "fixed"):
        trial = Recipe(n=24, iterations=TRIAL_STEPS, size=33, view=view, refusals=False)
        tested, reference = Workspace(trial), orbits.Workspace(trial)
        m = min(tested.lanes, len(rows))
        for space in (tested, reference):
            space.render(rows[:m])
            space.measure()
        for name in ("counts", "visited", "extent", "lyapunov", "cycle"):
            if getattr(tested, name)[:m].tobytes() != getattr(reference, name)[:m].tobytes():
                raise BadInput(
                    f"--device cuda: this GPU does not give the bits of the processor ({name} of "
                    f"the {view} view differ); leave out --device"
                )
