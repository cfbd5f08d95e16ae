"""A user's editor knows every public type: mypy on a script that uses the front doors."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import evalkit
import fractaldream
import fractaldream_models

pytest.importorskip("mypy")
ROOT = Path(__file__).parents[1]
CALLS = {
    'evalkit.correspond("ckpt.pt", data="a.h5")': ("CorrespondResult", "ReplicatesResult"),
    'evalkit.grid("ckpt.pt")': ("GridResult",),
    'evalkit.neighbours("ckpt.pt").copying.p_value': ("float",),
    'evalkit.quality("ckpt.pt").distances': ("dict[str,", "Distance"),
    'evalkit.review("simpsons/")': ("ReviewSummary",),
    'fractaldream.render(fractaldream.Recipe(n=1), "a.h5")': ("RenderResult",),
    'fractaldream.open("a.h5").params': ("ndarray",),
    'fractaldream_models.train("a.h5", "runs/a")': ("TrainResult",),
    'fractaldream_models.load("ckpt.pt").sample(3)': ("Tensor",),
}


def revealed(lines, folder):
    """Return what mypy says of the type of each expression.

    It reads the cache of the type checker's run over the packages, where there is one.
    """
    packages = (evalkit, fractaldream, fractaldream_models)
    script = [f"import {package.__name__}" for package in packages]
    script += [f"reveal_type({line})" for line in lines]
    (folder / "script.py").write_text("\n".join(script))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", ROOT / "pyproject.toml",
         "--cache-dir", ROOT / ".mypy_cache", "script.py"],
        cwd=folder, capture_output=True, text=True, timeout=1000,
    )  # fmt: skip
    assert "error:" not in done.stdout, done.stdout + done.stderr
    types = re.findall(r'Revealed type is "(.*)"', done.stdout)
    assert len(types) == len(lines), done.stdout + done.stderr
    return dict(zip(lines, types, strict=True))


@pytest.mark.slow
def test_types_of_calls_and_of_all_public_names(tmp_path):
    names = [
        f"{package.__name__}.{name}"
        for package in (evalkit, fractaldream, fractaldream_models)
        for name in package.__all__
    ]
    types = revealed([*CALLS, *names], tmp_path)
    for call, expected in CALLS.items():
        assert all(part in types[call] for part in expected), (call, types[call])
    unknown = [name for name in names if types[name] == "Any"]
    assert not unknown
