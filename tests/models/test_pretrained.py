"""Checkpoints that come with the package: their form, their cards, and what is refused."""

import json

import pytest
import torch

import fractaldream_models as fm
from fractaldream_base.errors import BadInput
from fractaldream_base.files import file_digest
from fractaldream_models import checkpoint, pretrained
from pretrained_toys import RECIPE, make_toys

MOST = 12e6  # bytes of all files of the package together


@pytest.fixture(scope="module")
def toys(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        yield make_toys(tmp_path_factory.mktemp("toys"), patch)


@pytest.fixture
def files(toys, monkeypatch):
    monkeypatch.setattr(pretrained, "FILES", toys[0])
    return toys[0]


def test_a_shipped_file_is_half_as_large_and_gives_the_same_images_in_float32(toys, files):
    _, run, _ = toys
    whole, shipped = fm.load(run / "ckpt.pt"), fm.load("pretrained:toy")
    assert (files / "toy.pt").stat().st_size < 0.6 * (run / "ckpt.pt").stat().st_size
    assert {w.dtype for w in shipped.parameters()} == {torch.float32}
    assert shipped.discriminator is None and whole.discriminator is not None
    z = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(shipped.decode(z), whole.decode(z), atol=0.02)
    images = whole.decode(z)
    assert torch.allclose(shipped.encode(images), whole.encode(images), atol=0.02)
    assert shipped.colours is not None and torch.equal(shipped.colours, whole.colours)


def test_a_card_says_how_the_data_are_made_and_the_command_that_trained(toys, files):
    card = pretrained.read_card("toy")
    assert card.data == RECIPE.command("fdd16.h5")
    assert card.command.startswith("fractaldream train fdd16.h5 --preset aae-fdd-sharp")
    assert "--set width=0.1" in card.command and "--set epochs=1" in card.command
    assert card.sha256_of_data == fm.load("pretrained:toy").data["content_sha256"]
    assert card.sha256 == file_digest(files / "toy.pt")
    text = (files / "toy.json").read_text() + str(checkpoint.read("pretrained:toy")["data"])
    assert str(toys[1].parent) not in text  # no path of the machine that trained it


def test_figures_of_quality_stand_in_the_card(toys, files, tmp_path, monkeypatch):
    from pretrained_toys import pack

    space = {"frechet": 2.0, "real_frechet": 1.0, "kernel": 0.5, "real_kernel": 0.1}
    values = {"images": 50, "distances": {"autoencoder": space}, "diversity": 0.9}
    quality = tmp_path / "quality.json"
    quality.write_text(json.dumps(values), encoding="utf-8")
    words = ("--summary", "As toy.", "--quality", quality, "--out", tmp_path / "files")
    pack(monkeypatch, "judged", toys[1], *words)
    monkeypatch.setattr(pretrained, "FILES", tmp_path / "files")
    figures = pretrained.read_card("judged").figures
    assert figures["Frechet distance, autoencoder"] == 2.0
    assert "kernel distance of training images, autoencoder" in str(pretrained.read_card("judged"))


def test_an_unknown_name_is_one_line_with_those_there_are(files):
    with pytest.raises(BadInput) as raised:
        fm.load("pretrained:none")
    assert "pretrained:names, pretrained:toy" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_name_cannot_lead_out_of_the_folder(files):
    for name in ("../toys0/files/toy", "", "toy.pt", "/etc/passwd"):
        with pytest.raises(BadInput, match="no such checkpoint comes with the package"):
            fm.load(f"pretrained:{name}")


def test_a_file_with_other_objects_is_refused_and_not_run(files, tmp_path, monkeypatch):
    torch.save({"format_version": 2, "kind": pretrained.Card}, tmp_path / "bad.pt")
    monkeypatch.setattr(pretrained, "FILES", tmp_path)
    with pytest.raises(BadInput, match="more than plain weights"):
        fm.load("pretrained:bad")


def test_what_comes_with_the_package_is_small_and_is_what_the_cards_say():
    names = pretrained.pretrained_names()
    assert sum((pretrained.FILES / f"{name}.pt").stat().st_size for name in names) < MOST
    for card in pretrained.describe_pretrained().cards:
        path = pretrained.FILES / f"{card.name}.pt"
        assert (card.bytes, card.sha256) == (path.stat().st_size, file_digest(path))
        content = checkpoint.read(path)
        assert (content["kind"], content["config"]["size"]) == (card.kind, card.size)
