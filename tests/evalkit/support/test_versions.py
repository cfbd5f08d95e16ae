"""The fingerprint of what numbers depend on: the code of all packages, and nothing else."""

import importlib.metadata
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import evalkit
import fractaldream
import fractaldream_base
import fractaldream_models
from evalkit.support import versions
from evalkit.support.versions import code_hash, fingerprint

PACKAGES = [
    Path(p.__file__).parent for p in (evalkit, fractaldream, fractaldream_base, fractaldream_models)
]


@pytest.fixture
def copied(tmp_path):
    """The four packages, as another installation has them, and documentation beside them."""
    ignored = shutil.ignore_patterns("__pycache__")
    for folder in PACKAGES:
        shutil.copytree(folder, tmp_path / folder.name, ignore=ignored)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "correspondence.md").write_text("# Correspondence\n")
    return tmp_path


def in_a_new_process(folder):
    program = (
        "import evalkit, fractaldream, fractaldream_models\n"
        "from evalkit.support.versions import fingerprint\n"
        "print(evalkit.__file__, fingerprint())"
    )
    paths = os.environ | {"PYTHONPATH": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=True, capture_output=True, text=True, env=paths, cwd=folder,
    )  # fmt: skip
    file, digest = done.stdout.split()
    assert Path(file).is_relative_to(folder)
    return digest


@pytest.mark.slow
def test_the_code_is_what_is_hashed_and_not_where_or_when_it_was_installed(copied):
    assert in_a_new_process(copied) == fingerprint()
    (copied / "docs" / "correspondence.md").write_text("# Correspondence\n\nMore.\n")
    (copied / "evalkit" / "py.typed").touch()
    os.utime(copied / "evalkit" / "errors.py", (0, 0))
    assert in_a_new_process(copied) == fingerprint()
    with (copied / "fractaldream" / "rendering" / "tone.py").open("a") as file:
        file.write("\n")
    assert in_a_new_process(copied) != fingerprint()


@pytest.mark.parametrize(
    "changed",
    [
        "evalkit/inputs/model.py",
        "evalkit/statistics/orthogonal_group.py",
        "evalkit/networks/inverse_renderer.py",
        "evalkit/correspondence/nulls/generators.py",
        "evalkit/correspondence/resume.py",
        "evalkit/family/renderer.py",
        "fractaldream/rendering/kernels.py",
        "fractaldream_models/blocks.py",
        "evalkit/support/batches.py",
        "fractaldream_models/kinds/aae.py",
        "fractaldream_models/networks/linear.py",
    ],
)
def test_a_change_of_any_folder_of_code_changes_the_hash(copied, changed):
    folders = [copied / folder.name for folder in PACKAGES]
    before = code_hash(folders)
    assert before == code_hash(PACKAGES)
    file = copied / changed
    file.write_bytes(file.read_bytes() + b"# more\n")
    assert code_hash(folders) != before
    file.rename(file.with_name("renamed.py"))
    assert code_hash(folders) != before


def test_a_kind_of_another_package_is_in_the_hash(tmp_path, monkeypatch):
    module = tmp_path / "offered_kind_for_the_hash.py"
    module.write_text("KIND = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    point = importlib.metadata.EntryPoint("k", f"{module.stem}:KIND", "fractaldream.kinds")
    monkeypatch.setattr(versions, "entry_points", lambda group: [point])
    hashes = set()
    for text in ("KIND = 1\n", "KIND = 2\n"):
        module.write_text(text)
        versions.fingerprint.cache_clear()
        hashes.add(versions.fingerprint())
    monkeypatch.undo()
    versions.fingerprint.cache_clear()
    hashes.add(versions.fingerprint())
    assert len(hashes) == 3
