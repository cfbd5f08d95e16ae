"""Other systems than the one at hand, as far as they can be imitated here."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import fractaldream as fd

SMALL = {"size": 16, "iterations": 2000, "min_visited": 0.05}
# a terminal that knows ASCII alone, and a Python that does not help itself
ASCII = {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
NOT_ON_WINDOWS = set('<>:"|?*\\')


def command(*words, **environment):
    return subprocess.run(
        [sys.executable, "-m", *map(str, words)],
        capture_output=True,
        env={**os.environ, **environment},
        timeout=300,
    )


@pytest.mark.slow
def test_names_beyond_ascii_work_in_the_c_locale(tmp_path):
    folder = tmp_path / "Größe 數"
    (folder / "photos").mkdir(parents=True)
    rng = np.random.default_rng(0)
    for name in ("é", "ü", "☃", "a", "b", "c"):
        pixels = rng.integers(0, 255, (32, 32, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / "photos" / f"{name}.png")
    data = folder / "données.h5"
    for words in (
        ("fractaldream", "render", "--n", 6, "--size", 16, "--min-visited", 0.05, "--out", data),
        ("fractaldream", "info", data),
        ("fractaldream", "export", data, "--format", "png"),
        ("evalkit", "clean", "review", folder / "photos", "--out", folder / "вид"),
    ):
        done = command(*words, **ASCII)
        assert done.returncode == 0 and b"Traceback" not in done.stderr, done.stderr.decode()
    assert "☃.png" in (folder / "вид" / "ranking.csv").read_text(encoding="utf-8")
    written = {part for path in folder.rglob("*") for part in path.relative_to(folder).parts}
    assert not any(NOT_ON_WINDOWS & set(name) for name in written)


def test_a_system_without_fcntl_fork_and_affinity_renders(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import os, sys\n"
        "sys.modules['fcntl'] = None\n"
        "for name in ('fork', 'sched_getaffinity', 'geteuid', 'sysconf'):\n"
        "    delattr(os, name)\n"
        "import fractaldream as fd\n"
        f"print(fd.render(fd.Recipe(n=6, **{SMALL}), sys.argv[1]).content_sha256)\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, script, tmp_path / "a.h5"], capture_output=True, text=True, check=True
    )
    here = fd.render(fd.Recipe(n=6, **SMALL), tmp_path / "b.h5")
    assert done.stdout.split() == [here.content_sha256]


def test_text_files_have_an_encoding():
    """Without one, Windows reads and writes another."""
    root = Path(__file__).parents[1]
    folders = [root / "fractaldream", root / "models", root / "evalkit"]
    unspecified = []
    for path in (path for folder in folders for path in folder.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        unspecified += [path for bad in (".read_text()", '.open("w")', '.open("a")') if bad in text]
    assert not unspecified
