"""A file that is being made: what is there is kept, and other runs are kept away."""

import os
import shutil
import time

import pytest

import fractaldream as fd
from fractaldream_base.locks import held
from render_process import start

FAST = {"iterations": 3000, "size": 64, "min_visited": 0.05}


def interrupt(*arguments):
    raise KeyboardInterrupt


def test_resume_takes_a_file_for_complete_only_if_it_is_what_would_be_made(tmp_path):
    out, recipe = tmp_path / "a.h5", fd.Recipe(n=3, **FAST)
    fd.render(recipe, out)
    with pytest.raises(fd.BadInput, match="other options"):
        fd.render(recipe, out, resume=True, options=fd.RenderOptions(counts=True))
    assert fd.render(recipe, out, resume=True).already_complete


def test_resume_never_removes_the_shards_of_another_run(tmp_path, monkeypatch):
    out, parts = tmp_path / "a.h5", tmp_path / "a.h5.parts"
    recipe, longer = fd.Recipe(n=3, **FAST), fd.Recipe(n=4, **FAST)

    def interrupted(recipe):
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(os, "fsync", interrupt)
            fd.render(recipe, out, force=True, options=fd.RenderOptions(threads=1))
        assert list(parts.glob("shard-*"))

    fd.render(recipe, out)
    os.utime(out, (1, 1))
    interrupted(longer)
    assert fd.render(recipe, out, resume=True).already_complete and list(parts.glob("shard-*"))
    interrupted(recipe)
    with pytest.raises(fd.BadInput, match="add --force to --resume"):
        fd.render(recipe, out, resume=True)
    assert fd.render(recipe, out).already_complete and parts.exists()
    kept = tmp_path / "kept"
    shutil.copytree(parts, kept)
    assert fd.render(recipe, out, resume=True, force=True).rendered == 0 and not parts.exists()
    for resume in (True, False):
        shutil.copytree(kept, parts)  # as after a kill between the last two steps
        next(parts.glob("shard-*")).unlink()  # or in the midst of the last
        with held(parts / "lock", "held"), pytest.raises(fd.BadInput, match="at work there"):
            fd.render(recipe, out, resume=True)
        assert fd.render(recipe, out, resume=resume).already_complete and not parts.exists()


def test_too_little_disk_is_said_before_the_first_image(tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=10**6)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(fd.BadInput, match="GB free, but 50000 images need about"):
        fd.render(fd.Recipe(), tmp_path / "a.h5")
    assert not list(tmp_path.iterdir())


def test_two_renders_do_not_share_their_parts(tmp_path):
    process = start(tmp_path / "a.h5", n=20_000)
    try:
        while not list(tmp_path.glob("*.parts/shard-*")):
            assert process.poll() is None
            time.sleep(0.01)
        with pytest.raises(fd.BadInput, match="another render is at work there"):
            fd.render(fd.Recipe(n=20_000), tmp_path / "a.h5", resume=True)
        with pytest.raises(fd.BadInput, match="another render is at work there"):
            fd.render(fd.Recipe(n=20_000), tmp_path / "a.h5", force=True)
    finally:
        process.kill()
        process.wait()
