"""Presets as the command lists them."""

import json

import pytest

import fractaldream_models as fm
from fractaldream_models.cli import cli
from fractaldream_models.preset_table import read_preset, time_class
from fractaldream_models.training.step_cost import gflop_per_image
from typed import typed


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
