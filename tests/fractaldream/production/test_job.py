import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import h5py
import numpy as np
import pytest

import fractaldream as fd
from fractaldream.datasets import dataset
from fractaldream.production import job as production
from fractaldream.production import shards
from render_process import start

FAST = {"iterations": 3000, "size": 64, "min_visited": 0.05}


def content(path):
    with h5py.File(path, "r") as file:
        return {name: file[name][:] for name, *_ in dataset.COLUMNS} | {"images": file["images"][:]}


def equal(first, second):
    return all(np.array_equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("law", ["fdd", "uniform", "normal", "pickover"])
def test_every_law_renders_and_keeps_what_it_promises(tmp_path, law):
    recipe = fd.Recipe(n=60, law=law)
    result = fd.render(recipe, tmp_path / "a.h5")
    with fd.open(tmp_path / "a.h5") as data:
        assert (data.visited >= recipe.minimum).all() and (data.cycle == 0).all()
        attempts = data.refused.sum(1)
        again = fd.draw_parameters(recipe, data.index, attempts)
        assert (data.params == again).all()
        assert result.refused == {
            k: int(v)
            for k, v in zip(("probe", "visited", "cycle"), data.refused.sum(0), strict=True)
        }
        images = fd.render_images(data.params, recipe)
        assert (images.levels == data[:]).all()
        assert (images.lyapunov == data.lyapunov).all() and (images.extent == data.extent).all()
    assert result.images == 60 and result.content_sha256 == data.content_sha256


def test_threads_shards_and_parts_give_the_same_bytes(tmp_path, monkeypatch):
    recipe = fd.Recipe(n=150, **FAST)
    whole = tmp_path / "whole.h5"
    fd.render(recipe, whole, options=fd.RenderOptions(threads=2))
    expected = content(whole)
    monkeypatch.setattr(production, "SHARD", 7)
    result = fd.render(recipe, tmp_path / "b.h5", options=fd.RenderOptions(threads=3))
    assert equal(content(tmp_path / "b.h5"), expected)
    assert result.content_sha256 == fd.open(whole).content_sha256
    fd.render(recipe, tmp_path / "c.h5", options=fd.RenderOptions(start=60, stop=101, threads=1))
    part = content(tmp_path / "c.h5")
    assert all(np.array_equal(part[name], expected[name][60:101]) for name in part)
    fd.render(fd.Recipe(n=1000, **FAST), tmp_path / "d.h5", options=fd.RenderOptions(stop=150))
    assert equal(content(tmp_path / "d.h5"), expected)


def test_a_refused_draw_is_recorded_and_replaced(tmp_path):
    fd.render(fd.Recipe(n=80), tmp_path / "a.h5")
    free = fd.Recipe(n=80, refusals=False)
    fd.render(free, tmp_path / "b.h5")
    with fd.open(tmp_path / "a.h5") as kept, fd.open(tmp_path / "b.h5") as every:
        assert (every.refused == 0).all()
        first = kept.refused.sum(1) == 0
        assert 20 < first.sum() < 60
        assert (kept[first] == every[first]).all()
        assert (kept.params[~first] != every.params[~first]).all()
        bad = (every.visited < 2458) | (every.cycle > 0)
        assert bad.sum() > 20 and not (bad & first).any()


def test_given_rows_are_rendered_as_they_are(tmp_path):
    rows = np.array(
        [[0.5, 0.5, 0.1, 0.1, 0.1, 0.1], [0.1, 0.2, 2, 1.5, 1, 2], [0, 0, 0, 0, 0, 0.0]]
    )
    fd.render(fd.Recipe(law="params", n=1), tmp_path / "a.h5", params=rows)
    with fd.open(tmp_path / "a.h5") as data:
        assert (data.params == rows).all() and data.recipe.n == 3
        assert data.cycle[0] == 1 and data.visited[1] > 2458 and data.visited[2] == 1
    with pytest.raises(fd.BadInput, match="SHA-256 differs"):
        fd.render(data.recipe, tmp_path / "b.h5", params=rows + 1)
    with pytest.raises(fd.BadInput, match="go together"):
        fd.render(fd.Recipe(n=3), tmp_path / "b.h5", params=rows)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (np.zeros((2, 5)), "rows of six"),
        (np.full((1, 6), np.nan), "x0 of row 0 is nan"),
        (np.array([[0, 0, 1, np.inf, 0, 0]]), "b of row 0 is inf"),
        (np.array([[0, 0, 1e9, 1, 1, 1]]), "smaller parameters"),
        (np.array([["a"] * 6]), "not numbers"),
        (np.zeros((0, 6)), "no rows"),
    ],
)
def test_rows_that_cannot_be_iterated(tmp_path, rows, message):
    with pytest.raises(fd.BadInput, match=message):
        fd.render(fd.Recipe(law="params"), tmp_path / "a.h5", params=rows)
    assert not list(tmp_path.iterdir())


def test_hopeless_recipes_say_so_and_leave_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "MAX_ATTEMPTS", 20)
    with pytest.raises(fd.BadInput, match="20 draws in a row were refused"):
        fd.render(fd.Recipe(n=3, min_visited=0.99), tmp_path / "a.h5")
    assert not list(tmp_path.iterdir())


def test_what_is_there_is_not_replaced_unasked(tmp_path):
    out = tmp_path / "a.h5"
    out.write_text("precious")
    with pytest.raises(fd.BadInput, match="exists"):
        fd.render(fd.Recipe(n=3, **FAST), out)
    with pytest.raises(fd.BadInput, match="add --force to --resume"):
        fd.render(fd.Recipe(n=3, **FAST), out, resume=True)
    assert out.read_text() == "precious"
    fd.render(fd.Recipe(n=3, **FAST), out, force=True)
    assert len(fd.open(out)) == 3
    again = fd.render(fd.Recipe(n=3, **FAST), out, resume=True)
    assert again.rendered == 0 and again.images == 3
    with pytest.raises(fd.BadInput, match="another recipe"):
        fd.render(fd.Recipe(n=4, **FAST), out, resume=True)


def interrupt(*arguments):
    raise KeyboardInterrupt


@contextlib.contextmanager
def small_disk(folder, megabytes):
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)],
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a small file system")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a tmpfs")
@pytest.mark.parametrize("megabytes", [2, 5])
def test_a_disk_that_fills_up_loses_nothing(tmp_path, monkeypatch, megabytes):
    """2 MB: while shards are written; 5 MB: while the file is assembled."""
    monkeypatch.setattr(production, "check_space", lambda *a: None)
    monkeypatch.setattr(production, "SHARD", 40)
    recipe = fd.Recipe(n=600)
    disk = tmp_path / "disk"
    disk.mkdir()
    with small_disk(disk, megabytes):
        with pytest.raises(fd.BadInput, match="disk is full; free some space and add --resume"):
            fd.render(recipe, disk / "a.h5")
        assert not (disk / "a.h5").exists()
        assert len(list((disk / "a.h5.parts").glob("shard-*.h5"))) >= 2
        shutil.copytree(disk / "a.h5.parts", tmp_path / "a.h5.parts")
    result = fd.render(recipe, tmp_path / "a.h5", resume=True)
    assert result.rendered < 600
    assert result.content_sha256 == fd.render(recipe, tmp_path / "b.h5").content_sha256


@pytest.mark.slow
def test_killed_at_any_moment_it_resumes_to_the_same_file(tmp_path):
    out, parts = tmp_path / "a.h5", tmp_path / "a.h5.parts"
    moment = random.Random(1)
    kills = 0
    for _ in range(200):
        process = start(out)
        deadline = time.monotonic() + 60
        before = len(list(parts.glob("shard-*"))) if parts.exists() else 0
        while process.poll() is None and time.monotonic() < deadline:
            if parts.exists() and len(list(parts.glob("shard-*"))) > before:
                break
            time.sleep(0.002)
        time.sleep(moment.uniform(0, 0.06))
        if kills < 20:
            process.kill()
            kills += process.wait() == -signal.SIGKILL
        if process.wait() == 0:
            break
        assert not out.exists()
    assert process.returncode == 0, process.stderr.read()
    assert kills >= 20
    assert [path.name for path in tmp_path.iterdir()] == ["a.h5"]
    expected = fd.render(fd.Recipe(n=4000), tmp_path / "b.h5")
    assert fd.open(out).content_sha256 == expected.content_sha256
    assert equal(content(out), content(tmp_path / "b.h5"))


def test_a_damaged_shard_is_made_again(tmp_path, monkeypatch):
    monkeypatch.setattr(production, "SHARD", 20)
    recipe = fd.Recipe(n=60, **FAST)
    expected = fd.render(recipe, tmp_path / "whole.h5").content_sha256

    with monkeypatch.context() as patch:
        patch.setattr(
            os, "fsync", interrupt
        )  # all shards are there, and all but the last step done
        with pytest.raises(KeyboardInterrupt):
            fd.render(recipe, tmp_path / "a.h5", options=fd.RenderOptions(threads=1))
    shard_files = sorted((tmp_path / "a.h5.parts").glob("shard-*"))
    assert len(shard_files) == 3 and not (tmp_path / "a.h5").exists()
    shard_files[1].write_bytes(shard_files[1].read_bytes()[:5000])
    with pytest.raises(fd.BadInput, match="add --resume to go on or --force"):
        fd.render(recipe, tmp_path / "a.h5")
    with pytest.raises(fd.BadInput, match="of another recipe"):
        fd.render(fd.Recipe(n=61, **FAST), tmp_path / "a.h5", resume=True)
    result = fd.render(recipe, tmp_path / "a.h5", resume=True)
    assert result.rendered == 20 and result.content_sha256 == expected


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_is_bounded(tmp_path):
    """Peak memory does not grow with n."""
    script = (
        "import fractaldream as fd, re, sys\n"
        "fd.render(fd.Recipe(n=int(sys.argv[1]), iterations=3000), sys.argv[2], "
        "options=fd.RenderOptions(threads=2))\n"
        # not getrusage: its peak is inherited from the process that forked
        "print(re.search(r'VmHWM:\\s+(\\d+) kB', open('/proc/self/status').read())[1])"
    )
    peaks = [
        int(subprocess.check_output([sys.executable, "-c", script, str(n), str(tmp_path / f"{n}")]))
        for n in (4000, 16_000)
    ]
    assert max(peaks) < 2**20
    assert peaks[1] < 1.25 * peaks[0]
