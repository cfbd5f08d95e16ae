"""A virtual file reads as any other, and says what is missing where HDF5 would read zeros."""

import os
import shutil
import subprocess
import sys

import h5py
import numpy as np
import pytest

import fractaldream as fd
from fractaldream.datasets import dataset
from fractaldream.production import job as production
from fractaldream_models.data.sources import open_data

RECIPE = fd.Recipe(n=120, size=32, iterations=3000, min_visited=0.05)


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    monkeypatch.setattr(production, "SHARD", 25)


@pytest.fixture
def virtual(tmp_path):
    # a sign that HDF5 takes for the number of a block, were it not escaped
    out = tmp_path / "100%b.h5"
    fd.render(RECIPE, out, options=fd.RenderOptions(virtual=True, counts=True, threads=1))
    return out


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    out = tmp_path_factory.mktemp("plain") / "a.h5"
    fd.render(RECIPE, out, options=fd.RenderOptions(counts=True))
    return out


def test_it_holds_what_a_plain_file_holds(virtual, plain, monkeypatch):
    monkeypatch.chdir("/")
    with fd.open(virtual) as first, fd.open(plain) as other:
        assert first.content_sha256 == other.content_sha256 and first.recipe == other.recipe
        assert (first[:] == other[:]).all() and (first.counts[7:80] == other.counts[7:80]).all()
        assert (first[[119, 3, 3]] == other[[119, 3, 3]]).all()
        for name, *_ in dataset.COLUMNS:
            assert (getattr(first, name) == getattr(other, name)).all()
    with h5py.File(virtual) as file:  # as any HDF5 program reads it
        assert file["images"].is_virtual and not file["params"].is_virtual
        assert file["images"][119].any()
    summary, usual = fd.info(virtual), fd.info(plain)
    assert summary.shards == 5 and usual.shards == 0
    assert summary.bytes > virtual.stat().st_size + 100 * RECIPE.n


def test_verify_export_and_preview_read_it(virtual, plain, tmp_path):
    assert fd.verify(virtual).passed
    for path, name in ((virtual, "v.npz"), (plain, "p.npz")):
        fd.export(path, tmp_path / name, format="npz")
    with np.load(tmp_path / "v.npz") as first, np.load(tmp_path / "p.npz") as other:
        assert (first["imgs"] == other["imgs"]).all()
    fd.preview(virtual, tmp_path / "sheet.png")


def test_training_and_evaluation_read_it(virtual, plain):
    from evalkit.family.fresh_images import family_of
    from evalkit.inputs.images import ImageSet
    from fractaldream_models.data.sources import open_data

    first, other = open_data(str(virtual)), open_data(str(plain))
    assert (first.images == other.images).all()
    assert (first.train == other.train).all() and (first.validation == other.validation).all()
    family_here, usual = (
        family_of(ImageSet(str(f), d)) for f, d in ((virtual, first), (plain, other))
    )
    assert family_here is not None and usual is not None and family_here.recipe == usual.recipe


def test_moved_together_it_stays_whole(virtual, tmp_path):
    away = tmp_path / "away"
    away.mkdir()
    shutil.move(virtual, away)
    with pytest.raises(fd.BadInput, match=r"shard-0+\.h5 is missing; move the file together with"):
        fd.open(away / virtual.name)
    shutil.move(f"{virtual}.shards", away)
    assert fd.verify(away / virtual.name, sample=20).passed


def test_a_shard_that_is_cut_short_is_named_and_made_again(virtual):
    shard = virtual.with_name(virtual.name + ".shards") / f"shard-{50:012d}.h5"
    shard.write_bytes(shard.read_bytes()[:3000])
    with pytest.raises(fd.BadInput, match=f"shard-{50:012d}.h5: 3000 bytes, not the"):
        fd.open(virtual)
    with pytest.raises(ValueError, match=f"shard-{50:012d}.h5: missing or cut short"):
        open_data(str(virtual))
    virtual.unlink()  # from the shards that are whole, and the one that is not
    with pytest.raises(fd.BadInput, match="add --resume to go on"):
        fd.render(RECIPE, virtual, options=fd.RenderOptions(virtual=True, counts=True))
    result = fd.render(
        RECIPE, virtual, resume=True, options=fd.RenderOptions(virtual=True, counts=True)
    )
    assert result.rendered == 25 and fd.verify(virtual).passed


def test_it_is_not_replaced_over_its_own_shards(virtual):
    for how in (True, False):
        with pytest.raises(fd.BadInput, match=r"a virtual file over .*; remove both first"):
            fd.render(RECIPE, virtual, force=True, options=fd.RenderOptions(virtual=how))
    assert fd.verify(virtual, sample=5).passed
    options = fd.RenderOptions(virtual=True, counts=True)
    assert fd.render(RECIPE, virtual, resume=True, options=options).already_complete


def test_it_is_not_published_without_its_images(virtual, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "fractaldream", "publish", virtual, "--to", "folder"],
        capture_output=True, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 2 and "render it without --virtual to publish" in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="limits of open files")
def test_it_is_read_whole_where_few_files_may_be_open(tmp_path, monkeypatch):
    """HDF5 reads zeros, without a word, from sources beyond what a process may open."""
    monkeypatch.setattr(production, "SHARD", 1)
    out = tmp_path / "a.h5"
    fd.render(
        fd.Recipe(n=400, size=8, iterations=200, refusals=False),
        out,
        options=fd.RenderOptions(virtual=True),
    )
    script = (
        "import resource, sys, fractaldream as fd\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))\n"  # as in a shell on macOS
        "print(fd.open(sys.argv[1])[:].any((1, 2)).all())"
    )
    read = subprocess.run([sys.executable, "-c", script, out], capture_output=True, text=True)
    assert read.stdout == "True\n", read.stderr
    assert len(list((tmp_path / "a.h5.shards").glob("*.h5"))) == dataset.MAX_SHARDS


@pytest.mark.slow
def test_a_virtual_file_may_have_any_name_under_any_locale(tmp_path):
    """Python then spells the letters of the name otherwise than HDF5."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("LC_")}
    plain |= {"LANG": "C", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    path = str(tmp_path / "é.h5")
    words = ["--n", "20", "--size", "16", "--law", "normal", "--no-refusals", "--quiet"]
    words += ["--iterations", "500", "--virtual"]
    for command in (["render", *words, "--out", path], ["info", path], ["verify", path]):
        done = subprocess.run(
            [sys.executable, "-m", "fractaldream", *command], env=plain, capture_output=True
        )
        assert done.returncode == 0, done.stderr
