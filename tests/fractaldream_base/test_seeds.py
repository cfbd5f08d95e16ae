"""A seed that no generator takes is refused in one line, in Python and on every command line."""

import dataclasses
import importlib
import pkgutil

import numpy as np
import pytest
from click.testing import CliRunner

import evalkit
import fractaldream as fd
import fractaldream_models
from command_tree import COMMANDS
from evalkit.demo.demonstration import demo
from fractaldream_base.errors import BadInput
from fractaldream_base.seeds import Seeded, check_seed
from fractaldream_models.evaluation.sampling import sample

BAD = [-1, 2**64, 1.5, "1", float("nan")]
NEEDED = {"SweepOptions": {"storage": "sqlite:///a.db", "trials": 1}}


def seeded_options():
    """Yield the classes of options that have a seed."""
    for package in (fractaldream_models, evalkit):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if found.name.endswith(".options"):
                for value in vars(importlib.import_module(found.name)).values():
                    if dataclasses.is_dataclass(value) and "seed" in value.__dataclass_fields__:
                        yield value


@pytest.mark.parametrize("options", sorted(set(seeded_options()), key=lambda c: c.__name__))
def test_options_refuse_a_bad_seed(options):
    needed = NEEDED.get(options.__name__, {})
    assert options(seed=np.int64(2**32 - 1), **needed).seed == 2**32 - 1
    assert issubclass(options, Seeded)
    for seed in BAD:
        with pytest.raises(BadInput, match=r"seed .*: give a whole number from 0 to 4294967295"):
            options(seed=seed, **needed)


@pytest.mark.parametrize("seed", BAD)
def test_functions_refuse_a_bad_seed(seed, tmp_path):
    for call in (
        lambda: fd.verify(tmp_path / "a.h5", seed=seed),
        lambda: sample(tmp_path / "a.pt", seed=seed),
        lambda: demo(tmp_path / "demo", seed=seed),
        lambda: check_seed(seed),
    ):
        with pytest.raises(BadInput, match="seed"):
            call()
    with pytest.raises(BadInput, match="seed"):
        fd.Recipe(seed=seed)
    assert not list(tmp_path.iterdir())


WITH_SEED = [name for name, c in COMMANDS.items() if any("--seed" in p.opts for p in c.params)]


@pytest.mark.parametrize("name", WITH_SEED)
@pytest.mark.parametrize("seed", ["-1", str(2**64), "9" * 400, "1.5", "nan", ""])
def test_every_command_refuses_a_bad_seed(name, seed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(COMMANDS[name], ["a"] * needed(COMMANDS[name]) + ["--seed", seed])
    message = done.output if done.exit_code == 2 else str(done.exception)
    assert "seed" in message and done.exit_code != 0, (done, message)
    assert isinstance(done.exception, SystemExit | BadInput) and not list(tmp_path.iterdir())


def needed(command):
    """Return the number of arguments that a command requires."""
    return sum(p.param_type_name == "argument" and p.required for p in command.params)
