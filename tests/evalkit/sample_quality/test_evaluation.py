"""Generators as a whole: what is worse scores worse, and every kind is judged."""

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from evalkit.inputs.images import open_images
from evalkit.inputs.model import open_model
from evalkit.networks.classifier import save_classifier
from evalkit.networks.classifier_training import train_classifier
from evalkit.networks.options import ClassifierOptions
from evalkit.sample_quality import cli
from evalkit.sample_quality.evaluation import quality
from fractaldream_base.errors import BadInput
from models_files import write_dataset, write_model
from planted_images import RAW, planted


def test_what_is_worse_scores_worse(digits):
    good, bad = (quality(planted(digits, s), digits, options=RAW) for s in (0, 0.9))
    assert good.images == 50 and good.real == "held out"
    for name in ("frechet", "kernel"):
        better, worse = (getattr(q.distances["pixels"], name) for q in (good, bad))
        assert worse > better
    assert good.diversity == pytest.approx(1, abs=0.05) and bad.diversity < 0.8
    floor = good.distances["pixels"].real_frechet
    assert good.distances["pixels"].frechet == pytest.approx(floor, rel=0.2)
    assert good.modes is None and any("--classifier" in note for note in good.notes)
    assert good == quality(planted(digits, 0), digits, options=RAW)  # same seed, same figures


def test_every_kind_is_judged(tmp_path, digits):
    images16 = replace(digits, data=replace(digits.data, images=digits.data.images[..., :16, :16]))
    for kind, has_d in (("aae", True), ("dcgan", True), ("vae", False), ("cvae-gan", True)):
        classes = 10 if kind == "cvae-gan" else 0
        path = write_model(tmp_path / f"{kind}.pt", kind, classes=classes)
        result = quality(open_model(path), images16, options=RAW)
        assert (result.discrimination is not None) == has_d, kind
        if has_d:
            d = result.discrimination
            assert all(0 <= v <= 1 for v in (d.training, d.held_out, d.generated))


def test_fractal_dream_is_judged_against_fresh_images(tmp_path):
    import fractaldream

    path = tmp_path / "fd.h5"
    recipe = fractaldream.Recipe(n=150, law="normal", size=16, iterations=2_000, refusals=False)
    fractaldream.render(recipe, path)
    model = open_model(write_model(tmp_path / "m.pt", "vae", channels=3))
    result = quality(model, open_images(str(path), model), options=replace(RAW, n=100))
    assert result.real == "fresh" and result.images == 100
    d = result.distances["pixels"]
    assert d.frechet > 2 * d.real_frechet  # an untrained model is far off


def test_refusals_are_one_line(tmp_path, digits):
    model = planted(digits, 0)
    with pytest.raises(BadInput, match="10 images"):
        quality(model, digits, options=replace(RAW, n=10))
    with pytest.raises(BadInput, match="finite images"):
        quality(
            replace(model, call=lambda z: np.full((len(z), 28, 28), np.nan)), digits, options=RAW
        )
    small = open_images(str(write_dataset(tmp_path / "d.h5")))
    with pytest.raises(BadInput, match="give the data that it learnt from"):
        quality(model, small, options=RAW)


def test_command(tmp_path, digits):
    run = tmp_path / "run"
    run.mkdir()
    path = write_model(run / "ckpt.pt", "dcgan4", size=32)
    (run / "metrics.jsonl").write_text('{"epoch": 1, "d_real_mean": 0.8, "d_fake_mean": 0.3}\n')
    few = replace(digits, data=replace(digits.data, train=digits.data.train[:128]))
    save_classifier(train_classifier(few, ClassifierOptions(epochs=1)), tmp_path / "c.pt")
    args = [path, "--data", "mnist", "--root", str(tmp_path / "idx"), "--resize", "--quiet"]
    args += ["--classifier", str(tmp_path / "c.pt"), "--out", str(tmp_path / "d.png")]
    done = CliRunner().invoke(
        cli.quality, [*args, "--json", str(tmp_path / "q.json")], catch_exceptions=False
    )
    assert done.exit_code == 0 and "not FID" in done.stdout and "classes covered" in done.stdout
    values = json.loads((tmp_path / "q.json").read_text())
    assert set(values["distances"]) == {"autoencoder", "detail", "classifier"}
    assert values["inception"] is None
    assert 0 <= values["classifier_test"]["accuracy"] <= 1 and "tells" in done.stdout
    assert len(values["modes"]["classes"]) == 10
    assert Image.open(tmp_path / "d.png").width > 1000
