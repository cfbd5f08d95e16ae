"""The commands end to end, their refusals on one line, and embeddings by name."""

import csv
import ctypes
import json
import os
import subprocess
import sys

import pytest

from clean_files import snapshot, write_set
from evalkit.cli import main


def bound_by_permissions():
    """In a child of root: give up the capabilities by which root may read and write everything."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        if libc.prctl(24, capability, 0, 0, 0):  # PR_CAPBSET_DROP
            raise OSError(ctypes.get_errno(), "capabilities cannot be dropped")


def evalkit(*args, cwd, bound=False):
    return subprocess.run(
        [sys.executable, "-m", "evalkit", "clean", *map(str, args)],
        cwd=cwd,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=bound_by_permissions if bound and os.geteuid() == 0 else None,
    )


def one_line(done):
    return (
        done.returncode == 2
        and done.stdout == ""
        and len(done.stderr.splitlines()) == 1
        and "Traceback" not in done.stderr
    )


@pytest.mark.slow
def test_review_learn_apply(tmp_path):
    write_set(tmp_path / "set", 50)
    before = snapshot(tmp_path / "set")
    done = evalkit("review", "set", "--json", cwd=tmp_path)
    assert done.returncode == 0 and json.loads(done.stdout)["images"] == 50
    out = tmp_path / "set-review"
    lines = (out / "ranking.csv").read_text().splitlines()
    keys = [line.split(",")[2] for line in lines[1:7]]
    rows = [f"{key},{'drop' if i < 2 else 'keep'}" for i, key in enumerate(keys)]
    (tmp_path / "d.csv").write_text("sha256,decision\n" + "\n".join(rows))
    done = evalkit("learn", "set-review", "d.csv", cwd=tmp_path)
    assert done.returncode == 0 and "6 decisions" in done.stdout
    done = evalkit(
        "apply", "set", "d.csv", "--out", "clean", "--pack", "set.h5", "--size", "16", cwd=tmp_path
    )
    assert done.returncode == 0 and "48 kept in clean, 2 left out" in done.stdout
    assert (tmp_path / "set.h5").exists() and snapshot(tmp_path / "set") == before


def test_refusals_are_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    write_set(tmp_path / "set", 2)
    (tmp_path / "other.csv").write_text(f"sha256,decision\n{'0' * 64},drop\n")
    (tmp_path / "cut-off").mkdir()
    (tmp_path / "cut-off" / "review.npz").write_bytes(b"PK\3\4")
    (tmp_path / "junk.pt").write_bytes(b"junk")
    for args in (
        ["review", "none"],
        ["review", "empty"],
        ["review", "set", "--out", "set/out"],
        ["review", "set", "--out", "other.csv/out"],
        ["review", "set", "--seed", "-1"],
        ["review", "set", "--features", "none.pt"],
        ["review", "set", "--features", "junk.pt"],
        ["review", "set", "--features", "junk.pt", "--device", "tpu"],
        ["apply", "set", "other.csv", "--out", "clean"],
        ["apply", "set", "other.csv"],
        ["apply", "empty", "other.csv", "--out", "clean"],
        ["apply", "set", "other.csv", "--out", "clean", "--pack", "empty"],
        ["learn", "set", "other.csv"],
        ["learn", "cut-off", "other.csv"],
    ):
        monkeypatch.setattr(sys, "argv", ["evalkit", "clean", *args])
        with pytest.raises(SystemExit) as left:
            main()
        output = capsys.readouterr()
        assert left.value.code == 2 and output.out == "", args
        assert len(output.err.splitlines()) == 1, (args, output.err)


@pytest.mark.skipif(
    os.geteuid() == 0 and sys.platform != "linux", reason="root may read everything"
)
def test_what_may_not_be_read_is_a_finding_or_one_line(tmp_path):
    folder, shut = tmp_path / "set", tmp_path / "set" / "shut"
    write_set(folder, 6)
    write_set(shut, 2)
    (tmp_path / "d.csv").write_text(f"sha256,decision\n{'0' * 64},drop\n")
    before = snapshot(folder)
    modes = {folder / "scene-002.png": 0, shut: 0, tmp_path / "d.csv": 0}
    for path, mode in modes.items():
        path.chmod(mode)
    try:
        done = evalkit("review", "set", "--json", cwd=tmp_path, bound=True)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["readable"] == 5
        with (tmp_path / "set-review" / "findings.csv").open() as file:
            reasons = {row["path"]: row["reason"] for row in csv.DictReader(file)}
        assert "permission denied" in reasons["scene-002.png"].lower()
        assert "permission denied" in reasons["shut"].lower()
        assert one_line(evalkit("apply", "set", "d.csv", "--out", "c", cwd=tmp_path, bound=True))
        (tmp_path / "d.csv").chmod(0o644)
        folder.chmod(0)
        assert one_line(evalkit("review", "set", "--out", "o", cwd=tmp_path, bound=True))
        assert one_line(evalkit("apply", "set", "d.csv", "--out", "c", cwd=tmp_path, bound=True))
        folder.chmod(0o755)
        tmp_path.chmod(0o555)
        assert one_line(evalkit("review", "set", "--out", "o", cwd=tmp_path, bound=True))
    finally:
        tmp_path.chmod(0o755)
        folder.chmod(0o755)
        shut.chmod(0o755)
        (folder / "scene-002.png").chmod(0o644)
    assert snapshot(folder) == before
