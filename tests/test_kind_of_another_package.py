"""A kind of another package: found by its entry point, it does all that the built-in ones do."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import evalkit.comparison.cli
from fractaldream_base.errors import BadInput
from fractaldream_models import cli, kinds
from fractaldream_models.checkpoint import load
from fractaldream_models.sweeps import cli as sweep_cli
from fractaldream_models.training.run_folder import Run
from fractaldream_models.training.step import Step
from models_files import write_dataset
from typed import typed

TOY = '''
"""A linear autoencoder of tanh pixels."""

from pathlib import Path

from fractaldream_models import phases
from fractaldream_base.errors import BadInput
from fractaldream_models.kind import AUTOENCODER, Kind
from torch import nn


def parts(config):
    shape = (config.channels, config.size, config.size)
    pixels = config.channels * config.size**2
    return {
        "encoder": nn.Sequential(nn.Flatten(), nn.Linear(pixels, config.latent)),
        "generator": nn.Sequential(
            nn.Linear(config.latent, pixels), nn.Tanh(), nn.Unflatten(1, shape)
        ),
    }


def train_batch(step, batch):
    loss, _ = phases.squared_error(step, batch)
    phases.update_autoencoder(step, loss)


def check(config):
    if config.size % 2:
        raise BadInput(f"size {config.size}: {config.kind} needs an even one; add --set size=32")


KIND = Kind(
    name="toy",
    parts=parts,
    train_batch=train_batch,
    optimizers=(AUTOENCODER,),
    value_range=(-1.0, 1.0),
    space=str(Path(__file__).with_name("toy.toml")),
    chosen_by="reconstruction",
    encodes=True,
    check_config=check,
    defaults={"lr_e": 2e-3},
)
'''
SPACE = "[lr_e]\nlow = 1e-3\nhigh = 1e-2\nlog = true\n"


def install(folder, points, **modules):
    """What an installer leaves behind of a package with these entry points and modules."""
    about = folder / "toy_kind-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-kind\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[fractaldream.kinds]\n{points}\n")
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text)
    return folder


@pytest.fixture
def site(tmp_path, monkeypatch):
    folder = install(tmp_path / "site", "toy = toy_kind:KIND", toy_kind=TOY)
    (folder / "toy.toml").write_text(SPACE)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)
    monkeypatch.setenv("FRACTALDREAM_CACHE", str(tmp_path / "cache"))
    yield folder
    sys.modules.pop("toy_kind", None)


def invoke(command, *words):
    result = typed(command, *words, catch_exceptions=True)
    assert result.exit_code == 0, result.output
    return result


@pytest.mark.slow
def test_a_kind_of_another_package_is_trained_resumed_sampled_swept_and_compared(site, tmp_path):
    pytest.importorskip("optuna")
    data, out = write_dataset(tmp_path / "data.h5", n=300), tmp_path / "run"
    train = ["train", str(data), "--out", str(out), "--device", "cpu", "--quiet"]
    first = [*train, "--kind", "toy", "--set", "latent=6", "--set", "channels=1", "--epochs", "1"]
    subprocess.run(  # a process of its own finds it, too
        [sys.executable, "-m", "fractaldream_models.cli", *first], check=True, capture_output=True
    )
    result = invoke(cli.cli, *train, "--resume", "--epochs", 3, "--json")
    assert json.loads(result.stdout)["chosen_by"] == "validation_mse"
    rows = Run(out).rows()
    assert [row["lr_e"] for row in rows] == [2e-3] * 3
    assert rows[2]["reconstruction"] < rows[0]["reconstruction"]
    assert load(out / "ckpt.pt").value_range == (-1, 1)

    invoke(cli.cli, "sample", out / "ckpt.pt", "--n", 4, "--out", tmp_path / "grid.png")
    invoke(cli.cli, "reconstruct", out / "ckpt.pt", data, "--out", tmp_path / "pairs.png")
    sweep = ["run", data, "--kind", "toy", "--epochs", 1, "--set", "latent=6", "--trials", 2]
    sweep += ["--storage", f"sqlite:///{tmp_path}/sweep.db", "--out", tmp_path / "runs"]
    result = invoke(sweep_cli.sweep, *sweep, "--finalists", 0, "--device", "cpu", "--json")
    swept = json.loads(result.stdout)
    assert swept["complete"] == 2 and swept["figure"] == "validation_mse"

    other = tmp_path / "runs" / "0000" / "seed-0"
    words = [out, other, "--data", data, "--n", 50, "--quiet", "--json", tmp_path / "c.json"]
    words += ["--without", "copying", "--without", "disentanglement"]
    invoke(evalkit.comparison.cli.compare, *words)
    compared = json.loads((tmp_path / "c.json").read_text())["rows"]
    assert [row["kind"] for row in compared] == ["toy", "toy"]
    assert all("mse" in row["figures"] for row in compared)


def test_the_example_of_the_documentation_learns(monkeypatch):
    page = Path(__file__).parents[1] / "docs" / "how-to" / "add-a-kind-of-model.md"
    text = page.read_text()
    example = {}
    exec(text.partition("# toy_kind.py")[2].partition("```")[0], example)
    kind = example["KIND"]
    torch.manual_seed(0)
    model = kind.build(small())
    monkeypatch.setattr(kinds, "find", {"toy": kind}.__getitem__)
    step = Step(model, kind.settings(), torch.Generator().manual_seed(0))
    losses = [step(torch.ones(4, 1, 16, 16), None, None)["reconstruction"] for _ in range(3)]
    assert losses[2] < losses[0]


def test_what_it_refuses_is_said_as_for_any_kind(site, tmp_path):
    with pytest.raises(BadInput, match="size 15: toy needs an even one"):
        kinds.build(small(size=15))
    with pytest.raises(BadInput, match="toy has no discriminator on images"):
        kinds.build(small()).discriminate(torch.zeros(1, 1, 16, 16))
    with pytest.raises(BadInput, match=r"give one of aae, .*, toy, vae"):
        kinds.find("toi")
    assert "toy" in kinds.names() and "toy" not in kinds.built_in()
    assert "toy" in kinds.having("encodes") and "toy" not in kinds.having("paired")


def small(**changes):
    from fractaldream_models.model import ModelConfig

    return ModelConfig(**{"kind": "toy", "size": 16, "channels": 1, "latent": 3, **changes})


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ("broken = no_such_module:KIND", "cannot be imported"),
        ("broken = toy_kind:OTHER", "cannot be imported"),
        ("broken = toy_kind:KIND", "is no Kind of this name"),
        ("broken = toy_kind:parts", "is no Kind of this name"),
    ],
)
def test_a_broken_offer_is_one_line_and_hurts_no_other_kind(points, message, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(install(tmp_path, points, toy_kind=TOY)))
    try:
        with pytest.raises(BadInput, match=f"kind 'broken'.*{message}") as caught:
            kinds.find("broken")
    finally:
        sys.modules.pop("toy_kind", None)
    assert "\n" not in str(caught.value)
    assert kinds.find("vae").name == "vae" and "broken" in kinds.names()


def test_no_other_package_replaces_a_kind_of_this_one(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(install(tmp_path, "vae = toy_kind:KIND", toy_kind=TOY)))
    assert kinds.find("vae").variational


def test_a_checkpoint_of_a_kind_that_is_not_there_says_what_to_install(site, tmp_path):
    from fractaldream_models.checkpoint import save

    path = tmp_path / "toy.pt"
    save(kinds.build(small()), path, data={}, metrics={})
    assert load(path).kind == "toy"
    for file in (site / "toy_kind-1.0.dist-info").iterdir():
        file.unlink()
    with pytest.raises(BadInput, match=r"unknown kind 'toy'.*install the package"):
        load(path)


def test_parts_that_are_not_what_the_kind_says_are_an_error():
    from dataclasses import replace

    wrong = replace(kinds.find("dcgan"), name="wrong", encodes=True)
    with pytest.raises(TypeError, match="wrong"):
        wrong.build(small(kind="wrong", width=0.1))
