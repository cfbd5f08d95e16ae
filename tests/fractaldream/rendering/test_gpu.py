"""The renderer for GPUs: on numba's simulator, in the code that a GPU would get, and on a GPU.

The simulator runs a kernel in Python, one thread for each of the GPU's, and calls the scalar
functions as compiled for the processor: it tests what the kernels do, not the GPU's arithmetic.
"""

import importlib.util
import os
import re
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

import fractaldream as fd

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("numba_cuda") is None, reason="needs the extra cuda"
)
HERE = "from fractaldream.rendering import gpu\nimport fractaldream as fd, numpy as np\n"
SMALL = "gpu.LANES, gpu.BLOCK, gpu.PIECE, gpu.TRIAL_STEPS = 8, 8, 40, 60\n"


def simulated(script, *args):
    return subprocess.run(
        [sys.executable, "-c", HERE + SMALL + script, *map(str, args)], capture_output=True,
        text=True, timeout=300, env={**os.environ, "NUMBA_ENABLE_CUDASIM": "1"},
    )  # fmt: skip


def test_on_the_simulator_the_files_are_the_processors(tmp_path):
    """Several groups and launches, refusals, both views, a start outside. On one thread: while a
    simulated kernel runs, its module is not what other threads need."""
    script = (
        "import sys\n"
        "small = dict(size=17, iterations=100, min_visited=0.05, probe_steps=50)\n"
        "rows = np.array([[5, .3, 1, 2, .1, -.2], [.1, .2, 2, 1.5, 1, 2], [0, 0, 0, 0, 0, 0]])\n"
        "for number, (recipe, given) in enumerate([\n"
        "    (fd.Recipe(n=12, **small), None),\n"
        "    (fd.Recipe(law='params', view='fixed', tone='log', skip=50, **small), rows)]):\n"
        "    made = [fd.render(recipe, f'{sys.argv[1]}/{number}-{device}.h5', params=given,\n"
        "                      options=fd.RenderOptions(device=device, threads=1, counts=True))\n"
        "            for device in\n"
        "            ('cpu', 'cuda')]\n"
        "    print(made[0].content_sha256 == made[1].content_sha256, made[1].refused)\n"
    )
    ran = simulated(script, tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert [line.split()[0] for line in ran.stdout.splitlines()] == ["True", "True"]
    for number in (0, 1):
        with (
            fd.open(tmp_path / f"{number}-cpu.h5") as first,
            fd.open(tmp_path / f"{number}-cuda.h5") as other,
        ):
            assert (first.counts[:] == other.counts[:]).all()
            for name in ("lyapunov", "cycle", "extent", "visited", "refused"):
                assert getattr(first, name).tobytes() == getattr(other, name).tobytes(), name


def test_a_gpu_with_other_bits_is_refused_before_the_first_image(tmp_path):
    script = (
        "import sys\n"
        "gpu.RENORMALISE = 15\n"
        "cuda = fd.RenderOptions(device='cuda')\n"
        "try: fd.render(fd.Recipe(n=3), sys.argv[1] + '/a.h5', options=cuda)\n"
        "except fd.BadInput as error: print(error)\n"
    )
    ran = simulated(script, tmp_path)
    assert "does not give the bits of the processor (lyapunov of the tight view" in ran.stdout
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def kernels():
    """PTX of the kernels for compute capability 8.0, as by default and forbidden to contract."""
    from numba import float32, float64, int32, int64, uint16, uint32

    pytest.importorskip("cuda.bindings.nvvm", reason="needs libNVVM")
    dispatcher = pytest.importorskip("numba.cuda.dispatcher")
    from numba.cuda import compile_ptx
    from numba.cuda.cudadrv import nvvm

    from fractaldream.rendering import gpu

    state, limits, aim, counts = float64[:, :], float32[:, :], float64[:, :], uint32[:, :]
    signatures = {
        gpu.widen: (state, limits, int64),
        gpu.scatter: (state, limits, aim, int64, counts, int64),
        gpu.measure: (state, float64[:], int32[:]),
        gpu.gather: (counts, uint16[:, :], int64[:]),
        gpu.clear: (counts,),
    }
    original, compiled = nvvm.compile_ir, {}
    with pytest.MonkeyPatch.context() as patch:
        device = SimpleNamespace(compute_capability=(8, 0))
        patch.setattr(dispatcher, "get_current_device", lambda: device)
        for contracts in (True, False):
            patch.setattr(
                nvvm,
                "compile_ir",
                lambda ir, contracts=contracts, **options: original(ir, fma=contracts, **options),
            )
            for kernel, signature in signatures.items():
                name = kernel.py_func.__name__
                try:
                    ptx, _ = compile_ptx(kernel.py_func, signature, cc=(8, 0))
                except (RuntimeError, OSError) as error:
                    pytest.skip(f"needs libNVVM: {error}")
                compiled[name, contracts] = ptx
    return compiled


@pytest.mark.parametrize("name", ["widen", "scatter", "measure"])
def test_there_is_nothing_to_contract(kernels, name):
    """NVVM, told to contract, finds nothing, and leaves the assembler nothing: no product is
    added. All other arithmetic is rounded by IEEE 754, to the nearest."""
    free, held = kernels[name, True], kernels[name, False]
    sines = 4 * 11 + 2
    assert free.count("fma.rn.f64") == held.count("fma.rn.f64") >= sines
    products = set()
    for line in free.splitlines():
        parts = line.replace(",", "").replace(";", "").split()
        if len(parts) < 2:
            continue
        what, out, *given = parts
        if re.match(r"mul(\.rn)?\.f64", what) or (
            re.match(r"(neg|mov)\.f64", what) and products & set(given)
        ):
            products.add(out)
        if re.match(r"(add|sub)(\.rn)?\.f64", what):
            assert not products & set(given), line
    assert not re.search(r"approx|\.ftz|fma\.r[zmp]|(div|sqrt)\.(?!rn)\w+\.?f64", free)


def test_no_gpu_is_one_line(tmp_path):
    from numba import cuda

    if cuda.is_available():
        pytest.skip("there is a GPU")
    ran = subprocess.run(
        [sys.executable, "-m", "fractaldream", "render", "--n", "5", "--device", "cuda"],
        capture_output=True, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert ran.returncode == 2 and ran.stderr.count("\n") == 1, ran.stderr
    assert "--device cuda: " in ran.stderr and "leave out --device" in ran.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("size", [128, 8192])
def test_too_little_memory_is_one_line(monkeypatch, size):
    from fractaldream.rendering import gpu

    context = SimpleNamespace(get_memory_info=lambda: (400_000, 8e9))
    monkeypatch.setattr(gpu.cuda, "current_context", lambda: context)
    monkeypatch.setattr(gpu.cuda, "is_available", lambda: True)
    with pytest.raises(fd.BadInput, match=rf"0.0004 GB free on the GPU.* images of {size} px"):
        gpu.refuse_unfit(fd.Recipe(size=size, refusals=False), threads=4)
    assert gpu.lanes_for(fd.Recipe(size=16), threads=1) > 10


def test_what_does_not_go_together(tmp_path, monkeypatch):
    with pytest.raises(fd.BadInput, match="leave out --scheduler and --workers"):
        fd.render(
            fd.Recipe(n=3), tmp_path / "a.h5", options=fd.RenderOptions(device="cuda", workers=2)
        )
    with pytest.raises(fd.BadInput, match="choose cpu or cuda"):
        fd.render(fd.Recipe(n=3), tmp_path / "a.h5", options=fd.RenderOptions(device="tpu"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(fd.BadInput, match=r"pip install 'fractaldream\[cuda\]'"):
        fd.render(fd.Recipe(n=3), tmp_path / "a.h5", options=fd.RenderOptions(device="cuda"))
    assert not list(tmp_path.iterdir())


def test_a_numpy_that_is_too_new_for_numba_cuda_is_one_line(tmp_path, monkeypatch):
    from fractaldream.rendering import gpu

    def refuse_other_bits():
        raise AttributeError("module 'numpy' has no attribute 'row_stack'")

    monkeypatch.setattr(gpu, "refuse_other_bits", refuse_other_bits)
    monkeypatch.setattr(gpu.cuda, "is_available", lambda: True)
    context = SimpleNamespace(get_memory_info=lambda: (80e9, 80e9))
    monkeypatch.setattr(gpu.cuda, "current_context", lambda: context)
    with pytest.raises(fd.BadInput, match=r"row_stack.*pip install 'fractaldream\[cuda\]'"):
        fd.render(fd.Recipe(n=3), tmp_path / "a.h5", options=fd.RenderOptions(device="cuda"))


@pytest.mark.parametrize("view", ["tight", "fixed"])
@pytest.mark.parametrize("law", ["fdd", "normal"])
def test_on_a_gpu_every_bit_is_the_processors(tmp_path, view, law):
    from numba import cuda

    if os.environ.get("NUMBA_ENABLE_CUDASIM") == "1" or not cuda.is_available():
        pytest.skip("no GPU here: the bytes that one gives were not compared")
    recipe = fd.Recipe(n=2000, law=law, view=view)
    results = [
        fd.render(
            recipe, tmp_path / f"{device}.h5", options=fd.RenderOptions(device=device, counts=True)
        )
        for device in ("cpu", "cuda")
    ]
    assert results[0].content_sha256 == results[1].content_sha256
    with fd.open(tmp_path / "cpu.h5") as first, fd.open(tmp_path / "cuda.h5") as other:
        assert (first.counts[:] == other.counts[:]).all()
        for name in ("lyapunov", "cycle", "extent", "visited", "refused"):
            assert np.array_equal(getattr(first, name), getattr(other, name)), name
