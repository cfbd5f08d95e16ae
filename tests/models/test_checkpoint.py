"""The contract: what is saved rebuilds itself, and only plain weights load."""

import pickle
import subprocess
import sys

import pytest
import torch

from fractaldream_base.errors import BadInput
from fractaldream_models import checkpoint
from fractaldream_models.kinds import build, built_in, find
from fractaldream_models.model import ModelConfig


@pytest.fixture
def saved(tmp_path):
    model = build(ModelConfig("aae", 32, 1, 6, width=0.1)).eval()
    checkpoint.save(model, tmp_path / "ckpt.pt", data={"shape": [1, 32, 32]}, metrics={"epoch": 3})
    return model, tmp_path / "ckpt.pt"


@pytest.mark.parametrize("kind", built_in())
@pytest.mark.parametrize("spectral_norm", [False, True])
def test_a_checkpoint_rebuilds_its_model(kind, spectral_norm, tmp_path):
    classes = 2 if find(kind).domains else 10 if find(kind).labelled else 0
    config = ModelConfig(kind, 32, 1, 4, classes=classes, width=0.1, spectral_norm=spectral_norm)
    model = build(config).eval()
    checkpoint.save(model, tmp_path / "ckpt.pt", data={}, metrics={})
    back = checkpoint.load(tmp_path / "ckpt.pt")
    assert back.config == model.config and not back.training
    z = torch.randn(2, model.latent)
    labels = torch.tensor([0, 1]) if model.classes else None
    if find(kind).translates:
        x = torch.rand(2, 1, 32, 32)
        assert torch.equal(back.generator(x, torch.eye(2)), model.generator(x, torch.eye(2)))
        return
    assert torch.equal(back.decode(z, labels), model.decode(z, labels))


def test_a_checkpoint_rebuilds_its_convolutions_and_without_the_keys_those_of_the_kind(tmp_path):
    path = tmp_path / "ckpt.pt"
    for options in ({"depth": 2, "kernel": 5}, {}):
        model = build(ModelConfig("aae", 16, 1, 4, width=0.1, **options)).eval()
        checkpoint.save(model, path, data={}, metrics={})
        assert checkpoint.load(path).config == model.config
    content = torch.load(path, weights_only=True)
    del content["config"]["depth"], content["config"]["kernel"]
    torch.save(content, path)
    z = torch.randn(2, 4)
    assert torch.equal(checkpoint.load(path).decode(z), model.decode(z))


def test_it_carries_what_the_data_were(saved):
    model = checkpoint.load(saved[1])
    assert model.data == {"shape": [1, 32, 32]} and model.metrics == {"epoch": 3}
    content = torch.load(saved[1], weights_only=True)
    assert set(content) == set(checkpoint.KEYS) and content["kind"] == "aae"


def test_loading_leaves_the_global_generator_alone(saved):
    before = torch.get_rng_state()
    checkpoint.load(saved[1])
    assert torch.equal(before, torch.get_rng_state())


def test_loading_needs_no_trainer(saved):
    code = (
        "import sys; from fractaldream_models.checkpoint import load; load(sys.argv[1]);"
        "heavy = {'fractaldream_models.training.trainer', 'lightning_fabric', 'h5py'};"
        "assert not heavy & set(sys.modules)"
    )
    command = [sys.executable, "-c", code, str(saved[1])]
    subprocess.run(command, check=True)


class Trap:
    def __reduce__(self):
        return (exec, ("raise SystemExit('the pickle ran')",))


def test_bad_files_are_one_line(saved, tmp_path):
    path = saved[1]

    def refused(words, target=path, **options):
        with pytest.raises(BadInput, match=words) as caught:
            checkpoint.load(target, **options)
        assert "\n" not in str(caught.value)

    refused("no such file", tmp_path / "none.pt")
    refused("kind aae, not vae", kind="vae")
    content = torch.load(path, weights_only=True)
    other = tmp_path / "other.pt"
    torch.save({**content, "format_version": 99}, other)
    refused("format version 99 is newer", other)
    torch.save({**content, "format_version": "one"}, other)
    refused("format_version is 'one', not a number", other)
    torch.save({**content, "kind": "diffusion"}, other)
    refused("diffusion", other)
    torch.save({"state_dict": {}}, other)
    refused("not a checkpoint", other)
    torch.save({**content, "config": {**content["config"], "latent": 7}}, other)
    refused("do not fit", other)
    torch.save({**content, "config": {**content["config"], "dilation": 2}}, other)
    refused("config does not fit this version", other)
    torch.save({**content, "config": {"kind": "aae"}}, other)
    refused("config does not fit this version", other)
    other.write_bytes(path.read_bytes()[:5000])
    refused("truncated; copy it again", other)
    refused("a folder; give a checkpoint in it", tmp_path)
    other.write_bytes(b"")
    refused("plain weights", other)
    other.write_bytes(pickle.dumps(Trap()))
    refused("plain weights", other)
    torch.save({**content, "metrics": Trap()}, other)
    refused("plain weights", other)


class Failing:
    """A file whose second write fails."""

    def __init__(self, file, error):
        self.file, self.error, self.writes = file, error, 0

    def write(self, content):
        self.writes += 1
        if self.writes == 2:
            raise self.error
        return self.file.write(content)

    def flush(self):
        self.file.flush()


@pytest.mark.parametrize(
    ("error", "expected"), [(KeyboardInterrupt(), ""), (OSError(28, "No space left"), "No space")]
)
def test_what_ends_a_write_is_told_as_it_is(error, expected, tmp_path, monkeypatch):
    save = torch.save
    monkeypatch.setattr(
        checkpoint.torch, "save", lambda content, file: save(content, Failing(file, error))
    )
    with pytest.raises((KeyboardInterrupt, BadInput), match=expected) as caught:
        checkpoint.write({"a": torch.zeros(10_000)}, tmp_path / "a.pt")
    assert isinstance(caught.value, KeyboardInterrupt) == isinstance(error, KeyboardInterrupt)
    assert not list(tmp_path.iterdir())
