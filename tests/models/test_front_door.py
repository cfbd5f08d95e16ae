"""The front door: every name is there, loaded on first use, and never hidden by a submodule."""

import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import fractaldream_models as fm
from models_files import write_dataset

SMALL = {"kind": "ae", "latent": 3, "width": 0.05, "batch": 8, "epochs": 1}


def test_importing_the_package_loads_nothing_heavy():
    code = "import sys, fractaldream_models; assert not {'torch', 'numpy'} & {*sys.modules}"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_no_name_is_hidden_by_a_submodule():
    for module in pkgutil.walk_packages(fm.__path__, "fractaldream_models."):
        importlib.import_module(module.name)
    for name in fm.__all__:
        assert getattr(fm, name).__name__ == name, name
        assert importlib.util.find_spec(f"fractaldream_models.{name}") is None, name


def test_a_notebook_trains_loads_samples_and_reconstructs(tmp_path):
    data = write_dataset(tmp_path / "data.h5")
    options = fm.TrainOptions(device="cpu")
    result = fm.train(data, tmp_path / "run", SMALL, options=options)
    assert isinstance(result, fm.TrainResult) and "epoch 1 of 1" in str(result)
    model = fm.load(result.checkpoint)
    assert isinstance(model, fm.Model) and model.latent == 3
    samples = fm.sample(model, 4, out=tmp_path / "s.png")
    assert samples.images.shape == (4, 3, 16, 16) and str(samples).endswith("4 samples of ae")
    assert fm.sample(result.checkpoint, 4).images.equal(samples.images)
    figures = fm.reconstruct(model, data)
    assert figures.images == 12 and "mean squared error" in str(figures)


def test_settings_are_whole_or_changes_to_a_preset(tmp_path):
    whole = fm.preset("aae-fdd")
    with pytest.raises(fm.BadInput, match="preset aae-fdd: settings are given whole"):
        fm.train("mnist", tmp_path / "run", whole, preset="aae-fdd")
    with pytest.raises(fm.BadInput, match="did you mean 'latent'"):
        fm.train("mnist", tmp_path / "run", {"latnet": 3}, preset="aae-fdd")
    assert "aae-fdd" in fm.presets() and not (tmp_path / "run").exists()


def test_the_types_are_shipped():
    assert (Path(fm.__file__).parent / "py.typed").is_file()
