"""The kernels that a render needs, compiled before it begins, on two cores at once.

Numba compiles one function at a time in a process. The first render on a machine therefore starts
a second process that compiles one half of the kernels into the cache folder, while this one
compiles the other half; `python -m fractaldream.production.compiling RECIPE` is that second
process. Where it cannot run, this one compiles everything.
"""

import contextlib
import dataclasses
import gc
import subprocess
import sys
from collections.abc import Iterator

import numpy as np

from ..numerics.compiled import is_ready
from ..parameters import sampling
from ..parameters.sampling import draw_parameters, split_of
from ..recipe import Recipe
from ..rendering import kernels, tone
from ..rendering.images import LARGEST_LANE_SIZE, Workspace, count_dtype, thread_count

PATIENCE = 60  # seconds until this process compiles what the other one should have


def compile_kernels(recipe: Recipe, progress: bool = False) -> None:
    """Compile what a render of a recipe needs, unless an earlier run has done so.

    Parameters
    ----------
    recipe : Recipe
        What will be rendered.
    progress : bool
        Say on stderr that something is compiled.
    """
    if recipe.size > LARGEST_LANE_SIZE:  # one image at a time: small functions
        return
    drawing = () if recipe.law == "params" else (sampling.draw_rows,)
    main_thread = not all(map(is_ready, (*drawing, kernels.render_group)))
    side_thread = not all(
        map(is_ready, (kernels.measure_tail, tone.tone_rows, sampling.split_rows))
    )
    if not (main_thread or side_thread):
        return
    if progress:
        print("compiling for this processor, once (some seconds)", file=sys.stderr, flush=True)
    if not (main_thread and side_thread) or thread_count(None) == 1:
        return  # each function is compiled when it is first called
    small = _small(recipe)
    try:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "fractaldream.production.compiling", small.to_json()],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except OSError:
        return
    try:
        with _without_collection():
            compile_here(small)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)
    finally:
        process.terminate()
        process.wait()


def compile_here(recipe: Recipe) -> None:
    """Compile one half: what draws and counts orbits."""
    space, rows = Workspace(recipe), np.zeros((1, 6))
    if recipe.law != "params":
        rows = draw_parameters(recipe, np.arange(1), np.zeros(1))
    if recipe.refusals and recipe.probe_steps:
        space.probe(rows)
    space.render(rows)


def compile_beside(recipe: Recipe) -> None:
    """Compile the other half: what measures and tones images."""
    space = Workspace(recipe)
    space.measure()
    space.shade(np.arange(1))
    split_of(np.arange(1))


@contextlib.contextmanager
def _without_collection() -> Iterator[None]:
    """Keep Python's garbage collection from looking through all that numba makes: 10% faster."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _small(recipe: Recipe) -> Recipe:
    """Return a recipe that uses the same functions for little work."""
    iterations = 1 if count_dtype(recipe.iterations) is np.uint16 else 2**16
    steps = min(1, recipe.probe_steps)
    return dataclasses.replace(
        recipe, skip=0, probe_steps=steps, min_visited=0.0, iterations=iterations
    )


if __name__ == "__main__":
    with _without_collection():
        compile_beside(Recipe.from_json(sys.argv[1]))
