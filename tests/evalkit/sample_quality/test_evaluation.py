"""Quality: distances that agree with a library's, modes that are counted, curves that are drawn."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from models_files import write_dataset, write_mnist, write_model
from PIL import Image

from evalkit.errors import BadInput
from evalkit.inputs.images import open_images
from evalkit.inputs.model import from_callable, open_model
from evalkit.networks.classifier import save_classifier, train_classifier
from evalkit.sample_quality import cli
from evalkit.sample_quality.classes import modes
from evalkit.sample_quality.curves import rows_of, verdicts
from evalkit.sample_quality.distances import Space, class_score, frechet_distance, kernel_subsets
from evalkit.sample_quality.evaluation import quality
from evalkit.sample_quality.figures import quality_figure
from evalkit.sample_quality.inception import check_weights, inception

RAW = Space("pixels", "every fourth pixel", lambda x: x.reshape(len(x), -1)[:, ::4])


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FRACTALDREAM_CACHE", str(tmp_path / "cache"))


# Distances


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31), st.integers(2, 40), st.sampled_from([30, 100]))
def test_frechet_is_torch_fidelitys_on_the_same_features(seed, width, n):
    fid = pytest.importorskip("torch_fidelity.metric_fid")
    rng = np.random.default_rng(seed)
    mix = rng.standard_normal((width, width))
    one = rng.standard_normal((n, width)) @ mix
    two = np.maximum(rng.standard_normal((2 * n, width)) @ mix.T + 0.3, 0)
    told = fid.fid_statistics_to_metric(
        *(fid.fid_features_to_statistics(torch.from_numpy(rows)) for rows in (one, two)), False
    )["frechet_inception_distance"]
    own = frechet_distance(real=one, generated=two)
    assert own == pytest.approx(told, rel=1e-3, abs=1e-3)


def test_frechet_of_gaussians_in_closed_form():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((4000, 3))
    x = (x - x.mean(0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(x.T)).T)  # exactly N(0, I)
    assert frechet_distance(real=x, generated=x) == pytest.approx(0, abs=1e-6)
    moved = 2 * x + np.array([3.0, 0, 4.0])  # 25 + 3 (2 - 1)^2
    assert frechet_distance(real=x, generated=moved) == pytest.approx(28, rel=1e-6)
    with pytest.raises(BadInput, match="1 generated"):
        frechet_distance(real=x, generated=x[:1])
    with pytest.raises(BadInput, match="not finite"):
        frechet_distance(real=x, generated=x * np.nan)


def test_kernel_distance_is_nought_in_the_mean_for_the_same_law():
    rng = np.random.default_rng(1)
    one, two, far = (rng.standard_normal((600, 8)) + shift for shift in (0, 0, 1))
    same, spread = kernel_subsets(real=one, generated=two, rng=rng)
    assert abs(same) < 3 * spread
    assert kernel_subsets(real=one, generated=far, rng=rng)[0] > 10 * spread


def test_a_digit_that_is_never_made_is_missing(reference):
    """Real digits but sevens as the generated, their true labels as the answers."""
    images = open_images("mnist", root=reference / "mnist")
    some, spare = images.held_out[:500], images.train[:700]
    made = spare[images.labels[spare] != 7]
    real, generated = (images.images(rows).reshape(len(rows), -1) for rows in (some, made))
    of_real, of_made = (np.eye(10)[images.labels[rows]] for rows in (some, made))
    found = modes(
        images.classes, "labels", real=of_real, generated=of_made, real_images=real,
        generated_images=generated,
    )  # fmt: skip
    assert found.missing == ("7",) and found.covered == 9
    assert 0.07 < found.distance < 0.2 and found.score < found.real_score < 10
    others = [c.diversity for c in found.classes if c.label != "7"]
    assert min(others) > 0.9 and max(others) < 1.1


def test_class_score_from_one_to_the_number_of_classes():
    assert class_score(np.eye(4)[np.arange(40) % 4]) == pytest.approx(4)
    assert class_score(np.eye(4)[np.zeros(40, int)]) == pytest.approx(1)
    assert class_score(np.full((40, 4), 0.25)) == pytest.approx(1)


# Modes


def test_classes_that_are_never_made_are_called_missing():
    rng = np.random.default_rng(2)
    real = np.eye(3)[np.arange(90) % 3]
    made = np.eye(3)[np.arange(90) % 2]  # never the third
    pictures = rng.uniform(size=(90, 5))
    narrow = np.where(made[:, [1]] == 1, pictures[:1], pictures)  # the second is always one image
    found = modes(
        ("a", "b", "c"), "c.pt", real=real, generated=made, real_images=pictures,
        generated_images=narrow, asked=np.arange(90) % 2,
    )  # fmt: skip
    assert (found.covered, found.missing) == (2, ("c",))
    assert found.distance == pytest.approx(1 / 3)
    a, b, c = found.classes
    assert a.diversity == pytest.approx(1, abs=0.2) and b.diversity == 0 and c.diversity is None
    assert a.agreement == 1 and c.agreement is None and found.agreement == 1
    # a class that real images lack is none to cover
    few = modes(
        ("a", "b", "c"), "c.pt", real=made, generated=made, real_images=pictures,
        generated_images=pictures,
    )  # fmt: skip
    assert (few.covered, few.missing, few.distance) == (2, (), 0)


# A generator as a whole


@pytest.fixture
def digits(tmp_path):
    write_mnist(tmp_path / "idx", 500)
    return open_images("mnist", root=tmp_path / "idx", part="test")


def planted(images, share):
    """A generator that returns training images, the share of them that are white."""
    rows = images.images(images.train)[:, 0]

    def call(z):
        picked = rows[(np.abs(z[:, 0]) * 1e6).astype(int) % len(rows)].copy()
        picked[: int(share * len(picked))] = 1.0
        return picked

    return from_callable(call, "planted")


def test_what_is_worse_scores_worse(digits):
    good, bad = (quality(planted(digits, s), digits, space=RAW) for s in (0, 0.9))
    assert good.images == 50 and good.real == "held out"
    for name in ("frechet", "kernel"):
        one, two = (getattr(q.distances["pixels"], name) for q in (good, bad))
        assert two > one
    assert good.diversity == pytest.approx(1, abs=0.05) and bad.diversity < 0.8
    floor = good.distances["pixels"].real_frechet
    assert good.distances["pixels"].frechet == pytest.approx(floor, rel=0.2)
    assert good.modes is None and any("--classifier" in note for note in good.notes)
    assert good == quality(planted(digits, 0), digits, space=RAW)  # same seed, same figures


def test_own_features_are_kept_by_what_the_images_are(digits, tmp_path):
    few = digits.data.train[:150]
    digits = replace(digits, data=replace(digits.data, train=few))
    model = planted(digits, 0)
    one = quality(model, digits).distances["autoencoder"]
    kept = sorted((tmp_path / "cache").glob("features-*.pt"))
    assert len(kept) == 1
    assert quality(model, digits).distances["autoencoder"] == one
    other = replace(digits, data=replace(digits.data, images=255 - digits.data.images))
    assert quality(model, other).distances["autoencoder"].features != one.features


def test_every_kind_is_judged(tmp_path, digits):
    images16 = replace(digits, data=replace(digits.data, images=digits.data.images[..., :16, :16]))
    for kind, has_d in (("aae", True), ("dcgan", True), ("vae", False), ("cvae-gan", True)):
        classes = 10 if kind == "cvae-gan" else 0
        path = write_model(tmp_path / f"{kind}.pt", kind, classes=classes)
        found = quality(open_model(path), images16, space=RAW)
        assert (found.discrimination is not None) == has_d, kind
        if has_d:
            d = found.discrimination
            assert all(0 <= v <= 1 for v in (d.training, d.held_out, d.generated))


def test_fractal_dream_is_judged_against_fresh_images(tmp_path):
    import fractaldream

    path = tmp_path / "fd.h5"
    recipe = fractaldream.Recipe(n=150, law="normal", size=16, iterations=2_000, refusals=False)
    fractaldream.render(recipe, path)
    model = open_model(write_model(tmp_path / "m.pt", "vae", channels=3))
    found = quality(model, open_images(str(path), model), n=100, space=RAW)
    assert found.real == "fresh" and found.images == 100
    d = found.distances["pixels"]
    assert d.frechet > 2 * d.real_frechet  # an untrained model is far off


def test_refusals_are_one_line(tmp_path, digits):
    model = planted(digits, 0)
    with pytest.raises(BadInput, match="10 images"):
        quality(model, digits, n=10, space=RAW)
    with pytest.raises(BadInput, match="finite images"):
        quality(replace(model, call=lambda z: np.full((len(z), 28, 28), np.nan)), digits, space=RAW)
    small = open_images(str(write_dataset(tmp_path / "d.h5")))
    with pytest.raises(BadInput, match="give the data that it learnt from"):
        quality(model, small, space=RAW)


# D's curves


def test_curves_are_read_up_to_a_line_cut_short_and_drawn(tmp_path, digits):
    run = tmp_path / "run"
    run.mkdir()
    path = write_model(run / "ckpt.pt", "dcgan", size=16)
    rows = [
        {"epoch": k, "d_real_mean": 0.9, "d_real_cv": 0.1, "d_fake_mean": 0.1 * k, "d_fake_cv": 0.5,
         "troubles": [f"epoch {k}: saturated"] if k == 2 else []}
        for k in (1, 2, 3)
    ]  # fmt: skip
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (run / "metrics.jsonl").write_text(text + '{"epoch": 4, "d_re')
    found = verdicts(rows_of(path), 2)
    assert found.epochs == (1, 2, 3) and found.troubles == ("epoch 2: saturated",)
    assert found.generated == pytest.approx((0.1, 0.2, 0.3))
    assert found.generated_sd == pytest.approx((0.05, 0.1, 0.15))
    assert verdicts([{"epoch": 1, "kl": 2.0}]) is None
    alone = quality(planted(digits, 0), digits, space=RAW)
    with pytest.raises(BadInput, match="nothing to draw"):
        quality_figure(alone)


def test_command(tmp_path, digits):
    run = tmp_path / "run"
    run.mkdir()
    path = write_model(run / "ckpt.pt", "dcgan4", size=32)
    (run / "metrics.jsonl").write_text('{"epoch": 1, "d_real_mean": 0.8, "d_fake_mean": 0.3}\n')
    few = replace(digits, data=replace(digits.data, train=digits.data.train[:128]))
    save_classifier(train_classifier(few, epochs=1), tmp_path / "c.pt")
    args = [path, "--data", "mnist", "--root", str(tmp_path / "idx"), "--resize", "--quiet"]
    args += ["--classifier", str(tmp_path / "c.pt"), "--out", str(tmp_path / "d.png")]
    done = CliRunner().invoke(
        cli.quality, [*args, "--json", str(tmp_path / "q.json")], catch_exceptions=False
    )
    assert done.exit_code == 0 and "not FID" in done.stdout and "classes covered" in done.stdout
    told = json.loads((tmp_path / "q.json").read_text())
    assert set(told["distances"]) == {"autoencoder", "classifier"} and told["inception"] is None
    assert len(told["modes"]["classes"]) == 10
    assert Image.open(tmp_path / "d.png").width > 1000


# FID itself


def test_weights_are_never_fetched_unasked(tmp_path, monkeypatch):
    pytest.importorskip("torch_fidelity")
    bytes_ = np.zeros((60, 1, 8, 8), np.uint8)
    with pytest.raises(BadInput, match="--weights"):
        inception(real=bytes_, generated=bytes_)
    with pytest.raises(BadInput, match="no such file"):
        check_weights(tmp_path / "none.pth", False)
    for content in (b"not weights", b"hello", b".", b"\x89PNG\r\n", b""):
        (tmp_path / "bad.pth").write_bytes(content)
        with pytest.raises(BadInput, match="not a file of plain weights"):
            inception(real=bytes_, generated=bytes_, weights=tmp_path / "bad.pth")
    torch.save({"fc.weight": torch.zeros(2)}, tmp_path / "other.pth")
    with pytest.raises(BadInput, match="not torch-fidelity's"):
        inception(real=bytes_, generated=bytes_, weights=tmp_path / "other.pth")

    def offline(*args, **kwargs):
        raise OSError("no network")

    monkeypatch.setattr(
        "torch_fidelity.feature_extractor_inceptionv3.load_state_dict_from_url", offline
    )
    with pytest.raises(BadInput, match=r"cannot be fetched \(no network\)"):
        inception(real=bytes_, generated=bytes_, download=True)


def test_fid_with_weights_that_are_given(tmp_path, monkeypatch):
    """The network's file is read and its own figures come back; its layers are replaced by block
    means here, which takes seconds instead of minutes."""
    module = pytest.importorskip("torch_fidelity.feature_extractor_inceptionv3")
    network = module.FeatureExtractorInceptionV3
    with monkeypatch.context() as patch:
        patch.setattr(network, "load_state_dict", lambda self, state: None)
        patch.setattr(module, "load_state_dict_from_url", lambda *a, **k: {})
        made = network("inception-v3-compat", ["2048"])
    torch.save(made.state_dict(), tmp_path / "w.pth")

    def blocks(x):
        return torch.nn.functional.avg_pool2d(x[:, :1].float() / 32, 2).flatten(1)

    monkeypatch.setattr(network, "forward", lambda self, x: (blocks(x),) * len(self.features_list))
    rng = np.random.default_rng(0)
    one, two = (rng.integers(low, 255, (60, 1, 8, 8), dtype=np.uint8) for low in (0, 100))
    found = inception(real=one, generated=two, weights=tmp_path / "w.pth")
    of = {
        name: blocks(torch.from_numpy(x)).numpy() for name, x in (("real", one), ("generated", two))
    }
    assert found.fid == pytest.approx(frechet_distance(**of), abs=1e-3) and found.fid > 1
    assert found.images == found.kid_subset == 60 and found.kid > 0
    assert not found.standard and found.inception_score > 1
