"""Presets and settings as the commands list them."""

import json
from dataclasses import fields, replace

import pytest

import fractaldream_models as fm
from fractaldream_models import kinds
from fractaldream_models.cli import cli
from fractaldream_models.preset_table import read_preset, time_class
from fractaldream_models.settings import Settings, names
from fractaldream_models.training.step_cost import fresh_step, gflop_per_image
from typed import typed

PAIRS = ("paired_weight", "matched_weight")  # read where a batch has pairs
OBJECTIVE = {
    *(name for name in names() if name.endswith("_weight") and name not in PAIRS),
    *("latent_loss", "real_low", "real_high", "label_noise", "saturating"),
    *("adversarial_loss", "augment"),
}


def run(*words):
    result = typed(cli, *words, catch_exceptions=True)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_presets_lists_all_with_kind_and_time():
    text = run("presets")
    assert all(name in text for name in fm.presets())
    listed = json.loads(run("presets", "--json"))
    assert {row["name"] for row in listed} == set(fm.presets())
    assert all(row["description"] for row in listed)
    first = run("presets", "aae-fdd")
    assert "bn_eps" in first and "0.1" in first and "b2" not in first  # which has its default


def test_settings_lists_all_and_of_a_kind_those_it_uses():
    assert [row["name"] for row in json.loads(run("settings", "--json"))["rows"]] == names()
    table = fm.describe_settings("vae")
    shown = {row.name for row in table.rows}
    assert {"kl_weight", "architecture", "lr_e"} <= shown and not {"lr_d", "latent_loss"} & shown
    assert all(row.meaning for row in table.rows)
    gan = {row.name: row.default for row in fm.describe_settings("dcgan4").rows}
    assert gan["b1"] == kinds.defaults("dcgan4").b1 != Settings().b1
    result = typed(cli, "settings", "stylegan")
    assert result.exit_code == 2 and "give one of" in result.stderr


class Recorded:
    """Settings that note which of them are read."""

    def __init__(self, settings):
        self._settings, self.read = settings, set()

    def __getattr__(self, name):
        self.read.add(name)
        return getattr(self._settings, name)


@pytest.mark.parametrize("kind", kinds.built_in())
def test_a_step_of_a_kind_reads_the_settings_that_are_listed_for_it(kind):
    read = set()
    for loss in ("bce", "relativistic", "hinge"):
        settings = replace(kinds.defaults(kind), width=0.1, latent=6, adversarial_loss=loss)
        settings = replace(settings, clusters=2)
        step, batch = fresh_step(settings, 4, size=32, channels=1)
        step.settings = Recorded(settings)
        step(*batch)
        read |= step.settings.read
    listed = {row.name for row in fm.describe_settings(kind).rows}
    assert read & OBJECTIVE == listed & OBJECTIVE
    assert ("paired_weight" in listed) == kinds.find(kind).paired
    encodes = kinds.find(kind).encodes
    assert ("matched_weight" in listed) == (kinds.find(kind).paired and encodes)
    rates = {f.name for f in fields(Settings) if f.name.startswith("lr_")}
    assert listed & rates == {optimizer.rate for optimizer in kinds.find(kind).optimizers}


@pytest.mark.parametrize(
    "name", ["vae-linear-mnist", "vae-conv-mnist", "cvae-gan-mnist", "gan-fdd"]
)
def test_the_operations_of_a_preset_are_counted(name):
    preset = read_preset(name)
    counted = gflop_per_image(preset.settings, preset.cost.size, preset.cost.channels)
    assert counted == pytest.approx(preset.cost.gflop, rel=0.02)


def test_time_in_words():
    hours = [0.1, 1, 5, 100, 200, 5000]
    assert [time_class(h) for h in hours] == [
        "minutes",
        "an hour",
        "hours",
        "days",
        "weeks",
        "months",
    ]


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("train d --preset aae", "aae-fdd"),
        ("train d --kind va", "vae-gan"),
        ("train d --set latent_l", "latent_loss="),
        ("settings cv", "cvae"),
        ("presets dc", "dcgan-fdd"),
    ],
)
def test_shells_complete_names(words, completed):
    from click.shell_completion import ShellComplete

    *before, last = words.split()
    complete = ShellComplete(cli, {}, "fractaldream", "_X_COMPLETE")
    rows = [item.value for item in complete.get_completions(before, last)]
    assert completed in rows and all(value.startswith(last) for value in rows)
