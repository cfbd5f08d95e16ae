"""The kernels against their readable twin, and their laws."""

import os
import re
import subprocess
import sys

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba.core.codegen import get_host_cpu_features

import fractaldream as fd
import naive
from fractaldream.rendering import images as orbits
from fractaldream.rendering import kernels

ROWS = fd.draw_parameters(fd.Recipe(law="uniform", seed=5), np.arange(40), np.zeros(40))


def rows_of(law, n=30):
    return fd.draw_parameters(fd.Recipe(law=law, seed=9), np.arange(n), np.zeros(n))


@pytest.mark.parametrize("view", ["tight", "fixed"])
@pytest.mark.parametrize(("size", "n", "skip"), [(32, 200, 0), (17, 100, 0), (64, 33, 20)])
def test_counts_and_levels_are_the_twins(view, size, n, skip):
    recipe = fd.Recipe(iterations=n, skip=skip, size=size, view=view, refusals=False)
    rows = np.concatenate([ROWS[:3], [[5, 0.3, 1, 2, 0.1, -0.2]]])  # a start outside `fixed`
    images = fd.render_images(rows, recipe, counts=True)
    for row, counts, levels in zip(rows, images.counts, images.levels, strict=True):
        expected = naive.counts(row, n, size, view, skip)
        assert (counts == expected).all()
        assert (levels == naive.eq_hist(expected)).all()
        assert expected.sum() == n or view == "fixed"


def test_orbit_is_the_twins():
    assert fd.orbit(ROWS[0], 300).tolist() == [list(p) for p in naive.orbit(ROWS[0], 300)]


@pytest.mark.parametrize("view", ["tight", "fixed"])
@pytest.mark.parametrize("skip", [0, 7])
def test_all_ways_to_count_agree(monkeypatch, view, skip):
    recipe = fd.Recipe(iterations=4001, size=64, view=view, skip=skip)
    usual = fd.render_images(ROWS, recipe, counts=True)
    monkeypatch.setattr(orbits, "ORBIT_BUDGET", 0)  # orbits are run twice, not kept
    twice = fd.render_images(ROWS, recipe, counts=True)
    monkeypatch.setattr(orbits, "LARGEST_LANE_SIZE", 32)  # one orbit at a time
    single = fd.render_images(ROWS, recipe, counts=True)
    for other in (twice, single):
        assert (usual.counts == other.counts).all()
        assert (usual.extent == other.extent).all()
        assert (usual.cycle == other.cycle).all()
        assert usual.lyapunov.tobytes() == other.lyapunov.tobytes()


def test_an_exact_cycle_is_recognised_with_its_period():
    rows = rows_of("uniform", 600)
    images = fd.render_images(rows, fd.Recipe(iterations=20_000, size=32))
    cycles = images.cycle[images.cycle > 1]
    assert len(cycles) > 50
    for k in np.flatnonzero(images.cycle)[:20]:
        points = fd.orbit(rows[k], 20_000 + 1 + kernels.TAIL)[20_000:]
        period = images.cycle[k]
        assert (points[period] == points[0]).all()
        assert not (points[1:period] == points[0]).all(1).any()


def test_lyapunov_exponents_are_those_of_the_jacobian():
    rows = rows_of("fdd", 12)
    images = fd.render_images(rows, fd.Recipe(iterations=1000, size=32))
    for row, ours in zip(rows, images.lyapunov, strict=True):
        tangent, total = np.array([0.6, 0.8]), 0.0
        for matrix in fd.jacobian(fd.orbit(row, 1000 + kernels.TAIL)[1000:], row):
            tangent = matrix @ tangent
            total += np.log(np.hypot(*tangent))
            tangent /= np.hypot(*tangent)
        assert ours == pytest.approx(total / kernels.TAIL, abs=1e-9)


PLAIN = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}


WITHOUT_AVX512 = {
    "NUMBA_CPU_FEATURES": ",".join(
        f"-{name[1:]}" if re.search("avx512|avx10|evex|amx", name) else name
        for name in get_host_cpu_features().split(",")
    )
}


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [PLAIN, WITHOUT_AVX512, {"NUMBA_OPT": "0"}],
    ids=["generic", "without AVX-512", "unoptimised"],
)
def test_any_processor_gives_the_same_bytes(tmp_path, settings):
    """Code for a processor without vector units or fused multiply-adds, against the code here."""
    script = (
        "import numpy as np, fractaldream as fd, hashlib\n"
        "rows = np.concatenate([fd.draw_parameters(fd.Recipe(law=l), np.arange(4), np.zeros(4))\n"
        "                       for l in ('fdd', 'normal')])\n"
        "r = fd.Recipe\n"
        "m = [fd.render_images(rows, r(iterations=5000, tone=t)) for t in ('log', 'eq_hist')]\n"
        "print(hashlib.sha256(b''.join(i.levels.tobytes() + i.lyapunov.tobytes() for i in m)\n"
        "                     + rows.tobytes()).hexdigest())"
    )
    plain = {**os.environ, "FRACTALDREAM_CACHE": str(tmp_path), **settings}
    here = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    there = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=plain
    )
    assert len(here.stdout) == 65, here.stderr
    assert here.stdout == there.stdout


def test_orbits_use_the_widest_vectors_of_the_processor():
    """LLVM left to itself takes half of them on processors by Intel."""
    if "avx512f" not in kernels.FEATURES:
        pytest.skip("this processor has no AVX-512")
    state = np.zeros(kernels.ROWS * kernels.LANES)
    limits = np.zeros(2 * kernels.LANES, np.float32)
    box = numba.njit(kernels.box.py_func)
    box(state, 1, False, limits.copy(), limits, limits.copy())
    [code] = box.inspect_asm().values()
    assert len(re.findall(r"vfn?madd\d+pd.*zmm", code)) > 40  # four sines of 14 operations


@given(
    st.lists(st.floats(-1, 1), min_size=2, max_size=2),
    st.lists(st.floats(-3, 3), min_size=4, max_size=4),
)
@settings(max_examples=60, deadline=None)
def test_every_point_is_counted_once_and_inside_its_view(start, rest):
    row = np.array(start + rest)
    for view in ("tight", "fixed"):
        recipe = fd.Recipe(iterations=500, size=32, view=view, refusals=False)
        images = fd.render_images(row, recipe, counts=True)
        left, right, bottom, top = images.extent[0].astype(float)
        points = fd.orbit(row, 500).astype(np.float32)
        inside = (points >= [left, bottom]).all(1) & (points <= [right, top]).all(1)
        assert images.counts.sum() == inside.sum()
        assert inside[1:].all()
        assert images.visited[0] == np.count_nonzero(images.levels)
        if view == "tight":
            assert [left, right, bottom, top] == [
                points[:, 0].min(), points[:, 0].max(), points[:, 1].min(), points[:, 1].max()
            ]  # fmt: skip
