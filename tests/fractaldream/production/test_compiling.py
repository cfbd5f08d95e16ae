"""The kernels of a render are compiled before it begins."""

import os
import subprocess
import sys

import pytest


def files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.mark.slow
def test_the_first_render_compiles_in_two_processes_and_says_so_once(tmp_path):
    render = (
        "import fractaldream as fd; from fractaldream.production.job import render\n"
        "render(fd.Recipe(n=2, size=32, iterations=500), 'out.h5', force=True, progress=True)"
    )
    said = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", render], capture_output=True, text=True, check=True,
            cwd=tmp_path, env={**os.environ, "FRACTALDREAM_CACHE": str(tmp_path / "kept")},
        )  # fmt: skip
        said.append("compiling for this processor, once" in done.stderr)
        (tmp_path / "out.h5").unlink()
    assert said == [True, False]
    names = {path.name.split("-")[0] for path in files(tmp_path / "kept")}
    assert {
        "fractaldream.rendering.kernels.render_group",
        "fractaldream.rendering.tone.tone_rows",
    } <= names
