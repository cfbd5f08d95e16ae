"""The contracts of pyproject.toml: what each package may import, and no circles of files."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def test_packages_know_only_what_lies_before_them():
    code = (
        "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("name", ["fractaldream", "fractaldream_models", "evalkit"])
def test_front_doors_open_on_every_name_and_load_nothing_before(name):
    heavy = "{'numpy', 'numba', 'torch', 'h5py', 'matplotlib'}"
    code = f"import sys, {name}; assert not {heavy} & set(sys.modules), {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=100)
    package = importlib.import_module(name)
    assert len(package.__all__) == len(set(package.__all__)) > 10
    for attribute in package.__all__:
        value = getattr(package, attribute)
        assert not isinstance(value, type(sys)), f"{name}.{attribute} is a module"
    submodules = {path.stem for path in Path(package.__file__).parent.iterdir()}
    assert not submodules & set(package.__all__), "importing these modules would hide the names"
