"""The commands end to end, their refusals on one line, and embeddings by name."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from clean_files import snapshot, write_set

from evalkit.clean import embedding
from evalkit.errors import BadInput


def evalkit(*args, cwd):
    return subprocess.run(
        [sys.executable, "-m", "evalkit", "clean", *map(str, args)],
        cwd=cwd,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


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
        "apply", "set", "d.csv", "--to", "clean", "--pack", "set.h5", "--size", "16", cwd=tmp_path
    )
    assert done.returncode == 0 and "48 kept in clean, 2 left out" in done.stdout
    assert (tmp_path / "set.h5").exists() and snapshot(tmp_path / "set") == before


def test_refusals_are_one_line(tmp_path):
    (tmp_path / "empty").mkdir()
    write_set(tmp_path / "set", 2)
    (tmp_path / "other.csv").write_text(f"sha256,decision\n{'0' * 64},drop\n")
    for args in (
        ["review", "none"],
        ["review", "empty"],
        ["review", "set", "--out", "set/out"],
        ["review", "set", "--features", "none.pt"],
        ["apply", "set", "other.csv", "--to", "clean"],
        ["apply", "set", "other.csv"],
        ["learn", "set", "other.csv"],
    ):
        done = evalkit(*args, cwd=tmp_path)
        assert done.returncode == 2 and done.stdout == "", args
        assert len(done.stderr.splitlines()) == 1 and "Traceback" not in done.stderr, args


def test_a_checkpoint_with_an_encoder_embeds(tmp_path):
    from models.checkpoint import save
    from models.zoo import ModelConfig, build

    torch.manual_seed(0)
    model = build(ModelConfig(kind="vae", latent=6, size=16, channels=3, width=0.25)).eval()
    save(model, tmp_path / "m.pt", data={"shape": [3, 16, 16]}, metrics={})
    images = write_set(tmp_path / "set", 4)
    previews = []
    for i, image in enumerate(images):
        image.save(tmp_path / f"{i}.jpg", quality=95)
        previews.append((tmp_path / f"{i}.jpg").read_bytes())
    codes = embedding.open_features(str(tmp_path / "m.pt"))(previews)
    assert codes.shape == (4, 6) and np.isfinite(codes).all() and np.ptp(codes, axis=0).max() > 0


def test_no_weights_are_fetched_unasked(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    with pytest.raises(BadInput, match="--download"):
        embedding.open_features("resnet18")
    assert list(tmp_path.rglob("*.pth")) == []
