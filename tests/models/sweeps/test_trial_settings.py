"""The settings of each trial."""

import pytest

from fractaldream_models.checkpoint import load
from fractaldream_models.settings import override
from fractaldream_models.sweeps.cli import sweep as command
from fractaldream_models.sweeps.report import table
from fractaldream_models.training.run_folder import Run
from small_sweeps import BASE, go, refused, report
from typed import typed


def test_each_kind_has_its_own_defaults_where_nothing_else_is_said(place):
    (place / "kinds.toml").write_text("[kind]\nchoices = ['dcgan', 'dcgan4']\n")
    words = ["run", place / "data.h5", "--space", place / "kinds.toml", "--out", place / "runs"]
    words += ["--storage", f"sqlite:///{place}/runs.db", "--device", "cpu", "--finalists", "0"]
    words += ["--trials", "6", "--quiet", "--set", "b1=0.7", "--epochs", "1", "--set", "width=0.05"]
    result = typed(command, *words, catch_exceptions=True)
    assert result.exit_code == 0, result.output
    records = [Run(t.run).record()["settings"] for t in report(place).trials]
    assert {(s["kind"], s["lr_d"], s["leak"], s["b1"]) for s in records} == {
        ("dcgan", 4e-5, 0.1, 0.7),
        ("dcgan4", 2e-4, 0.2, 0.7),
    }
    refused(*words, "--preset", "dcgan4-mnist")  # another study


CONVOLUTIONS = "[depth]\nlow = 1\nhigh = 3\n[kernel]\nchoices = [3, 5, 9]\n"


def test_a_sweep_varies_the_number_and_size_of_convolutions(place):
    (place / "convolutions.toml").write_text(CONVOLUTIONS)
    settings = override(BASE, {"kind": "aae-latent", "epochs": 1})
    result = go(place, trials=3, space="convolutions.toml", settings=settings, seed=2)
    assert (result.complete, result.failed, result.replicates) == (3, 0, 1)
    built = set()
    for trial in report(place).trials:
        config = load(Run(trial.run).checkpoint).config
        assert {"depth": config.depth, "kernel": config.kernel} == trial.settings
        assert Run(trial.run).record()["convolutions"] == trial.settings
        built.add((config.depth, config.kernel))
    assert len(built) > 1
    assert "kernel" in table(report(place))


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        ("aae", CONVOLUTIONS.replace("5", "4"), "depth=1, kernel=4 cannot be built: kernel=4: aae"),
        ("aae", CONVOLUTIONS.replace("high = 3", "high = 6"), "depth=5, kernel=3 cannot be built"),
        ("vae", CONVOLUTIONS, "depth=1, kernel=3 cannot be built: depth=1: a linear vae"),
        ("ae", "[architecture]\nchoices = ['conv', 'linear']\n[kernel]\nlow = 3\nhigh = 4",
         "architecture=linear, kernel=3 cannot be built: kernel=3: a linear ae has no conv"),
        ("aae", "[kind]\nchoices = ['dcgan', 'cgan']", "kind=cgan cannot be built: cgan needs"),
    ],
)  # fmt: skip
def test_a_space_with_a_network_that_cannot_be_built_is_refused_first(kind, text, message, place):
    (place / "wrong.toml").write_text(text)
    words = ["run", place / "data.h5", "--space", place / "wrong.toml", "--out", place / "runs"]
    words += ["--storage", f"sqlite:///{place}/runs.db", "--trials", 2, "--device", "cpu"]
    assert f"{place}/wrong.toml: {message}" in refused(*words, "--kind", kind)
    assert not (place / "runs").exists() and not (place / "runs.db").exists()
