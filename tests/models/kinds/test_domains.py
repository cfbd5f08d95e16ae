"""Kinds that learn from two data sets without pairs: what they share, keep, and translate."""

from dataclasses import replace

import h5py
import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import evalkit
import fractaldream_models as fm
from fractaldream_base.errors import BadInput
from fractaldream_models import checkpoint, cli, kinds
from fractaldream_models.data.domains import join_domains
from fractaldream_models.data.sources import DataOptions, open_data
from fractaldream_models.data.tensors import Data
from fractaldream_models.kinds import cyclegan
from fractaldream_models.model import ModelConfig
from fractaldream_models.requested import check_effect, request_settings
from fractaldream_models.training.options import TrainOptions
from fractaldream_models.training.planning import plan
from fractaldream_models.training.step import Step
from fractaldream_models.training.trainer import train
from models_files import write_dataset
from small_runs import figures, same_weights
from typed import typed

SMALL = {"width": 0.02, "batch": 8, "channels": 1, "ema": 0.9}


@pytest.fixture
def places(tmp_path):
    """Two data sets of one size, and the folder of both."""
    write_dataset(tmp_path / "coarse.h5", n=60)
    write_dataset(tmp_path / "fine.h5", n=40)
    with h5py.File(tmp_path / "fine.h5", "r+") as file:
        file["params"][:] += 0.1
    return tmp_path


def built(kind, **changes):
    shape = {"size": 16, "channels": 1, "latent": 3, "classes": 2, "width": 0.05}
    torch.manual_seed(0)
    return kinds.build(ModelConfig(kind, **{**shape, **changes}))


def fit(places, out, kind="cyclegan", **changes):
    run = {"threads": 1} | changes.pop("run", {})
    options = TrainOptions(device="cpu", second=str(places / "fine.h5"), **run)
    settings = {"kind": kind, **SMALL, **changes}
    return train(places / "coarse.h5", places / out, settings, options=options)


def translator(path, **data):
    checkpoint.save(built("cyclegan"), path, data=data, metrics={})
    return path


def test_two_data_sets_become_the_two_classes_of_one(places):
    second = str(places / "fine.h5")
    first, other = (open_data(places / name) for name in ("coarse.h5", "fine.h5"))
    both = open_data(places / "coarse.h5", DataOptions(second=second))
    assert both.facts["class_names"] == ["coarse", "fine"] and both.classes == 2
    assert both.labels.tolist() == [0] * 60 + [1] * 40
    assert both.labels[both.validation[:6]].tolist() == [0, 1] * 3
    assert both.facts["read"]["second"] == second
    assert len(both.train) == len(first.train) + len(other.train)
    given = torch.cat([first.in_units(), other.in_units()])
    assert torch.allclose(both.in_units(), given, atol=1e-5)
    assert both.params[both.train].mean(0).abs().max() < 1e-5  # standardised together


def test_the_levels_of_two_palettes_become_colours(places):
    first = open_data(places / "coarse.h5")
    grey = fm.Data(**{**vars(first), "palette": first.palette.flip(0)})
    both = join_domains(first, grey, ("a.h5", "a.h5"))
    assert both.channels == 3 and both.palette is None
    assert both.facts["class_names"] == ["first", "second"]
    for data, row in ((first, 0), (grey, len(first.images))):
        expected = data.batch(torch.tensor([0]), (0, 1))
        assert torch.equal(both.batch(torch.tensor([row]), (0, 1)), expected)


def test_a_coupled_pair_shares_all_layers_but_those_at_the_image():
    model = built("cogan", size=32, width=0.1).eval()
    z, x = torch.randn(2, 3), torch.randn(2, 1, 32, 32)
    labels = [torch.full((2,), domain) for domain in (0, 1)]

    def used(loss):
        gradients = torch.autograd.grad(loss, list(model.parameters()), allow_unused=True)
        named = zip(model.named_parameters(), gradients, strict=True)
        return {name for (name, _), g in named if g is not None and g.abs().max() > 0}

    images = [used(model.decode(z, k).square().sum()) for k in labels]
    verdicts = [used(model.discriminate(x, k).square().sum()) for k in labels]
    for parts, own in ((images, "generator.images"), (verdicts, "discriminator.first")):
        assert parts[0] ^ parts[1] == {
            name for name, _ in model.named_parameters() if name.startswith(own)
        }
        assert parts[0] & parts[1]


def test_translators_that_change_nothing_have_no_cycle_and_no_identity_loss():
    images = [torch.rand(3, 1, 8, 8), torch.rand(3, 1, 8, 8)]
    same = [nn.Identity(), nn.Identity()]
    assert cyclegan.cycle_loss(same, images, images) == 0
    assert cyclegan.identity_loss(same, images) == 0
    inverse = [nn.Tanh(), type("Atanh", (nn.Module,), {"forward": lambda self, x: x.atanh()})()]
    there = [f(x) for f, x in zip(inverse, [i / 2 for i in images], strict=True)]
    assert cyclegan.cycle_loss(inverse, [i / 2 for i in images], there) < 1e-6
    assert cyclegan.identity_loss(inverse, [i / 2 for i in images]) > 0.01


def test_the_history_gives_back_earlier_fakes_and_keeps_new_ones():
    step = Step(built("cyclegan"), fm.preset("cyclegan-fdd"), torch.Generator().manual_seed(0))

    def fakes(number):
        """Sixteen fakes of each domain, in turn, that are known by their values."""
        values = number * 100 + torch.arange(32.0)
        return values[:, None, None, None].expand(-1, 1, 2, 2)

    def values(images):
        return images[:, 0, 0, 0].tolist()

    for number in range(4):  # the history fills, and all fakes are seen at once
        assert torch.equal(cyclegan.from_history(step, fakes(number)), fakes(number))
    assert step.memory["fakes"].shape == (cyclegan.HISTORY, 2, 1, 2, 2)
    seen = values(cyclegan.from_history(step, fakes(9)))
    old = [value for value in seen if value < 900]
    assert 0 < len(old) < 32
    assert all(int(value) % 2 == place % 2 for place, value in enumerate(seen))  # of one domain
    kept = values(step.memory["fakes"].flatten(0, 1))
    assert sum(value >= 900 for value in kept) == len(old)
    assert not set(old) & set(kept) and len(set(kept)) == 2 * cyclegan.HISTORY


def test_a_translation_goes_on_bit_for_bit_with_its_history(places, monkeypatch):
    monkeypatch.setattr(cyclegan, "HISTORY", 4)  # full after one step
    fit(places, "whole", epochs=2, limit=32)
    fit(places, "cut", epochs=1, limit=32)
    fit(places, "cut", epochs=2, limit=32, run={"resume": True})
    for name in ("state.pt", "last.pt", "ckpt.pt"):
        same_weights(places / "whole" / name, places / "cut" / name)
    assert figures(places / "whole") == figures(places / "cut")
    assert "fakes" in checkpoint.read(places / "cut" / "state.pt")["memory"]


def test_the_second_data_set_is_remembered_and_must_stay_the_same(places):
    fit(places, "run", kind="cogan", latent=3, epochs=1)
    options = TrainOptions(device="cpu", resume=True)
    assert train(places / "coarse.h5", places / "run", {"epochs": 2}, options=options).epochs == 2
    with pytest.raises(BadInput, match="other images"):
        other = TrainOptions(device="cpu", resume=True, second=str(places / "coarse.h5"))
        train(places / "coarse.h5", places / "run", {"epochs": 3}, options=other)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["coarse.h5", "--kind", "cogan"], "two domains, and these data are one; give the other"),
        (["coarse.h5", "--second", "wide.h5", "--kind", "cyclegan"], "images of 32 px, those of"),
        (["coarse.h5", "--second", "fine.h5", "--kind", "vae"], "vae learns from one data set"),
        (["coarse.h5", "--second", "none.h5", "--kind", "cogan"], "none.h5: no such file"),
        (
            ["coarse.h5", "--second", "photos", "--kind", "cogan", "--set", "channels=1"],
            "2 or more",
        ),
        (
            ["coarse.h5", "--second", "live:fractaldream,size=16", "--kind", "cogan"],
            "a stream cannot be one of two domains",
        ),
        (
            ["coarse.h5", "--second", "fine.h5", "--kind", "cogan", "--set", "batch=5"],
            "batch=5: cogan takes as many images of each",
        ),
        (
            ["coarse.h5", "--second", "fine.h5", "--kind", "cyclegan", "--set", "latent=3"],
            "latent: means nothing to cyclegan",
        ),
    ],
)
def test_domains_that_do_not_fit_are_one_line(words, message, places, monkeypatch):
    monkeypatch.chdir(places)
    write_dataset(places / "wide.h5", n=20, size=32)
    (places / "photos").mkdir()
    Image.new("L", (16, 16)).save(places / "photos" / "a.png")
    done = typed(cli.cli, "train", *words, "--out", "run", "--device", "cpu", "--quiet")
    assert done.exit_code == 2 and done.stderr.count("\n") == 1
    assert message in done.stderr and not (places / "run").exists()


def test_a_folder_of_two_class_folders_is_two_domains(places):
    rng = np.random.default_rng(0)
    for name in ("cats", "dogs"):
        (places / "photos" / name).mkdir(parents=True)
        for number in range(30):
            image = Image.fromarray(rng.integers(0, 256, (16, 16), dtype=np.uint8))
            image.save(places / "photos" / name / f"{number}.png")
    settings = {"kind": "cogan", "latent": 3, "epochs": 1, "size": 16, **SMALL}
    result = train(places / "photos", places / "run", settings, options=TrainOptions(device="cpu"))
    model = fm.load(result.checkpoint)
    assert model.data["class_names"] == ["cats", "dogs"]
    both = str(places / "photos")
    path = translator(places / "a.pt", class_names=["cats", "dogs"], read={"source": both})
    with pytest.raises(BadInput, match="holds images of both domains"):
        fm.translate(path, both)
    for number in range(6, 30):  # too few for the share that the training held out
        (places / "photos" / "dogs" / f"{number}.png").unlink()
    few = fm.translate(path, f"{both}/dogs", fm.TranslateOptions(domain="dogs"))
    assert len(few.images) == 6


def test_the_first_held_out_images_are_of_both_domains():
    images = torch.arange(24, dtype=torch.uint8)[:, None, None, None].repeat(1, 1, 16, 16)
    labels = torch.tensor([0] * 14 + [1] * 10)
    sorted_rows = Data(images, torch.arange(0, 24, 2), torch.arange(1, 24, 2), labels=labels)
    data = replace(sorted_rows, classes=2)
    settings = replace(kinds.defaults("cogan"), latent=3, width=0.02, batch=4)
    planned = plan("photos", settings, data=data).data
    for rows, given in ((planned.train, data.train), (planned.validation, data.validation)):
        assert labels[rows[:10]].tolist() == [0, 1] * 5
        assert rows.sort().values.tolist() == given.tolist()


def test_a_setting_counts_where_one_of_two_data_sets_has_a_use_for_it(places):
    (places / "photos").mkdir()
    named = request_settings({"kind": "cogan", "palette": "fire"})
    photos, levels = str(places / "photos"), str(places / "fine.h5")
    check_effect(named, photos, None, second=levels)
    with pytest.raises(BadInput, match="palette: means nothing"):
        check_effect(named, photos, None, second=photos)


def test_coupled_networks_learn_from_no_pairs():
    assert "cogan" not in kinds.having("paired")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"size": 8}, "size 8: cyclegan judges patches, and needs 12 px or more"),
        ({"depth": 4}, "leaves cyclegan one pixel of 16; give 3 or less"),
        ({"latent": 6, "equivariant": "normal"}, "equivariant=normal: cyclegan has no latents"),
    ],
)
def test_translators_that_cannot_be_trained_say_so(changes, words):
    with pytest.raises(BadInput, match=words):
        built("cyclegan", **changes)


@pytest.mark.parametrize("changes", [{"size": 12}, {"depth": 3}])
def test_the_smallest_translators_are_trained(changes):
    settings = replace(kinds.defaults("cyclegan"), width=0.02)
    Step(built("cyclegan", width=0.02, **changes), settings, torch.Generator().manual_seed(0))(
        torch.rand(4, 1, changes.get("size", 16), changes.get("size", 16)), None
    )


def test_translate_writes_and_measures_against_the_truth(places):
    model = translator(
        places / "a.pt", class_names=["coarse", "fine"],
        read={"source": str(places / "coarse.h5"), "second": "fine.h5", "palette": "kbc"},
    )  # fmt: skip
    data, out = str(places / "coarse.h5"), places / "all.npy"
    result = fm.translate(model, data, fm.TranslateOptions(truth=data), out=out)
    assert (result.origin, result.target) == ("coarse", "fine")
    assert result.untranslated.psnr == pytest.approx(100) and result.untranslated.ssim == 1
    assert result.translated.psnr < 50 and result.translated.ssim < 1
    assert np.load(out).shape == (60, 16, 16, 1)
    back = fm.translate(model, data, fm.TranslateOptions(domain="fine", n=3))
    assert back.target == "coarse" and not torch.equal(back.images, result.images[:3])
    fm.translate(model, data, fm.TranslateOptions(n=5), out=places / "pairs.png")
    assert Image.open(places / "pairs.png").size == (5 * 18 + 2, 2 * 18 + 2)


def test_what_cannot_be_translated_says_why(places):
    model = translator(places / "a.pt", class_names=["coarse", "fine"])
    data = str(places / "fine.h5")
    with pytest.raises(BadInput, match="give --domain coarse or --domain fine"):
        fm.translate(model, data)
    with pytest.raises(BadInput, match="has coarse and fine; give one"):
        fm.translate(model, data, fm.TranslateOptions(domain="rough"))
    options = fm.TranslateOptions(domain="fine", truth=str(places / "coarse.h5"))
    with pytest.raises(BadInput, match=r"60 images, .* has 40"):
        fm.translate(model, data, options)
    with pytest.raises(BadInput, match="image 0 has other parameters"):
        fm.translate(model, data, fm.TranslateOptions("fine", str(places / "coarse.h5"), n=9))
    with pytest.raises(BadInput, match="cogan translates no images"):
        fm.translate(built("cogan"), data)


def test_evalkit_looks_at_each_domain_and_says_what_has_no_latents(places):
    result = fit(places, "run", kind="cogan", latent=3, epochs=1)
    seen = evalkit.grid(result.checkpoint, options=evalkit.GridOptions(label="fine", n=2))
    assert "2 x 2 decodings" in str(seen)
    with pytest.raises(BadInput, match="one of coarse, fine"):
        evalkit.grid(result.checkpoint, options=evalkit.GridOptions(n=2))
    model = translator(places / "a.pt", class_names=["coarse", "fine"])
    with pytest.raises(BadInput, match="cyclegan translates images and has no latents") as caught:
        evalkit.grid(str(model))
    assert "\n" not in str(caught.value)
